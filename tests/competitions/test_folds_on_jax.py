"""Every network of the contests with stages is trained through a fold on JAX, and compiles few lengths on the way."""

import importlib

import keras
import numpy as np
import pytest

from common import experiment, locate
from common.training import Trainer
from common.training.batches import SHAPES

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(keras.backend.backend() != "jax", reason="the tests of each contest train on TensorFlow"),
]
NETWORKS = {
    "lamost": ("dilated", "multiscale"),
    "webqa": ("reader", "chained", "original"),
    "baidu_ie": ("pointers", "linker"),
    "ppd": ("siamese", "interaction", "cosine"),
}
SMALL = {
    "lamost": ["folds=1", "sample_size=60", "batch_size=24", "epochs=1", "soft_f1_epochs=0", "test_copies=1"],
    "webqa": ["folds=1", "pretrain_epochs=0", "width=4", "batch_size=8", "epochs=1", "fine_epochs=1"],
    "baidu_ie": ["folds=1", "width=4", "batch_size=8", "epochs=1", "fine_epochs=1"],
    "ppd": ["protocol=content", "width=4", "encoder_width=4", "batch_size=16"],
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """A home for each contest, whose sample and features its networks share."""
    return {contest: tmp_path_factory.mktemp(contest) for contest in NETWORKS}


@pytest.mark.parametrize(("contest", "name"), [(contest, name) for contest in NETWORKS for name in NETWORKS[contest]])
def test_a_network_trains_through_a_fold_and_compiles_few_lengths(contest, name, homes, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(homes[contest]))
    traced, before_step = {}, Trainer.before_step

    def counted(trainer):  # runs where a step is traced, once for each length
        traced[id(trainer)] = traced.get(id(trainer), 0) + 1
        before_step(trainer)

    monkeypatch.setattr(Trainer, "before_step", counted)
    config_module = importlib.import_module(f"competitions.{contest}.config")
    given = dict(text.split("=", 1) for text in (*config_module.SMOKE, *SMALL[contest], f"model={name}"))
    settings = [f"{key}={value}" for key, value in given.items()]
    config = locate.locate_data(contest, "train", config_module.Config, settings)
    (finished,) = experiment.train(importlib.import_module(f"competitions.{contest}.train").plan(config))
    assert finished.finished and np.isfinite(finished.metrics["score"])
    assert traced and max(traced.values()) <= SHAPES
    assert len(traced) == 1 or contest not in ("webqa", "baidu_ie")  # their two stages have one loss, and so one step
