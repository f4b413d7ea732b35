"""Write `submissions/toy.csv`, `id,colour` in the order of the test file: python -m competitions.toy.submit"""

from functools import partial

from common.experiment.submission import check_lines, publish
from competitions.toy import data, ensemble


def main(config):
    """Answer the test points."""
    blended, ids = ensemble.main(config), list(map(str, data.read(config.data / "test.csv", "id")["id"]))
    answers = [data.COLOURS[answer] for answer in blended.load_arrays("test")["probability"].argmax(axis=1)]
    check = partial(check_lines, ids=ids, separator=",", check_answer=lambda one: None if one in data.COLOURS else "no colour")
    path = publish("toy", ".csv", list(map(",".join, zip(ids, answers, strict=True))), check, blended)
    print(f"Wrote {path} ({len(ids)} lines)")
