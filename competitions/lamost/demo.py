"""The tab of `make demo`: a spectrum with its lines, what it may be, and which points say so."""

import csv
import tempfile
from pathlib import Path

from common.demo import File, Given, Tab
from common.images.archive import Files
from common.report import page
from competitions.lamost import predict
from competitions.lamost.grid import Grid
from competitions.lamost.metric import LABELS
from competitions.lamost.spectra import read_input

SHOWN = 3  # spectra of a zip


def tab(learnt, sample):
    """A spectrum."""

    def answer(spectrum):
        grid = Grid.parse(learnt.config.grid)
        names, flux = read_input(Path(spectrum), grid)
        names, flux, pieces = names[:SHOWN], flux[:SHOWN], []
        probability = learnt.predict(flux)
        with tempfile.TemporaryDirectory() as folder:
            predict.draw(learnt, grid, names, flux, probability, Path(folder))
            for name, row in zip(names, probability, strict=True):
                pieces += [page.caption(f"{name}: {LABELS[row.argmax()]}"), page.picture(Path(folder) / f"{name}.png")]
                pieces.append(page.bars(dict(zip(LABELS, row, strict=True))))
        return pieces

    files, first = Files(sample / "sample_test_data.zip"), {}
    with (sample / "sample_test_labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            first.setdefault(row["type"], row["id"])
    examples = [{"spectrum": Given(f"{label}-{name}.txt", files.read(f"{name}.txt"))} for label, name in first.items()]
    fields = {
        "spectrum": File("A spectrum: FITS, CSV, text, or a zip of them", (".fits", ".fit", ".gz", ".csv", ".txt", ".zip"))
    }
    return Tab(fields, answer, examples)
