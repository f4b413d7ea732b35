"""What the scores of a critic cost it, and what they cost the network whose samples it scores.

A critic gives high scores to real samples and low ones to fakes. A criterion says in two functions of scores `(batch, ...)`
what both sides minimise:

    hinge = criterion_of("hinge")
    hinge.critic(scores_of_real, scores_of_fake), hinge.maker(scores_of_real, scores_of_fake)  # scalars

`DIVERGENCES` are the eight rows of f-GAN, each by its function f and not by a name, of which the usual ones are exchanged in
parts of the literature. `CriticLoss` is the critic's side as a loss of Keras, which learns to tell two sets apart by `fit`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

LARGEST = 15.0  # of a raw output that stands in an exponent as it is
NEWTON = 8  # iterations, after which Lambert's function is exact in float32


@dataclass(frozen=True)
class Criterion:
    """What each score costs, by what it is a score of.

    Attributes:
        real, fake: what the critic pays for a score of a real sample and of a fake; maps of scores to costs.
        made: what the maker of a fake pays for its score.
    """

    real: Callable
    fake: Callable
    made: Callable
    paired = False  # the maker needs no scores of real samples

    def critic(self, real, fake):
        """The critic's cost, a scalar."""
        return ops.mean(self.real(real)) + ops.mean(self.fake(fake))

    def maker(self, real, fake):
        """The maker's cost, a scalar; `real` is not looked at and may be `None`."""
        return ops.mean(self.made(fake))


class Relativistic:
    """By how much a real sample scores higher than a fake, pair by pair; both sides look at both scores.

    Reference: Jolicoeur-Martineau 2018, arXiv 1807.00734; kexue.fm archive 6110.
    """

    paired = True

    def critic(self, real, fake):
        return ops.mean(ops.softplus(fake - real))

    def maker(self, real, fake):
        return ops.mean(ops.softplus(real - fake))


PLAIN = {
    # log D and log(1 - D) with D the sigmoid of the score; Goodfellow et al. 2014, arXiv 1406.2661
    "vanilla": Criterion(lambda v: ops.softplus(-v), ops.softplus, lambda v: -ops.softplus(v)),
    "non_saturating": Criterion(lambda v: ops.softplus(-v), ops.softplus, lambda v: ops.softplus(-v)),
    # Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957
    "hinge": Criterion(lambda v: ops.relu(1 - v), lambda v: ops.relu(1 + v), lambda v: -v),
    # Arjovsky et al. 2017, arXiv 1701.07875: of a critic that something else keeps Lipschitz
    "wasserstein": Criterion(lambda v: -v, lambda v: v, lambda v: -v),
    "relativistic": Relativistic(),
}


@dataclass(frozen=True)
class Divergence:
    """D_f(P|Q) = E_Q f(p/q) = max over T of E_P T - E_Q g(T), g the convex conjugate of f.

    The best T is f'(p/q). A network's raw output v becomes T by `output`, whose range is that where g is finite, and g(T) is
    written as a function of v that is stable for every v.

    Attributes:
        f, slope: f and its derivative, of ratios p/q, NumPy.
        output: T of v.
        conjugate: g(T) of v.
    """

    f: Callable
    slope: Callable
    output: Callable
    conjugate: Callable

    def criterion(self, saturating=False):
        """P real, Q made. A maker that is `saturating` minimises -E_Q g(T), the divergence itself; else -E_Q T, which moves
        fakes that the critic knows for certain, too."""

        def costs(v):
            return -self.output(v)

        return Criterion(costs, self.conjugate, (lambda v: -self.conjugate(v)) if saturating else costs)

    def between(self, p, q, cell=1.0):
        """The divergence of two densities or tables that are positive everywhere, by a sum over cells of size `cell`."""
        return float(np.sum(q * self.f(p / q)) * cell)


def held(v):
    """A raw output for an exponent: itself up to `LARGEST`, beyond that grown by a logarithm.

    Its exponential then grows linearly: finite, with a gradient, and T and g(T) of it are still a pair.
    """
    return ops.minimum(v, LARGEST) + ops.log1p(ops.relu(v - LARGEST))


def held_both_ways(v):
    """The same of an output that stands in an exponent with either sign."""
    return -held(-held(v))


def log_lambert(y):
    """log W(e^y), the u with u + e^u = y, Lambert's function W; its first derivative is exact."""
    u = ops.where(y > 1, ops.log(ops.maximum(y, 1.0)), y)
    for _ in range(NEWTON):
        u = ops.stop_gradient(u - (ops.exp(u) + u - y) / (ops.exp(u) + 1))
    return u - (ops.exp(u) + u - y) / (ops.exp(u) + 1)


def _of_jeffreys(v):
    u = log_lambert(1 - v)  # W + 1/W + v - 2 with W + u = 1 - v, which loses no digits
    return ops.exp(-u) - u - 1


def _row(f, slope, output, conjugate, hold=held):
    """A row with raw outputs in exponents."""
    return Divergence(f, slope, lambda v: output(hold(v)), lambda v: conjugate(hold(v)))


# kexue.fm archive 6016; Nowozin et al. 2016, arXiv 1606.00709
DIVERGENCES = {
    "total_variation": Divergence(  # |u - 1| / 2
        lambda u: np.abs(u - 1) / 2, lambda u: np.sign(u - 1) / 2, lambda v: ops.tanh(v) / 2, lambda v: ops.tanh(v) / 2
    ),
    "kl": _row(  # u log u
        lambda u: u * np.log(u), lambda u: np.log(u) + 1, lambda v: v, lambda v: ops.exp(v - 1)
    ),
    "reverse_kl": _row(  # -log u
        lambda u: -np.log(u), lambda u: -1 / u, lambda v: -ops.exp(v), lambda v: -1 - v
    ),
    "chi_square_over_real": _row(  # (1 - u)^2 / u, the integral of (p - q)^2 / p
        lambda u: (1 - u) ** 2 / u, lambda u: 1 - u**-2.0, lambda v: 1 - ops.exp(v), lambda v: 2 - 2 * ops.exp(v / 2)
    ),
    "chi_square_over_made": _row(  # (u - 1)^2, the integral of (p - q)^2 / q
        lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1), lambda v: ops.exp(v) - 2, lambda v: ops.exp(2 * v) / 4 - 1
    ),
    "hellinger": _row(  # (sqrt u - 1)^2
        lambda u: (np.sqrt(u) - 1) ** 2,
        lambda u: 1 - u**-0.5,
        lambda v: 1 - ops.exp(v),
        lambda v: ops.exp(-v) - 1,
        held_both_ways,
    ),
    "jeffreys": _row(  # (u - 1) log u
        lambda u: (u - 1) * np.log(u), lambda u: np.log(u) + 1 - 1 / u, lambda v: v, _of_jeffreys
    ),
    "jensen_shannon": Divergence(  # -(u + 1) / 2 log((1 + u) / 2) + u / 2 log u: at most log 2
        lambda u: -(u + 1) / 2 * np.log((1 + u) / 2) + u / 2 * np.log(u),
        lambda u: 0.5 * np.log(2 * u / (1 + u)),
        lambda v: 0.5 * (math.log(2) - ops.softplus(-v)),
        lambda v: 0.5 * (ops.softplus(v) - math.log(2)),
    ),
}
CRITERIA = (*PLAIN, *DIVERGENCES)


def criterion_of(name, saturating=False):
    """The criterion of a name in `CRITERIA`; `saturating` as of `Divergence.criterion`, of divergences alone.

    Raises:
        ValueError: there is none of this name.
    """
    if name in DIVERGENCES:
        return DIVERGENCES[name].criterion(saturating)
    if name not in PLAIN:
        raise ValueError(f"There is no criterion {name!r}; there are {', '.join(CRITERIA)}")
    return PLAIN[name]


@keras.saving.register_keras_serializable(package="common")
class CriticLoss(keras.losses.Loss):
    """The critic's side of a criterion, as a loss of scores of samples that are labelled real or fake.

    With as many of either in a batch the mean is the critic's cost: of a divergence, minus its estimate.

    Args:
        criterion: a name of `CRITERIA`; `"relativistic"`, which has no cost of one score, excepted.

    Labels are 1 for real and 0 for fake, predictions scores, both `(batch, ...)`; one value for each sample, the mean over
    places of a critic that scores several.
    """

    def __init__(self, criterion="non_saturating", name="critic_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.criterion = criterion
        self._costs = criterion_of(criterion)
        if self._costs.paired:
            raise ValueError(f"A loss of single scores needs another criterion than {criterion!r}, which compares pairs")

    def call(self, y_true, y_pred):
        scores = ops.cast(y_pred, "float32")
        labels = ops.broadcast_to(ops.cast(y_true, "float32"), ops.shape(scores))
        each = 2 * ops.where(labels > 0.5, self._costs.real(scores), self._costs.fake(scores))
        return ops.mean(ops.reshape(each, (ops.shape(each)[0], -1)), axis=1)

    def get_config(self):
        return {**super().get_config(), "criterion": self.criterion}
