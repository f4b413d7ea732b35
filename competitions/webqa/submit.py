"""Write `submissions/webqa.tsv`: `question id<TAB>answer`, one line per question, an empty answer where none was found.

python -m competitions.webqa.submit
"""

import re
from functools import partial

from common import run
from common.experiment.submission import check_lines, publish
from competitions.webqa import ensemble, train


def main(config):
    """Answer the test part; without test files, the validation part, and without these the training part out of fold."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    part = next((part for part in ("test", "valid") if getattr(dataset, part)), "oof")
    if part != "test":
        answered = "the validation part" if part == "valid" else "the validated training questions, out of fold"
        print(f"There is no test set: the submission answers {answered}.")
    answers = ensemble.read_answers(blended, part)
    lines = [f"{name}\t{one_line(answer)}" for name, answer in answers.items()]
    asked = list(answers) if part == "oof" else [question.id for question in getattr(dataset, part)]
    path = publish("webqa", ".tsv", lines, partial(check, ids=asked), blended)
    empty = sum(not answer for answer in answers.values())
    print(f"Wrote {path} ({len(lines)} lines, {empty} without an answer) and a copy in {blended.path}")


def one_line(answer):
    """An answer without tabs and line ends, which a passage may hold: the scorer drops blanks anyway."""
    return re.sub(r"\s+", " ", answer)


def check(path, ids):
    """Faults of a submission file against the questions, each with its line."""
    return check_lines(path, ids, "\t", check_answer)


def check_answer(answer):
    """What is wrong with an answer, or `None`."""
    return "an answer holds a tab or a line end" if any(mark in answer for mark in "\t\r\n") else None


if __name__ == "__main__":
    run.stage(__spec__)
