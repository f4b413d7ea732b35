"""Blend the runs: the plain mean, and weights by hill climbing where they are clearly better.

python -m competitions.characters.ensemble
"""

import numpy as np

from common import experiment, run
from common.experiment import split
from common.experiment.candidates import Gathered, Mean, fit_weights
from common.report import plots
from competitions.characters import train

NEEDED_GAIN = 0.0005  # weights must beat the plain mean by this much, cross-fitted


def main(config):
    """The finished run of the blend."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan; it keeps characters and their pairs, which answers need."""
    config, characters = plan.config, plan.dataset.characters

    def keep(finished, *_):
        train.bigrams_of(config, characters).save(finished)
        finished.write_json("characters.json", {"characters": characters})
        with plots.drawing("mistakes"):
            train.draw(plan, finished)

    ways = experiment.Blend(
        ways={"mean": lambda found, truth: Mean(), "weighted mean": fit_weights},
        plain=("mean",),
        gain=NEEDED_GAIN,
        gather=Gathered.of_part,
        split=lambda found, truth: split(np.zeros(len(truth)), config.seed),  # many classes are rare
        single=lambda member, found, number: Mean()(found.of_one(number)),
        after=keep,
    )
    return experiment.ensemble(plan, ways)


if __name__ == "__main__":
    run.stage(__spec__)
