"""Networks that play against a critic, beside each other and an autoencoder, and what the term of stability is worth.

    make bench COMP=games data=DATA
    make bench COMP=games data=DATA rows=stability seeds=5 filters=8 rounds=2000

`rows=models`: each model of `MODELS` from some seeds, on one number of rounds: FID over that of real pictures, the median and
the worst seed, the fewest classes and the minutes. `rows=stability`: `dcgan` without batch normalisation, with the term of the
variational view of GANs at several prices, on equal steps. A run has collapsed where its samples are of fewer than 8 classes or
its FID is above three times the median of all rows. What is trained is kept as runs of the contest, so that a table goes on
where it was stopped.
"""

import sys

import numpy as np

from common import run
from common.errors import ConfigError
from common.report.tables import show_table
from competitions.generation import data, train
from competitions.generation.config import Config

MODELS = {name: {"model": name} for name in ("gan_mlp", "dcgan", "wgan_gp", "sngan", "vae")}
PLAIN = {"model": "dcgan", "batch_norm": "false", "maker_steps": "2"}
STABILITY = {f"stability {price}": {**PLAIN, "stability": str(price)} for price in (0, 1, 5, 20)}
ROWS = {"models": MODELS, "stability": STABILITY}
CLASSES, TIMES = 8, 3  # fewer classes, or a FID of more times the median, is a collapse
COLUMNS = ("", "x floor, median", "worst", "FID, median", "fewest classes", "collapsed", "minutes")


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: rows that there are not, or an unknown setting.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    seeds, kind = int(given.pop("seeds", 3)), given.pop("rows", "models")
    if kind not in ROWS or seeds < 1:
        raise ConfigError(f"rows={kind} seeds={seeds}: rows are {' or '.join(ROWS)}, seeds at least 1")
    found = {name: [measured(settings | given, seed) for seed in range(seeds)] for name, settings in ROWS[kind].items()}
    middle = np.median([figures["FID"] for row in found.values() for figures in row])
    show_table(f"samples of {seeds} seeds beside the validation part", COLUMNS, [line(*row, middle) for row in found.items()])


def measured(settings, seed):
    """The figures of one training, a dict."""
    settings = {**settings, "seed": str(seed)}
    config = run.locate_data("generation", "train", Config, [f"{name}={value}" for name, value in settings.items()])
    (finished,) = train.train_models(config, data.load(config))
    metrics = finished.metrics
    return {metrics["metric"]: metrics["score"], **metrics["figures"], "seconds": metrics["seconds"]}


def line(name, found, middle):
    """A row of the table."""
    column = {key: np.array([figures[key] for figures in found]) for key in ("FID", "x floor", "classes", "seconds")}
    collapsed = (column["classes"] < CLASSES) | (column["FID"] > TIMES * middle)
    return [
        name,
        f"{np.median(column['x floor']):.2f}",
        f"{column['x floor'].max():.2f}",
        f"{np.median(column['FID']):.3f}",
        f"{column['classes'].min():.0f}",
        f"{collapsed.sum()} of {len(found)}",
        f"{np.median(column['seconds']) / 60:.1f}",
    ]


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
