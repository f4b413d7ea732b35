"""Are the eight f-divergences estimated as they are known? Critics of samples of two Gaussians beside the exact values.

    make bench COMP=f_gan
    make bench COMP=f_gan seeds=5 steps=4000

P is N(0, 1), Q one of three. For each row of f-GAN and each Q a raw output learns from samples by `fit` with `CriticLoss`, and
the divergence is estimated on fresh ones. For six rows the best raw output of Gaussians is a quadratic, which is what learns;
the other two, total variation and Jeffreys, have a small network added to it. Known values are sums over a fine grid. Where a
tail makes a divergence infinite no estimate means anything: what is shown there has only met the size of its sample.
"""

import sys
from pathlib import Path

import numpy as np

from bench.measure import report
from common import run
from common.errors import ConfigError
from common.generative.criteria import DIVERGENCES

RESULTS = Path(__file__).parent / "results"
GAUSSIANS = {"N(1, 1)": (1.0, 1.0), "N(0, 2)": (0.0, 2.0), "N(1, 1/2)": (1.0, 0.5)}  # mean and standard deviation
INFINITE = {("N(0, 2)", "chi_square_over_real"), ("N(1, 1/2)", "chi_square_over_made")}
COLUMNS = ("f", "Q", "known", "estimate, median", "worst", "off by, worst")
BENT = ("total_variation", "jeffreys")  # rows whose best raw output is no quadratic
BATCH = 4000
FRESH = 500_000


def main(arguments):
    """Print and write the table.

    Raises:
        ConfigError: an argument that is none of `seeds` and `steps`, or no whole number above 0.
    """
    given = {"seeds": "3", "steps": "2000"}
    for argument in arguments:
        name, _, text = argument.partition("=")
        if name not in given or not text.isdigit() or int(text) < 1:
            raise ConfigError(f"{argument}: expected seeds= or steps=, each a whole number from 1 on")
        given[name] = text
    rows = []
    for name in DIVERGENCES:
        for other, moments in GAUSSIANS.items():
            found = [estimate(name, moments, seed, int(given["steps"])) for seed in range(int(given["seeds"]))]
            rows.append(row(name, other, known(name, moments), found))
    table = ("divergence of N(0, 1) from Q", COLUMNS, rows)
    notes = (
        f"{given['seeds']} seeds, {given['steps']} steps of {BATCH} samples, estimates on {FRESH:,} fresh ones of either side."
    )
    report(
        RESULTS / "generation_f_gan.md",
        "Eight divergences",
        [table],
        notes,
        " ".join(["make bench COMP=f_gan", *arguments]),
        False,
    )


def row(name, other, exact, found):
    """A line of the table."""
    if (other, name) in INFINITE:
        return [name, other, "infinite", f"{np.median(found):.4f}", "", ""]
    worst = max(found, key=lambda value: abs(value - exact))
    return [name, other, f"{exact:.4f}", f"{np.median(found):.4f}", f"{worst:.4f}", f"{abs(worst / exact - 1):.1%}"]


def known(name, moments):
    """The divergence by its f, on a grid."""
    x = np.linspace(-14, 14, 200_001)
    p, q = density(x, 0, 1), density(x, *moments)
    return DIVERGENCES[name].between(p, q, x[1] - x[0])


def density(x, mean, deviation):
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))


def estimate(name, moments, seed, steps):
    """What a critic that has learnt from samples says of fresh ones."""
    import keras
    from keras import layers, ops

    from common.generative.criteria import CriticLoss

    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)

    def draw(count):
        x = np.concatenate([generator.normal(size=count), generator.normal(*moments, size=count)])
        return np.stack([x, x**2], axis=1).astype("float32")

    inputs = keras.Input((2,))
    outputs = layers.Dense(1, kernel_initializer="zeros")(inputs)
    if name in BENT:
        outputs = outputs + layers.Dense(1)(layers.Dense(32, "tanh")(layers.Dense(32, "tanh")(inputs)))
    critic = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.CosineDecay(0.05, steps)
    critic.compile(keras.optimizers.Adam(rate, beta_2=0.99), CriticLoss(name))
    half = steps * BATCH // 2
    labels = np.repeat([1.0, 0.0], half)[:, None]
    critic.fit(draw(half), labels, batch_size=BATCH, epochs=1, verbose=0)
    scores = critic.predict(draw(FRESH), batch_size=100_000, verbose=0)
    real, made = (ops.convert_to_tensor(part) for part in np.split(scores, 2))
    divergence = DIVERGENCES[name]
    terms = (np.asarray(ops.convert_to_numpy(term), float) for term in (divergence.output(real), divergence.conjugate(made)))
    return float(next(terms).mean() - next(terms).mean())


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
