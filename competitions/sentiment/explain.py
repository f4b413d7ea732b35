"""Which words of a text speak for a class."""

import numpy as np

from common.report.saliency import step_shares
from common.text.units import spans
from competitions.sentiment.config import NETWORKS

MOST_WORDS = 300  # of a text whose words are left out one by one


def of_answer(learnt, text, label, way):
    """Shares of the words of a text in the blend's answer.

    Args:
        learnt: `experiment.Learnt`.
        text: as it was written.
        label: index of the class.
        way: `leave_one_out` asks the whole blend, whatever it is made of; the others ask its first network that knows them.

    Returns:
        List of `(start, end, share)`, and in words who was asked; `None` where no network is there to be asked.
    """
    if way == "leave_one_out":
        return left_out(learnt, text, label), "the blend"
    if way in ("states", "signed"):  # of recurrent networks alone
        network = learnt.first_of([name for name in NETWORKS if name != "convolution"])
    else:
        network = learnt.first_of(NETWORKS)
    return network and (of_network(network, text, label, way), network.network.name)


def left_out(learnt, text, label):
    """What the probability of a class loses without each word, to the blend."""
    found = spans(text)[:MOST_WORDS]
    without = [text[:start] + " " + text[end:] for _, start, end in found]
    probability = learnt.predict([text, *without])[:, label]
    return [(start, end, float(probability[0] - one)) for (_, start, end), one in zip(found, probability[1:], strict=True)]


def of_network(fitted, text, label, way):
    """Shares of the words or characters that a network reads; `fitted` is an `inference.Network`."""
    ids = fitted.encode([text])
    shares = step_shares(fitted.network, ids.padded(np.arange(1)), log_odds(label), way, mask=ids.padded(np.arange(1)) > 0)
    return [(start, end, float(share)) for (_, start, end), share in zip(fitted.spans(text), shares[0], strict=False)]


def log_odds(label):
    """The target of saliency: the logarithm of how much likelier a class is than all others together."""
    from keras import ops

    def target(probabilities):
        mine = ops.clip(probabilities[:, label], 1e-6, 1 - 1e-6)
        return ops.log(mine) - ops.log(1 - mine)

    return target
