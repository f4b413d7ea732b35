"""The colour of a point of your own: make predict COMP=toy input=0.5,-0.3"""

import numpy as np

from common import experiment
from common.errors import DataError
from competitions.toy.data import COLOURS


def main(config, input, run=""):
    """Print and return the colour of the point `x,y` and its probability."""
    try:
        point = np.array(input.split(","), float).reshape(1, 2)
    except ValueError:
        raise DataError(f"input={input}: expected two numbers, for example input=0.5,-0.3") from None
    (probability,) = experiment.newest("toy", config.data, run).predict(point)
    colour = COLOURS[probability.argmax()]
    print(f"{input}: {colour} ({probability.max():.3f})")
    return [{"point": input, "colour": colour, "probability": round(float(probability.max()), 5)}]
