"""What is on a picture of your own: make predict COMP=fashion_mnist input=photo.png

A photo is cropped to the garment, scaled and put on black, as the training pictures are, and it is said what was done. Of a
folder, what cannot be read is named and left out.
"""

from pathlib import Path

import numpy as np

from common import experiment, paths
from common import run as command_line
from common.errors import DataError
from common.images import framing
from common.images.pictures import read_picture

SHOWN = 3  # classes


def main(config, input, run=""):
    """Print the most probable classes of a picture, or of each picture in a folder.

    Raises:
        DataError: `input` is no picture, shows no object, or is a folder without any.
    """
    learnt = experiment.newest("fashion_mnist", config.data, run)
    _, (_, (first, *_)) = next(iter(learnt.models.items()))
    names, pictures, told = [], [], []
    for path in listed(Path(input).expanduser()):
        try:
            picture, done = framed(path, *first.network.input_shape[1:3])
        except DataError as error:
            if path == Path(input).expanduser():
                raise
            print(f"left out: {error}")
            continue
        names.append(path.name)
        pictures.append(picture)
        told.append(done)
    if not pictures:
        raise DataError(f"{input} holds no picture")
    for name, probability, done in zip(names, learnt.predict(np.stack(pictures)), told, strict=True):
        best = np.argsort(-probability)[:SHOWN]
        print(f"{name}: {', '.join(f'{first.names[label]} {probability[label]:.3f}' for label in best)} ({done})")


def listed(path):
    """The files of a folder, or a file itself."""
    return [one for one in paths.listed(path, "*") if one.is_file()] if path.is_dir() else [path]


def framed(path, height, width):
    """A picture as the networks know them, `(height, width)`, and what was done to it.

    Raises:
        DataError: it is no picture, or one grey all over.
    """
    image = read_picture(path)
    light = framing.background(image) > framing.LIGHT
    if image.shape == (height, width):
        return (framing.on_black(image), "inverted: its background is light") if light else (image, "taken as it is")
    found = framing.cropped(framing.on_black(image))
    if found is None:
        raise DataError(f"{path} shows nothing that stands out from its background; expected one garment on a plain one")
    done = (
        f"cropped from {image.shape[1]} x {image.shape[0]} to {found.shape[1]} x {found.shape[0]}, scaled to {width} x {height}"
    )
    return framing.fitted(found, height, width), done + (", inverted: its background is light" if light else "")


if __name__ == "__main__":
    command_line.stage(__spec__)
