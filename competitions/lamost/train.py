"""Cross-validate every model: networks in two stages (cross-entropy, then soft macro-F1), LightGBM on features.

python -m competitions.lamost.train
python -m competitions.lamost.train model=dilated folds=1 data=DATA
"""

from functools import partial

import numpy as np
import pandas as pd

from common import paths, plots, run
from common.cv import make_folds, out_of_fold
from common.errors import DataError
from common.runs import open_run
from common.tables import show_table
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
    log = plots.read_logs([model_run.path / f"fold{fold}" for fold in range(config.folds)])
    with paths.atomic(model_run.path / "log.csv") as path:
        log.to_csv(path, index=False)
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
            "data": data_name(config),
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
    """Cross-entropy, then soft macro-F1 from the best weights; the network ends with the best weights of both.

    Returns:
        The log, a data frame with columns `stage`, `epoch`, `loss`, `score`, `learning_rate`.
    """
    import keras

    from common.losses import SoftMacroF1
    from common.training import standard_callbacks

    stages = [
        (
            "cross-entropy",
            "categorical_crossentropy",
            config.epochs,
            config.batch_size,
            config.learning_rate,
            config.warm_up_epochs,
        ),
        ("soft macro-F1", SoftMacroF1(), config.soft_f1_epochs, config.soft_f1_batch_size, config.soft_f1_learning_rate, 0),
    ]
    logs, best, best_weights = [], -1.0, None
    for stage, loss, epochs, batch_size, learning_rate, warm_up_epochs in stages:
        if epochs == 0:
            continue
        data_of_stage = batches(batch_size=batch_size, stratified=stage == "soft macro-F1")
        optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=config.weight_decay, global_clipnorm=5.0)
        network.compile(optimizer, loss)  # a new optimiser for each stage: the momenta of another loss are worth nothing
        callbacks = standard_callbacks(
            score,
            warm_up_steps=int(warm_up_epochs * len(data_of_stage)),
            momentum=config.momentum,
            drop_patience=config.drop_patience,
            stop_patience=config.stop_patience,
            description=f"{description}, {stage}",
        )
        history = network.fit(data_of_stage, epochs=epochs, callbacks=callbacks, shuffle=False, verbose=0).history
        logs.append(pd.DataFrame(history).assign(stage=stage, epoch=range(1, len(history["loss"]) + 1)))
        if max(history["score"]) > best:
            best, best_weights = max(history["score"]), network.get_weights()
        else:
            network.set_weights(best_weights)
    return pd.concat(logs, ignore_index=True)


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


def data_name(config):
    """The data folder, with a warning where it is the built-in sample."""
    return f"{config.data}{' (built-in sample)' if run.is_sample(config.data) else ''}"


def show(runs, config):
    """Print score, spread over folds, F1 by class and time of each run, and where it was written."""
    rows = []
    for model_run in runs:
        metrics = model_run.read_json("metrics.json")
        spread = f"{metrics['spread']:.4f}" if metrics["spread"] is not None else ""
        classes = [f"{metrics['classes'][label]:.3f}" for label in metric.LABELS]
        rows.append(
            [
                model_run.model,
                f"{metrics['score']:.4f}",
                spread,
                *classes,
                f"{metrics['seconds'] / 60:.1f}",
                str(model_run.path),
            ]
        )
    columns = ("model", "macro-F1", "± folds", *metric.LABELS, "minutes", "written to")
    show_table(f"out-of-fold macro-F1 on {data_name(config)}", columns, rows)


if __name__ == "__main__":
    run.stage(__spec__)
