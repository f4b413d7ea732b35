"""What the parts of a training step cost: averages, rates by layer, attacks, R-Drop; ratios to the plain step, in one run.

    make bench COMP=objectives
    KERAS_BACKEND=jax make bench COMP=objectives contest=webqa model=reader steps=10 rounds=5 data=DATA

Each part is compiled around the same network and takes the same batches in turn, round by round; the ratio is of the medians
over the rounds, after a first one that compiles. On JAX the operations that XLA counts in a step with the first batch are told,
too: they are the same on every machine, whatever else it does.
"""

import importlib
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np

from bench.training import state_of
from common import locate, run
from common.report.tables import show_table

LAYERS = {"webqa": "characters", "baidu_ie": "characters"}  # whose tables are attacked
COLUMNS = ("step", "ms", "times the plain one", "operations")


def main(arguments):
    """Print the table."""
    given = {"contest": "webqa", "model": "reader", "steps": "8", "rounds": "5"}
    given |= dict(argument.partition("=")[::2] for argument in arguments)
    contest, name, steps, rounds = (given.pop(key) for key in ("contest", "model", "steps", "rounds"))
    settings = {"pretrain_epochs": "0"} if contest == "webqa" else {}
    trainers, batches = variants(contest, name, {**settings, **given})
    ready = [batches[index] for index in range(min(int(steps), len(batches)))]
    seconds = {title: [] for title in trainers}
    for _ in range(int(rounds) + 1):
        for title, trainer in trainers.items():
            seconds[title].append(one_epoch(trainer, ready))
    medians = {title: float(np.median(values[1:])) for title, values in seconds.items()}
    counts = {title: operations(trainer, ready[0]) for title, trainer in trainers.items()}
    rows = [
        [title, f"{1000 * value / len(ready):.1f}", f"{value / medians['plain']:.2f}", times(counts[title], counts["plain"])]
        for title, value in medians.items()
    ]
    show_table(f"steps of {contest} {name}", COLUMNS, rows)


def variants(contest, name, given):
    """Trainers of one network by what their step has more or less, and its batches."""
    import keras

    from common.config import ATTACKS
    from common.experiment import Fold
    from common.training import Trainer, objective_of, stages

    config_class = importlib.import_module(f"competitions.{contest}.config").Config
    train = importlib.import_module(f"competitions.{contest}.train")
    assignments = [f"model={name}", *(f"{key}={value}" for key, value in given.items())]
    plan = train.plan(locate.locate_data(contest, "train", config_class, assignments))
    held, nowhere = np.arange(len(plan.truth)) % 5 == 0, Path(os.devnull)
    with mock.patch.object(stages, "fit", side_effect=StopIteration) as fit:
        try:
            plan.fits[name](plan, Fold(0, np.flatnonzero(~held), np.flatnonzero(held), nowhere, nowhere))
        except StopIteration:
            trainer, stage, _, settings = fit.call_args.args[:4]

    class Unaveraged(Trainer):
        """A step without averages."""

        def after_step(self):
            self.step.assign_add(1)

    network = trainer.network
    found = {"plain": stages.compiled(network, stage, settings)}
    found["without averages"] = Unaveraged(network, settings.momentum)
    found["Keras's AdamW"] = Trainer(network, settings.momentum)
    for title in ("without averages", "Keras's AdamW"):
        optimizer = keras.optimizers.AdamW(stage.learning_rate, weight_decay=settings.weight_decay, global_clipnorm=5.0)
        found[title].compile(optimizer, stage.loss, loss_weights=stage.loss_weights, jit_compile=stage.jit_compile)
    found["rates by layer"] = stages.compiled(network, replace(stage, rates={".": 0.5}), settings)
    for attack in ATTACKS[1:]:
        objective = objective_of(attack, LAYERS[contest], 0.5, binary=True)
        found[attack] = stages.compiled(network, replace(stage, attack=objective), settings)
    return found, stage.batches


def one_epoch(trainer, ready):
    """Seconds of an epoch over batches that are ready."""
    import keras

    class Ready(keras.utils.PyDataset):
        def __len__(self):
            return len(ready)

        def __getitem__(self, index):
            return ready[index]

    started = time.perf_counter()
    keras.Model.fit(trainer, Ready(), shuffle=False, verbose=0)
    return time.perf_counter() - started


def operations(trainer, batch):
    """Operations on numbers in a compiled step, as XLA counts them; `None` on TensorFlow."""
    import keras

    if keras.backend.backend() != "jax":
        return None
    import jax

    return jax.jit(trainer.train_step).lower(state_of(trainer), batch).compile().cost_analysis()["flops"]


def times(count, plain):
    """Text of a ratio, empty where nothing was counted."""
    return "" if count is None else f"{count / plain:.3f}"


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
