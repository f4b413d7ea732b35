"""The training recipe that every Keras model here shares: stages, and one list of callbacks, on either backend.

    stages = [Stage("full", batches, "mse", epochs=40, learning_rate=1e-3, warm_up_steps=100)]
    log = fit_stages(network, stages, score, settings, "toy")

`score(network)` is the official metric on whole validation predictions. It sees the averaged weights, decides what is kept,
when the learning rate drops and when to stop; after the last stage the network holds the averaged weights of the best epoch.
"""

from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd

from common.training.batches import BucketedBatches
from common.training.callbacks import standard_callbacks
from common.training.optimizers import AdamW
from common.training.trainer import Trainer


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
        rates: factors of the learning rate by pattern of a weight's path, see `optimizers.Recipes`.
        undecayed: patterns of the paths of weights that do not decay.
        attack: of `adversarial.py`; `None` for plain steps.
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

    @property
    def jit_compile(self):
        """Whether XLA compiles the step: it would do so for every length, which only JAX needs."""
        ragged = isinstance(self.batches, BucketedBatches) and keras.backend.backend() != "jax"
        return False if ragged else "auto"

    def continues(self, before):
        """Whether the step that was compiled for the stage before serves this one, too."""
        numbers = all(isinstance(stage.learning_rate, (int, float)) for stage in (self, before))
        same = [(stage.loss, stage.loss_weights, stage.rates, stage.undecayed, stage.attack) for stage in (self, before)]
        return numbers and not self.thawed and same[0] == same[1]


def fit_stages(network, stages, score, settings, description, greater=True):
    """Fit one stage after the other, each from the best weights so far; the network ends with the best of all.

    Args:
        network: model to train.
        stages: list of `Stage`, at least one with epochs; those without are left out.
        score: `score(network) -> float`; it decides what is kept.
        settings: has `weight_decay`, `momentum`, `drop_patience` and `stop_patience`, as a contest's `Config`.
        description: text in front of the progress bar.
        greater: whether a greater score is better; `False` for a log loss.

    Returns:
        The log, a data frame with columns `stage`, `epoch`, `loss`, `score`, `learning_rate`.
    """
    logs, best, best_weights, sign, trainer, before = [], None, None, 1 if greater else -1, None, None
    for stage in stages:
        if stage.epochs == 0:
            continue
        if not (before and stage.continues(before)):
            trainer = compiled(network, stage, settings)
        log = fit(trainer, stage, score, settings, f"{description}, {stage.name}", greater)
        logs.append(log)
        before, reached = stage, (sign * log["score"]).max()
        if best is None or reached > best:
            best, best_weights = reached, network.get_weights()
        else:
            network.set_weights(best_weights)
    return pd.concat(logs, ignore_index=True)


def fit_stage(network, stage, score, settings, description, greater=True):
    """Fit one `Stage` alone; arguments as of `fit_stages`, but `score` may be `None`, as in pre-training: the log has none."""
    return fit(compiled(network, stage, settings), stage, score, settings, description, greater)


def compiled(network, stage, settings):
    """The `Trainer` of a network with what a stage compiles."""
    for name in stage.thawed:
        network.get_layer(name).trainable = True
    trainer = Trainer(network, settings.momentum, stage.attack)
    recipe = {"weight_decay": settings.weight_decay, "rates": stage.rates, "undecayed": stage.undecayed}
    optimizer = AdamW(stage.learning_rate, global_clipnorm=5.0, **recipe)
    trainer.compile(optimizer, stage.loss, loss_weights=stage.loss_weights, jit_compile=stage.jit_compile)
    return trainer


def fit(trainer, stage, score, settings, description, greater=True):
    """Fit a `Stage` without the momenta of the one before: those of another loss or of a higher rate are worth nothing."""
    trainer.begin(stage.learning_rate, stage.warm_up_steps)
    callbacks = standard_callbacks(
        score,
        drop_patience=settings.drop_patience,
        stop_patience=settings.stop_patience,
        description=description,
        greater=greater,
    )
    history = trainer.fit(stage.batches, epochs=stage.epochs, callbacks=callbacks, shuffle=False, verbose=0).history
    return pd.DataFrame(history).assign(stage=stage.name, epoch=range(1, len(history["loss"]) + 1))
