"""Cross-validate the model: python -m competitions.toy.train"""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from common import experiment, paths, run
from competitions.toy import data
from competitions.toy.metric import ACCURACY


def plan(config):
    """What is trained, on what."""
    train, test = (config.data / name for name in ("train.csv", "test.csv"))
    parts, colours = {"train": data.points(train), "test": data.points(test)}, data.colours(train)
    return experiment.Plan(
        contest="toy",
        config=config,
        fingerprint=paths.fingerprint([train, test]),
        metric=ACCURACY,
        truth=colours,
        labels=colours,
        records=lambda: parts,
        fits={"logistic": fit},
    )


def fit(plan, fold):
    """The model of one fold, and its log. The product of x and y tells the fields of the board apart."""
    points = plan.parts["train"]
    model = make_pipeline(PolynomialFeatures(2), LogisticRegression(C=plan.config.regularisation))
    model = experiment.Estimator(model.fit(points[fold.train], plan.truth[fold.train]))
    score = ACCURACY.of(plan.truth[fold.valid], model.predict(points, fold.valid))
    return model, pd.DataFrame({"epoch": [1], "loss": [1 - score], "score": [score]})


def main(config):
    """Train what is not finished, and show its score."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


if __name__ == "__main__":
    run.stage(__spec__)
