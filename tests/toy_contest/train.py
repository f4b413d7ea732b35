"""Cross-validate the model: make train COMP=toy"""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from common import experiment, paths
from common.experiment.metric import ACCURACY
from competitions.toy import data


def plan(config):
    """What is trained, on what."""
    files = {part: config.data / f"{part}.csv" for part in ("train", "test")}
    return experiment.Plan(
        contest="toy",
        config=config,
        fingerprint=paths.fingerprint(files.values()),
        metric=ACCURACY,
        truth=data.colours(files["train"]),
        records=lambda: {part: data.read(path, "x", "y").to_numpy(float) for part, path in files.items()},
        fits={"logistic": fit},
    )


def fit(plan, fold):
    """The model of one fold, without a log of epochs. The product of x and y tells the fields of the board apart."""
    model = make_pipeline(PolynomialFeatures(2), LogisticRegression(C=plan.config.regularisation))
    return experiment.Estimator(model.fit(plan.parts["train"][fold.train], plan.truth[fold.train])), None


def main(config):
    """Train what is not finished, and show its score."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))
