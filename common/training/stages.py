"""The training recipe that every Keras model here shares: stages, and one list of callbacks, on either backend.

    callbacks = standard_callbacks(score, warm_up_steps=100, momentum=0.99, drop_patience=3, stop_patience=8)
    history = model.fit(batches, epochs=40, callbacks=callbacks, verbose=0).history

`score(model)` is the official metric on whole validation predictions. It sees the averaged weights, decides what is kept, when
the learning rate drops and when to stop; after `fit` the model holds the averaged weights of the best epoch.
"""

from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd

from common.training.callbacks import standard_callbacks


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
    network.optimizer.build(network.trainable_variables)  # left to its first step, TensorFlow would trace that step twice
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
