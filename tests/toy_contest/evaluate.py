"""Score the blend against `test_labels.csv`. Nothing is chosen here.

python -m competitions.toy.evaluate
"""

from common import run
from competitions.toy import data, ensemble, metric


def main(config):
    """Print the accuracy on the test set."""
    path = config.data / "test_labels.csv"
    truth = data.class_indices(path, data.read(path, ("id", "colour")))
    prediction = ensemble.main(config).load_arrays("test")["probability"].argmax(axis=1)
    print(f"accuracy on the test set of {config.data}: {metric.score(truth, prediction):.4f}")


if __name__ == "__main__":
    run.stage(__spec__)
