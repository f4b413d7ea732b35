"""Score the runs and their blend on labelled test pictures. Nothing is chosen here.

python -m competitions.fashion_mnist.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.metric import ACCURACY
from competitions.fashion_mnist import ensemble, train


def main(config):
    """Print the accuracy of every model and of the blend with its bootstrap interval, and the blend's by class."""
    plan = train.plan(config)
    test, names = plan.dataset.test, plan.dataset.names
    if test is None or test.labels is None:
        raise DataError(f"{config.data} has no labelled test pictures; expected t10k-labels-idx1-ubyte or test/CLASS/")
    blended = ensemble.blend(plan)
    title = f"accuracy on the test pictures of {paths.data_name(config.data)}"
    experiment.show_rows(title, ACCURACY, test.labels, blended, config.seed)
    right = blended.load_arrays("test")["probability"].argmax(axis=1) == test.labels
    print(
        "by class: " + ", ".join(f"{names[label]} {right[test.labels == label].mean():.3f}" for label in np.unique(test.labels))
    )


if __name__ == "__main__":
    run.stage(__spec__)
