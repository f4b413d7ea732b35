import json
import os
import warnings

import pytest

from common import run, targets
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


def test_runs_of_mlflow_hold_settings_and_epochs(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    folder = tmp_path / "net-12345678"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"contest": "toy", "config": {"epochs": 2, "widths": [8, 16]}}))
    with run.logged("train", ["log=mlflow"]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow's own about its stores
        (logs,) = tracking.callbacks(folder / "checkpoints" / "fold0-copy0.joblib", "net fold 0, full")
        logs.on_train_begin()
        logs.on_epoch_end(0, {"loss": 0.7, "score": 0.5})
        logs.on_epoch_end(1, {"loss": 0.6, "score": 0.75})
        logs.on_train_end()
        client = mlflow.MlflowClient()
        (found,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
        history = client.get_metric_history(found.info.run_id, "score")
    assert found.info.run_name == "net-12345678 net-fold-0-full" and found.info.status == "FINISHED"
    assert found.data.params == {"epochs": "2", "widths": "[8, 16]"} and found.data.metrics["loss"] == 0.6
    assert [(one.step, one.value) for one in history] == [(1, 0.5), (2, 0.75)]


def test_a_log_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name, said in targets.LOGS.items():
        with pytest.raises(ConfigError, match=f"{said} is not installed: .* -m pip install {name}"):
            targets.require_log(name)


def test_a_log_that_is_not_known_is_refused():
    with (
        pytest.raises(ConfigError, match="log=wandb: expected log=tensorboard or log=mlflow"),
        run.logged("train", ["log=wandb"]),
    ):
        pass
