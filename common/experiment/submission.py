"""Write a submission only after it has been checked against the contest's rules.

check = partial(check_lines, ids=test_ids, separator=",", check_answer=known_label)
publish("lamost", ".csv", lines, check, run)
"""

import shutil
from functools import partial
from itertools import zip_longest

import numpy as np

from common import paths
from common.errors import SubmissionError

SHOWN = 20  # faults named in one message


def check_lines(path, ids, separator, check_answer, header=None):
    """Faults of a file of `id<separator>answer` lines, each with its line number.

    Args:
        path: the file, UTF-8.
        ids: every id that must occur exactly once, in this order.
        separator: between id and answer; the answer may hold it again.
        check_answer: `check_answer(answer)` gives what is wrong with an answer, or `None`.
        header: the first line that the organisers ask for; `None` where they allow none.

    Returns:
        List of texts; empty when the file keeps the rules.
    """
    try:
        text = path.read_bytes().decode("utf-8")  # line ends as they are: \r would be part of an answer
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    lines = text.removesuffix("\n").split("\n") if text else []
    faults, first_line = [], 1
    if header is not None:
        first_line = 2
        if lines[:1] != [header]:
            faults.append(f"line 1: the header must be '{header}', found '{lines[0] if lines else ''}'")
        lines = lines[1:]
    seen, wanted = {}, set(ids)
    for number, (line, expected) in enumerate(zip_longest(lines, ids), start=first_line):
        if line is None:
            break  # fewer lines than ids: reported below
        name, found, answer = line.partition(separator)
        if not found:
            faults.append(f"line {number}: expected id{separator}answer, found '{line[:60]}'")
            continue
        if name in seen:
            faults.append(f"line {number}: id {name} stands on line {seen[name]} already")
        elif name not in wanted:
            faults.append(f"line {number}: unknown id '{name[:60]}'")
        elif expected is None:
            faults.append(f"line {number}: the index has no more ids, found {name}")
        elif name != expected:
            faults.append(f"line {number}: expected id {expected} in the order of the index, found {name}")
        seen.setdefault(name, number)
        if wrong := check_answer(answer):
            faults.append(f"line {number}: {wrong}")
    missing = [name for name in ids if name not in seen]
    if missing:
        faults.append(f"{len(missing)} ids have no line, the first is {missing[0]}")
    return faults


def write_lines(path, lines):
    """Write a text file."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def publish(contest, suffix, lines, check, run, write=write_lines):
    """Write lines to `submissions/<contest><suffix>` and a copy into the run's folder, if `check` finds no fault.

    Args:
        lines: texts without line ends.
        check: `check(path)` gives a list of faults.
        run: the `Run` that the predictions come from.
        write: `write(path, lines)` writes the file, where it is no plain text.

    Returns:
        The path written.

    Raises:
        SubmissionError: there are faults; neither file was touched.
    """
    target = paths.submission(contest, suffix)
    with paths.atomic(target) as temporary:
        write(temporary, lines)
        require_no_faults(target, check(temporary))
        with paths.atomic(run.path / target.name) as copy:
            shutil.copyfile(temporary, copy)
    return target


def check_labels(path, ids, labels, header=None):
    """Faults of a file of `id,label` lines; arguments as of `check_lines`, and the labels that the contest knows."""

    def check_label(label):
        return None if label in labels else f"'{label}' is none of {', '.join(labels)}"

    return check_lines(path, ids, ",", check_label, header)


def publish_labels(contest, ids, answers, labels, run, header=None):
    """`publish` a CSV of `id,label` lines, each id once and in its order.

    Args:
        ids: texts.
        answers: a label for each.
        labels: all that the contest knows.
        run: the `Run` that the predictions come from.
        header: the first line that the organisers ask for; `None` where they allow none.
    """
    lines = [f"{name},{answer}" for name, answer in zip(ids, answers, strict=True)]
    check = partial(check_labels, ids=list(ids), labels=labels, header=header)
    return publish(contest, ".csv", lines if header is None else [header, *lines], check, run)


def to_answer(plan, run, what):
    """What a submission answers: the test part, or without one the validated records of the training part.

    Args:
        plan: the `Plan`.
        run: the ensemble's, which keeps arrays.
        what: name of the records, for the screen: "texts".

    Returns:
        Name of the part, rows, and the answer to each of these, `(rows, ...)`.
    """
    if "test" in plan.parts:
        answers = run.load_arrays("test")["probability"]
        return "test", np.arange(len(answers)), answers
    print(f"There are no test {what}: the submission answers the validation part, from out-of-fold predictions.")
    return "train", *run.validated()


def publish_classes(plan, run, labels, what):
    """`publish_labels` of the likeliest class of each test record as `id,label`; without a test part, of the validated records.

    Args:
        plan: the `Plan`; its dataset has `ids` of `train` and of `test`, and `notes`.
        run: the ensemble's, which keeps probabilities.
        labels: of the classes, as they are written.
        what: name of the records, for the screen: "texts".
    """
    dataset, (part, rows, probability) = plan.dataset, to_answer(plan, run, what)
    ids, answers = [getattr(dataset, part).ids[row] for row in rows], probability.argmax(axis=1)
    path = publish_labels(plan.contest, ids, [labels[answer] for answer in answers], labels, run, header="id,label")
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    print(f"Wrote {path} ({len(ids)} {what}, the first is {ids[0]}) and a copy in {run.path}")


def require_no_faults(path, faults):
    """Raise `SubmissionError` that names the first faults of a refused file."""
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        listed = "\n  ".join(faults[:SHOWN])
        raise SubmissionError(f"{path} was not written, it breaks the contest's rules:\n  {listed}{more}")
