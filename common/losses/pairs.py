"""Losses on who is like whom: on given pairs, or on all pairs within a batch."""

import keras
from keras import ops

from common.layers.margin import unit
from common.losses.shapes import alike, require, require_no_mask

OUT = -1e9  # a logit that adds nothing to a sum of exponentials


@keras.saving.register_keras_serializable(package="common")
class Contrastive(keras.losses.Loss):
    """Draw the two of a pair together, or at least so far apart as a margin.

    `y d^2 + (1 - y) max(0, m - d)^2` with the distance `d = 1 - cosine`, which has a slope everywhere, also where a pair is one
    sentence twice.

    Args:
        margin: m, the distance from which a pair that differs costs nothing.

    Labels 1 (same) or 0 and cosines, `(batch,)` or `(batch, pairs)`; one value for each row, the mean over its pairs.

    Reference: Hadsell et al. 2006, Dimensionality reduction by learning an invariant mapping.
    """

    def __init__(self, margin=0.5, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        if margin <= 0:
            raise ValueError(f"`margin` must be positive. Received: {margin=}")
        self.margin = margin

    def __call__(self, y_true, y_pred, sample_weight=None):
        require_no_mask(self, y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        shapes = [(*tensor.shape, 1)[:2] for tensor in (y_true, y_pred)]
        holds = max(len(y_true.shape), len(y_pred.shape)) < 3 and alike(*shapes)
        require(holds, self, "labels and cosines of one shape, (batch,) or (batch, pairs)", y_true, y_pred)
        pairs = (ops.shape(y_pred)[0], -1)
        distance, same = 1 - ops.cast(ops.reshape(y_pred, pairs), "float32"), ops.cast(ops.reshape(y_true, pairs), "float32")
        terms = same * ops.square(distance) + (1 - same) * ops.square(ops.relu(self.margin - distance))  # (batch, pairs)
        return ops.mean(terms, axis=-1)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="common")
class Triplet(keras.losses.Loss):
    """The mates of an anchor must be nearer to it than strangers, by a margin; the strangers are mined within the batch.

    With hard negatives `max(0, m + max_n cos(a, n) - min_p cos(a, p))`, p and n over the mates and the strangers of the anchor
    a within the batch: the least similar mate against the most similar stranger. With semi-hard ones the mean over the mates p
    of `max(0, m + cos(a, n_p) - cos(a, p))`, where n_p is the most similar of the strangers that are less similar than p, or
    the least similar of all where there is none. Hard negatives may draw all vectors into one point while these tell nothing
    yet; semi-hard ones were made for that time.

    An anchor without mates or strangers costs nothing, so batches must be drawn with several of a group.

    Args:
        margin: m, between cosines.
        negatives: `"hard"`, or `"semi-hard"`, whose memory grows with the cube of the batch.

    Labels are group numbers, `(batch,)` or `(batch, 1)`, predictions vectors of any length, `(batch, dim)`; one value for each
    anchor.

    References: Hermans et al. 2017, arXiv 1703.07737 (batch hard); Schroff et al. 2015, arXiv 1503.03832 (semi-hard).
    """

    def __init__(self, margin=0.2, negatives="hard", name="triplet", **kwargs):
        super().__init__(name=name, **kwargs)
        if margin <= 0:
            raise ValueError(f"`margin` must be positive. Received: {margin=}")
        if negatives not in ("hard", "semi-hard"):
            raise ValueError(f"`negatives` must be 'hard' or 'semi-hard'. Received: {negatives=}")
        self.margin, self.negatives = margin, negatives

    def __call__(self, y_true, y_pred, sample_weight=None):
        require_no_mask(self, y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        cosine, mates, strangers = within_batch(self, y_true, y_pred)
        if self.negatives == "hard":
            farthest = ops.min(ops.where(mates, cosine, float("inf")), axis=-1)
            nearest = ops.max(ops.where(strangers, cosine, -float("inf")), axis=-1)
            return ops.relu(self.margin + nearest - farthest)
        terms = ops.relu(self.margin + semi_hard(cosine, strangers) - cosine)  # (batch, batch), of anchor and mate
        counts = ops.logical_and(mates, ops.any(strangers, axis=-1, keepdims=True))
        return ops.sum(ops.where(counts, terms, 0.0), axis=-1) / ops.maximum(ops.sum(ops.cast(counts, "float32"), axis=-1), 1.0)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "negatives": self.negatives}


def semi_hard(cosine, strangers):
    """Cosine of each anchor with the most similar stranger below each of its cosines; with the least similar if none is."""
    below = ops.logical_and(strangers[:, None, :], cosine[:, None, :] < cosine[:, :, None])  # (anchor, mate, stranger)
    hardest = ops.argmax(ops.where(below, cosine[:, None, :], -float("inf")), axis=-1)
    easiest = ops.argmin(ops.where(strangers, cosine, float("inf")), axis=-1)
    return ops.take_along_axis(cosine, ops.where(ops.any(below, axis=-1), hardest, easiest[:, None]), axis=-1)


@keras.saving.register_keras_serializable(package="common")
class SupervisedContrastive(keras.losses.Loss):
    """Cross-entropy of finding each mate of an anchor among all others of the batch.

    `-mean_p log(exp(cos(a, p) / t) / sum_b!=a exp(cos(a, b) / t))`, p over the mates of the anchor a. An anchor without mates
    costs nothing. Keras's own `Circle` serves the same batches.

    Args:
        temperature: t.

    Labels are group numbers, `(batch,)` or `(batch, 1)`, predictions vectors of any length, `(batch, dim)`; one value for each
    anchor.

    Reference: Khosla et al. 2020, arXiv 2004.11362, the sum outside of the logarithm.
    """

    def __init__(self, temperature=0.1, name="supervised_contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        if temperature <= 0:
            raise ValueError(f"`temperature` must be positive. Received: {temperature=}")
        self.temperature = temperature

    def __call__(self, y_true, y_pred, sample_weight=None):
        require_no_mask(self, y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        cosine, mates, strangers = within_batch(self, y_true, y_pred)
        logits = cosine / self.temperature
        everyone = ops.logsumexp(ops.where(ops.logical_or(mates, strangers), logits, OUT), axis=-1)
        count = ops.sum(ops.cast(mates, "float32"), axis=-1)
        mean = ops.sum(ops.where(mates, logits, 0.0), axis=-1) / ops.maximum(count, 1.0)
        return ops.where(count > 0, everyone - mean, 0.0)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}


def within_batch(loss, labels, vectors):
    """Cosines of all pairs of a batch, and which of them are mates (of one group, but not the same place) and strangers.

    Raises:
        ValueError: labels or vectors have another shape than the loss expects.
    """
    numbers = alike((*labels.shape, 1)[:2], (vectors.shape[0], 1)) and len(labels.shape) < 3
    require(numbers and len(vectors.shape) == 2, loss, "group numbers (batch,) and vectors (batch, dim)", labels, vectors)
    vectors, labels = unit(vectors), ops.reshape(labels, (-1,))
    same = ops.equal(labels[:, None], labels)  # (batch, batch)
    place = ops.arange(ops.shape(labels)[0], dtype="int32")
    mates = ops.logical_and(same, ops.not_equal(place[:, None], place))
    return ops.matmul(vectors, ops.transpose(vectors)), mates, ops.logical_not(same)
