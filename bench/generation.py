"""What generation's models reach in fixed budgets, over several seeds: likelihoods, codes that vanish, games, gradients.

    make bench COMP=generation part=estimators
    make bench COMP=generation part=flows data=DATA rows=nice,glow seeds=3 epochs=10
    make bench COMP=generation part=heads data=TEXTS texts=ptb seeds=3 epochs=10
    make bench COMP=generation part=codes data=DATA seeds=3 epochs=30
    make bench COMP=generation part=games data=DATA seeds=3 rounds=5000 filters=16
    make bench COMP=generation part=stability data=DATA seeds=5 rounds=5000 filters=16

A row is the median and the worst of its seeds; `rows=` names some of a part's rows. Models are kept as runs of the contest,
each seed one, so that a table goes on where it was stopped; scores are of the test part, which chooses nothing, or of the
validation part where there is none. The tables are written to bench/results/generation_PART_DATA.md.

`part=stability` has `dcgan` without batch normalisation and the term of the variational view of GANs at several prices, on
equal steps. A run has collapsed where its samples are of fewer than 8 classes, or its FID is above three times the median of
all.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.special import softmax

from bench.measure import own_home, report, resumed, without_path
from common import locate, paths, run
from common.errors import ConfigError
from common.generative import closed_form
from competitions.generation import data, inference, scoring, train
from competitions.generation.config import GAMES, OF_FLOWS, Config

RESULTS = Path(__file__).parent / "results"
DRAWS = 200_000  # of the gradient of a toy
LOGITS = (0.0, 1.0, -1.0, 2.0)
PLACES = (1.0, -2.0, 0.5, 3.0)  # of the four categories; the loss of a place w is (w - 2)^2
FLOWS = {name: (f"model={name}",) for name in OF_FLOWS}
HEADS = {  # rows of `part=heads`: what is set
    "language model": ("head=none",),
    "plain": ("head=plain",),
    "annealed": ("head=plain", "anneal=3"),
    "free bits": ("head=plain", "free=0.1"),
    "batch-normalised means": ("head=mean",),
    "both batch-normalised": ("head=both",),
}
CODES = {  # rows of `part=codes`, on pictures of black and white
    "Gaussian, reparametrised": ("model=vae",),
    "Gumbel softmax": ("model=gumbel_vae",),
    "straight-through": ("model=gumbel_vae", "straight=true"),
}
PLAYERS = {name: (f"model={name}",) for name in ("vae", *GAMES)}
STABILITY = {
    f"stability {price}": ("model=dcgan", "batch_norm=false", "maker_steps=2", f"stability={price}") for price in (0, 1, 5, 20)
}
OF_SAMPLES = ("FID", "x floor", "precision", "recall", "classes", "largest class", "minutes")
CLASSES, TIMES = 8, 3  # fewer classes, or a FID of more times the median, is a collapse


def main(arguments):
    """Print and write the table of one part.

    Raises:
        ConfigError: no such part or row, fewer than one seed, or an unknown setting.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    part, seeds = given.pop("part", "estimators"), given.pop("seeds", "3")
    if part not in PARTS:
        raise ConfigError(f"part={part}: expected one of {', '.join(PARTS)}")
    if not seeds.isdigit() or int(seeds) < 1:
        raise ConfigError(f"seeds={seeds}: expected a whole number from 1 on")
    with own_home(paths.home() / "bench" / "generation"):
        table, folder = PARTS[part](given, range(int(seeds)))
    notes = f"{seeds} seeds; median, and the worst in brackets." if part != "estimators" else f"{DRAWS:,} draws, seed 0."
    command = " ".join(["make bench COMP=generation", *map(without_path, arguments)])
    path = RESULTS / f"generation_{part}{f'_{folder.name}' if folder else ''}.md"
    report(path, f"Generation: {part}", [table], notes, command, bool(folder) and paths.is_sample(folder))


def figures(settings, seed, name):
    """What one model and its samples are on the test part, a dict, trained where it is not yet."""
    config = located(settings, seed)
    dataset = data.load(config)
    (found,) = train.train_models(config, dataset)
    metrics = found.metrics
    own = {metrics["metric"]: metrics["score"], **metrics["figures"]}  # of the validation part
    if dataset.test is not None:
        own = resumed(found.path / "test.npz", of_test, found.path, name, config)
    return own | {"minutes": metrics["seconds"] / 60}


def of_test(path, name, config):
    """The figures of a trained model on the test part."""
    dataset = data.load(config)
    with np.load(path / "samples.npz") as kept:
        made = kept["samples"]
    trained, scorer = inference.load(path, name, config), scoring.Scorer(dataset, config, dataset.test)
    return trained.figures(dataset.test, config.seed) | scorer.figures(made if dataset.kind == "pictures" else made.tolist())


def located(settings, seed):
    """The settings of one seed's model, with its data."""
    return locate.locate_data(
        "generation", "train", Config, [*(f"{key}={text}" for key, text in settings.items()), f"seed={seed}"]
    )


def chosen(ways, given):
    """The rows that `rows` names, taken out of what is given; all where it names none.

    Raises:
        ConfigError: there is no such row.
    """
    names = [name for name in given.pop("rows", "").split(",") if name] or list(ways)
    for name in names:
        if name not in ways:
            raise ConfigError(f"rows={name}: expected some of {', '.join(ways)}")
    return {name: ways[name] for name in names}


def measured(ways, given, seeds):
    """The figures of every seed, a list of dicts by the title of the row."""
    found = {}
    for title, more in ways.items():
        settings = {**given, **dict(one.partition("=")[::2] for one in more)}
        found[title] = [figures(settings, seed, settings["model"]) for seed in seeds]
    return found


def rows_of(found, columns):
    """A line for each row: median and worst of the first column, medians of the others."""
    rows = []
    for title, each in found.items():
        first, *others = ([one[column] for one in each] for column in columns)
        rows.append([title, f"{np.median(first):.3f} ({max(first):.3f})", *(f"{np.median(one):.3f}" for one in others)])
    return rows


def table_of(title, kind, ways, given, seeds, columns):
    """The table of a part whose rows are models, and the folder of its data."""
    rows = rows_of(measured(chosen(ways, given), given, seeds), columns)
    folder = located(given, 0).data
    return (f"{title} {folder.name}", (kind, *columns), rows), folder


def of_flows(given, seeds):
    """Bits per dimension of flows, and of Gaussians in closed form."""
    names = chosen(FLOWS, dict(given))
    columns = ("bits per dimension", "nats", "FID", "x floor", "minutes")
    (title, heads, rows), folder = table_of("flows on", "model", FLOWS, given, seeds, columns)
    config = located(given, 0)
    dataset = data.load(config)
    real = dataset.valid if dataset.test is None else dataset.test
    closed = closed_form.of_all(dataset.train, real, {train.alpha_of(name, config) for name in names})
    rows += [[name, f"{bits:.3f}", *[""] * (len(columns) - 1)] for name, bits in closed.items()]
    return (title, heads, rows), folder


def of_heads(given, seeds):
    """Whether a code vanishes, by the head that makes it."""
    given = {"model": "text_vae", **given}
    columns = ("nats", "KL", "information", "active units", "perplexity", "minutes")
    return table_of("codes of sentences of", "head", HEADS, given, seeds, columns)


def of_codes(given, seeds):
    """Nats of pictures of black and white, by how gradients pass their code."""
    columns = ("nats", "bound", "KL", "information", "minutes")
    return table_of("codes of black and white pictures of", "code", CODES, {**given, "binary": "true"}, seeds, columns)


def of_games(given, seeds):
    """Samples of what was trained against a critic, and of an autoencoder."""
    return table_of("samples beside those of", "model", PLAYERS, given, seeds, OF_SAMPLES)


def of_stability(given, seeds):
    """How many trainings collapse, by the price of a move."""
    found = measured(chosen(STABILITY, given), given, seeds)
    middle = np.median([one["FID"] for each in found.values() for one in each])
    rows = [
        [*row, f"{collapsed(each, middle)} of {len(each)}"]
        for row, each in zip(rows_of(found, OF_SAMPLES), found.values(), strict=True)
    ]
    folder = located(given, 0).data
    title = f"dcgan without batch normalisation on {folder.name}"
    return (title, ("", *OF_SAMPLES, "collapsed"), rows), folder


def collapsed(each, middle):
    """How many of some runs have collapsed, `middle` the median FID of all."""
    return sum(one["classes"] < CLASSES or one["FID"] > TIMES * middle for one in each)


def of_estimators(given, seeds):
    """Bias and variance of estimates of the gradient of an expected square, (w - 2)^2, from one draw each.

    Raises:
        ConfigError: a setting is given; there is none.
    """
    if given:
        raise ConfigError(f"{', '.join(given)}: part=estimators has no settings")
    rows = []
    for name, (each, exact) in {**of_categories(), **of_gaussian()}.items():
        size, error = np.linalg.norm(exact), np.sqrt(each.var(axis=0).sum() / len(each))
        bias = np.linalg.norm(each.mean(axis=0) - exact)
        rows.append([name, f"{bias / size:.3f}", f"{error / size:.3f}", f"{each.var(axis=0).sum():.2f}"])
    columns = ("estimator", "bias over gradient", "its standard error", "variance")
    return ("gradients of an expected square, one draw each", columns, rows), None


def of_categories():
    """Gradients of the logits of four categories, and the exact one, by estimator: `(draws, 4)` and `(4,)`."""
    from common.generative.categorical import others_mean

    logits, places = np.array(LOGITS), np.array(PLACES)
    shares, losses = softmax(logits), (places - 2) ** 2
    exact = shares * (losses - shares @ losses)
    noisy = logits + np.random.default_rng(0).gumbel(size=(DRAWS, 4))
    drawn = noisy.argmax(axis=1)
    scores, found = np.eye(4)[drawn] - shares, losses[drawn]  # the first are gradients of the log probability
    others = np.asarray(others_mean(found))

    def through(temperature, straight):
        soft = softmax(noisy / temperature, axis=1)
        at = places[drawn] if straight else soft @ places
        return (2 * (at - 2))[:, None] * soft * (places - (soft @ places)[:, None]) / temperature

    each = {
        "categories: score function": found[:, None] * scores,
        "categories: score function, mean of all others as baseline": (found - others)[:, None] * scores,
    }
    for temperature in (2.0, 1.0, 0.5, 0.1):
        for name, straight in (("Gumbel softmax", False), ("straight-through", True)):
            each[f"categories: {name}, temperature {temperature:g}"] = through(temperature, straight)
    return {name: (one, exact) for name, one in each.items()}


def of_gaussian():
    """The same of the mean of N(0.5, 1), whose gradient is -3."""
    noise = np.random.default_rng(0).normal(size=DRAWS)
    losses = (0.5 + noise - 2) ** 2
    each = {
        "Gaussian: reparametrised": 2 * (0.5 + noise - 2),
        "Gaussian: score function": losses * noise,
        "Gaussian: score function, mean as baseline": (losses - losses.mean()) * noise,
    }
    return {name: (one[:, None], np.array([-3.0])) for name, one in each.items()}


PARTS = {
    "estimators": of_estimators,
    "flows": of_flows,
    "heads": of_heads,
    "codes": of_codes,
    "games": of_games,
    "stability": of_stability,
}


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
