"""The tab of `make demo`: a sheet of samples, and a way from one record to another."""

from functools import cache

import numpy as np

from common.demo import File, Given, Tab, Text, sliding
from common.errors import ConfigError
from common.images import idx
from common.images.given import SUFFIXES
from common.images.pictures import png
from common.report import page
from competitions.generation import inference, pictures, predict
from competitions.generation.config import OF_PICTURES

STEPS = 17  # of a way: fine enough for a slider
MOST_SEED = 2**31


def tab(learnt, sample):
    """The seed of the samples and, where the model has a code, the two ends of a way."""
    found = learnt.run
    of_pictures = found.model in OF_PICTURES

    @cache
    def trained():
        return inference.load(found.path, found.model, learnt.config)

    def answer(seed, first="", second=""):
        if not (seed.isascii() and seed.isdigit() and int(seed) < MOST_SEED):
            raise ConfigError(f"seed={seed[:20]}: expected a whole number from 0 to {MOST_SEED - 1:,}")
        if bool(first) != bool(second):
            raise ConfigError("a way has two ends: give both or none")
        made = trained().sample(pictures.SIDE**2, int(seed))
        way = predict.of_codes(found, trained(), [first, second], STEPS) if first else ()
        if of_pictures:
            sheet = page.picture(png(np.asarray(pictures.sheet(made))), f"{len(made)} samples of {found.name}")
            return [*([sliding(way, "from the first to the second, by their codes")] if first else ()), sheet]
        ways = [page.caption("from the first to the second"), *map(page.paragraph, dict.fromkeys(way))] if first else []
        return [*ways, page.caption("samples"), *map(page.paragraph, made[: pictures.SHOWN])]

    ends = {}
    if hasattr(inference.KINDS[found.model], "encode"):
        kind = (lambda label: File(label, tuple(sorted(SUFFIXES - {""})), optional=True)) if of_pictures else Text
        what = "picture" if of_pictures else "sentence"
        ends = {"first": kind(f"A {what} to go from; none for samples alone"), "second": kind(f"A {what} to go to")}
    return Tab({**ends, "seed": Text("Seed of the samples, any number")}, answer, examples_of(sample, ends, of_pictures))


def examples_of(sample, ends, of_pictures):
    """Seeds, and where there are ways pictures of the sample to go between."""
    if not ends or not of_pictures:
        return [{"seed": "1"}, {"seed": "2"}]
    test = idx.read_images(sample / "t10k-images-idx3-ubyte.gz")
    given = [Given(f"{number}.png", png(one)) for number, one in enumerate(test[:6], start=1)]
    pairs = zip(given[::2], given[1::2], strict=True)
    return [{"first": one, "second": other, "seed": str(seed)} for seed, (one, other) in enumerate(pairs, start=1)]
