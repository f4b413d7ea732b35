"""The training recipe that every Keras model here shares: stages, and one list of callbacks, on either backend.

    callbacks = standard_callbacks(score, warm_up_steps=100, momentum=0.99, drop_patience=3, stop_patience=8)
    history = model.fit(batches, epochs=40, callbacks=callbacks, verbose=0).history

`score(model)` is the official metric on whole validation predictions. It sees the averaged weights, decides what is kept, when
the learning rate drops and when to stop; after `fit` the model holds the averaged weights of the best epoch.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm


@dataclass(frozen=True)
class Stage:
    """A part of a training, with a loss and a learning rate of its own.

    Attributes:
        name: how the log and the progress bar call it.
        batches: `PyDataset` in an order of its own.
        loss: whatever `compile` takes, as are `loss_weights`.
        epochs: at most.
        learning_rate: a number, or a schedule where no score is watched.
        warm_up_steps: batches over which it rises.
        thawed: names of layers, frozen until now, that train from this stage on.
    """

    name: str
    batches: keras.utils.PyDataset
    loss: Any
    epochs: int
    learning_rate: Any
    warm_up_steps: int = 0
    loss_weights: Any = None
    thawed: tuple[str, ...] = ()


def fit_stages(network, stages, score, settings, description, greater=True):
    """Fit one stage after the other, each from the best weights so far; the network ends with the best of all.

    Args:
        network: model to train.
        stages: list of `Stage`, at least one with epochs; those without are left out.
        score: `score(model) -> float`; it decides what is kept.
        settings: has `weight_decay`, `momentum`, `drop_patience` and `stop_patience`, as a contest's `Config`.
        description: text in front of the progress bar.
        greater: whether a greater score is better; `False` for a log loss.

    Returns:
        The log, a data frame with columns `stage`, `epoch`, `loss`, `score`, `learning_rate`.
    """
    logs, best, best_weights, sign = [], None, None, 1 if greater else -1
    for stage in stages:
        if stage.epochs == 0:
            continue
        log = fit_stage(network, stage, score, settings, f"{description}, {stage.name}", greater)
        logs.append(log)
        reached = (sign * log["score"]).max()
        if best is None or reached > best:
            best, best_weights = reached, network.get_weights()
        else:
            network.set_weights(best_weights)
    return pd.concat(logs, ignore_index=True)


def fit_stage(network, stage, score, settings, description, greater=True):
    """Fit one `Stage` with a new optimiser: the momenta of another loss or of a higher rate are worth nothing.

    Arguments as of `fit_stages`, but `score` may be `None`, as in pre-training; then the log has none.
    """
    for name in stage.thawed:
        network.get_layer(name).trainable = True
    optimizer = keras.optimizers.AdamW(stage.learning_rate, weight_decay=settings.weight_decay, global_clipnorm=5.0)
    network.compile(optimizer, stage.loss, loss_weights=stage.loss_weights)
    callbacks = standard_callbacks(
        score,
        warm_up_steps=stage.warm_up_steps,
        momentum=settings.momentum,
        drop_patience=settings.drop_patience,
        stop_patience=settings.stop_patience,
        description=description,
        greater=greater,
    )
    history = network.fit(stage.batches, epochs=stage.epochs, callbacks=callbacks, shuffle=False, verbose=0).history
    return pd.DataFrame(history).assign(stage=stage.name, epoch=range(1, len(history["loss"]) + 1))


def standard_callbacks(score, *, warm_up_steps, momentum, drop_patience=None, stop_patience=None, description="", greater=True):
    """Progress, warm-up, averaged weights, official score, keep-best, learning-rate drop and early stop, in working order.

    Args:
        score: `score(model) -> float`, the official metric on the validation part; `None` where nothing is validated, as in
            pre-training: then nothing is chosen, and the model ends with the averaged weights of the last epoch.
        warm_up_steps: batches over which the learning rate rises linearly to its full value; 0 for none.
        momentum: of the averaged weights, see `AveragedWeights`.
        drop_patience: epochs without a better score after which the learning rate falls to 0.3 of its value.
        stop_patience: epochs without a better score after which training stops.
        description: text in front of the progress bar.
        greater: whether a greater score is better; `False` for a log loss.
    """
    mode = "max" if greater else "min"
    chosen = [
        OfficialScore(score),
        keras.callbacks.ReduceLROnPlateau("score", factor=0.3, patience=drop_patience, mode=mode, min_delta=0),
        keras.callbacks.EarlyStopping("score", patience=stop_patience, mode=mode, restore_best_weights=True),
    ]
    return [
        WarmUp(warm_up_steps),
        AveragedWeights(momentum),
        *(chosen if score else []),
        Progress(description, best=max if greater else min),
        keras.callbacks.TerminateOnNaN(raise_error=True),
    ]


def current_variables(model):
    """Bring the model's variables up to date in the middle of an epoch: the JAX trainer keeps them elsewhere meanwhile."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


class WarmUp(keras.callbacks.Callback):
    """Raise the learning rate linearly from 0 to its compiled value over the first `steps` batches of a `fit`.

    A callback rather than a schedule, because a schedule would leave nothing for the later drop on the score to set.
    """

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_begin(self, logs=None):
        self.step = 0
        self.rate = float(self.model.optimizer.learning_rate)

    def on_train_batch_begin(self, batch, logs=None):
        if self.step < self.steps:
            self.step += 1
            current_variables(self.model)
            self.model.optimizer.learning_rate = self.rate * self.step / self.steps


class AveragedWeights(keras.callbacks.Callback):
    """Exponential moving average of all weights, in place for whatever runs at the end of an epoch.

    After step t the average moves by `1 - min(momentum, (1 + t) / (10 + t))` towards the weights: the ramp makes it useful from
    the first epoch on. The averages are put into the model at the end of each epoch, so that the callbacks that follow in
    the list score and keep them, and the raw weights are put back when the next epoch begins.

    The statistics of batch normalisation are averaged with the weights that they belong to. What the first step leaves as it
    was is frozen, such as a table of given word vectors, and costs nothing.

    Keras's own `use_ema=True` starts each average as the very buffer of its weight, which the JAX backend refuses to donate
    twice, and has no ramp: hence this callback.

    Reference: Polyak and Juditsky 1992; the ramp is that of TensorFlow's `ExponentialMovingAverage(num_updates=...)`.
    """

    def __init__(self, momentum):
        super().__init__()
        self.momentum = momentum

    def on_train_begin(self, logs=None):
        self.step = 0
        self.raw = None
        self.variables = list(self.model.weights)
        self.averages = self._copies()

    def on_epoch_begin(self, epoch, logs=None):
        if self.raw is not None:
            self._assign(self.raw)
            self.raw = None

    def on_train_batch_end(self, batch, logs=None):
        current_variables(self.model)
        self.step += 1
        if self.step == 1:
            self._leave_out_frozen()
        rate = 1 - min(self.momentum, (1 + self.step) / (10 + self.step))
        for average, variable in zip(self.averages, self.variables, strict=True):
            value = keras.ops.convert_to_numpy(variable)
            if np.issubdtype(average.dtype, np.floating):
                average += rate * (value - average)
            else:
                average[...] = value  # a counter has no mean

    def on_epoch_end(self, epoch, logs=None):
        self.raw = self._copies()
        self._assign(self.averages)

    def _leave_out_frozen(self):
        pairs = [
            (average, variable)
            for average, variable in zip(self.averages, self.variables, strict=True)
            if variable.trainable or not np.array_equal(average, keras.ops.convert_to_numpy(variable))
        ]
        self.averages, self.variables = map(list, zip(*pairs, strict=True))

    def _copies(self):
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self.variables]

    def _assign(self, values):
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)


class OfficialScore(keras.callbacks.Callback):
    """Write `score(model)` into the epoch's logs as `score`, for the callbacks that follow.

    Metrics such as a macro-F1 cannot be averaged over batches, so this one looks at whole predictions.
    """

    def __init__(self, score):
        super().__init__()
        self.score = score

    def on_epoch_end(self, epoch, logs):
        logs["score"] = self.score(self.model)


class Progress(keras.callbacks.Callback):
    """A tqdm bar over all steps of a `fit`, with the loss, the last official score and the best one in it."""

    def __init__(self, description="", best=max):
        super().__init__()
        self.description = description
        self.best = best

    def on_train_begin(self, logs=None):
        self.scores = []
        steps = self.params["steps"]
        self.bar = tqdm(total=steps and steps * self.params["epochs"], desc=self.description, unit="batch", mininterval=1)
        self.seen = 0

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(batch + 1 - self.seen)  # more than one step where steps_per_execution is set
        self.seen = batch + 1

    def on_epoch_end(self, epoch, logs):
        self.seen = 0
        text = f"epoch {epoch + 1}, loss {logs['loss']:.4f}"
        if "score" in logs:
            self.scores.append(logs["score"])
            text += f", score {logs['score']:.4f}, best {self.best(self.scores):.4f}"
        self.bar.set_postfix_str(text)

    def on_train_end(self, logs=None):
        self.bar.close()
