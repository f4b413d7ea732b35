"""How likely the best answer to a question is right: learnt out of fold."""

from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from common import paths, pickled
from common.experiment.runs import readable
from competitions.webqa import metric

FILE = "confidence.joblib"  # in an ensemble's run
LEAST = 1e-6  # score whose logarithm is taken
PARTS = 5  # to cross-fit on


@dataclass(frozen=True)
class Confidence:
    """The probability that an answer of some score is right.

    Attributes:
        model: logistic regression on the score and its logarithm; a number where all answers were right, or none.
    """

    model: Any

    def __call__(self, scores):
        """Probabilities of the scores of best answers, `(answers,)`."""
        if isinstance(self.model, float):
            return np.full(len(scores), self.model)
        return self.model.predict_proba(columns(scores))[:, 1]

    def save(self, folder):
        """Write it into a run."""
        with paths.atomic(folder / FILE) as path:
            joblib.dump(self, path)


def load(folder):
    """Read what `save` wrote.

    Raises:
        RunError: it is missing or damaged.
    """
    with readable(folder / FILE):
        return pickled.load(folder / FILE)


def columns(scores):
    """What the regression sees of scores, `(scores, 2)`."""
    scores = np.asarray(scores, float)
    return np.stack([scores, np.log(np.maximum(scores, LEAST))], axis=1)


def fit(scores, right):
    """`Confidence` of the scores of best answers, and whether each is right."""
    if len(np.unique(right)) < 2:
        return Confidence(float(np.mean(right)) if len(right) else 0.0)
    return Confidence(LogisticRegression(C=100.0).fit(columns(scores), right))


def out_of_fold(scores, right, groups):
    """Probabilities, each learnt from the other groups, `(answers,)`."""
    if len(np.unique(groups)) < PARTS or np.bincount(right.astype(int), minlength=2).min() < PARTS:
        return fit(scores, right)(scores)
    model, parts = LogisticRegression(C=100.0), GroupKFold(PARTS, shuffle=True, random_state=0)
    return cross_val_predict(model, columns(scores), right, groups=groups, cv=parts, method="predict_proba")[:, 1]


def of_best(questions, found):
    """Rows of the questions that have an answer, its score, and whether it is right: three arrays."""
    rows = np.array([row for row, candidates in enumerate(found) if candidates], dtype=int)
    best = [found[row][0] for row in rows]
    asked = [questions[row] for row in rows]
    right = metric.per_question(asked, [one.text for one in best])[:, 0] > 0
    return rows, np.array([one.score for one in best], dtype=float), right
