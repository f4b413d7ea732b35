"""What is on a picture of your own: make predict COMP=fashion_mnist input=photo.png

A photo is cropped to the garment, scaled and put on black, as the training pictures are, and it is said what was done. Of a
folder, what cannot be read is named and left out.
"""

from functools import partial

import numpy as np

from common import experiment
from common import run as command_line
from common.errors import DataError
from common.images import framing
from common.images.given import read_given

SHOWN = 3  # classes


def main(config, input, run=""):
    """Print the most probable classes of a picture, or of each picture in a folder, and return all.

    Raises:
        DataError: `input` is no picture, shows no object, or is a folder without any.
    """
    learnt = experiment.newest("fashion_mnist", config.data, run)
    names, _, found, told, classes = answered(learnt, input)
    for name, probability, done in zip(names, found, told, strict=True):
        best = np.argsort(-probability)[:SHOWN]
        print(f"{name}: {', '.join(f'{classes[label]} {probability[label]:.3f}' for label in best)} ({done})")
    return [
        {"name": name, "label": classes[one.argmax()], **dict(zip(classes, one.astype(float).round(5), strict=True))}
        for name, one in zip(names, found, strict=True)
    ]


def answered(learnt, input):
    """Of all pictures: names, what the networks see, probabilities and what was done to them; then the names of the classes."""
    _, (_, (first, *_)) = next(iter(learnt.models.items()))
    read = read_given(input, partial(framed, height_and_width=first.network.input_shape[1:3]))
    pictures, told = zip(*read.values(), strict=True)
    return list(read), pictures, learnt.predict(np.stack(pictures)), told, first.names


def framed(name, image, height_and_width):
    """A picture as the networks know them, `(height, width)`, and what was done to it.

    Raises:
        DataError: it is one grey all over.
    """
    height, width = height_and_width
    light = framing.background(image) > framing.LIGHT
    if image.shape == (height, width):
        return (framing.on_black(image), "inverted: its background is light") if light else (image, "taken as it is")
    found = framing.cropped(framing.on_black(image))
    if found is None:
        raise DataError(f"{name} shows nothing that stands out from its background; expected one garment on a plain one")
    done = (
        f"cropped from {image.shape[1]} x {image.shape[0]} to {found.shape[1]} x {found.shape[0]}, scaled to {width} x {height}"
    )
    return framing.fitted(found, height, width), done + (", inverted: its background is light" if light else "")


if __name__ == "__main__":
    command_line.stage(__spec__)
