"""Blend the runs: the plain mean, and weights by hill climbing where they are clearly better.

python -m competitions.characters.ensemble
"""

import numpy as np

from common import experiment, run
from common.experiment import split
from common.report import plots
from competitions.characters import train
from competitions.characters.candidates import Gathered, Mean, fit_weights

NEEDED_GAIN = 0.0005  # weights must beat the plain mean by this much, cross-fitted


def main(config):
    """The finished run of the blend."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan; it keeps characters and language, which answers need."""
    config, characters = plan.config, plan.dataset.characters

    def keep(finished, found, truth, blended):
        train.language_of(config, characters).save(finished)
        finished.write_json("characters.json", {"characters": characters})
        with plots.drawing("mistakes"):
            train.draw(plan, finished)
        return {}

    ways = {"mean": lambda found, truth: Mean(), "weighted mean": fit_weights}
    return experiment.ensemble(
        plan,
        experiment.Blend(
            ways=ways,
            plain=("mean",),
            gain=NEEDED_GAIN,
            gather=Gathered.of_part,
            split=lambda found, truth: split(np.zeros(len(truth)), config.seed),  # many classes are rare
            single=lambda member, found, number: Mean()(Gathered(found.classes, found.values[[number]])),
            after=keep,
        ),
    )


if __name__ == "__main__":
    run.stage(__spec__)
