"""The training recipe that every Keras model here shares: stages, and one list of callbacks, on either backend.

    stages = [Stage("full", batches, "mse", epochs=40, learning_rate=1e-3, warm_up_steps=100)]
    log = fit_stages(network, stages, score, settings, "toy")

`score(network)` is the official metric on whole validation predictions. It sees the averaged weights, decides what is kept,
when the learning rate drops and when to stop; after the last stage the network holds the averaged weights of the best epoch.
"""

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd

from common.training import checkpoint as checkpoints
from common.training import tracking
from common.training.batches import BucketedBatches
from common.training.callbacks import Told, standard_callbacks
from common.training.optimizers import AdamW
from common.training.schedules import cosine
from common.training.trainer import Trainer

FIRST = "fold0-copy0"  # the training that is told outside, of all of a run
STAGES = ("stage", "logs", "best", "weights")  # of a checkpoint: the stages before the one that was broken off


@dataclass(frozen=True)
class Stage:
    """A part of a training, with a loss and a learning rate of its own.

    Attributes:
        name: how the log and the progress bar call it.
        batches: `PyDataset` in an order of its own.
        loss: whatever `compile` takes, as are `loss_weights`; `None` where the network's end points have it all.
        epochs: at most.
        learning_rate: a number, or a schedule where no score is watched.
        warm_up_steps: updates over which it rises.
        thawed: names of layers, frozen until now, that train from this stage on.
        rates: factors of the learning rate by pattern of a weight's path, see `optimizers.Recipes`.
        undecayed: patterns of the paths of weights that do not decay.
        attack: of `adversarial.py`; `None` for plain steps.
        accumulated: batches whose gradients make one update, `None` for one.
        together: batches that TensorFlow takes in one call, where a step is as short as what Keras does between two.
        watched: functions by name, see `Watched.watch`; each has a column in the log.
    """

    name: str
    batches: keras.utils.PyDataset
    loss: Any
    epochs: int
    learning_rate: Any
    warm_up_steps: int = 0
    loss_weights: Any = None
    thawed: tuple[str, ...] = ()
    rates: Any = None
    undecayed: tuple[str, ...] = ()
    attack: Any = None
    accumulated: int | None = None
    together: int = 1
    watched: Any = None

    @classmethod
    def cosine(cls, name, batches, loss, epochs, rate, warm_up, **more):
        """One whose rate rises to `rate` over `warm_up` epochs, half of all at most, and falls to 0 along one cosine."""
        rising = int(min(warm_up, epochs / 2) * len(batches))
        return cls(name, batches, loss, epochs, cosine(rate, epochs * len(batches), rising), **more)

    @property
    def jit_compile(self):
        """Whether XLA compiles the step: it would do so for every length, which only JAX needs."""
        ragged = isinstance(self.batches, BucketedBatches) and keras.backend.backend() != "jax"
        return False if ragged else "auto"

    def continues(self, before):
        """Whether the step that was compiled for the stage before serves this one, too."""
        numbers = all(isinstance(stage.learning_rate, (int, float)) for stage in (self, before))
        compiled = ("loss", "loss_weights", "rates", "undecayed", "attack", "accumulated", "together", "watched")
        same = all(getattr(self, name) == getattr(before, name) for name in compiled)
        return numbers and not self.thawed and same


def fit_stages(network, stages, score, settings, description, greater=True, checkpoint=None):
    """Fit one stage after the other, each from the best weights so far; the network ends with the best of all.

    A training that was broken off goes on from its `checkpoint`: call this again with the same arguments, the network as
    untrained as before.

    Args:
        network: model to train.
        stages: list of `Stage`, at least one with epochs; those without are left out.
        score: `score(network) -> float`; it decides what is kept.
        settings: has `weight_decay`, `momentum` and, where the rate follows no schedule, `drop_patience` and
            `stop_patience`, as a contest's `Config`.
        description: text in front of the progress bar.
        greater: whether a greater score is better; `False` for a log loss.
        checkpoint: file that a training of more than two minutes writes between its epochs; `None` for none. Who calls removes
            it when nobody will ask again.

    Returns:
        The log, a data frame with columns `stage`, `epoch`, `loss`, `score`, `learning_rate`, and what is watched.
    """
    begun, sign, trainer, before = checkpoints.read(checkpoint), 1 if greater else -1, None, None
    so_far = {"stage": 0, "logs": [], "best": None, "weights": None} | {key: begun[key] for key in begun if key in STAGES}
    for number, stage in enumerate(stages):
        if stage.epochs == 0:
            continue
        thaw(network, stage)
        if number < so_far["stage"]:
            continue
        if not (before and stage.continues(before)):
            trainer = compiled(network, stage, settings)
        so_far |= {"stage": number}
        log = fit(trainer, stage, score, settings, f"{description}, {stage.name}", greater, checkpoint, so_far, begun)
        before, begun, reached = stage, {}, (sign * log["score"]).max()
        if so_far["best"] is None or reached > so_far["best"]:
            so_far |= {"best": reached, "weights": network.get_weights()}
        network.set_weights(so_far["weights"])
        so_far["logs"] = [*so_far["logs"], log]
    network.set_weights(so_far["weights"])
    if checkpoint and checkpoint.exists():  # written on the way: a later part of the same work may break off, too
        checkpoints.write(checkpoint, so_far | {"stage": len(stages)})
    return pd.concat(so_far["logs"], ignore_index=True)


def fit_stage(network, stage, score, settings, description, greater=True, checkpoint=None):
    """Fit one `Stage` alone; arguments as of `fit_stages`, but `score` may be `None`, as in pre-training: the log has none."""
    thaw(network, stage)
    trainer, begun = compiled(network, stage, settings), checkpoints.read(checkpoint)
    return fit(trainer, stage, score, settings, description, greater, checkpoint, {}, begun)


def thaw(network, stage):
    """Let the layers that a stage names train."""
    for name in stage.thawed:
        network.get_layer(name).trainable = True


def compiled(network, stage, settings):
    """The `Trainer` of a network with what a stage compiles."""
    trainer = Trainer(network, settings.momentum, stage.attack)
    trainer.watch(**stage.watched or {})
    recipe = {"weight_decay": settings.weight_decay, "rates": stage.rates, "undecayed": stage.undecayed}
    optimizer = AdamW(stage.learning_rate, global_clipnorm=5.0, gradient_accumulation_steps=stage.accumulated, **recipe)
    how = {"jit_compile": stage.jit_compile, "steps_per_execution": stage.together}
    trainer.compile(optimizer, stage.loss, loss_weights=stage.loss_weights, **how)
    return trainer


def fit(trainer, stage, score, settings, description, greater=True, checkpoint=None, so_far=None, begun=None):
    """Fit a `Stage` without the momenta of the one before: those of another loss or of a higher rate are worth nothing.

    Args:
        trainer: `Trainer`, compiled for the stage.
        so_far: what the stages before have left, for the checkpoint.
        begun: what the checkpoint holds of this stage.

    The others are as of `fit_stages`.
    """
    trainer.begin(stage.learning_rate, stage.warm_up_steps)
    callbacks = standard_callbacks(
        score,
        drop_patience=getattr(settings, "drop_patience", math.inf),
        stop_patience=getattr(settings, "stop_patience", math.inf),
        description=description,
        greater=greater,
    )
    kept = checkpoints.Checkpoint(checkpoint, stage.batches, callbacks, so_far or {}, begun)
    done = len(kept.epochs)
    if done:
        print(f"{description}: goes on after epoch {done} of {stage.epochs}")
    first = score is not None and checkpoint is not None and checkpoint.stem == FIRST
    told = [Told(sum(map(len, (so_far or {}).get("logs", ()))))] if first else []
    every = [*callbacks, *tracking.callbacks(checkpoint, description), kept, *told]
    with contextlib.closing(callbacks[-1]):
        trainer.fit(stage.batches, initial_epoch=done, epochs=stage.epochs, callbacks=every, shuffle=False, verbose=0)
    return pd.DataFrame(kept.epochs).assign(stage=stage.name, epoch=range(1, len(kept.epochs) + 1))
