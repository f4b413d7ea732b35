"""Losses by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.losses.candidates import CandidateSigmoid, CandidateSoftmax
from common.losses.endpoint import CentreLoss, EndPoint, LossEndPoint
from common.losses.margin import AMSoftmax, ArcFace, ScaledSoftmax, SimplerASoftmax, check_labels
from common.losses.multilabel import MultilabelCrossentropy, PartialBinaryCrossentropy
from common.losses.pairs import Contrastive, SupervisedContrastive, Triplet
from common.losses.smoothing import SmoothedSparseCrossentropy
from common.losses.soft_f1 import SoftMacroF1, soft_macro_f1
from common.losses.threshold import SoftThresholdCrossentropy, ThresholdCrossentropy

__all__ = [
    "AMSoftmax",
    "ArcFace",
    "CandidateSigmoid",
    "CandidateSoftmax",
    "CentreLoss",
    "Contrastive",
    "EndPoint",
    "LossEndPoint",
    "MultilabelCrossentropy",
    "PartialBinaryCrossentropy",
    "ScaledSoftmax",
    "SimplerASoftmax",
    "SmoothedSparseCrossentropy",
    "SoftMacroF1",
    "SoftThresholdCrossentropy",
    "SupervisedContrastive",
    "ThresholdCrossentropy",
    "Triplet",
    "check_labels",
    "soft_macro_f1",
]
