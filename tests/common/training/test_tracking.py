import os

import pytest

from common import run
from common.errors import ConfigError
from common.training import tracking


def test_without_log_nothing_is_tracked(tmp_path):
    assert tracking.callbacks(tmp_path / "checkpoints" / "fold0.joblib", "net fold 0, full") == []


def test_logs_of_an_epoch_lie_in_the_run(tmp_path):
    pytest.importorskip("tensorboard")
    checkpoint = tmp_path / "run" / "checkpoints" / "fold0.joblib"
    with run.logged("train", ["epochs=2", "log=tensorboard"]) as settings:
        assert settings == ["epochs=2"]
        (logs,) = tracking.callbacks(checkpoint, "net fold 0, full")
        assert tracking.callbacks(None, "pre-training") == []
        import keras

        network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        network.compile("sgd", "mse")
        x = keras.ops.convert_to_numpy(keras.ops.ones((4, 1)))
        network.fit(x, x, epochs=1, verbose=0, callbacks=[logs])
    assert list((tmp_path / "run" / "tensorboard" / "net-fold-0-full").rglob("events.out.tfevents.*"))
    assert tracking.VARIABLE not in os.environ


def test_a_log_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match="log=wandb: expected log=tensorboard"), run.logged("train", ["log=wandb"]):
        pass
