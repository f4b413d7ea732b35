"""Pictures of hollow letters to pre-train on, drawn once and kept."""

import hashlib
import json
from contextlib import suppress
from itertools import chain

import numpy as np
from joblib import Parallel, delayed

from common import paths
from common.errors import ConfigError
from common.images.writing import labelled, lettering
from common.images.writing.labelled import on_canvas
from common.images.writing.lettering import hollow, lacks
from competitions.captcha.data import Pictures

CHUNK = 500  # pictures that one process draws at a time
VERSION = paths.code_version(__file__, labelled.__file__, lettering.__file__)  # of what is drawn


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
    recipe = json.dumps([VERSION, style.size, style.signs, style.lengths, canvas, config.synthetic, config.seed])
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
    images = np.load(kept / "images.npy", mmap_mode="r")
    paths.require_rows(kept, len(images), len(labels))
    names = [f"drawn/{place}" for place in range(len(labels))]
    return Pictures(names, labels, np.full(len(labels), number), images)


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
        images[place] = on_canvas(hollow(labels[-1], style.size, generator), canvas)
    return labels, images
