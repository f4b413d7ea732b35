"""The recipe of every Keras model here: stages, callbacks and batches, on TensorFlow and JAX."""

from common.training.batches import BucketedBatches, bucketed
from common.training.callbacks import AveragedWeights, OfficialScore, Progress, WarmUp, standard_callbacks
from common.training.stages import Stage, fit_stage, fit_stages

__all__ = [
    "AveragedWeights",
    "BucketedBatches",
    "OfficialScore",
    "Progress",
    "Stage",
    "WarmUp",
    "bucketed",
    "fit_stage",
    "fit_stages",
    "standard_callbacks",
]
