"""Ways to make one probability of the runs' answers to a pair: their mean, a logistic regression, trees; with rules or without.

With protocol=contest each also comes with rules: what follows by transitivity from the labels of other pairs. What is learnt
here is kept in the ensemble's run.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import lightgbm
import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from competitions.ppd import metric

MEAN = "mean"
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

    def __len__(self):
        return len(self.rules)

    def take(self, rows):
        """Those of some pairs."""
        return Answers(self.logits[rows], self.rules[rows])

    def columns(self, with_rules):
        """Table to learn from, `(rows, columns)`: the logits, and two indicators of the rules."""
        return np.column_stack([self.logits, self.rules == 1, self.rules == 0]) if with_rules else self.logits


def logits_of(probabilities):
    """Logits `(rows, runs)` of probabilities `(runs, rows)`."""
    return logit(metric.clip(np.asarray(probabilities, dtype="float64"))).T


def ways(with_rules):
    """Each way to stack: `learn(answers, labels)` by name."""
    found = {MEAN: fit_mean, "logistic": partial(fit_logistic, False), "trees": partial(fit_trees, False)}
    if with_rules:
        found["mean, rules"] = fit_mean_and_rules
        found["logistic, rules"] = partial(fit_logistic, True)
        found["trees, rules"] = partial(fit_trees, True)
    return found


@dataclass(frozen=True)
class Mean:
    """The mean of the logits; of one run that is the run itself.

    Attributes:
        shares: of positives among pairs that a rule decides, `{rule: share}`; empty where no rule takes part.
    """

    shares: dict

    def __call__(self, answers):
        """Probabilities `(rows,)`."""
        plain = metric.clip(expit(answers.logits.mean(axis=1)))
        ruled = [answers.rules == rule for rule in self.shares]
        return metric.clip(np.select(ruled, list(self.shares.values()), plain)) if ruled else plain


@dataclass(frozen=True)
class Logistic:
    """Logistic regression on the logits: a weight for each run and, by them and the constant, calibration (Platt 1999)."""

    model: Any
    with_rules: bool

    def __call__(self, answers):
        """Probabilities `(rows,)`."""
        return metric.clip(self.model.predict_proba(answers.columns(self.with_rules))[:, 1])


@dataclass(frozen=True)
class Trees:
    """LightGBM on the logits: any rising curve of each, and where one run is to be trusted more than another."""

    booster: Any
    with_rules: bool

    def __call__(self, answers):
        """Probabilities `(rows,)`."""
        return metric.clip(self.booster.predict(answers.columns(self.with_rules)))


def fit_mean(answers, labels):
    """Learns nothing."""
    return Mean({})


def fit_mean_and_rules(answers, labels):
    """The mean; a pair that a rule decides gets the share of positives that such pairs have."""
    own, shares = Mean({})(answers), {}
    for rule in (0, 1):
        ruled = answers.rules == rule
        prior = own[ruled].mean() if ruled.any() else labels.mean()
        shares[rule] = (labels[ruled].sum() + PRIOR_PAIRS * prior) / (ruled.sum() + PRIOR_PAIRS)
    return Mean(shares)


def fit_logistic(with_rules, answers, labels):
    """Logistic regression."""
    return Logistic(LogisticRegression(max_iter=1000).fit(answers.columns(with_rules), labels), with_rules)


def fit_trees(with_rules, answers, labels):
    """LightGBM."""
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
    return Trees(lightgbm.train(parameters, lightgbm.Dataset(table, labels), ROUNDS), with_rules)
