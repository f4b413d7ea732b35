"""What all contests do alike, said once: folds, runs that resume, the plan of models, ways to blend, checked submissions."""

from common.experiment.ensemble import Blend, ensemble
from common.experiment.estimator import Estimator
from common.experiment.evaluate import show_rows, show_scores
from common.experiment.folds import Fold, split
from common.experiment.learnt import export, load, newest
from common.experiment.metric import Metric
from common.experiment.plan import Plan, show, train
from common.experiment.predictions import Kind
from common.experiment.runs import Run

__all__ = [
    "Blend",
    "Estimator",
    "Fold",
    "Kind",
    "Metric",
    "Plan",
    "Run",
    "ensemble",
    "export",
    "load",
    "newest",
    "show",
    "show_rows",
    "show_scores",
    "split",
    "train",
]
