"""The colour of a point of your own.

python -m competitions.toy.predict input=0.5,-0.3
"""

import joblib
import numpy as np

from common import run
from common.errors import DataError
from competitions.toy import data, features, train


def main(config, input):
    """Print the colour of the point `x,y` and its probability."""
    try:
        x, y = (float(part) for part in input.split(","))
    except ValueError:
        raise DataError(f"input={input}: expected two numbers, for example input=0.5,-0.3") from None
    folders = sorted(train.train_model(config, data.load(config.data)).path.glob("fold*"))
    columns = features.columns(np.array([[x, y]]))
    probability = np.mean([joblib.load(folder / "model.joblib").predict_proba(columns)[0] for folder in folders], axis=0)
    print(f"{input}: {data.COLOURS[probability.argmax()]} ({probability.max():.3f})")


if __name__ == "__main__":
    run.stage(__spec__)
