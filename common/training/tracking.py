"""Keras's own TensorBoard logs of a training, where `log=tensorboard` asks for them; nothing is imported otherwise."""

import os

VARIABLE = "PODIUM_LOG"  # holds what `log=` named, for the length of a stage
TENSORBOARD = "tensorboard"


def callbacks(checkpoint, description):
    """Callbacks that write what each epoch logs, score included, into `tensorboard/` of the run.

    Args:
        checkpoint: file of the training in `checkpoints/` of a run; without one, as in pre-training, nothing is logged.
        description: names the training among those of the run.
    """
    if os.environ.get(VARIABLE) != TENSORBOARD or checkpoint is None:
        return []
    from keras.callbacks import TensorBoard

    name = description.replace(",", "").replace(" ", "-").replace("/", "-")
    return [TensorBoard(checkpoint.parents[1] / TENSORBOARD / name, write_graph=False)]
