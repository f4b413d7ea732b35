"""What each epoch logs, as runs of MLflow, wherever `MLFLOW_TRACKING_URI` says, as MLflow itself does."""

import json
import time

import keras
from mlflow import MlflowClient
from mlflow.entities import Metric, Param


class MlflowLogs(keras.callbacks.Callback):
    """One run of MLflow for one training, in the experiment of its contest: settings, and loss, score and rate by epoch.

    Args:
        run: folder of the run that the training belongs to; its `config.json` holds the settings.
        name: of the training among those of the run.
    """

    def __init__(self, run, name):
        super().__init__()
        self.folder = run
        self.name = name

    def on_train_begin(self, logs=None):
        self.client = MlflowClient()
        stored = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        known = self.client.get_experiment_by_name(stored["contest"])
        experiment = known.experiment_id if known else self.client.create_experiment(stored["contest"])
        self.run = self.client.create_run(experiment, run_name=f"{self.folder.name} {self.name}").info.run_id
        self.client.log_batch(self.run, params=[Param(name, str(value)) for name, value in stored["config"].items()])

    def on_epoch_end(self, epoch, logs):
        now = int(time.time() * 1000)
        self.client.log_batch(self.run, [Metric(name, float(value), now, epoch + 1) for name, value in logs.items()])

    def on_train_end(self, logs=None):
        self.client.set_terminated(self.run)
