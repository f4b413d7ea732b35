"""The callbacks that a training here consists of, on either backend."""

import keras
import numpy as np
from tqdm import tqdm


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
