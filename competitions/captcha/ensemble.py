"""Blend the runs on their out-of-fold predictions for full matches.

python -m competitions.captcha.ensemble
python -m competitions.captcha.ensemble members=columns-1a2b3c4d,columns-5e6f7a8b
"""

from common import experiment, run
from common.experiment import blend as ways
from common.experiment.folds import split
from competitions.captcha import pictures, train

NEEDED_GAIN = 0.002  # weights must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test pictures and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""

    def by_style(found, truth):
        return split(truth[:, 0], planned.config.seed)

    def draw(finished, *_):
        pictures.draw(planned, finished)

    return experiment.ensemble(planned, ways.of_arrays(ways.means(planned.metric), NEEDED_GAIN, by_style, draw))


if __name__ == "__main__":
    run.stage(__spec__)
