"""Samples, reconstructions and ways between two records of your own.

make predict COMP=generation count=64
make predict COMP=generation input=a.png
make predict COMP=generation from=a.png to=b.png
"""

from pathlib import Path

import numpy as np

from common import run as command_line
from common.errors import ConfigError, DataError, RunError
from common.experiment.runs import all_runs, named_run
from common.images import framing
from common.images.pictures import read_picture
from competitions.generation import inference, pictures
from competitions.generation.config import CLASSIFIER, OF_PICTURES

MOST = 10_000  # samples asked for at once


def main(config, count="", input="", from_="", to="", run=""):
    """Write a sheet of samples, or what a model makes of one record, or of two.

    Args:
        config: `Config`.
        count: how many samples; 64 where nothing is given.
        input: a picture or a sentence to reconstruct.
        from_, to: the two ends of a way; `from=` on the command line.
        run: name of a run; the one last worked on where it is empty.

    Raises:
        ConfigError: `count` is no number from 1 to 10,000, one end of the way is missing, or the model has no code.
    """
    found = chosen(run, config)
    trained = inference.load(found.path, found.model, found.config(type(config)))
    if bool(from_) != bool(to):
        raise ConfigError("a way has two ends: from=... and to=...")
    if from_ or input:
        given = [from_, to] if from_ else [input]
        return show(found, "way" if from_ else "reconstruction", of_codes(found, trained, given))
    number = int(count) if count.isascii() and count.isdigit() else 0 if count else pictures.SIDE**2
    if not 1 <= number <= MOST:
        raise ConfigError(f"count={count}: expected a whole number from 1 to {MOST:,}")
    return show(found, "sheet", trained.sample(number, config.seed))


def chosen(name, config):
    """The run that is named, or the finished one last worked on, of those on the data if they are named.

    Raises:
        RunError: there is none.
    """
    if name:
        found = named_run("generation", name)
        if found.model == CLASSIFIER:
            raise RunError(f"run={name} is the classifier that compares pictures; it makes none")
        return found
    for found in all_runs("generation"):
        named = found.model in config.model if config.model else found.model != CLASSIFIER
        if named and found.finished:
            same = config.data is None or Path(found.stored["config"]["data"]).resolve() == config.data.resolve()
            if same and found.complete():
                return found
    raise RunError(f"No finished model on {config.data}. Train one: make train COMP=generation")


def of_codes(found, trained, given, steps=pictures.STEPS):
    """A reconstruction of one record, or the way between two.

    Raises:
        ConfigError: the model has no code.
    """
    if not hasattr(trained, "encode"):
        raise ConfigError(f"{found.name} has no code: it makes samples (count=64) and nothing else")
    records = trained.records([own_record(trained, found, text) for text in given])
    if len(given) == 2:
        return pictures.between(trained, records, steps)
    again = trained.decode(trained.encode(records))
    return np.concatenate([records, again]) if found.model in OF_PICTURES else again


def own_record(trained, found, text):
    """A person's picture as bytes, or a sentence as it is."""
    if found.model not in OF_PICTURES:
        return text
    shape = trained.shape
    path = Path(text).expanduser()
    if not path.is_file():
        raise DataError(f"{text} does not exist; expected a picture")
    image = read_picture(path)
    image = framing.on_black(image) if framing.background(image) > framing.LIGHT else image
    return image if image.shape == shape else framing.fitted(image, *shape, int(framing.background(image)))


def show(found, name, made):
    """Write pictures as a sheet in the run's folder, or print sentences; return the sheet's path, or the sentences."""
    if isinstance(made, np.ndarray):
        path = found.plots / f"{name}.png"
        pictures.write(pictures.sheet(made), path)
        print(f"Wrote {path} ({len(made)} pictures of {found.name})")
        return [{"file": str(path)}]
    print("\n".join(made))
    return [{"text": text} for text in made]


if __name__ == "__main__":
    command_line.stage(__spec__)
