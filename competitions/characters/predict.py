"""Read a picture of a line or of a single character: make predict COMP=characters input=line.png

python -m competitions.characters.predict input=line.png
"""

import time

import numpy as np

from common import experiment
from common import run as command_line
from common.errors import DataError
from common.images.given import read_given
from common.images.writing import lines
from common.images.writing.glyphs import dark_on_bright
from common.report.tables import show_table
from common.text.bigrams import Bigrams, most_likely

OFFERED = 3  # candidates that the language chooses from, as published
DETAILED = 20  # glyphs whose candidates are shown


def main(config, input, run=""):
    """Print the text of a picture, or of each picture of a folder, and the candidates of its characters."""
    learnt = experiment.newest("characters", config.data, run)
    learnt.models  # noqa: B018  loaded before the clock starts
    started = time.perf_counter()
    found = answered(learnt, input)
    seconds = time.perf_counter() - started
    for name, text, _ in found:
        print(f"{name}: {text}")
    details = [[name, *(f"{one} {share:.4f}" for one, share in row)] for name, _, rows in found for row in rows]
    title = f"the first candidates of {len(details)} glyphs, answered by {learnt.run.path} in {seconds:.1f} s"
    show_table(title, ["picture", *map(str, range(1, len(details[0])))], details[:DETAILED])
    return [{"name": name, "text": text} for name, text, _ in found]


def answered(learnt, input):
    """Of each picture its name, its text, and for each character the candidates with their probabilities."""
    characters, bigrams = learnt.run.read_json("characters.json")["characters"], Bigrams.load(learnt.run)
    glyphs, answers = read_given(input, glyphs_of), []
    every = learnt.predict([one for some in glyphs.values() for one in some])[:, :OFFERED]
    for name, found in zip(glyphs, np.split(every, np.cumsum([len(some) for some in glyphs.values()])[:-1]), strict=True):
        chosen = most_likely(found[..., 0].astype(int), found[..., 1], bigrams)
        rows = [[(characters[int(one)], float(share)) for one, share in row] for row in found]
        answers.append((name, "".join(characters[one] for one in chosen), rows))
    return answers


def glyphs_of(name, picture):
    """The glyphs of a picture; says how many, and whether the ink is dark.

    Raises:
        DataError: there is none.
    """
    inverted = dark_on_bright(picture[None])
    found = lines.cut(255 - picture if inverted else picture)
    if not found:
        raise DataError(f"{name} shows no ink; expected a line of characters on a plain background")
    print(f"{name}: {'dark ink, inverted' if inverted else 'bright ink'}, {len(found)} glyphs")
    return found


if __name__ == "__main__":
    command_line.stage(__spec__)
