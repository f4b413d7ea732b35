"""A training that was broken off goes on where it was: all that it is between two epochs, in one file."""

import time
from pathlib import Path

import joblib
import keras

from common import paths
from common.errors import RunError
from common.training.callbacks import AveragedWeights, Progress
from common.training.trainer import copy_of

EVERY = 120  # seconds between two writings, at least: shorter trainings are begun anew
CARRIED = {  # what callbacks know of the epochs before
    keras.callbacks.ReduceLROnPlateau: ("best", "wait", "cooldown_counter"),
    keras.callbacks.EarlyStopping: ("best", "wait", "best_epoch", "best_weights"),
    AveragedWeights: ("raw",),
    Progress: ("scores",),
}


class Checkpoint(keras.callbacks.Callback):
    """Writes a stage of a training down at the end of its epochs, and begins it from there; stands last in a `fit`.

    Weights, averages, optimiser and random states are the variables of the `Trainer`; what callbacks remember and where the
    batches were drawn from goes with them. On TensorFlow the weights of a training that was continued are those of an unbroken
    one.

    Args:
        path: file, or `None` to write none.
        batches: `Redrawn` batches of the stage.
        others: all callbacks before this one.
        before: what the stages before this one left, a dict.
        begun: what an earlier process wrote of this stage, of `read`; `None` where there is none.
    """

    def __init__(self, path, batches, others, before, begun=None):
        super().__init__()
        self.path, self.batches, self.others, self.before, self.begun = path, batches, others, before, begun
        self.epochs = list(begun["epochs"]) if begun else []

    def on_train_begin(self, logs=None):
        self.written = time.monotonic()
        if self.begun:
            for callback, values in zip(self.others, self.begun["callbacks"], strict=True):
                vars(callback).update(values)
            for variable, value in zip(self._variables(), self.begun["variables"], strict=True):
                variable.assign(value)
            self.batches.redraw(self.begun["drawn_from"])

    def on_epoch_end(self, epoch, logs):
        self.epochs.append(dict(logs))
        if self.path and not self.model.stop_training and time.monotonic() - self.written >= EVERY:
            write(self.path, self.before | self._state())
            self.written = time.monotonic()

    def _state(self):
        return {
            "epochs": self.epochs,
            "callbacks": [remembered(callback) for callback in self.others],
            "variables": [copy_of(variable) for variable in self._variables()],
            "drawn_from": self.batches.drawn_from,
        }

    def _variables(self):
        return [*self.model.variables, *self.model.optimizer.variables]


def remembered(callback):
    """What a callback knows of the epochs before, a dict."""
    return {name: getattr(callback, name) for kind, names in CARRIED.items() if isinstance(callback, kind) for name in names}


def write(path, state):
    """Write the state of a training atomically."""
    with paths.atomic(path) as temporary:
        joblib.dump(state, temporary)


def read(path):
    """The state of a training that was broken off, a dict; an empty one where there is none.

    Raises:
        RunError: the file is damaged.
    """
    if path is None or not Path(path).exists():
        return {}
    try:
        return joblib.load(path)
    except Exception as error:  # a damaged pickle raises nearly anything
        raise RunError(f"{path} cannot be read ({error}). Remove it; the training then begins anew.") from error
