"""Stack the runs on their out-of-fold predictions for log loss.

    python -m competitions.ppd.ensemble

The mean of the logits, a logistic regression on them, which also calibrates, and LightGBM on them are compared by
cross-fitting: what is learnt on all folds but one is applied to that one. Which of them is used is itself chosen within each
training part, so that the reported score pays for the choice. With one run the same three calibrate it. With protocol=contest
each also comes with rules: what follows by transitivity from the labels of the other folds.
"""

from dataclasses import dataclass
from functools import partial

import lightgbm
import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from common import paths, run
from common.experiment.runs import Run, open_run
from common.report.tables import show_table
from competitions.ppd import closure, data, metric, pictures, train

MEAN = "mean"
PARTS = 5  # for cross-fitting inside a training part, and on the one hold-out part of folds=1
NEEDED_GAIN = 0.0005  # a way with more freedom must beat the plain mean by this much, cross-fitted
ROUNDS = 100  # of LightGBM: few, for few columns
PRIOR_PAIRS = 20  # that count beside those of a rule and are as positive as the mean says: few pairs prove little


@dataclass(frozen=True)
class Answers:
    """What is known of some pairs.

    Attributes:
        logits: of each run `(rows, runs)`.
        rules: 1 sure positive, 0 sure negative, -1 nothing follows, `(rows,)`.
    """

    logits: np.ndarray
    rules: np.ndarray

    def take(self, rows):
        """Those of some pairs."""
        return Answers(self.logits[rows], self.rules[rows])

    def columns(self, with_rules):
        """Table to learn from, `(rows, columns)`: the logits, and two indicators of the rules."""
        return np.column_stack([self.logits, self.rules == 1, self.rules == 0]) if with_rules else self.logits


def main(config):
    """Compare the ways to stack, keep the best, apply it to the test set and return its run."""
    dataset = data.load(config.data)
    members = train.train_models(config, dataset)
    names = [member.name for member in members]
    ensemble = open_run("ppd", "ensemble", config, train.identity_of(dataset, config), members=names)
    with ensemble.locked():
        if ensemble.finished:
            print(f"{ensemble.name}: finished before, log loss {ensemble.read_json('metrics.json')['score']:.4f}")
        else:
            stack_runs(ensemble, members, dataset, config)
    return ensemble


def stack_runs(ensemble, members, dataset, config):
    """Choose a way and write the ensemble's files, `metrics.json` last."""
    fold = members[0].load_arrays("oof")["fold"]
    rows = np.flatnonzero(fold >= 0)
    labels, answers = dataset.labels[rows], out_of_fold_answers(members, dataset, config)
    parts = fold[rows] if config.folds > 1 else split(labels, config.seed)
    ways = methods(config.uses_closure)
    crossed = {name: cross_fit(method, answers, labels, parts) for name, method in ways.items()}
    table = [summary(name, labels, probability, parts) for name, probability in crossed.items()]
    singles = [
        summary(member.model, labels, metric.clip(expit(column)), parts)
        for member, column in zip(members, answers.logits.T, strict=True)
    ]
    nested = cross_fit(partial(fit_best, ways, config.seed), answers, labels, parts)
    honest = summary("nested choice", labels, nested, parts)
    chosen = choose({row["name"]: row["score"] for row in table})

    oof = np.full(len(fold), np.nan, dtype="float32")
    oof[rows] = nested
    ensemble.save_arrays("oof", probability=oof, fold=fold)
    if dataset.test_pairs is not None:
        apply = ways[chosen](answers, labels)
        ensemble.save_arrays("test", probability=apply(test_answers(members, dataset, config)).astype("float32"))
    curves = dict(zip([member.model for member in members], expit(answers.logits.T), strict=True)) | {"ensemble": nested}
    pictures.calibration(labels, curves, ensemble.plots / "calibration.png")
    ensemble.write_json(
        "metrics.json",
        {
            "metric": f"log loss, protocol {config.protocol}",
            "greater": False,
            "score": honest["score"],
            "folds": honest["folds"],
            "spread": float(np.std(honest["folds"])) if config.folds > 1 else None,
            "seconds": sum(member.read_json("metrics.json")["seconds"] for member in members),
            "data": paths.data_name(config.data),
            "method": chosen,
            "members": [member.name for member in members],
            "compared": [*singles, *table, honest],
        },
    )
    show(singles, table, honest, chosen)


def members_of(ensemble):
    """The runs that a finished ensemble is made of, in its order."""
    return [Run(ensemble.path.parent / name) for name in ensemble.read_json("metrics.json")["members"]]


def out_of_fold_answers(members, dataset, config):
    """`Answers` to the validated pairs; rules follow from the labels of the other folds."""
    stored = [member.load_arrays("oof") for member in members]
    fold = stored[0]["fold"]
    rules = np.full(len(fold), -1)
    if config.uses_closure:
        for number in range(config.folds):
            inside = fold == number
            known, labels = dataset.pairs[~inside], dataset.labels[~inside]
            rules[inside] = closure.rules(dataset.pairs[inside], known, labels, len(dataset.names))
    rows = np.flatnonzero(fold >= 0)
    return Answers(logits_of([arrays["probability"][rows] for arrays in stored]), rules[rows])


def test_answers(members, dataset, config):
    """`Answers` to the test pairs; rules follow from all labels."""
    logits = logits_of([member.load_arrays("test")["probability"] for member in members])
    return Answers(logits, rules_of(dataset.test_pairs, dataset, config))


def rules_of(pairs, dataset, config):
    """What follows for pairs from all labels, `(rows,)`; nothing where the settings leave rules out."""
    if not config.uses_closure:
        return np.full(len(pairs), -1)
    return closure.rules(pairs, dataset.pairs, dataset.labels, len(dataset.names))


def logits_of(probabilities):
    """Logits `(rows, runs)` of probabilities `(runs, rows)`."""
    return logit(metric.clip(np.asarray(probabilities, dtype="float64"))).T


def split(labels, seed):
    """Parts of rows to cross-fit on, `(rows,)`."""
    parts = np.zeros(len(labels), dtype=int)
    for part, (_, rows) in enumerate(StratifiedKFold(PARTS, shuffle=True, random_state=seed).split(labels, labels)):
        parts[rows] = part
    return parts


def methods(with_rules):
    """Each way to stack: `method(answers, labels)` learns it and returns a function from answers to probabilities."""
    ways = {MEAN: fit_mean, "logistic": partial(fit_logistic, False), "trees": partial(fit_trees, False)}
    if with_rules:
        ways["mean, rules"] = fit_mean_and_rules
        ways["logistic, rules"] = partial(fit_logistic, True)
        ways["trees, rules"] = partial(fit_trees, True)
    return ways


def fit_mean(answers, labels):
    """The mean of the logits; of one run that is the run itself."""
    return lambda others: metric.clip(expit(others.logits.mean(axis=1)))


def fit_mean_and_rules(answers, labels):
    """The mean; a pair that a rule decides gets the share of positives that such pairs have."""
    plain = fit_mean(answers, labels)
    own = plain(answers)
    shares = {}
    for rule in (0, 1):
        ruled = answers.rules == rule
        prior = own[ruled].mean() if ruled.any() else labels.mean()
        shares[rule] = (labels[ruled].sum() + PRIOR_PAIRS * prior) / (ruled.sum() + PRIOR_PAIRS)

    def apply(others):
        return metric.clip(np.select([others.rules == rule for rule in shares], list(shares.values()), plain(others)))

    return apply


def fit_logistic(with_rules, answers, labels):
    """Logistic regression on the logits: a weight for each run and, by them and the constant, calibration (Platt 1999)."""
    model = LogisticRegression(max_iter=1000).fit(answers.columns(with_rules), labels)
    return lambda others: metric.clip(model.predict_proba(others.columns(with_rules))[:, 1])


def fit_trees(with_rules, answers, labels):
    """LightGBM on the logits: any rising curve of each, and where one run is to be trusted more than another."""
    table = answers.columns(with_rules)
    parameters = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 7,
        "min_data_in_leaf": 100,
        "lambda_l2": 5.0,
        "monotone_constraints": [1] * answers.logits.shape[1] + [0] * (table.shape[1] - answers.logits.shape[1]),
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,  # so few columns that threads would wait for each other
        "seed": 0,
        "verbose": -1,
    }
    booster = lightgbm.train(parameters, lightgbm.Dataset(table, labels), ROUNDS)
    return lambda others: metric.clip(booster.predict(others.columns(with_rules)))


def fit_best(ways, seed, answers, labels):
    """The way that cross-fitting inside these rows finds best, fitted on all of them."""
    parts = split(labels, seed)
    scores = {name: metric.score(labels, cross_fit(method, answers, labels, parts)) for name, method in ways.items()}
    return ways[choose(scores)](answers, labels)


def cross_fit(method, answers, labels, parts):
    """Probabilities `(rows,)`, each row answered by what was learnt on the other parts."""
    result = np.empty(len(labels))
    for part in np.unique(parts):
        inside = parts == part
        result[inside] = method(answers.take(~inside), labels[~inside])(answers.take(inside))
    return result


def choose(scores):
    """Name of the way with the lowest log loss; the plain mean unless another is clearly better."""
    best = min(scores, key=scores.get)
    return best if scores[best] < scores[MEAN] - NEEDED_GAIN else MEAN


def summary(name, labels, probability, parts):
    """Log loss of one prediction, on all rows and on each part."""
    folds = [metric.score(labels[parts == part], probability[parts == part]) for part in np.unique(parts)]
    return {"name": name, "score": metric.score(labels, probability), "folds": folds}


def show(singles, table, honest, chosen):
    """Print single runs and ways to stack, fold by fold."""
    rows = [
        [
            row["name"] + (" (chosen)" if row["name"] == chosen else ""),
            f"{row['score']:.4f}",
            *(f"{score:.4f}" for score in row["folds"]),
        ]
        for row in [*singles, *table, honest]
    ]
    parts = [f"part {part}" for part in range(len(honest["folds"]))]
    show_table("log loss out of fold; stacks are cross-fitted", ["prediction", "all", *parts], rows, len(singles))


if __name__ == "__main__":
    run.stage(__spec__)
