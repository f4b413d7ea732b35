"""The tab of `make demo`: a photo of one garment, or a folder of them as a zip."""

from itertools import islice

import numpy as np

from common.demo import File, Given, Tab
from common.images import idx
from common.images.given import OFFERED
from common.images.pictures import png
from common.report import page
from competitions.fashion_mnist import predict

SHOWN = 12  # pictures of a zip


def tab(learnt, sample):
    """A photo, what the networks see of it, and what it may be."""

    def answer(photo):
        names, pictures, found, told, classes = predict.answered(learnt, photo)
        pieces = []
        for name, picture, probability, done in islice(zip(names, pictures, found, told, strict=True), SHOWN):
            best = np.argsort(-probability)
            pieces.append(page.caption(f"{name}: {classes[best[0]]}"))
            pieces.append(page.picture(png(picture), f"as the networks see it: {done}", kind="pixels"))
            pieces.append(page.bars({classes[label]: probability[label] for label in best}))
        return pieces

    test = idx.read_images(sample / "t10k-images-idx3-ubyte.gz")[:5]
    examples = [Given.of(sample / "photo.png"), *(Given(f"{number}.png", png(one)) for number, one in enumerate(test, start=1))]
    fields = {"photo": File("A photo of one garment on a plain background, or a zip of them", OFFERED)}
    return Tab(fields, answer, [{"photo": one} for one in examples])
