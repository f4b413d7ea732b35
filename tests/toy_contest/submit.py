"""Write `submissions/toy.csv`, `id,colour` in the order of the test file: make submit COMP=toy"""

from common.experiment.submission import publish_labels
from competitions.toy import data, ensemble


def main(config):
    """Answer the test points."""
    blended, ids = ensemble.main(config), data.read(config.data / "test.csv", "id")["id"].astype(str)
    answers = [data.COLOURS[answer] for answer in blended.load_arrays("test")["probability"].argmax(axis=1)]
    print(f"Wrote {publish_labels('toy', ids, answers, data.COLOURS, blended)} ({len(ids)} lines)")
