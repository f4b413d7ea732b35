"""Which characters of a question and a passage speak for an answer, to a reader."""

import numpy as np

from common.report.saliency import step_shares
from competitions.webqa import batches


def of_span(network, encoded, passage, begin, end, steps=24):
    """How much every character of question and passage speaks for the span `begin:end` of a passage.

    Integrated gradients of start x end from empty character vectors.

    Args:
        network: a reader.
        encoded: `Encoded`.
        passage: number of the passage.
        begin, end: the span.
        steps: of the integral.

    Returns:
        Shares of the question's characters `(characters,)` and of the passage's.
    """
    passages = np.array([passage])
    asked_steps = int(encoded.questions.lengths[encoded.owner_of(passages)][0])
    inputs, _ = batches.pair_arrays(encoded, passages, 0, None, int(encoded.passages.lengths[passage]), asked_steps)
    asked, passage_shares = step_shares(
        network,
        inputs,
        lambda pointers: pointers[:, begin, 0] * pointers[:, end - 1, 1],
        vectors=("question_vectors", "passage_vectors"),
        steps=steps,
    )
    return asked[0], passage_shares[0]
