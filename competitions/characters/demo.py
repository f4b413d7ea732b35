"""The tab of `make demo`: a line of characters, or a single one."""

import numpy as np

from common.demo import File, Given, Tab
from common.images.given import OFFERED
from common.images.pictures import png
from common.report import page
from competitions.characters import predict

SHOWN = 60  # characters whose candidates are shown


def tab(learnt, sample):
    """A picture and what is written on it."""

    def answer(picture):
        pieces = []
        for name, text, rows in predict.answered(learnt, picture):
            columns = ["", *(f"candidate {number}" for number in range(1, 1 + len(rows[0])))]
            cells = [[number, *(f"{one} {share:.3f}" for one, share in row)] for number, row in enumerate(rows, start=1)]
            pieces += [page.caption(f"{name}: {text}"), page.table(columns, cells[:SHOWN])]
        return pieces

    with np.load(sample / "test.npz") as arrays:
        single = Given("one.png", png(255 - arrays["images"][0]))
    fields = {"picture": File("A line of characters on a plain background, or a zip of such pictures", OFFERED)}
    return Tab(fields, answer, [{"picture": Given.of(sample / "line.png")}, {"picture": single}])
