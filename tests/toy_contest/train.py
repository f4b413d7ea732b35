"""Cross-validate the model: make train COMP=toy"""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from common import experiment, paths
from common.experiment.metric import ACCURACY
from competitions.toy import data


def plan(config):
    """What is trained, on what."""
    train, test = (config.data / name for name in ("train.csv", "test.csv"))
    parts = {name: data.read(path, "x", "y").to_numpy(float) for name, path in (("train", train), ("test", test))}
    colours = data.colours(train)
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
