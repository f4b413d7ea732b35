"""Reads the official files: images and the list of characters, as npz or IDX, or fonts to draw them from."""

import hashlib
import json

import numpy as np

from common import paths, run
from common.images.writing import glyphs, sets
from common.text.alphabets import alphabet_of
from common.text.corpus import read

VERSION = paths.code_version(sets.__file__, glyphs.__file__)  # of what is drawn
SOURCE = """Images of single characters, any set of them. Put into the folder one of
  train.npz, test.npz          images (n, height, width), bright ink on black; characters (texts); labels, places in them from 0
                               on (the test part may have none); optional writers: a number for who wrote or which face printed
  train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-* (plain or .gz), for example MNIST; classes other than digits are
                               named in characters.txt, one a line
  fonts/, test/fonts/          font files, from which the characters of alphabet= are drawn; README.md names some packages"""


def load(config):
    """The `GlyphSet` that the settings name; a test part is cut off where there is none.

    Raises:
        DataError: a file is missing or not as described; the message names it and what is wrong.
    """
    folder = config.data
    if config.fonts or ((folder / "fonts").is_dir() and not (folder / "train.npz").exists()):
        fonts = config.fonts or (folder / "fonts",)
        unseen = config.unseen or (() if config.fonts else paths.listed(folder, "test/fonts"))
        folder = drawn(fonts, unseen, config.alphabet, config.sizes)
    listing = paths.listed(folder, "characters.txt")
    found = sets.read(folder, [line for line in read(listing) if line] if listing else None)
    return found if found.test else found.cut(config.data)


def drawn(fonts, unseen, alphabet, sizes):
    """Folder of the npz files drawn from fonts, kept until the fonts or the settings change."""
    characters = alphabet_of(alphabet)
    faces = {part: glyphs.find_faces(places) for part, places in (("train", fonts), ("test", unseen)) if places}
    files = {str(path) for some in faces.values() for face in some for path, _ in face.files.values()}
    names = [(part, [face.name for face in some]) for part, some in faces.items()]
    described = json.dumps([VERSION, characters, sizes, names, paths.fingerprint(sorted(files))])
    folder = paths.cache("characters") / hashlib.sha256(described.encode()).hexdigest()[:12]
    if not folder.exists():
        with paths.atomic(folder) as working:
            working.mkdir()
            for part, some in faces.items():
                sets.draw(some, characters, sizes, working / f"{part}.npz")
    return folder


def main(config):
    """Check the files and count the images."""
    print(SOURCE)
    dataset = load(config)
    for name, part in (("training", dataset.train), ("test", dataset.test)):
        writers = "" if part.writers is None else f" by {len(np.unique(part.writers))} writers or faces"
        height, width = part.pixels.shape[1:]
        print(f"{len(part.pixels):,} {name} images of {height} x {width}{writers}, {len(dataset.characters):,} characters")


if __name__ == "__main__":
    run.stage(__spec__)
