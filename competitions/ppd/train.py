"""Cross-validate every model for log loss, under one of two protocols that are never mixed.

python -m competitions.ppd.train
python -m competitions.ppd.train protocol=content model=trees folds=1 data=DATA

`content` asks what a model understands: all pairs of questions that are joined in one step or many lie in one fold, and neither
the graph of the pairs nor other pairs' labels are features. `contest` is what the competition rewards: folds by pair, as its
test set was drawn, and everything that the winners used. The difference between the two scores is the leak.
"""

from functools import partial

import numpy as np

from common import paths, run
from common.errors import ConfigError
from common.experiment.folds import make_folds, out_of_fold
from common.experiment.runs import open_run
from common.report import plots
from common.report.tables import show_runs
from competitions.ppd import closure, data, features, graph, metric
from competitions.ppd.config import COSINE, ENCODER, NETWORKS


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    if ENCODER in config.model:
        from competitions.ppd import encoder

        encoder.main(config)
        return
    show(train_models(config, data.load(config.data)), config)


def train_models(config, dataset):
    """The finished runs of `config.model`, trained where they are not finished yet.

    Raises:
        ConfigError: the encoder is among them, which answers no pairs.
    """
    if ENCODER in config.model:
        raise ConfigError(
            "model=encoder learns from groups of questions and answers no pairs; its own pair model is model=cosine"
        )
    return [train_model(config, dataset, name) for name in config.model]


def train_model(config, dataset, name):
    """Cross-validate one model and write its run."""
    model_run = open_run("ppd", name, config, identity_of(dataset, config))
    with model_run.locked():
        if model_run.finished:
            print(f"{model_run.name}: finished before, log loss {model_run.read_json('metrics.json')['score']:.4f}")
            return model_run
        if name in NETWORKS:
            fit = partial(fit_network, config, name)
        elif name == COSINE:
            fit = partial(fit_cosine, config)
        else:
            features.pair_table(dataset, config)
            fit = partial(fit_trees, config)
        valid = make_valid(dataset, config)
        result = out_of_fold(fit, model_run, valid, config.cluster)
        write_results(model_run, config, dataset, valid, result)
    return model_run


def identity_of(dataset, config):
    """The fingerprint of data and protocol: scores of two protocols never stand in one table."""
    return f"{dataset.fingerprint}-{config.protocol}"


def make_valid(dataset, config):
    """The fold in which each pair is validated, `(rows,)`; both orders of a pair share one, whatever the protocol."""
    questions = len(dataset.names)
    if config.protocol == "content":
        groups = closure.components_of(dataset.pairs, questions)
    else:
        groups = graph.keys(dataset.pairs, questions)
        if len(np.unique(groups)) == len(groups):
            groups = None  # as it should be; stratifying groups takes a minute
    return make_folds("ppd", dataset.labels, config.folds, config.seed, dataset.fingerprint, groups)


def fit_trees(config, fold, train_rows, valid_rows, folder):
    """Train LightGBM on one fold; a pure function of its arguments and the data."""
    from competitions.ppd import trees

    dataset = data.load(config.data, report=False)
    table = trees.columns_of_fold(features.pair_table(dataset, config), dataset, train_rows, config, fold)
    booster, log = trees.fit(table, dataset.labels, train_rows, valid_rows, config, fold)
    log.to_csv(folder / "log.csv", index=False)
    (folder / "model.txt").write_text(booster.model_to_string(), encoding="utf-8")  # save_model hides a full disk
    probability = trees.predict(booster, table)
    predictions = {"valid": probability[valid_rows]}
    if dataset.test_pairs is not None:
        predictions["test"] = probability[len(dataset.pairs) :]
    return predictions


def fit_network(config, name, fold, train_rows, valid_rows, folder):
    """Train one network on one fold; a pure function of its arguments and the data."""
    import keras

    from common.training import fit_stages
    from competitions.ppd import batches, model

    dataset = data.load(config.data, report=False)
    keras.utils.set_random_seed(config.seed + fold)
    network = getattr(model, name)({unit: getattr(dataset, unit).vectors for unit in data.UNITS}, config)

    def log_loss(network):
        return metric.score(dataset.labels[valid_rows], batches.predict(network, dataset, dataset.pairs[valid_rows], config))

    stages = make_stages(config, dataset, train_rows, fold)
    log = fit_stages(network, stages, log_loss, config, f"{name} fold {fold}", greater=False)
    log.to_csv(folder / "log.csv", index=False)
    network.save(folder / "model.keras")
    predict = batches.predict
    if config.uses_closure:
        known = {"known": dataset.pairs[train_rows], "labels": dataset.labels[train_rows]}
        predict = partial(batches.predict_with_mates, **known, seed=config.seed)
    parts = {"valid": dataset.pairs[valid_rows], "test": dataset.test_pairs}
    return {part: predict(network, dataset, pairs, config=config) for part, pairs in parts.items() if pairs is not None}


def fit_cosine(config, fold, train_rows, valid_rows, folder):
    """Train the encoder on one fold's positives; a pure function of its arguments and the data."""
    import keras

    from competitions.ppd import cosine

    dataset = data.load(config.data, report=False)
    keras.utils.set_random_seed(config.seed + fold)
    network, calibration, log = cosine.fit(dataset, train_rows, config, f"cosine fold {fold}")
    log.to_csv(folder / "log.csv", index=False)
    network.save(folder / "model.keras")
    np.save(folder / "calibration.npy", calibration)
    parts = {"valid": dataset.pairs[valid_rows], "test": dataset.test_pairs}
    return {
        part: cosine.predict(network, calibration, dataset, pairs, config) for part, pairs in parts.items() if pairs is not None
    }


def make_stages(config, dataset, train_rows, fold):
    """The embeddings first as they are given, then trained with the rest."""
    from common.training import Stage
    from competitions.ppd.batches import PairBatches
    from competitions.ppd.model import VECTORS

    plan = [
        ("given vectors", config.epochs, config.learning_rate, config.warm_up_steps, ()),
        ("tuned vectors", config.tuned_epochs, config.tuned_learning_rate, 0, VECTORS),
    ]
    stages = []
    for number, (name, epochs, rate, warm_up_steps, thawed) in enumerate(plan):
        drawn = PairBatches(dataset, train_rows, config, seed=[config.seed, fold, number])
        stages.append(Stage(name, drawn, "binary_crossentropy", epochs, rate, warm_up_steps, thawed=thawed))
    return stages


def write_results(model_run, config, dataset, valid, result):
    """Predictions, log, learning curves and, last, the metrics of a run."""
    seen = valid >= 0
    model_run.save_arrays("oof", probability=result["oof"], fold=valid)
    if "test" in result:
        model_run.save_arrays("test", probability=result["test"])
    log = plots.keep_log(model_run, config.folds)
    plots.learning_curves(log, model_run.plots / "learning_curves.png", "log loss")
    folds = [metric.score(dataset.labels[valid == fold], result["oof"][valid == fold]) for fold in range(config.folds)]
    model_run.write_json(
        "metrics.json",
        {
            "metric": f"log loss, protocol {config.protocol}",
            "greater": False,
            "score": metric.score(dataset.labels[seen], result["oof"][seen]),
            "folds": folds,
            "spread": float(np.std(folds)) if len(folds) > 1 else None,
            "seconds": sum(result["seconds"]),
            "data": paths.data_name(config.data),
        },
    )


def show(runs, config):
    """Print score, spread over folds and time of each run, and where it was written."""
    title = f"out-of-fold log loss, protocol {config.protocol}, on {paths.data_name(config.data)}"
    show_runs(title, runs, lambda metrics: {"log loss": f"{metrics['score']:.4f}"})


if __name__ == "__main__":
    run.stage(__spec__)
