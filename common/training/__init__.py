"""The recipe of every Keras model here: stages, callbacks and batches, on TensorFlow and JAX."""

from common.training.adversarial import objective_of
from common.training.batches import BucketedBatches, OfArrays, Redrawn, Shuffled, by_length, predict, predict_all
from common.training.callbacks import standard_callbacks
from common.training.half_precision import precision
from common.training.row_adagrad import RowAdagrad
from common.training.schedules import cosine
from common.training.stages import Stage, fit_stage, fit_stages
from common.training.trainer import Trainer
from common.training.watching import Watched

__all__ = [
    "BucketedBatches",
    "OfArrays",
    "Redrawn",
    "RowAdagrad",
    "Shuffled",
    "Stage",
    "Trainer",
    "Watched",
    "by_length",
    "cosine",
    "fit_stage",
    "fit_stages",
    "objective_of",
    "precision",
    "predict",
    "predict_all",
    "standard_callbacks",
]
