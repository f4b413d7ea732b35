"""Blend the runs: the mean of their similarities, plain or weighted.

python -m competitions.word_similarity.ensemble
"""

from common import experiment, run
from common.experiment import blend as ways
from common.experiment.folds import split
from common.report import plots
from competitions.word_similarity import train
from competitions.word_similarity.metric import SPEARMAN

NEEDED_GAIN = 0.005  # weights must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the pairs to be answered and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""

    def by_file(found, truth):
        return split(truth[:, 1].astype(int), planned.config.seed)

    def draw(finished, found, truth, blended):
        from competitions.word_similarity import pictures

        with plots.drawing("similarities and ratings"):
            pictures.ratings(truth, blended.nested, finished.plots / "ratings.png")

    return experiment.ensemble(planned, ways.of_arrays(ways.means(SPEARMAN), NEEDED_GAIN, by_file, draw))


if __name__ == "__main__":
    run.stage(__spec__)
