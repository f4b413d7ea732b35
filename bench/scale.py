"""What a contest's official size takes: seconds, processor time, memory and cost per record of every stage.

    make bench COMP=baidu_ie part=scale data=DATA
    make bench COMP=baidu_ie part=scale data=DATA size=0.1 steps=20 model=pointers

A set of the official size, or of the share `size=` of it, is made of the records of DATA by repetition with changed content
(`bench/grown.py`, which names the sizes). Then every stage runs in a process of its own: reading, features, a few steps of each
network and a prediction of the whole test part by it, or all of what needs no network. Further settings are the contest's.

What an epoch takes is extrapolated from `steps=` training steps, what trees take from `rounds=` of theirs, and the table says
so. Memory is the peak of a process, interpreter and packages included. The data are kept in the cache,
all else under runs/<contest>/scale-..., so that the same command continues where it stopped.
"""

import contextlib
import hashlib
import importlib
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np

from bench import grown, measure
from common import locate, paths, run
from common.config import override
from common.errors import ConfigError
from common.experiment import Fold
from common.experiment.runs import Run

RESULTS = Path(__file__).parent / "results"
COLUMNS = ("stage", "records", "seconds", "CPU seconds", "memory, GB", "ms a record", "")
VALIDATED = 500  # records of the fold that is scored: a step is timed, not the score
SEED = 42
PLAIN = {"webqa": ("pretrain_epochs=0",)}  # what else is left out of a training
NOTES = """Every row is a process of its own on a machine of {cores} cores; it has on disk what the rows above it made.
An epoch is {steps} steps after the first two, times the steps of an epoch: batches as they come, without the score at its end.
Trees are {rounds} rounds, times the rounds of the settings, after the features of the fold. Texts and spectra of copies differ
from the first ones in a few of a hundred characters, or by noise; scores on them say nothing."""


def main(contest, arguments):
    """Make the data, measure every stage that is not measured yet, print the table and write it.

    Raises:
        ConfigError: a contest without an official size, or a setting that cannot be.
    """
    if contest not in grown.SIZES:
        raise ConfigError(f"COMP={contest}: part=scale knows the sizes of {', '.join(grown.SIZES)}")
    own, settings = options([argument for argument in arguments if argument != "part=scale"])
    config = locate.locate_data(contest, "bench", config_class(contest), settings)
    target = made(contest, config.data, own["size"])
    version = measure.code_version("scale") + measure.code_version(contest)
    folder = paths.runs(contest) / f"scale-{target.name}-{version}"
    settings = [*(text for text in settings if not text.startswith("data=")), f"data={target.resolve()}"]
    settings += PLAIN.get(contest, ())
    rows = []
    with measure.home_at(folder.resolve()):
        for name, function, more in stages(contest, config, own):
            found = measure.resumed(folder.resolve() / f"{name.replace(' ', '-')}.npz", function, contest, settings, *more)
            rows += rows_of(name, found)
            print(*rows_of(name, found), sep="\n", flush=True)
    command = f"make bench COMP={contest} part=scale " + " ".join(
        measure.without_path(argument) for argument in arguments if argument != "part=scale"
    )
    title = f"{contest} at {own['size']:g} of its official size: {amount(contest, own['size'])}"
    notes = NOTES.format(cores=os.cpu_count(), steps=own["steps"], rounds=own["rounds"])
    measure.report(
        RESULTS / f"scale-{contest}.md", title, [(title, COLUMNS, rows)], notes, command, paths.is_sample(config.data)
    )


def options(arguments):
    """Size, steps and rounds, and the other arguments.

    Raises:
        ConfigError: one of them is no number above 0.
    """
    found, others = {"size": 1.0, "steps": 10, "rounds": 10}, []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in found:
            others.append(argument)
            continue
        try:
            found[name] = type(found[name])(value)
        except ValueError:
            raise ConfigError(f"{argument}: expected a number") from None
        if not found[name] > 0:
            raise ConfigError(f"{argument}: expected a number above 0")
    return found, others


def config_class(contest):
    """The contest's `Config`."""
    return importlib.import_module(f"competitions.{contest}.config").Config


def made(contest, source, size):
    """The folder of the grown data, made where it is missing."""
    official = grown.SIZES[contest]
    code = hashlib.sha256(Path(grown.__file__).read_bytes() + str(source.resolve()).encode()).hexdigest()[:8]
    target = paths.cache(contest) / f"grown-{size:g}-{code}"
    if not target.exists():
        with paths.atomic(target) as temporary:
            temporary.mkdir()
            train, test = round(official.train * size), round(official.test * size)
            getattr(grown, contest)(source, temporary, train, test, np.random.default_rng(SEED))
    return target


def amount(contest, size):
    """How many records the data have."""
    official = grown.SIZES[contest]
    parts = {"training": official.train, "test": official.test}
    return ", ".join(f"{round(count * size):,} {official.unit} ({name})" for name, count in parts.items() if count)


def stages(contest, config, own):
    """Name, function and further arguments of what is measured, in its order."""
    if contest == "power_vocab":
        return [("reading", read_texts, ()), ("candidates", mine, ()), ("submit", submit, ())]
    fits = [(name, fit, (name, own["steps"], own["rounds"])) for name in config.model]
    return [("reading", read, ()), ("features", prepare, ()), *fits]


def rows_of(name, found):
    """Lines of the table: one, and for a model another of its prediction."""
    several = [(name, "")] + ([(f"{name}, test part", "_test")] if "seconds_test" in found else [])
    for title, end in several:
        records, seconds, cpu = (found[f"{key}{end}"] for key in ("records", "seconds", "cpu"))
        memory = found["memory"] if end or len(several) == 1 else found["memory_training"]
        figures = (
            f"{int(records):,}",
            f"{seconds:,.1f}",
            f"{cpu:,.1f}",
            f"{memory:.2f}",
            f"{1000 * seconds / max(1, records):.3f}",
        )
        yield [title, *figures, str(found.get(f"note{end}", ""))]


class Clock:
    """Seconds and processor seconds, those of finished child processes too, since it was made."""

    def __init__(self):
        self.begun = self.now()

    @staticmethod
    def now():
        """Both at this moment."""
        times = os.times()
        return np.array([time.perf_counter(), times.user + times.system + times.children_user + times.children_system])

    def figures(self, records, **more):
        """What `row` takes."""
        seconds, cpu = self.now() - self.begun
        return {"records": records, "seconds": seconds, "cpu": cpu, **more}


def plan_of(contest, settings):
    """The contest's plan, at full size on the sample too."""
    cls = config_class(contest)
    with mock.patch.object(cls, "SAMPLE_PLAN", (), create=True):
        return importlib.import_module(f"competitions.{contest}.train").plan(override(cls, settings))


def read(contest, settings):
    """Read the official files."""
    clock = Clock()
    return clock.figures(len(plan_of(contest, settings).truth))


def prepare(contest, settings):
    """Read them and make the features of all parts."""
    clock = Clock()
    plan = plan_of(contest, settings)
    records = sum(len(part) for part in plan.parts.values())
    if contest == "ppd":
        assert len(plan.parts["train"].table)  # made when it is first asked for
    return clock.figures(records, note="reading included")


def read_texts(contest, settings):
    """Read all lines of both texts, which are worked on chunk by chunk."""
    from competitions.power_vocab import data

    clock = Clock()
    config = override(config_class(contest), settings)
    dataset = data.load(config.data, config.encoding)
    return clock.figures(sum(len(line) for lines in (dataset.domain_lines(), dataset.background_lines()) for line in lines))


def mine(contest, settings):
    """The candidates, what the text says of them, and their vectors."""
    from competitions.power_vocab import data, features

    clock = Clock()
    config = override(config_class(contest), settings)
    prepared = features.prepare(config, data.load(config.data, config.encoding))
    found = f"{len(prepared.table):,} candidates"
    return clock.figures(prepared.domain_size + prepared.background_size, note=found)


def submit(contest, settings):
    """The rankings, their fusion and the checked submission."""
    from competitions.power_vocab import submit

    clock = Clock()
    submit.main(override(config_class(contest), settings))
    return clock.figures(int(read_texts(contest, settings)["records"]), note="from the candidates on")


def fit(contest, settings, name, steps, rounds):
    """Fit one model on all but a few records, for a few steps or rounds, and answer the test part by it.

    Returns:
        figures of an epoch, or of all trees, extrapolated; and of the test part, with `_test` behind their names.
    """
    plan, few = plan_of(contest, settings), {}
    rows = np.arange(len(plan.truth))
    held = rows % max(2, len(rows) // VALIDATED) == 0
    with tempfile.TemporaryDirectory() as place, cut_short(plan, name, steps, rounds, few):
        run_of_model = Run(Path(place) / f"{name}-scale")
        run_of_model.path.mkdir()
        if plan.before:
            plan.before(plan, run_of_model)
        clock = Clock()
        fold = Fold(0, np.flatnonzero(~held), np.flatnonzero(held), Path(place), run_of_model.path)
        model, _ = plan.fits[name](plan, fold)
        all_of_it = clock.now() - clock.begun
    measured, whole, share = few["measured"], few["whole"], all_of_it - few["measured"]
    seconds, cpu = measured * whole if few["network"] else share + measured * whole
    found = {
        "records": len(rows),
        "seconds": seconds,
        "cpu": cpu,
        "note": few["note"],
        "memory_training": measure.peak_memory(),
    }
    clock, test = Clock(), plan.parts["test"]
    model.predict(test)
    return found | {f"{key}_test": value for key, value in clock.figures(len(test)).items()}


def cut_short(plan, name, steps, rounds, few):
    """A context in which a network trains for a few steps of its first stage, and trees for a few rounds.

    Into `few` goes what these took, `measured`, how many times as long the whole takes, and a note. Keras is imported for a
    network alone: it takes half a gigabyte.
    """
    if name not in plan.networks:
        import lightgbm

        return mock.patch.object(lightgbm, "train", few_rounds(lightgbm.train, rounds, few))
    stack, modules = contextlib.ExitStack(), ["common.training"]
    modules += ["competitions.ppd.cosine"] if plan.contest == "ppd" else []  # which has the name for itself
    for module in map(importlib.import_module, modules):
        stack.enter_context(mock.patch.object(module, "fit_stages", few_steps(steps, few)))
    return stack


def few_steps(steps, few):
    """A stand-in of `common.training.fit_stages` that times some steps."""

    def fit_stages(network, stages, score, settings, *_, **__):
        import keras
        import pandas as pd

        from common.training.stages import compiled

        class Some(keras.utils.PyDataset):
            """Some batches of an epoch."""

            def __init__(self, numbers):
                super().__init__()
                self.numbers = numbers

            def __len__(self):
                return len(self.numbers)

            def __getitem__(self, index):
                return batches[self.numbers[index]]

        stage = next(stage for stage in stages if stage.epochs)
        batches, trainer = stage.batches, compiled(network, stage, settings)
        trainer.begin(stage.learning_rate, stage.warm_up_steps)
        numbers = np.arange(2 + steps) % len(batches)
        keras.Model.fit(trainer, Some(numbers[:2]), shuffle=False, verbose=0)  # compiles
        clock = Clock()
        keras.Model.fit(trainer, Some(numbers[2:]), shuffle=False, verbose=0)
        few.update(measured=clock.now() - clock.begun, whole=len(batches) / steps, network=True)
        few["note"] = f"an epoch, from {steps} of {len(batches):,} steps"
        return pd.DataFrame({"epoch": [1], "loss": [np.nan], "score": [np.nan], "stage": [stage.name]})

    return fit_stages


def few_rounds(train, rounds, few):
    """A stand-in of `lightgbm.train` that times some rounds."""

    def train_few(parameters, data, num_boost_round, *more, **others):
        data.params = parameters | (data.params or {})  # those that decide how it is cut into bins
        data.construct()
        clock = Clock()
        booster = train(parameters, data, min(rounds, num_boost_round), *more, **others)
        few.update(measured=clock.now() - clock.begun, whole=num_boost_round / rounds, network=False)
        few["note"] = f"all {num_boost_round} rounds, from {rounds}"
        return booster

    return train_few


if __name__ == "__main__":
    contest, *settings = sys.argv[1:]
    sys.exit(run.guarded(partial(main, contest), settings))
