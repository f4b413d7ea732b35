"""The callbacks that a training here consists of, on either backend: none acts between two batches.

What a batch's end would have to wait for, the step does itself (`trainer.py`): a callback that looks at weights or at the loss
there makes the device wait for Python.
"""

import keras
import numpy as np
from tqdm import tqdm

from common import progress
from common.training.trainer import averaged, copy_of


def standard_callbacks(score, *, drop_patience=None, stop_patience=None, description="", greater=True):
    """Averaged weights, official score, keep-best, learning-rate drop and early stop, in working order, for a `Trainer`.

    Args:
        score: `score(network) -> float`, the official metric on the validation part; `None` where nothing is validated, as in
            pre-training: then nothing is chosen, and the network ends with the averaged weights of the last epoch.
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
    return [FiniteLoss(), AveragedWeights(), *(chosen if score else []), Progress(description, best=max if greater else min)]


class AveragedWeights(keras.callbacks.Callback):
    """Put the averages of a `Trainer` into its network at the end of each epoch, so that the callbacks that follow in the list
    score and keep them, and the raw weights back when the next epoch begins."""

    def on_train_begin(self, logs=None):
        self.raw = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.raw is not None:
            self._assign(self.raw)

    def on_epoch_end(self, epoch, logs=None):
        self.raw = [copy_of(weight) for weight in averaged(self.model.network)]
        self._assign([copy_of(average) for average in self.model.averages])

    def _assign(self, values):
        for weight, value in zip(averaged(self.model.network), values, strict=True):
            weight.assign(value)


class FiniteLoss(keras.callbacks.Callback):
    """Stop a training whose loss is no number any more."""

    def on_epoch_end(self, epoch, logs):
        if not np.isfinite(logs["loss"]):
            raise FloatingPointError(
                f"The loss of epoch {epoch + 1} is {logs['loss']}: the learning rate is too high, or the data hold values that "
                "are no numbers"
            )


class OfficialScore(keras.callbacks.Callback):
    """Write `score(network)` into the epoch's logs as `score`, for the callbacks that follow.

    Metrics such as a macro-F1 cannot be averaged over batches, so this one looks at whole predictions.
    """

    def __init__(self, score):
        super().__init__()
        self.score = score

    def on_epoch_end(self, epoch, logs):
        logs["score"] = self.score(self.model.network)


class Told(keras.callbacks.Callback):
    """Tell who listens outside of each epoch's score; `before` epochs belong to earlier stages."""

    def __init__(self, before=0):
        super().__init__()
        self.before = before

    def on_epoch_end(self, epoch, logs):
        progress.tell(self.before + epoch + 1, logs["score"])


class Progress(keras.callbacks.Callback):
    """A tqdm bar over all steps of a `fit`, with the loss, the last official score and the best one in it."""

    def __init__(self, description="", best=max):
        super().__init__()
        self.description = description
        self.best = best

    def on_train_begin(self, logs=None):
        self.scores = []
        steps = self.params["steps"]
        self.bar = tqdm(total=steps * self.params["epochs"], desc=self.description, unit="batch", mininterval=1)

    def on_epoch_begin(self, epoch, logs=None):
        self.before = epoch * self.params["steps"]

    def on_train_batch_begin(self, batch, logs=None):  # not at its end, where the loss would be waited for
        self.bar.update(self.before + batch - self.bar.n)

    def on_epoch_end(self, epoch, logs):
        self.bar.update((epoch + 1) * self.params["steps"] - self.bar.n)
        text = f"epoch {epoch + 1}, loss {logs['loss']:.4f}"
        if "score" in logs:
            self.scores.append(logs["score"])
            text += f", score {logs['score']:.4f}, best {self.best(self.scores):.4f}"
        self.bar.set_postfix_str(text)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        """Draw the bar a last time, also of a training that was broken off, whose last word is not to stand above it."""
        if hasattr(self, "bar"):
            self.bar.close()
