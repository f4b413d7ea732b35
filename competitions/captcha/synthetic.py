"""Outlined, overlapping letters with sides and curves through them: pictures to pre-train on, drawn once and kept.

Hollow letters as those of kexue.fm archive 4138 have few labelled pictures; these share their outlines, not their pixels.
"""

import hashlib
import json
from contextlib import suppress
from itertools import chain

import numpy as np
from joblib import Parallel, delayed
from PIL import Image, ImageChops, ImageDraw

from common import paths
from common.errors import ConfigError
from competitions.captcha.data import Pictures, on_canvas
from competitions.captcha.drawing import FACES, coloured, curve, face, mask

CHUNK = 500  # pictures that one process draws at a time
FINE = 2  # pictures are drawn twice as large


def pictures_of(table, config):
    """Drawn `Pictures` with the size, the letters and the length of the style that `config.imitates` names.

    Raises:
        ConfigError: it has signs that the faces lack.
    """
    number = next(number for number, style in enumerate(table.styles) if style.name == config.imitates)
    style, canvas = table.styles[number], (config.height, config.width)
    if lacking := [sign for sign in style.signs if lacks(sign)]:
        raise ConfigError(
            f"imitates={style.name}: the faces that letters are drawn in lack {''.join(lacking[:10])}; imitate a style of "
            "Latin letters and digits, or leave synthetic= away"
        )
    recipe = json.dumps([style.size, style.signs, style.lengths, canvas, config.synthetic, config.seed])
    kept = paths.cache("captcha") / f"outlined-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not kept.exists():
        print(f"drawing {config.synthetic} pictures as of {style.name}", flush=True)
        starts = range(0, config.synthetic, CHUNK)
        jobs = (delayed(draw_some)(style, canvas, min(CHUNK, config.synthetic - at), [config.seed, at]) for at in starts)
        labels, images = zip(*Parallel(n_jobs=-1)(jobs), strict=True)
        with suppress(FileExistsError), paths.atomic(kept) as folder:  # another process may be faster
            folder.mkdir()
            np.save(folder / "images.npy", np.concatenate(images))
            (folder / "labels.json").write_text(json.dumps(list(chain.from_iterable(labels))), encoding="utf-8")
    labels = json.loads((kept / "labels.json").read_text(encoding="utf-8"))
    names = [f"drawn/{place}" for place in range(len(labels))]
    return Pictures(names, labels, np.full(len(labels), number), np.load(kept / "images.npy", mmap_mode="r"))


def lacks(sign):
    """Whether one of the faces draws a sign as its empty box."""
    return any(mask(sign, face(name, 32), 64) == mask("\U0010ffff", face(name, 32), 64) for name in FACES)


def draw_some(style, canvas, count, seed):
    """Labels and images of some pictures."""
    generator, letters = np.random.default_rng(seed), {}
    for sign in style.signs:
        letters.setdefault(sign.lower(), []).append(sign)  # the letter first, then its case: no letter is rare
    letters = list(letters.values())
    labels, images = [], np.empty((count, *canvas, 3), np.uint8)
    for place in range(count):
        length = generator.integers(style.lengths[0], style.lengths[1] + 1)
        chosen = [letters[number] for number in generator.integers(len(letters), size=length)]
        labels.append("".join(cases[generator.integers(len(cases))] for cases in chosen))
        images[place] = on_canvas(draw(labels[-1], style.size, generator), canvas)
    return labels, images


def draw(label, size, generator):
    """One picture `(height, width, 3)`."""
    height, width = (FINE * side for side in size)
    page = Image.new("L", (width, height), 255)
    spacing = width * generator.uniform(0.7, 0.95) / len(label)
    start = (width - spacing * (len(label) - 1)) / 2
    em = min(height * 0.75, spacing * 1.35)
    for place, sign in enumerate(label):
        shade, solid = letter(sign, int(em * generator.uniform(0.75, 1.3)), generator)
        x = start + place * spacing + generator.normal(0, 0.08 * spacing) - shade.width / 2
        y = height / 2 + generator.normal(0, 0.07 * height) - shade.height / 2
        layer = Image.new("L", page.size, 255)
        layer.paste(shade, (int(x), int(y)), solid)
        if generator.random() < 0.5:  # it hides what lies below
            page.paste(255, (int(x), int(y)), solid)
        page = ImageChops.darker(page, layer)
    for value, most, thickest in ((0, 3, 7), (255, 4, 5)):  # curves of ink, and cuts of paper
        for _ in range(generator.integers(most)):
            curve(page, value, int(generator.integers(1, thickest + 1)), generator)
    ink = generator.uniform(0, 160, 3) * (generator.random(3) < 0.7)
    return coloured(page.reduce(FINE), ink, generator.uniform(235, 255, 3))


def letter(sign, em, generator):
    """Grey values of a hollow letter with a side of ink or of hatches, turned; and the mask of what it covers."""
    font, side = face(FACES[generator.integers(len(FACES))], em), 2 * em
    outer, inner = mask(sign, font, side, int(generator.integers(1, 4))), mask(sign, font, side)
    shade, solid = Image.new("L", (side, side), 255), Image.new("L", (side, side))
    depth, gap = int(generator.integers(0, max(2, em // 4))), int(generator.choice((1, 3, 5)))
    across, down = generator.uniform(-1, 1), generator.uniform(-0.2, 1)
    for step in range(depth, 0, -1):  # the far end of the side first
        moved = round(step * across), round(step * down)
        shade.paste(0 if step % gap == 0 or step == depth else 255, moved, outer)
        solid.paste(255, moved, outer)
    solid.paste(255, (0, 0), outer)
    shade.paste(0, (0, 0), outer)
    shade.paste(255, (0, 0), inner)
    if generator.random() < 0.25:  # a hatched face
        hatch, apart = Image.new("L", (side, side), 255), int(generator.integers(4, 9))
        for at in range(0, side, apart):
            ImageDraw.Draw(hatch).line((0, at, side, at + int(generator.integers(-9, 10))), fill=0)
        shade.paste(hatch, (0, 0), inner)
    wide, tall, slant, middle = *generator.uniform(0.8, 1.2, 2), generator.uniform(-0.25, 0.25), side / 2
    places = (wide, slant, middle * (1 - wide - slant), 0, tall, middle * (1 - tall))
    angle = float(np.clip(generator.normal(0, 12), -30, 30))

    def turned(picture, outside):
        slanted = picture.transform(picture.size, Image.Transform.AFFINE, places, Image.Resampling.BILINEAR, fillcolor=outside)
        return slanted.rotate(angle, Image.Resampling.BILINEAR, fillcolor=outside)

    return turned(shade, 255), turned(solid, 0)
