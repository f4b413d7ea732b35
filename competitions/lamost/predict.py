"""Classify spectra of your own: FITS, CSV, text, a folder or a zip of them.

    python -m competitions.lamost.predict input=star.fits
    make predict COMP=lamost input=spectra/

`formats.py` says what is read. What cannot be read is named and left out; the rest is answered.
"""

from pathlib import Path

from common import experiment, paths
from common import run as command_line
from competitions.lamost.config import NETWORKS
from competitions.lamost.grid import Grid
from competitions.lamost.metric import LABELS
from competitions.lamost.spectra import predictions_folder, read_input

DRAWN = 12  # spectra that get a picture


def main(config, input, run=""):
    """Write and return label and probabilities of every spectrum in `input`, and draw the first few."""
    from common.report import plots

    learnt = experiment.newest("lamost", config.data, run, **({} if run else {"grid": config.grid}))
    grid = Grid.parse(learnt.config.grid)
    names, flux = read_input(Path(input).expanduser(), grid)
    print(f"{len(names)} spectra, answered by {learnt.run.path}", flush=True)
    probability = learnt.predict(flux)
    folder = predictions_folder(input)
    frame = table_of(names, probability)
    with paths.atomic(folder / "predictions.csv") as temporary:
        frame.to_csv(temporary, index=False)
    for name, row in list(zip(names, probability, strict=True))[:DRAWN]:
        print(f"{name}: {LABELS[row.argmax()]} ({', '.join(f'{label} {p:.3f}' for label, p in zip(LABELS, row, strict=True))})")
    print(f"Wrote {folder / 'predictions.csv'} ({len(names)} spectra); pictures go beside it", flush=True)
    with plots.drawing("a spectrum"):
        draw(learnt, grid, names[:DRAWN], flux[:DRAWN], probability, folder)
    return frame.to_dict("records")


def draw(learnt, grid, names, flux, probability, folder):
    """A picture of each spectrum, with the saliency of a network where there is one."""
    from competitions.lamost import pictures, saliency
    from competitions.lamost.features import Prepared

    trained, prepared = learnt.first_of(NETWORKS), Prepared.of(flux)
    for row, name in enumerate(names):
        shares = None
        if trained is not None:
            shares = saliency.of_class(trained.network, prepared.normalised[row], int(probability[row].argmax()))
        path, significance = folder / f"{name}.png", prepared.significance(row)
        pictures.single_spectrum(flux[row], grid, probability[row], path, name, significance, shares)


def table_of(names, probability):
    """A data frame `name,label,star,galaxy,qso,unknown`."""
    import pandas as pd

    frame = pd.DataFrame(probability, columns=LABELS).round(5)
    frame.insert(0, "label", [LABELS[row.argmax()] for row in probability])
    frame.insert(0, "name", names)
    return frame


if __name__ == "__main__":
    command_line.stage(__spec__)
