"""Score the runs and their blend on labelled test texts. Nothing is chosen here.

python -m competitions.sentiment.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.metric import ACCURACY
from competitions.sentiment import ensemble, train


def main(config):
    """Print the accuracy of every model and of the blend, on all test texts and on those that training does not hold."""
    plan = train.plan(config)
    test, seen = plan.dataset.test, plan.dataset.seen
    if test is None or test.labels is None:
        raise DataError(f"{config.data} has no labelled test texts; expected test.tsv with labels, or test/CLASS/*.txt")
    blended = ensemble.blend(plan)
    runs = (*blended.members, blended)
    answers = {one.name: one.load_arrays("test")["probability"] for one in runs}
    parts = {f"accuracy on the test texts of {paths.data_name(config.data)} ({config.protocol})": np.ones(len(seen), bool)}
    if seen.any() and not seen.all():
        parts[f"the {(~seen).sum()} of them that are no near duplicate of a training text"] = ~seen
    for title, rows in parts.items():
        scored = {name: one[rows] for name, one in answers.items()}
        experiment.show_scores(title, ACCURACY, test.labels[rows], scored, config.seed)


if __name__ == "__main__":
    run.stage(__spec__)
