"""Logs of a training for TensorBoard or MLflow, where `log=` asks for them; nothing is imported otherwise."""

import os

VARIABLE = "PODIUM_LOG"  # holds what `log=` named, for the length of a stage
TENSORBOARD = "tensorboard"
MLFLOW = "mlflow"


def callbacks(checkpoint, description):
    """Callbacks that log what each epoch does, score included: into `tensorboard/` of the run, or to MLflow.

    Args:
        checkpoint: file of the training in `checkpoints/` of a run; without one, as in pre-training, nothing is logged.
        description: names the training among those of the run.
    """
    log = os.environ.get(VARIABLE)
    if not log or checkpoint is None:
        return []
    run, name = checkpoint.parents[1], description.replace(",", "").replace(" ", "-").replace("/", "-")
    if log == MLFLOW:
        from common.training.mlflow_logs import MlflowLogs

        return [MlflowLogs(run, name)]
    from keras.callbacks import TensorBoard

    return [TensorBoard(run / TENSORBOARD / name, write_graph=False)]
