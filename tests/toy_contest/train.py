"""Cross-validate the model.

python -m competitions.toy.train
"""

from functools import partial

import joblib
import numpy as np
import pandas as pd

from common import run
from common.experiment.folds import make_folds, out_of_fold
from common.experiment.runs import open_run
from common.report import plots
from competitions.toy import data, features, metric, model


def main(config):
    """Train what is not finished, and show its score."""
    dataset = data.load(config.data)
    trained = train_model(config, dataset)
    print(f"{trained.name}: accuracy {trained.read_json('metrics.json')['score']:.4f}, written to {trained.path}")


def train_model(config, dataset):
    """The finished run, trained where it is not finished yet."""
    model_run = open_run("toy", "logistic", config, dataset.fingerprint)
    with model_run.locked():
        if not model_run.finished:
            valid = make_folds("toy", dataset.labels, config.folds, config.seed, dataset.fingerprint)
            write_results(model_run, config, dataset, valid, out_of_fold(partial(fit, config), model_run, valid))
    return model_run


def fit(config, fold, train_rows, valid_rows, folder):
    """Train one fold; a pure function of its arguments and the data."""
    dataset = data.load(config.data)
    columns = features.columns(dataset.points)
    fitted = model.logistic(config).fit(columns[train_rows], dataset.labels[train_rows])
    joblib.dump(fitted, folder / "model.joblib")
    probability = fitted.predict_proba(columns[valid_rows])
    score = metric.score(dataset.labels[valid_rows], probability.argmax(axis=1))
    loss = -np.log(np.clip(probability[np.arange(len(valid_rows)), dataset.labels[valid_rows]], 1e-12, 1)).mean()
    pd.DataFrame({"epoch": [1], "loss": [loss], "score": [score]}).to_csv(folder / "log.csv", index=False)
    return {"valid": probability, "test": fitted.predict_proba(features.columns(dataset.test_points))}


def write_results(model_run, config, dataset, valid, result):
    """Predictions, log, a picture and, last, the metrics."""
    model_run.save_arrays("oof", probability=result["oof"], fold=valid, label=dataset.labels)
    model_run.save_arrays("test", probability=result["test"])
    plots.keep_log(model_run, config.folds)
    prediction, seen = result["oof"].argmax(axis=1), valid >= 0
    plots.confusion_matrix(dataset.labels[seen], prediction[seen], data.COLOURS, model_run.plots / "confusion_matrix.png")
    folds = [metric.score(dataset.labels[valid == fold], prediction[valid == fold]) for fold in range(config.folds)]
    model_run.write_json(
        "metrics.json",
        {
            "metric": "accuracy",
            "score": metric.score(dataset.labels[seen], prediction[seen]),
            "folds": folds,
            "spread": float(np.std(folds)) if len(folds) > 1 else None,
            "seconds": sum(result["seconds"]),
            "data": str(config.data),
        },
    )


if __name__ == "__main__":
    run.stage(__spec__)
