"""Stack the runs on their out-of-fold predictions for log loss.

    python -m competitions.ppd.ensemble

The mean of the logits, a logistic regression on them, which also calibrates, and LightGBM on them are compared by
cross-fitting, with protocol=contest each with rules, too. With one run the same three calibrate it.
"""

from functools import partial

import numpy as np
from scipy.special import expit

from common import experiment, run
from common.report import plots
from competitions.ppd import inference, metric, stacking, train
from competitions.ppd.pairs import Known
from competitions.ppd.stacking import Answers, logits_of

NEEDED_GAIN = 0.0005  # a way with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the ways to stack, keep the best, apply it to the test set and return its run."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan."""
    config = plan.config
    return experiment.ensemble(
        plan,
        experiment.Blend(
            ways=stacking.ways(config.uses_closure),
            plain=(stacking.MEAN,),
            gain=NEEDED_GAIN,
            gather=partial(gather, plan),
            split=lambda answers, labels: experiment.split(labels, config.seed),
            save=lambda finished, part, probability, _: finished.save_arrays(part, probability=probability.astype("float32")),
            single=lambda member, answers, number: metric.clip(expit(answers.logits[:, number])),
            after=partial(draw, [name.rpartition("-")[0] for name in config.members] or config.model),
        ),
    )


def gather(plan, part, members, rows):
    """`Answers` to the pairs of a part; rules follow from all labels, out of fold from those of the other folds."""
    dataset, stored = plan.dataset, [member.load_arrays(part) for member in members]
    questions = len(dataset.names)
    if rows is None:
        pairs = plan.parts[part].pairs
        rules, rows = inference.rules_of(pairs, Known.of(dataset), questions, plan.config), slice(None)
    else:
        fold = stored[0]["fold"]
        rules = np.full(len(fold), -1)
        for number in range(plan.config.folds):
            inside = fold == number
            rules[inside] = inference.rules_of(dataset.pairs[inside], Known.of(dataset, ~inside), questions, plan.config)
        rules = rules[rows]
    return Answers(logits_of([arrays["probability"][rows] for arrays in stored]), rules)


def draw(names, finished, answers, labels, blended):
    """How well the members and the blend are calibrated, out of fold."""
    curves = dict(zip(names, expit(answers.logits.T), strict=True)) | {"ensemble": blended.nested}
    with plots.drawing("calibration"):
        plots.calibration(labels, curves, finished.plots / "calibration.png")


if __name__ == "__main__":
    run.stage(__spec__)
