"""What a training step of every network costs, and how long it waits for its batches.

    make bench COMP=training
    KERAS_BACKEND=jax make bench COMP=training lamost=DATA only=lamost,ppd steps=40 set=precision=bfloat16

Every network is built and fed as its contest does it, on the built-in samples or on the folders named, with further
settings where `set=` names some. What is timed are the epochs after the first, in which it compiles, from their first batch on,
without the score and the averages at their ends; the least of some epochs is told. The share of the machine's matrix products
counts three products of every matrix and kernel of the network, one forward and two backward, and those of float32 matrices of
4,096 rows as what the machine can do; attention, which has no matrix of its own, is left out of it. Outside the step is the
processor time of an epoch beyond that of the compiled function alone, called on the same batches: making batches, and Keras and
Python between two steps; it is what other work on the machine changes least. Memory is what XLA plans for a step, weights and
optimiser included, and so known on JAX alone. The step of two networks that play against each other is a round, of which
neither is told, nor what is outside of its steps. word_similarity counts its words a second in `make bench
COMP=word_similarity`.
"""

import contextlib
import importlib
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np

from common import locate, run
from common.errors import ConfigError
from common.report.tables import show_table

NETWORKS = {
    "lamost": ("dilated", "multiscale"),
    "webqa": ("reader", "chained", "original"),
    "baidu_ie": ("pointers", "linker"),
    "ppd": ("siamese", "interaction", "cosine"),
    "fashion_mnist": ("wide_resnet", "densenet", "mobilenet"),
    "characters": ("vgg", "original"),
    "captcha": ("columns", "heads", "xception"),
    "sentiment": ("one_hot", "characters", "words", "convolution"),
    "segmentation": ("tagger",),
    "generation": ("vae", "gumbel_vae", "nice", "realnvp", "glow", "gan_mlp", "dcgan", "wgan_gp", "sngan", "aae", "ali"),
}
SETTINGS = {"webqa": ["pretrain_epochs=0"], "ppd": ["protocol=content"]}
COLUMNS = (
    *("network", "ms a step", "examples/s", "outside the step", "waits for batches", "batches alone, examples/s"),
    *("first epoch, s", "of matrix products", "memory, MB"),
)
SIDE = 4096  # of the matrices that tell what the machine can do
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
    steps, more = int(given.pop("steps", 20)), [text for text in given.pop("set", "").split(",") if text]
    if unknown := sorted({*contests, *given} - NETWORKS.keys()):
        raise ConfigError(f"{', '.join(unknown)}: known are only=, steps=, set=, and folders of {', '.join(NETWORKS)}")
    import keras

    rows, rate = [], matrix_rate()
    for contest in contests:
        data = [f"data={given[contest]}"] if contest in given else []
        for name in NETWORKS[contest]:
            rows.append([f"{contest} {name}", *measure(contest, name, [*data, *more], steps, rate)])
            print(dict(zip(COLUMNS, rows[-1], strict=True)), flush=True)
    show_table(f"training steps on {keras.backend.backend()}", COLUMNS, rows)


def now():
    """Seconds of the clock and of this process on all processors."""
    return np.array([time.perf_counter(), time.process_time()])


def matrix_rate():
    """Multiplications a second of the machine in products of float32 matrices."""
    import keras

    matrix = keras.random.normal((SIDE, SIDE))
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        keras.ops.convert_to_numpy(keras.ops.matmul(matrix, matrix)[0, 0])
        seconds.append(time.perf_counter() - started)
    return SIDE**3 / min(seconds)


def measure(contest, name, settings, steps, rate):
    """Texts of the figures of one network, see `COLUMNS`; `rate` is of `matrix_rate`."""
    from common.generative.adversarial import AdversarialTrainer
    from common.training import Trainer

    config_class = importlib.import_module(f"competitions.{contest}.config").Config
    with mock.patch.object(config_class, "SAMPLE_PLAN", (), create=True):  # at full size, on the sample too
        config = locate.locate_data(contest, "train", config_class, [f"model={name}", *SETTINGS.get(contest, []), *settings])

    def fit(trainer, batches, **_):
        raise Measured(figures(trainer, batches, steps, rate))

    def play(trainer, draw, *_):
        raise Measured(figures_of_game(trainer, draw, steps))

    with mock.patch.object(Trainer, "fit", fit), mock.patch.object(AdversarialTrainer, "fit", play):
        try:
            train_one(contest, name, config)
        except Measured as found:
            return found.args[0]
    raise AssertionError(f"{contest} {name} was trained without a Trainer")


def train_one(contest, name, config):
    """Begin the training of one network of a contest: on a fold, or on all records of generation, which knows no folds."""
    from common.experiment import Fold

    train = importlib.import_module(f"competitions.{contest}.train")
    if contest != "generation":
        plan, nowhere = train.plan(config), Path(os.devnull)
        held = np.arange(len(plan.truth)) % 5 == 0
        plan.fits[name](plan, Fold(0, np.flatnonzero(~held), np.flatnonzero(held), nowhere, nowhere))
        return
    judge = mock.Mock(**{"look.return_value": (None, None)})  # a classifier that scores samples, of which there are none
    with tempfile.TemporaryDirectory() as folder, mock.patch("competitions.generation.judge.load", return_value=judge):
        finished = mock.Mock(model=name, path=Path(folder), **{"checkpoint.return_value": None})
        train.FITS[name](importlib.import_module("competitions.generation.data").load(config), config, finished)


def figures(trainer, batches, steps, rate):
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
        """Seconds of an epoch, once its batches flow."""

        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                self.begun = now()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = now() - self.begun

    def fitted(made):
        clock = Clock()
        keras.Model.fit(trainer, made, callbacks=[clock], shuffle=False, verbose=0)
        return clock.seconds

    started = time.perf_counter()
    ready = [batches[index] for index in range(len(Made()))]
    making = time.perf_counter() - started
    rows = sum(len(keras.tree.flatten(inputs)[0]) for inputs, *_ in ready)
    started = time.perf_counter()
    fitted(Made())
    first, alone = time.perf_counter() - started, compiled_epoch(trainer, ready)
    rounds = [[fitted(Made()), fitted(Made(ready)), alone()] for _ in range(EPOCHS)]  # in turn: the machine may have other work
    (as_made, of_all), (as_ready, _), (_, of_compiled) = np.min(rounds[1:], axis=0)  # in the first one the step alone compiles
    work = 3 * sum(products(trainer.network, inputs) for inputs, *_ in ready)
    return [
        f"{1000 * as_made / len(ready):.1f}",
        f"{rows / as_made:,.0f}",
        f"{max(0.0, 1 - of_compiled / of_all):.0%}",
        f"{max(0.0, 1 - as_ready / as_made):.0%}",
        f"{rows / making:,.0f}",
        f"{first:.1f}",
        f"{work / as_made / rate:.1%}",
        memory(trainer, ready),
    ]


def figures_of_game(trainer, draw, rounds):
    """Time some rounds of a game with batches as they are drawn, and with the same ones ready."""
    import keras

    generator, looks = np.random.default_rng(0), trainer.critic_steps + trainer.maker_steps

    def timed(draw):
        started = time.perf_counter()
        for _ in range(rounds):
            costs = trainer._round(draw, generator)
        keras.tree.map_structure(keras.ops.convert_to_numpy, costs)
        return time.perf_counter() - started

    started = time.perf_counter()
    ready = [draw(generator) for _ in range(rounds * looks)]
    making = time.perf_counter() - started
    rows = len(ready) * len(keras.tree.flatten(ready[0])[0])
    on_device = itertools.cycle(keras.tree.map_structure(keras.ops.convert_to_tensor, ready))
    first = timed(draw)
    times = [(timed(draw), timed(lambda _: next(on_device))) for _ in range(EPOCHS)]
    as_drawn, as_ready = np.min(times, axis=0)
    return [
        f"{1000 * as_drawn / rounds:.1f}",
        f"{rows / as_drawn:,.0f}",
        "",
        f"{max(0.0, 1 - as_ready / as_drawn):.0%}",
        f"{rows / making:,.0f}",
        f"{first:.1f}",
        "",
        "",
    ]


def compiled_epoch(trainer, ready):
    """A function that gives `now()` of an epoch of the compiled step alone, its batches on the device already."""
    import keras

    once = step_on_jax(trainer) if keras.backend.backend() == "jax" else step_on_tensorflow(trainer)
    batches = keras.tree.map_structure(keras.ops.convert_to_tensor, ready)

    def seconds():
        started = now()
        for batch in batches:
            last = once(batch)
        keras.tree.map_structure(keras.ops.convert_to_numpy, last)
        return now() - started

    return seconds


def step_on_tensorflow(trainer):
    """The compiled training step as a function of a batch."""
    import tensorflow as tf

    return tf.function(trainer.train_step, reduce_retracing=True, jit_compile=trainer.jit_compile)


def step_on_jax(trainer):
    """The compiled training step as a function of a batch; it goes on by itself from a copy of the trainer's variables."""
    import jax

    step, state = jax.jit(trainer.train_step, donate_argnums=0), jax.tree.map(jax.numpy.copy, state_of(trainer))

    def once(batch):
        nonlocal state
        logs, state = step(state, batch)
        return logs

    return once


def state_of(trainer):
    """The values that a training step on JAX takes and gives back."""
    owned = (
        trainer.trainable_variables,
        trainer.non_trainable_variables,
        trainer.optimizer.variables,
        trainer.metrics_variables,
    )
    return tuple([variable.value for variable in variables] for variables in owned)


def products(network, inputs):
    """Multiplications of a network's matrices and kernels with what stands at every place of a batch, in one forward pass."""
    import keras

    total = []
    of_inputs = keras.layers.RNN, keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose  # have fewer or more places behind

    def watch(layer, call):
        weights = layer.cell.trainable_variables if isinstance(layer, keras.layers.RNN) else layer._trainable_variables
        size = sum(int(np.prod(one.shape)) for one in weights if len(one.shape) > 1 and "bias" not in one.name)

        def watched(*args, **kwargs):
            found = call(*args, **kwargs)
            at = args if isinstance(layer, of_inputs) else found
            total.append(size * int(np.prod(keras.tree.flatten(at)[0].shape[:-1])))
            return found

        return watched

    cells = {id(layer.cell) for layer in network._flatten_layers() if isinstance(layer, keras.layers.RNN)}
    with contextlib.ExitStack() as stack:
        for layer in network._flatten_layers():
            if not isinstance(layer, (keras.Model, keras.layers.Embedding)) and id(layer) not in cells:
                stack.enter_context(mock.patch.object(layer, "call", watch(layer, layer.call)))
        network(inputs, training=False)
    return sum(total)


def memory(trainer, ready):
    """Text of the memory that XLA plans for a step with the largest of some batches."""
    import keras

    if keras.backend.backend() != "jax":
        return ""
    import jax

    largest = max(ready, key=lambda batch: sum(np.size(one) for one in keras.tree.flatten(batch)))
    plan = jax.jit(trainer.train_step, donate_argnums=0).lower(state_of(trainer), largest).compile().memory_analysis()
    return f"{(plan.temp_size_in_bytes + plan.argument_size_in_bytes) / 1e6:,.0f}"


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
