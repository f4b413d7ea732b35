"""What orthogonality of units is worth on Fashion-MNIST: none, of the weights, of what units answer, and of that centred.

    make bench COMP=orthogonality data=DATA
    make bench COMP=orthogonality data=DATA seeds=3 epochs=5 orthogonality=0.1

One small `wide_resnet` is trained with each, on one budget, from the same seeds; a seed also draws the validation part. Beside
the accuracy there stands how near the units of its 3 x 3 convolutions are: the mean of |cosine| over all pairs, and the angle
that belongs to it. What is trained is kept as runs of the contest, so that the table goes on where it was stopped. The interval
is Student's, of the gains over the seeds.
"""

import sys
from dataclasses import replace

import numpy as np
from scipy import stats

from common import experiment, locate, run
from common.errors import ConfigError
from common.report.tables import show_table
from competitions.fashion_mnist import train
from competitions.fashion_mnist.config import ORTHOGONAL, Config

BUDGET = {"model": "wide_resnet", "folds": "1", "widths": "16,32,64", "blocks": "1", "epochs": "10"}
COLUMNS = ("orthogonal", "accuracy", "gain, 95 % interval", "mean |cosine|", "its angle")


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: fewer than two seeds, or an unknown setting.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    seeds = int(given.pop("seeds", 5))
    if seeds < 2:
        raise ConfigError(f"seeds={seeds}: expected two or more")
    found = np.array([[measured(how, seed, given) for seed in range(seeds)] for how in ORTHOGONAL])  # (ways, seeds, 2)
    rows = []
    for how, (scores, cosines) in zip(ORTHOGONAL, found.transpose(0, 2, 1), strict=True):
        gains = scores - found[0, :, 0]
        low, high = stats.t.interval(0.95, seeds - 1, gains.mean(), stats.sem(gains)) if gains.std() else (gains.mean(),) * 2
        gain = "" if how == ORTHOGONAL[0] else f"{gains.mean():+.4f}, {low:+.4f} to {high:+.4f}"
        angle = np.degrees(np.arccos(cosines.mean()))
        rows.append([how, f"{scores.mean():.4f} ± {scores.std(ddof=1):.4f}", gain, f"{cosines.mean():.4f}", f"{angle:.1f}°"])
    show_table(f"validation accuracy, mean ± sd of {seeds} seeds", COLUMNS, rows)


def measured(how, seed, given):
    """Validation accuracy, and mean |cosine| between the units of the 3 x 3 convolutions, of one training."""
    settings = {**BUDGET, **given, "orthogonal": how, "seed": str(seed)}
    config = locate.locate_data("fashion_mnist", "train", Config, [f"{name}={value}" for name, value in settings.items()])
    (finished,) = experiment.train(replace(train.plan(config), pictures=None))
    return finished.metrics["score"], nearness(finished, config)


def nearness(finished, config):
    """Mean |cosine| between the units of each 3 x 3 convolution of a block, over all of them."""
    from common.regularizers import cosines
    from competitions.fashion_mnist import inference

    network = inference.load(finished.folds[0], finished.model, config).network
    kernels = network.get_weights()
    of_blocks = [kernel for kernel in kernels if kernel.ndim == 4 and kernel.shape[0] == 3][1:]  # the first stands before them
    return float(np.mean([np.abs(cosines(kernel)).mean() for kernel in of_blocks]))


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
