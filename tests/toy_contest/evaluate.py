"""Score the runs and the blend against `test_labels.csv`: make evaluate COMP=toy"""

from common import experiment
from common.experiment.metric import ACCURACY
from competitions.toy import data, ensemble


def main(config):
    """Print the accuracy of each with its interval."""
    truth = data.colours(config.data / "test_labels.csv")
    experiment.show_rows(f"test set of {config.data}", ACCURACY, truth, ensemble.main(config), config.seed)
