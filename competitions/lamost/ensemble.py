"""Blend the runs on their out-of-fold predictions for macro-F1.

    python -m competitions.lamost.ensemble

Four ways to blend, each without and with an offset for every class, are compared by cross-fitting: what is chosen on all
folds but one is applied to that one. So a blend that fits noise shows itself, fold by fold, before it is used.
"""

from functools import partial

import numpy as np
from sklearn.model_selection import StratifiedKFold

from common import paths, run
from common.experiment import blend
from common.experiment.runs import open_run
from common.report import plots
from common.report.tables import show_table
from competitions.lamost import data, metric, train

PARTS = 5  # for cross-fitting on the one hold-out part of folds=1
NEEDED_GAIN = 0.001  # a blend with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test set and return its run."""
    dataset = data.load(config.data, config.round, config.workers)
    members = train.train_models(config, dataset)
    ensemble = open_run("lamost", "ensemble", config, dataset.fingerprint, members=[member.name for member in members])
    with ensemble.locked():
        if ensemble.finished:
            print(f"{ensemble.name}: finished before, macro-F1 {ensemble.read_json('metrics.json')['score']:.4f}")
        else:
            blend_runs(ensemble, members, dataset, config)
    return ensemble


def blend_runs(ensemble, members, dataset, config):
    """Choose a blend and write the ensemble's files, `metrics.json` last."""
    first = members[0].load_arrays("oof")
    rows = np.flatnonzero(first["fold"] >= 0)
    labels = dataset.train.labels[rows]
    predictions = np.stack([member.load_arrays("oof")["probability"][rows] for member in members])
    parts = first["fold"][rows] if config.folds > 1 else split_hold_out(labels, config.seed)
    methods = blending_methods()
    crossed = {name: cross_fit(method, predictions, labels, parts) for name, method in methods.items()}
    table = [summary(name, labels, prediction, parts) for name, prediction in crossed.items()]
    singles = [
        summary(member.model, labels, prediction, parts) for member, prediction in zip(members, predictions, strict=True)
    ]
    chosen = choose(table)
    apply = methods[chosen](predictions, labels)

    oof = np.full((len(first["fold"]), len(metric.LABELS)), np.nan, dtype="float32")
    oof[rows] = crossed[chosen]
    ensemble.save_arrays("oof", probability=oof, fold=first["fold"])
    if dataset.test:
        ensemble.save_arrays("test", probability=apply(np.stack([m.load_arrays("test")["probability"] for m in members])))
    plots.confusion_matrix(labels, crossed[chosen].argmax(axis=1), metric.LABELS, ensemble.plots / "confusion_matrix.png")
    scores = next(row for row in table if row["name"] == chosen)
    ensemble.write_json(
        "metrics.json",
        {
            "metric": "macro-F1",
            "score": scores["score"],
            "folds": scores["folds"],
            "spread": float(np.std(scores["folds"])) if config.folds > 1 else None,
            "classes": dict(
                zip(metric.LABELS, metric.class_scores(labels, crossed[chosen].argmax(axis=1)).tolist(), strict=True)
            ),
            "seconds": sum(member.read_json("metrics.json")["seconds"] for member in members),
            "data": paths.data_name(config.data),
            "method": chosen,
            "members": [member.name for member in members],
            "compared": singles + table,
        },
    )
    show(singles, table, chosen)


def split_hold_out(labels, seed):
    """Parts of the hold-out rows to cross-fit on, `(rows,)`."""
    parts = np.zeros(len(labels), dtype=int)
    splitter = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
    for part, (_, rows) in enumerate(splitter.split(labels, labels)):
        parts[rows] = part
    return parts


def blending_methods():
    """Each way to blend: `method(predictions, labels)` learns it and returns a function from predictions to probabilities."""
    plain = {"mean": fit_mean, "rank mean": fit_rank_mean, "hill climbing": fit_hill_climbing, "stack": blend.stack}
    return plain | {f"{name} + offsets": partial(fit_with_offsets, method) for name, method in plain.items()}


def fit_mean(predictions, labels):
    """Equal weights."""
    return blend.mean


def fit_rank_mean(predictions, labels):
    """Equal weights on ranks."""
    return partial(blend.rank_mean, references=predictions)


def fit_hill_climbing(predictions, labels):
    """Weights by greedy selection."""
    weights = blend.hill_climb(predictions, lambda prediction: metric.score(labels, prediction.argmax(axis=1)))
    return partial(blend.mean, weights=weights)


def fit_with_offsets(method, predictions, labels):
    """Any of the others, then an offset for each class."""
    apply = method(predictions, labels)
    offsets = blend.class_offsets(apply(predictions), labels, metric.score)
    return lambda others: blend.apply_offsets(apply(others), offsets)


def cross_fit(method, predictions, labels, parts):
    """Probabilities `(rows, 4)`, each row blended by what was learnt on the other parts."""
    result = np.empty(predictions.shape[1:])
    for part in np.unique(parts):
        inside = parts == part
        result[inside] = method(predictions[:, ~inside], labels[~inside])(predictions[:, inside])
    return result


def summary(name, labels, prediction, parts):
    """Macro-F1 of one prediction, on all rows and on each part."""
    classes = prediction.argmax(axis=1)
    folds = [metric.score(labels[parts == part], classes[parts == part]) for part in np.unique(parts)]
    return {"name": name, "score": metric.score(labels, classes), "folds": folds}


def choose(table):
    """Name of the best blend; the plain mean unless another is clearly better."""
    best = max(table, key=lambda row: row["score"])
    mean = next(row for row in table if row["name"] == "mean")
    return best["name"] if best["score"] > mean["score"] + NEEDED_GAIN else "mean"


def show(singles, table, chosen):
    """Print single runs and blends, fold by fold."""
    rows = [
        [
            row["name"] + (" (chosen)" if row["name"] == chosen else ""),
            f"{row['score']:.4f}",
            *(f"{score:.4f}" for score in row["folds"]),
        ]
        for row in [*singles, *table]
    ]
    parts = [f"part {part}" for part in range(len(table[0]["folds"]))]
    show_table("macro-F1 out of fold; blends are cross-fitted", ["prediction", "all", *parts], rows, len(singles))


if __name__ == "__main__":
    run.stage(__spec__)
