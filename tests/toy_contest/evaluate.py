"""Score the runs and the blend against `test_labels.csv`: python -m competitions.toy.evaluate"""

from common import experiment
from competitions.toy import data, ensemble
from competitions.toy.metric import ACCURACY


def main(config):
    """Print the accuracy of each with its interval."""
    truth = data.colours(config.data / "test_labels.csv")
    experiment.show_rows(f"test set of {config.data}", ACCURACY, truth, ensemble.main(config), config.seed)
