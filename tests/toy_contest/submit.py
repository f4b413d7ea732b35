"""Write `submissions/toy.csv`: no header, `id,colour` in the order of the test file.

python -m competitions.toy.submit
"""

from functools import partial

from common import run
from common.experiment.submission import check_lines, publish
from competitions.toy import data, ensemble


def main(config):
    """Answer the test set with the blend."""
    blended = ensemble.main(config)
    ids = data.load(config.data).test_ids
    answers = blended.load_arrays("test")["probability"].argmax(axis=1)
    lines = [f"{name},{data.COLOURS[answer]}" for name, answer in zip(ids, answers, strict=True)]
    print(f"Wrote {publish('toy', '.csv', lines, partial(check, ids=ids), blended)} ({len(lines)} lines)")


def check(path, ids):
    """Faults of a submission file, each with its line."""
    return check_lines(path, ids, ",", lambda colour: None if colour in data.COLOURS else f"'{colour}' is no colour")


if __name__ == "__main__":
    run.stage(__spec__)
