"""Keras layers by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.layers.attention import AttentionPooling1D, ContextQueryAttention
from common.layers.conditioning import ConcatenateFeatures, SpanCondition
from common.layers.context import CandidateScores, Neighbours
from common.layers.convolution import DilatedGatedConv1D, ResidualDilatedConv1D
from common.layers.embedding import CharWordEmbedding, PositionEmbedding, RowEmbedding, SubwordEmbedding
from common.layers.linking import PairScores
from common.layers.margin import ClassCosines, SampledClassCosines
from common.layers.pooling import LastStep1D, MaskedAveragePooling1D, MaskedMaxPooling1D

__all__ = [
    "AttentionPooling1D",
    "CandidateScores",
    "CharWordEmbedding",
    "ClassCosines",
    "ConcatenateFeatures",
    "ContextQueryAttention",
    "DilatedGatedConv1D",
    "LastStep1D",
    "MaskedAveragePooling1D",
    "MaskedMaxPooling1D",
    "Neighbours",
    "PairScores",
    "PositionEmbedding",
    "ResidualDilatedConv1D",
    "RowEmbedding",
    "SampledClassCosines",
    "SpanCondition",
    "SubwordEmbedding",
]
