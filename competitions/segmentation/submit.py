"""Write `submissions/segmentation.utf8`: a line for each of the test, two blanks between the words, as the bakeoff has it.

python -m competitions.segmentation.submit
"""

from functools import partial

from common import run
from common.experiment.submission import publish
from competitions.segmentation import data, ensemble, inference, train


def main(config):
    """Segment the test with the blend; where there is none, the training texts, out of fold."""
    plan = train.plan(config)
    test, blended = plan.dataset.test, ensemble.blend(plan)
    if test is None:
        print("There is no test: the submission answers the validated training texts, out of fold.")
        answers = ensemble.read_answers(blended, "oof")
        texts = ["".join(words) for words in answers]
    else:
        texts, answers = test, inference.by_line(test, ensemble.read_answers(blended, "test"))
    path = publish("segmentation", ".utf8", map("  ".join, answers), partial(check, texts=texts), blended)
    print("\n".join(plan.dataset.notes[:20]), end="\n" if plan.dataset.notes else "")
    print(f"Wrote {path} ({len(answers):,} lines) and a copy in {blended.path}")


def check(path, texts):
    """Faults of a submission: its lines must join to the texts."""
    lines = [line.split() for line in data.lines(path)]
    if len(lines) != len(texts):
        return [f"{len(lines)} lines, expected {len(texts)}"]
    wrong = [
        number
        for number, (words, text) in enumerate(zip(lines, texts, strict=True), 1)
        if "".join(words) != "".join(text.split())
    ]
    return [f"line {number}: its words do not join to the text" for number in wrong]


if __name__ == "__main__":
    run.stage(__spec__)
