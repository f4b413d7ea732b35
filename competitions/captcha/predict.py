"""Read a picture of your own, or a folder or zip of them.

    make predict COMP=captcha input=picture.png
    python -m competitions.captcha.predict input=picture.png style=tencent

The style is the one whose pictures have this size; where that is not one alone, `style=` names it.
"""

from pathlib import Path

import numpy as np

from common import experiment
from common import run as command_line
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.images.archive import Files
from common.images.pictures import read_picture
from competitions.captcha.config import MODELS
from competitions.captcha.data import SUFFIXES, Pictures, on_canvas


def main(config, input, style="", run=""):
    """Print the text of each picture, the style it was taken for, and the least sure of its signs."""
    learnt = experiment.newest("captcha", config.data, run)
    table, canvas = learnt.first_of(MODELS).table, (learnt.config.height, learnt.config.width)
    read = pictures_of(Path(input).expanduser())
    styles = np.array([style_of(table, name, picture, style) for name, picture in read.items()])
    images = np.stack([on_canvas(picture, canvas) for picture in read.values()])
    found, sure = table.answers(styles, learnt.predict(Pictures(list(read), None, styles, images)))
    for name, number, text, shares in zip(read, styles, table.decode(found), sure, strict=True):
        print(f"{name}: {text} ({table.styles[number].name}, {shares.min():.3f})")


def pictures_of(path):
    """Pixels `(height, width, 3)` of a picture, or of all in a folder or zip, by name.

    Raises:
        DataError: there is none, or one cannot be read.
    """
    if path.is_dir() or path.suffix.lower() == ".zip":
        files = Files(path)
        names = [name for name in files.names if Path(name).suffix.lower() in SUFFIXES]
        if not names:
            raise DataError(f"input={path} holds no picture")
        return {name: read_picture(files.read(name), "RGB", name=f"{path}: {name}") for name in names}
    if not path.exists():
        raise DataError(f"input={path}: there is no such file or folder")
    return {path.name: read_picture(path, "RGB")}


def style_of(table, name, picture, given):
    """Number of the style that is given, or of the one that has pictures of this size."""
    names = [style.name for style in table.styles]
    if given:
        if given not in names:
            raise ConfigError(f"style={given}: {unknown_name(given, names, 'style')}")
        return names.index(given)
    fitting = [number for number, style in enumerate(table.styles) if style.size == picture.shape[:2]]
    if len(fitting) == 1 or len(names) == 1:
        return (fitting or [0])[0]
    height, width = picture.shape[:2]
    known = ", ".join(f"{style.name} {style.size[1]} x {style.size[0]}" for style in table.styles)
    many = "several styles have" if fitting else "no style has"
    raise DataError(f"{name}: {many} pictures of {width} x {height}; give style=. The styles are {known}")


if __name__ == "__main__":
    command_line.stage(__spec__)
