"""Models of scikit-learn's kind in a plan: the `inference` of a contest that has no such file of its own."""

from dataclasses import dataclass
from typing import Any

import joblib

from common import pickled

FILE = "model.joblib"


@dataclass(frozen=True)
class Estimator:
    """A fitted classifier as the model of a fold; records are an array of whatever it takes."""

    fitted: Any

    def predict(self, records, rows=slice(None)):
        """Probabilities `(rows, classes)`."""
        return self.fitted.predict_proba(records[rows])

    def save(self, folder):
        """Write it."""
        joblib.dump(self.fitted, folder / FILE)


def load(folder, name, config):
    """What `Estimator.save` wrote."""
    return Estimator(pickled.load(folder / FILE))
