"""Losses that compare a true class with a few candidates drawn for it instead of with all classes."""

import keras
from keras import ops


class OfCandidates(keras.losses.Loss):
    """What both losses share: weights of true classes, and scores of them and of candidates.

    Labels are weights of the true classes, `(batch, ..., true)`: 1 for one that counts, 0 for padding. Predictions are scores,
    `(batch, ..., true + candidates)`, the true classes first. One value for each sample, the sum over its true classes, which
    share the candidates; in float32 under every precision.
    """

    def call(self, y_true, y_pred):
        weight, scores = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        true = weight.shape[-1] or ops.shape(weight)[-1]
        right, others = ops.split(scores, [true], axis=-1)
        return ops.sum(weight * self.of_each(right, others), axis=-1)


@keras.saving.register_keras_serializable(package="common")
class CandidateSoftmax(OfCandidates):
    """Cross-entropy of each true class among itself and the candidates: random softmax, sampled softmax, full softmax.

    `log(exp s_t + sum_j exp s_j) - s_t`. With candidates drawn uniformly its optimum is the score `log p + constant` for any
    number of them, provided that those which happen to be the true class stay in; `complete` candidates are all classes, the
    true one among them, and it is the plain cross-entropy `log sum_j exp s_j - s_t`.

    Args:
        complete: the candidates are all classes.

    References: kexue.fm archives 4402, 4515; Jean et al. 2015, arXiv 1412.2007.
    """

    def __init__(self, complete=False, name="candidate_softmax", **kwargs):
        super().__init__(name=name, **kwargs)
        self.complete = complete

    def of_each(self, right, others):
        total = ops.logsumexp(others, axis=-1, keepdims=True)
        return total - right if self.complete else ops.softplus(total - right)

    def get_config(self):
        return {**super().get_config(), "complete": self.complete}


@keras.saving.register_keras_serializable(package="common")
class CandidateSigmoid(OfCandidates):
    """Each true class told from noise by itself: negative sampling, and with corrected scores noise-contrastive estimation.

    `softplus(-s_t) + c mean_j softplus(s_j)`. Noise-contrastive estimation has scores from which `log(c q)` is subtracted.

    Args:
        negatives: c, how many noise words one true word is worth; that of the candidates, where it is `None`.

    References: Mikolov et al. 2013, arXiv 1310.4546; Mnih and Teh 2012, arXiv 1206.6426.
    """

    def __init__(self, negatives=None, name="candidate_sigmoid", **kwargs):
        super().__init__(name=name, **kwargs)
        if negatives is not None and not negatives > 0:
            raise ValueError(f"`negatives` must be positive. Received: {negatives=}")
        self.negatives = negatives

    def of_each(self, right, others):
        noise = ops.softplus(others)
        noise = ops.sum(noise, -1, True) if self.negatives is None else self.negatives * ops.mean(noise, -1, True)
        return ops.softplus(-right) + noise

    def get_config(self):
        return {**super().get_config(), "negatives": self.negatives}
