"""The sentence encoder as a model of pairs: the cosine of two vectors, learnt from one fold's training positives alone.

Its groups are the clusters of the fold's positive pairs, its text the ids of their characters with the given embeddings.
Components with a fifth of the pairs are kept away from it: there, where cosines are those of new questions, the epoch is chosen
and the cosine becomes a probability.
"""

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from common.errors import DataError
from common.ragged import Ragged
from common.training import Stage, fit_stages
from competitions.ppd import closure, encoder, metric

KEPT_AWAY = 0.2  # of the training pairs, in whole components: questions that pairs join, in one step or many


def fit(dataset, train_rows, config, description, checkpoint=None):
    """Train on the clusters of one fold.

    Args:
        dataset: the `Dataset`.
        train_rows: pairs whose labels are known.
        config: the contest's settings.
        description: text in front of the progress bar.
        checkpoint: file of a training that breaks off, see `fit_stages`.

    Returns:
        The network, the calibration, and the log.

    Raises:
        DataError: no positives are left to learn from, or not both labels to calibrate on; see `kept_away`.
    """
    questions = len(dataset.names)
    pairs, labels = dataset.pairs[train_rows], dataset.labels[train_rows]
    away = kept_away(pairs, questions, config.seed)
    members, classes = groups_of(pairs[~away], labels[~away], questions)
    if not len(members) or len(np.unique(labels[away])) < 2:
        raise DataError(
            f"model=cosine keeps whole components with {KEPT_AWAY:.0%} of the pairs away from its training, here {away.sum()} "
            f"of {len(pairs)}. It needs positives among the others, and both labels among these. Leave it out of model="
        )
    network = encoder.new_encoder(len(dataset.char.vectors), config, dataset.char.vectors)
    learner, drawn, loss = encoder.make_learner(network, ids_of(dataset, members, config), classes, config)

    def log_loss(_):
        similar = cosines(network, dataset, pairs[away], config)
        return metric.score(labels[away], probability(calibrate(similar, labels[away]), similar))

    rate = config.encoder_learning_rate
    stages = [Stage("clusters", drawn, loss, config.cosine_epochs, rate, config.warm_up_steps, together=8)]
    log = fit_stages(learner, stages, log_loss, config, description, greater=False, checkpoint=checkpoint)
    return network, calibrate(cosines(network, dataset, pairs[away], config), labels[away]), log


def kept_away(pairs, questions, seed):
    """Which training pairs choose the epoch and calibrate, `(rows,)`: whole components, at random, up to a fifth of the pairs.

    One that is greater than that stays with the training part, unless all are.
    """
    _, component, size = np.unique(closure.components_of(pairs, questions), return_inverse=True, return_counts=True)
    most = KEPT_AWAY * len(pairs)
    order = np.random.default_rng(seed).permutation(len(size))
    order = order[np.argsort(size[order] > most, kind="stable")]
    return np.isin(component, order[np.cumsum(size[order]) <= max(most, size[order[0]])])


def groups_of(pairs, labels, questions):
    """Questions that stand in a cluster with others, and the number of that cluster from 0 on."""
    cluster = closure.clusters(pairs, labels, questions)
    members = np.flatnonzero(np.bincount(cluster)[cluster] > 1)
    return members, np.unique(cluster[members], return_inverse=True)[1]


def ids_of(dataset, questions, config):
    """The first characters of some questions as a `Ragged`."""
    return Ragged.of([dataset.char.ids[question][: config.longest_char] for question in questions])


def cosines(network, dataset, pairs, config):
    """Cosine of the two questions of each pair, `(rows,)`."""
    questions, places = np.unique(pairs, return_inverse=True)
    vectors = encoder.encode(network, ids_of(dataset, questions, config))
    first, second = places.reshape(pairs.shape).T
    return np.einsum("ij,ij->i", vectors[first], vectors[second])


def calibrate(similar, labels):
    """Logistic regression of the labels on the cosine and its square: intercept and weights, `(3,)`."""
    fitted = LogisticRegression(C=100.0).fit(columns(similar), labels)
    return np.append(fitted.intercept_, fitted.coef_)


def probability(calibration, similar):
    """Probability that the questions of each pair mean the same, `(rows,)`, float32."""
    return metric.clip(expit(calibration[0] + columns(similar) @ calibration[1:])).astype("float32")


def columns(similar):
    """What the calibration sees, `(rows, 2)`."""
    return np.stack([similar, similar**2], axis=1)


def predict(network, calibration, dataset, pairs, config):
    """Probability that the questions of each pair mean the same, `(rows,)`, float32."""
    return probability(calibration, cosines(network, dataset, pairs, config))
