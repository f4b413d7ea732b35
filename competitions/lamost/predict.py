"""Classify spectra of your own: FITS, CSV, text, a folder or a zip of them.

    python -m competitions.lamost.predict input=star.fits
    make predict COMP=lamost input=spectra/

`formats.py` says what is read. What cannot be read is named and left out; the rest is answered.
"""

from pathlib import Path

from common import paths, run
from common.experiment.runs import newest_ensemble
from competitions.lamost.grid import Grid
from competitions.lamost.metric import LABELS
from competitions.lamost.spectra import predictions_folder, read_input

DRAWN = 12  # spectra that get a picture


def main(config, input):
    """Write label and probabilities of every spectrum in `input`, and a picture of the first few."""
    grid = Grid.parse(config.grid)
    names, flux = read_input(Path(input).expanduser(), grid)
    from competitions.lamost import inference, pictures

    blended = newest_ensemble("lamost", config.data, grid=config.grid)
    print(f"{len(names)} spectra, answered by {blended.path}", flush=True)
    probability = inference.predict(blended, flux)
    folder = predictions_folder(input)
    write_table(folder / "predictions.csv", names, probability)
    network = inference.first_network(blended)
    for name, spectrum, row in list(zip(names, flux, probability, strict=True))[:DRAWN]:
        print(f"{name}: {LABELS[row.argmax()]} ({', '.join(f'{label} {p:.3f}' for label, p in zip(LABELS, row, strict=True))})")
        pictures.single_spectrum(spectrum, grid, row, network, folder / f"{name}.png", title=name)
    print(f"Wrote {folder / 'predictions.csv'} ({len(names)} spectra) with {blended.name}; pictures beside it")


def write_table(path, names, probability):
    """CSV `name,label,star,galaxy,qso,unknown`."""
    import pandas as pd

    frame = pd.DataFrame(probability, columns=LABELS).round(5)
    frame.insert(0, "label", [LABELS[row.argmax()] for row in probability])
    frame.insert(0, "name", names)
    with paths.atomic(path) as temporary:
        frame.to_csv(temporary, index=False)


if __name__ == "__main__":
    run.stage(__spec__)
