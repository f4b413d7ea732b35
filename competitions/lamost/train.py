"""Cross-validate every model: networks in two stages (cross-entropy, then soft macro-F1), LightGBM on features.

python -m competitions.lamost.train
python -m competitions.lamost.train model=dilated folds=1 data=DATA
"""

from functools import partial

import numpy as np

from common import paths, run
from common.errors import DataError
from common.experiment.folds import make_folds, out_of_fold
from common.experiment.runs import open_run
from common.report import plots
from common.report.tables import show_runs
from competitions.lamost import data, features, metric
from competitions.lamost.config import NETWORKS
from competitions.lamost.grid import Grid


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    dataset = data.load(config.data, config.round, config.workers)
    runs = train_models(config, dataset)
    show(runs, config)


def train_models(config, dataset):
    """The finished runs of `config.model`, trained where they are not finished yet."""
    return [train_model(config, dataset, name) for name in config.model]


def train_model(config, dataset, name):
    """Cross-validate one model and write its run."""
    model_run = open_run("lamost", name, config, dataset.fingerprint)
    with model_run.locked():
        if model_run.finished:
            print(f"{model_run.name}: finished before, macro-F1 {model_run.read_json('metrics.json')['score']:.4f}")
            return model_run
        labels = dataset.train.labels
        if lacking := [label for number, label in enumerate(metric.LABELS) if number not in labels]:
            raise DataError(f"{config.data} has no training spectrum of type {' and '.join(lacking)}; all four are needed")
        features.prepare(dataset, config.workers)
        valid = make_folds("lamost", labels, config.folds, config.seed, dataset.fingerprint)
        fit = partial(fit_network, config, name) if name in NETWORKS else partial(fit_trees, config)
        result = out_of_fold(fit, model_run, valid, config.cluster)
        write_results(model_run, config, dataset, valid, result)
    return model_run


def write_results(model_run, config, dataset, valid, result):
    """Predictions, log, pictures and, last, the metrics of a run."""
    from competitions.lamost import pictures

    labels = dataset.train.labels
    model_run.save_arrays("oof", probability=result["oof"], fold=valid, label=labels)
    if "test" in result:
        model_run.save_arrays("test", probability=result["test"])
    log = plots.keep_log(model_run, config.folds)
    pictures.draw_run(model_run, config, dataset, log)
    prediction = result["oof"].argmax(axis=1)
    folds = [metric.score(labels[valid == fold], prediction[valid == fold]) for fold in range(config.folds)]
    seen = valid >= 0
    model_run.write_json(
        "metrics.json",
        {
            "metric": "macro-F1",
            "score": metric.score(labels[seen], prediction[seen]),
            "folds": folds,
            "spread": float(np.std(folds)) if len(folds) > 1 else None,
            "classes": dict(zip(metric.LABELS, metric.class_scores(labels[seen], prediction[seen]).tolist(), strict=True)),
            "seconds": sum(result["seconds"]),
            "data": paths.data_name(config.data),
        },
    )


def fit_network(config, name, fold, train_rows, valid_rows, folder):
    """Train one network of `model.py` on one fold; a pure function of its arguments and the data."""
    import keras

    from competitions.lamost import inference, model

    dataset = data.load(config.data, config.round, config.workers, report=False)
    flux, labels = features.network_input(dataset.train), dataset.train.labels
    keras.utils.set_random_seed(config.seed + fold)
    batches_of_epoch = max(1, len(train_rows) // config.batch_size)
    network = getattr(model, name)(momentum=min(0.99, 1 - 1 / batches_of_epoch))  # statistics look back over one epoch at most
    grid = Grid.parse(config.grid)

    def macro_f1(network):
        probability = inference.predict_network(network, flux, grid, rows=valid_rows)
        return metric.score(labels[valid_rows], probability.argmax(axis=1))

    batches = partial(make_batches, flux, labels, train_rows, config, grid, fold)
    log = fit_stages(network, config, macro_f1, batches, f"{name} fold {fold}")
    log.to_csv(folder / "log.csv", index=False)
    network.save(folder / "model.keras")
    predict = partial(inference.predict_network, network, grid=grid, copies=config.test_copies, jitter=config.redshift_jitter)
    predictions = {"valid": predict(flux, rows=valid_rows)}
    if dataset.test:
        predictions["test"] = predict(features.network_input(dataset.test))
    return predictions


def make_batches(flux, labels, rows, config, grid, fold, batch_size, stratified):
    """Training batches of a fold, with random numbers of their own."""
    from competitions.lamost.batches import Batches

    return Batches(flux, labels, rows, batch_size, config, grid, stratified, seed=[config.seed, fold, int(stratified)])


def fit_stages(network, config, score, batches, description):
    """Cross-entropy, then soft macro-F1 from the best weights; returns the log, see `common.training.fit_stages`."""
    from common import training
    from common.losses import SoftMacroF1

    plain = batches(batch_size=config.batch_size, stratified=False)
    stratified = batches(batch_size=config.soft_f1_batch_size, stratified=True)
    warm_up_steps = int(config.warm_up_epochs * len(plain))
    stages = [
        training.Stage("cross-entropy", plain, "categorical_crossentropy", config.epochs, config.learning_rate, warm_up_steps),
        training.Stage("soft macro-F1", stratified, SoftMacroF1(), config.soft_f1_epochs, config.soft_f1_learning_rate),
    ]
    return training.fit_stages(network, stages, score, config, description)


def fit_trees(config, fold, train_rows, valid_rows, folder):
    """Train LightGBM on one fold; imports no Keras."""
    from competitions.lamost import trees

    dataset = data.load(config.data, config.round, config.workers, report=False)
    model, log = trees.fit(dataset.train, train_rows, valid_rows, config, fold)
    log.to_csv(folder / "log.csv", index=False)
    model.save(folder)
    predictions = {
        "valid": model.predict(features.tree_features(dataset.train), features.network_input(dataset.train), valid_rows)
    }
    if dataset.test:
        predictions["test"] = model.predict(features.tree_features(dataset.test), features.network_input(dataset.test))
    return predictions


def show(runs, config):
    """Print score, F1 by class, spread over folds and time of each run, and where it was written."""

    def figures(metrics):
        classes = {label: f"{metrics['classes'][label]:.3f}" for label in metric.LABELS}
        return {"macro-F1": f"{metrics['score']:.4f}", **classes}

    show_runs(f"out-of-fold macro-F1 on {paths.data_name(config.data)}", runs, figures)


if __name__ == "__main__":
    run.stage(__spec__)
