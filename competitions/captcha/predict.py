"""Read a picture of your own, or a folder or zip of them.

    make predict COMP=captcha input=picture.png
    python -m competitions.captcha.predict input=picture.png style=tencent

The style is the one whose pictures have this size; where that is not one alone, `style=` names it.
"""

import numpy as np

from common import experiment
from common import run as command_line
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.images.given import read_given
from common.images.writing.labelled import on_canvas
from competitions.captcha.config import MODELS
from competitions.captcha.data import Pictures


def main(config, input, style="", run=""):
    """Print the text of each picture, the style it was taken for, and the least sure of its signs."""
    answers = answered(experiment.newest("captcha", config.data, run), input, style)
    for one in answers:
        print(f"{one['name']}: {one['text']} ({one['style']}, {one['least_sure']:.3f})")
    return answers


def answered(learnt, input, style=""):
    """Name, text, style and least sure sign of each picture, a list of dicts."""
    table, canvas = learnt.first_of(MODELS).table, (learnt.config.height, learnt.config.width)
    read = read_given(input, lambda name, picture: (style_of(table, name, picture, style), on_canvas(picture, canvas)), "RGB")
    styles, images = map(np.array, zip(*read.values(), strict=True))
    found, sure = table.answers(styles, learnt.predict(Pictures(list(read), None, styles, images)))
    return [
        {"name": name, "text": text, "style": table.styles[number].name, "least_sure": round(float(shares.min()), 5)}
        for name, number, text, shares in zip(read, styles, table.decode(found), sure, strict=True)
    ]


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
