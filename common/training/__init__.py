"""The recipe of every Keras model here: stages, callbacks and batches, on TensorFlow and JAX."""

from common.training.adversarial import objective_of
from common.training.batches import BucketedBatches, Redrawn, by_length, predict
from common.training.callbacks import standard_callbacks
from common.training.half_precision import precision
from common.training.stages import Stage, fit_stage, fit_stages
from common.training.trainer import Trainer
from common.training.watching import Watched

__all__ = [
    "BucketedBatches",
    "Redrawn",
    "Stage",
    "Trainer",
    "Watched",
    "by_length",
    "fit_stage",
    "fit_stages",
    "objective_of",
    "precision",
    "predict",
    "standard_callbacks",
]
