"""The classifier whose features pictures are compared by.

Inception's weights are not needed, and its numbers are not comparable: every score stands beside that of real pictures.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from common.generative import quality

WIDTHS = (24, 48)
FEATURES = 64
BATCH = 500  # pictures at a time


@dataclass(frozen=True)
class Judge:
    """A classifier at work.

    Attributes:
        network: from bytes to features and probabilities.
        name: accuracy on the validation part and hash of the file, as it is printed beside scores.
    """

    network: Any
    name: str

    def look(self, images):
        """Features `(pictures, features)` and probabilities `(pictures, classes)`, float64, of bytes."""
        from common.training import predict_all

        return tuple(part.astype(float) for part in predict_all(self.network, images, BATCH))

    def score(self, made, of_real, seed):
        """How far made pictures, bytes, are from real ones, of which there are the features, a dict of numbers."""
        features, probability = self.look(made)
        precision, recall = quality.precision_recall(of_real, features, seed)
        return {
            "FID": quality.frechet(features, of_real),
            "KID": quality.kernel_distance(features, of_real, seed),
            "precision": precision,
            "recall": recall,
            **quality.class_figures(probability),
        }


def judge_of(network, accuracy):
    """The `Judge` that a trained classifier with a layer `features` is; its accuracy is for its name."""
    import keras

    both = keras.Model(network.input, [network.get_layer("features").output, network.output])
    digest = hashlib.sha256(b"".join(weight.tobytes() for weight in network.get_weights()))  # the file has the time in it
    return Judge(both, f"classifier {digest.hexdigest()[:8]}, accuracy {accuracy:.4f}")


def classifier(images, classes):
    """A small residual network of pictures, untrained.

    Args:
        images: those of the training part, bytes `(pictures, height, width)`: their size, mean and spread.
        classes: how many.
    """
    import keras

    from common.images import networks

    pixels = keras.Input(images.shape[1:])
    x = (pixels - float(images.mean())) / (float(images.std()) or 1.0)
    x = keras.layers.Reshape((*images.shape[1:], 1))(x)
    x = networks.wide_residual(x, WIDTHS, blocks=1, strides=(2, 2))
    x = keras.layers.Dense(FEATURES, activation="relu", name="features")(keras.layers.Flatten()(x))
    return keras.Model(pixels, keras.layers.Dense(classes, activation="softmax")(x))
