"""Finds and reads the official files: WebQA v1.0, WebQA.json and SogouQA.json, and CMRC 2018 as extra training questions."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from common.text.near_duplicates import twins
from common.text.normalise import occurrences
from competitions.webqa.config import ANNOTATED, BOTH, RETRIEVED
from competitions.webqa.questions import Question, read_part
from competitions.webqa.squad import LONGEST, read_squad

SOURCE = """WebQA v1.0 is by Baidu's Institute of Deep Learning (Li et al. 2016, arXiv 1607.06275), SogouQA is the data of the
factoid question answering contest CIPS-SOGOU (2018), CMRC 2018 is the reading comprehension set of github.com/ymcui/cmrc2018
(CC BY-SA 4.0). The first two are handed out for research and have no permanent download. Put into the folder:
  me_train*.json  me_validation.{ann,ir}.json  me_test.{ann,ir}.json   WebQA v1.0: ann = annotated, ir = retrieved passages
  or, for training, WebQA.json and SogouQA.json                        list of {id, question, passages: [{passage, answer}]}
                                                                       or of the contest's {query_id, query, answer, passages:
                                                                       [{passage_text}]}; or one of these a line
  cmrc2018/*.json                                                      extra training questions (optional)"""


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder; a part without files is empty.

    Attributes:
        train: questions with at least one passage, none of which is asked in `valid` or `test`.
        valid: every question of the validation files.
        test: every question of the test files.
        extra: questions of other origin to learn from, none of which is asked in another part.
        fingerprint: hash of the content.
    """

    train: tuple[Question, ...]
    valid: tuple[Question, ...]
    test: tuple[Question, ...]
    extra: tuple[Question, ...]
    fingerprint: str


def load(folder, evidence=BOTH, report=True):
    """Read the official files of a folder.

    Args:
        folder: where they lie.
        evidence: of the validation and test files, those of annotated passages (`"ann"`), of retrieved ones (`"ir"`), or both.
        report: say on screen what is broken and left out.

    Raises:
        DataError: a file is missing or not as described; the message names it, and the record or place in it.
    """
    files = find_files(Path(folder), evidence, report)
    valid = read_part(files["valid"], "validation", complete=True, report=report)
    test = read_part(files["test"], "test", complete=True, report=report)
    train = read_part(files["train"], "training", complete=False, report=report)
    extra = tuple(question for path in files["extra"] for question in read_squad(path, report=report))
    return Dataset(
        train=without_leaks(train, valid + test, "training", report),
        valid=valid,
        test=test,
        extra=without_leaks(extra, train + valid + test, "extra", report),  # no fold may learn its validation part from them
        fingerprint=paths.fingerprint([path for part in files.values() for path in part]),
    )


def find_files(folder, evidence=BOTH, report=True):
    """Paths of the files of each part: `{"train": [...], "valid": [...], "test": [...], "extra": [...]}`.

    WebQA.json holds the questions of all parts of WebQA v1.0 again, so it counts only where `me_train*.json` are not there.

    Raises:
        DataError: nothing to train on, or nothing to score with this evidence.
    """
    official = paths.listed(folder, "me_train*.json")
    merged = [folder / name for name in ("WebQA.json", "SogouQA.json") if (folder / name).is_file()]
    if official and folder / "WebQA.json" in merged:
        merged.remove(folder / "WebQA.json")
        if report:
            print(f"{folder / 'WebQA.json'}: not read, me_train*.json beside it hold the same questions")
    if not official and not merged:
        found = named(paths.listed(folder, "*")) or "nothing"
        raise DataError(
            f"{folder} needs me_train*.json, or WebQA.json or SogouQA.json, found {found}. "
            "`make data COMP=webqa` says where they come from"
        )
    scored = {part: paths.listed(folder, f"me_{name}*.json") for part, name in (("valid", "validation"), ("test", "test"))}
    kept = {part: of_evidence(files, evidence) for part, files in scored.items()}
    left_out = [path for part, files in scored.items() for path in files if path not in kept[part]]
    if left_out and not any(kept.values()):
        raise DataError(
            f"{folder}: evidence={evidence} leaves nothing to score, there is no .{evidence}. among {named(left_out)}; "
            f"evidence={BOTH} reads what is there"
        )
    if left_out and report:
        print(f"{folder}: {named(left_out)} not read, evidence={evidence}")
    return {"train": official + merged, **kept, "extra": paths.listed(folder, "cmrc2018/*.json")}


def named(files):
    """Names of some files."""
    return ", ".join(path.name for path in files)


def of_evidence(files, evidence):
    """Those of some files that hold passages of one kind, or do not say of which."""
    other = {BOTH: (), ANNOTATED: (RETRIEVED,), RETRIEVED: (ANNOTATED,)}[evidence]
    return [path for path in files if not any(f".{kind}." in path.name for kind in other)]


def read_apart(files):
    """The questions of a scored part with annotated passages alone and with retrieved ones alone, where it has both.

    Args:
        files: of the part.

    Returns:
        `{"ann": questions, "ir": questions}`, or an empty dict.
    """
    apart = {kind: of_evidence(files, kind) for kind in (ANNOTATED, RETRIEVED)}
    if files in apart.values():
        return {}
    return {kind: read_part(some, kind, complete=True, report=False) for kind, some in apart.items()}


def groups(questions):
    """A number for each question, the same for those that ask nearly the same; they must lie in the same fold.

    Returns:
        Integers `(questions,)`, counted from 0 in the order of first appearance.
    """
    return twins([question.text for question in questions])


def without_leaks(questions, held_out, part="training", report=True):
    """The questions that are not asked in `held_out`, too, or nearly so; how many are dropped is said on screen."""
    group = groups([*held_out, *questions])
    asked = set(group[: len(held_out)].tolist())
    kept = tuple(one for one, own in zip(questions, group[len(held_out) :].tolist(), strict=True) if own not in asked)
    if report and len(kept) < len(questions):
        print(f"{part}: {len(questions) - len(kept)} of {len(questions)} questions dropped, another part asks nearly the same")
    return kept


def described(part, questions):
    """One row of the table of `main`."""
    passages = [passage for question in questions for passage in question.passages]
    pairs = [(passage.text, answer) for passage in passages for answer in passage.answers]
    lengths = [len(passage.text) for passage in passages]
    return [
        part,
        f"{len(questions):,}",
        f"{sum(bool(question.answers) for question in questions):,}",
        f"{len(passages):,}",
        f"{sum(bool(passage.answers) for passage in passages):,}",
        f"{np.median([len(question.text) for question in questions]):.0f}",
        f"{np.median(lengths or [0]):.0f}",
        f"{max(lengths, default=0):,}",
        f"{sum(len(answer) > LONGEST for _, answer in pairs):,}",
        f"{sum(not occurrences(text, answer) for text, answer in pairs):,}",
    ]


def main(config):
    """Say where the official files come from, and check and count those that are there."""
    print(SOURCE)
    dataset = load(config.data, config.evidence)
    parts = {"train": dataset.train, "validation": dataset.valid, "test": dataset.test, "extra (CMRC)": dataset.extra}
    columns = ("part", "questions", "answered", "passages", "answering", "median question", "median passage", "longest")
    columns += (f"answers over {LONGEST}", "answers not in passage")
    show_table(
        f"{config.data} (lengths in characters)", columns, [described(part, found) for part, found in parts.items() if found]
    )


if __name__ == "__main__":
    run.stage(__spec__)
