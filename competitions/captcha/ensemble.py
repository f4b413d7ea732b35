"""Blend the runs on their out-of-fold predictions for full matches.

python -m competitions.captcha.ensemble
python -m competitions.captcha.ensemble members=columns-1a2b3c4d,columns-5e6f7a8b
"""

from functools import partial

from common import experiment, run
from common.experiment.blend import Mean, Stacked, fit_hill_climbing
from common.experiment.folds import split
from competitions.captcha import pictures, train

NEEDED_GAIN = 0.002  # weights must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test pictures and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""

    def drawn(finished, found, truth, blended):
        pictures.draw(planned, finished)
        return {}

    ways = experiment.Blend(
        ways={"mean": lambda found, truth: Mean(), "hill climbing": partial(fit_hill_climbing, planned.metric)},
        plain=("mean",),
        gain=NEEDED_GAIN,
        gather=Stacked.of,
        split=lambda found, truth: split(truth[:, 0], planned.config.seed),
        single=lambda member, found, number: found.values[number],
        after=drawn,
    )
    return experiment.ensemble(planned, ways)


if __name__ == "__main__":
    run.stage(__spec__)
