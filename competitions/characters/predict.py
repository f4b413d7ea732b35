"""Read a picture of a line or of a single character: make predict COMP=characters input=line.png

python -m competitions.characters.predict input=line.png
"""

import time
from pathlib import Path

import numpy as np

from common import experiment
from common import run as command_line
from common.errors import DataError
from common.images.glyphs import dark_on_bright
from common.images.pictures import read_picture
from common.paths import listed
from common.report.tables import show_table
from competitions.characters import lines
from competitions.characters.language import Language, most_likely

OFFERED = 3  # candidates that the language chooses from, as published
DETAILED = 20  # glyphs whose candidates are shown


def main(config, input, run=""):
    """Print the text of a picture, or of each picture of a folder, and the candidates of its characters."""
    place = Path(input).expanduser()
    if not place.exists():
        raise DataError(f"input={input}: there is no such picture or folder")
    files = listed(place, "*.*") if place.is_dir() else [place]
    learnt = experiment.newest("characters", config.data, run)
    characters, language = learnt.run.read_json("characters.json")["characters"], Language.load(learnt.run)
    glyphs = {path: cut for path in files if (cut := glyphs_of(path, left_out=path != place))}
    if not glyphs:
        return
    learnt.models  # noqa: B018  loaded before the clock starts
    started = time.perf_counter()
    every = learnt.predict([one for some in glyphs.values() for one in some])[:, :OFFERED]
    seconds, details = time.perf_counter() - started, []
    for path, found in zip(glyphs, np.split(every, np.cumsum([len(some) for some in glyphs.values()])[:-1]), strict=True):
        chosen = most_likely(found[..., 0].astype(int), found[..., 1], language)
        print(f"{path}: {''.join(characters[one] for one in chosen)}")
        details += [[path.name, *(f"{characters[int(one)]} {share:.4f}" for one, share in row)] for row in found]
    title = f"the first candidates of {len(every)} glyphs, answered by {learnt.run.path} in {seconds:.1f} s"
    show_table(title, ["picture", *map(str, range(1, len(details[0])))], details[:DETAILED])


def glyphs_of(path, left_out):
    """The glyphs of a picture; what cannot be read is named, and left out where others go on."""
    try:
        picture = read_picture(path, "L")
    except DataError as error:
        if not left_out:
            raise
        print(f"left out: {error}")
        return []
    inverted = dark_on_bright(picture[None])
    found = lines.cut(255 - picture if inverted else picture)
    print(f"{path}: {'dark ink, inverted' if inverted else 'bright ink'}, {len(found)} glyphs")
    return found


if __name__ == "__main__":
    command_line.stage(__spec__)
