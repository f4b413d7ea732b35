"""Which characters of a question and a passage speak for an answer, to a reader."""

import keras
import numpy as np

from common.report.saliency import integrated_gradients
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
    vectors = [network.get_layer(f"{name}_vectors").output for name in ("question", "passage")]
    given = [inputs[tensor.name] for tensor in network.inputs]
    embedded = [keras.ops.convert_to_numpy(one) for one in keras.Model(network.inputs, vectors)(given)]
    head = keras.Model([*vectors, *network.inputs], network.output)  # the ids are still needed for the masks
    shares = integrated_gradients(
        head,
        [*embedded, *given],
        lambda pointers: pointers[:, begin, 0] * pointers[:, end - 1, 1],
        baseline=[None, None, *given],  # only the vectors are taken away
        steps=steps,
    )
    return shares[0][0].sum(axis=-1), shares[1][0].sum(axis=-1)
