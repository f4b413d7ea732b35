"""Weights in a file of their own, checked when they come back.

Keras loads a file with more layers than the network without a word, and with `skip_mismatch` one of other shapes; it goes by
the class and the place of a layer, whatever the layers mean.
"""

import json

import keras
import numpy as np
from keras import ops

from common.errors import RunError

WEIGHTS, CHECK = "model.weights.h5", "model.json"  # the file, and what it is checked by
TOLERANCE = 1e-3  # of predictions on another backend or machine
ROWS, STEPS = 2, 8  # of an input whose size is free


def save_weights(network, folder):
    """Write the weights of a network into a folder, with their shapes and what they predict on a made-up input."""
    network.save_weights(folder / WEIGHTS)
    check = {"shapes": shapes_of(network), "predicted": predicted(network)}
    (folder / CHECK).write_text(json.dumps(check), encoding="utf-8")


def load_weights(network, folder):
    """Give a network the weights that `save_weights` wrote.

    Raises:
        RunError: they are of another network: of other weights, or of one that predicts something else with them.
    """
    try:
        check = json.loads((folder / CHECK).read_text(encoding="utf-8"))
        stored, own = [tuple(shape) for shape in check["shapes"]], shapes_of(network)
        if stored != own:
            different = [pair for pair in zip(stored, own, strict=False) if pair[0] != pair[1]]
            first = f"; the first that differ are {different[0][0]} and {different[0][1]}" if different else ""
            raise RunError(
                f"{folder / WEIGHTS} holds {len(stored)} weights, the network has {len(own)}{first}. Train it again."
            )
        network.load_weights(folder / WEIGHTS)
        predictions = zip(check["predicted"], predicted(network), strict=True)
        apart = max(np.abs(np.subtract(one, other)).max() for one, other in predictions)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{folder} cannot be read ({error}). Move it away and repeat.") from error
    if not apart <= TOLERANCE:
        raise RunError(
            f"{folder / WEIGHTS}: with these weights the network predicts other numbers than when they were saved, {apart:.2g} "
            "away. Its layers have changed their places or what they do. Train it again."
        )


def shapes_of(network):
    """Shapes of all weights, in their order."""
    return [tuple(weight.shape) for weight in network.weights]


def predicted(network):
    """What a network predicts on a made-up input, the same for every network with such inputs; lists of numbers."""
    random = np.random.default_rng(0)

    def made_up(tensor):
        shape = [size or (STEPS if place else ROWS) for place, size in enumerate(tensor.shape)]
        whole = "int" in keras.backend.standardize_dtype(tensor.dtype)
        return random.integers(0, 2, shape) if whole else random.normal(size=shape).astype("float32")

    outputs = network(keras.tree.map_structure(made_up, network.input), training=False)
    return [np.asarray(ops.convert_to_numpy(output), float).ravel().tolist() for output in keras.tree.flatten(outputs)]
