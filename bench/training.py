"""What a training step of every network costs, and how long it waits for its batches.

    make bench COMP=training
    KERAS_BACKEND=jax make bench COMP=training lamost=DATA only=lamost,ppd steps=40

Every network is built and fed as its contest does it, on the built-in samples or on the folders named. What is timed are the
epochs after the first, in which it compiles, without the score and the averages at their ends.
"""

import importlib
import sys
import time
from unittest import mock

import numpy as np

from common import run
from common.errors import ConfigError
from common.report.tables import show_table

NETWORKS = {
    "lamost": ("dilated", "multiscale"),
    "webqa": ("reader", "chained", "original"),
    "baidu_ie": ("pointers", "linker"),
    "ppd": ("siamese", "interaction", "cosine"),
}
SETTINGS = {"webqa": ["pretrain_epochs=0"], "ppd": ["protocol=content"]}
COLUMNS = ("network", "ms a step", "examples/s", "waits for batches", "batches alone, examples/s", "first epoch, s")
EPOCHS = 4


class Measured(Exception):
    """Carries the figures of a training."""


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: a contest that trains no network, or another setting than these.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    contests = [name for name in given.pop("only", "").split(",") if name] or list(NETWORKS)
    steps = int(given.pop("steps", 20))
    if unknown := sorted({*contests, *given} - NETWORKS.keys()):
        raise ConfigError(f"{', '.join(unknown)}: known are only=, steps=, and folders of {', '.join(NETWORKS)}")
    import keras

    rows = []
    for contest in contests:
        data = [f"data={given[contest]}"] if contest in given else []
        for name in NETWORKS[contest]:
            rows.append([f"{contest} {name}", *measure(contest, name, data, steps)])
            print(dict(zip(COLUMNS, rows[-1], strict=True)), flush=True)
    show_table(f"training steps on {keras.backend.backend()}", COLUMNS, rows)


def measure(contest, name, data, steps):
    """Texts of the figures of one network, see `COLUMNS`."""
    from common.experiment import Fold
    from common.training import Trainer

    config_class = importlib.import_module(f"competitions.{contest}.config").Config
    train = importlib.import_module(f"competitions.{contest}.train")
    config = run.locate_data(contest, "train", config_class, [f"model={name}", *SETTINGS.get(contest, []), *data])
    plan = train.plan(config)
    held = np.arange(len(plan.truth)) % 5 == 0

    def fit(trainer, batches, **_):
        raise Measured(figures(trainer, batches, steps))

    with mock.patch.object(Trainer, "fit", fit):
        try:
            plan.fits[name](plan, Fold(0, np.flatnonzero(~held), np.flatnonzero(held), None, None))
        except Measured as found:
            return found.args[0]
    raise AssertionError(f"{contest} {name} was trained without a Trainer")


def figures(trainer, batches, steps):
    """Time some steps with batches as they are made, and with the same ones ready."""
    import keras

    class Made(keras.utils.PyDataset):
        """The first batches of an epoch, made anew or ready."""

        def __init__(self, ready=None):
            super().__init__()
            self.ready = ready

        def __len__(self):
            return min(steps, len(batches))

        def __getitem__(self, index):
            return self.ready[index] if self.ready else batches[index]

    class Clock(keras.callbacks.Callback):
        """Seconds of each epoch."""

        def __init__(self):
            super().__init__()
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.begun = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.begun)

    started = time.perf_counter()
    ready = [batches[index] for index in range(len(Made()))]
    making = time.perf_counter() - started
    rows = sum(len(keras.tree.flatten(inputs)[0]) for inputs, *_ in ready)
    clocks = []
    for made in (Made(), Made(ready)):
        clock = Clock()
        keras.Model.fit(trainer, made, epochs=EPOCHS, callbacks=[clock], shuffle=False, verbose=0)
        clocks.append(clock)
    as_made, as_ready = (float(np.median(clock.seconds[1:])) for clock in clocks)
    return [
        f"{1000 * as_made / len(ready):.1f}",
        f"{rows / as_made:,.0f}",
        f"{max(0.0, 1 - as_ready / as_made):.0%}",
        f"{rows / making:,.0f}",
        f"{clocks[0].seconds[0]:.1f}",
    ]


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
