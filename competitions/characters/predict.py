"""Read a picture of a line or of a single character: make predict COMP=characters input=line.png

python -m competitions.characters.predict input=line.png
"""

import time
from pathlib import Path

from common import experiment
from common import run as command_line
from common.errors import DataError
from common.images.glyphs import dark_on_bright, normalised
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
    learnt.models  # noqa: B018  loaded before the clock starts
    started, details, read = time.perf_counter(), [], 0
    for path in files:
        try:
            picture = read_picture(path, "L")
        except DataError as error:
            if path == place:
                raise
            print(f"left out: {error}")  # a note or a broken file among the pictures of a folder
            continue
        inverted = dark_on_bright(picture[None])
        glyphs = lines.cut(255 - picture if inverted else picture)
        if not glyphs:
            print(f"{path}: no ink")
            continue
        found = learnt.predict(normalised(glyphs, learnt.config.side))[:, :OFFERED]
        classes, probability = found[..., 0].astype(int), found[..., 1]
        text = "".join(characters[place] for place in most_likely(classes, probability, language))
        print(f"{path} ({'dark ink, inverted' if inverted else 'bright ink'}, {len(glyphs)} glyphs): {text}", flush=True)
        details += [(path.name, row) for row in found]
        read += len(glyphs)
    rows = [[name, *(f"{characters[int(place)]} {share:.4f}" for place, share in row)] for name, row in details[:DETAILED]]
    show_table(
        f"candidates, answered by {learnt.run.path}", ["picture", *map(str, range(1, len(rows[0])))] if rows else [""], rows
    )
    print(f"{read} glyphs at {read / max(1e-9, time.perf_counter() - started):.0f} a second")


if __name__ == "__main__":
    command_line.stage(__spec__)
