"""Words and their neighbours inside blocks of text, and scores of candidate words: what word2vec is made of.

A block is a stretch of running text, so each word is looked up once for all the windows that it stands in, and a matrix product
with the `Neighbours` gathers the windows: a lookup per window would move ten times as many rows through memory.
"""

import keras
from keras import ops

from common.layers.embedding import rows_of


@keras.saving.register_keras_serializable(package="common")
class Neighbours(keras.layers.Layer):
    """Which words of a block stand in the window of which.

    Input: three integer arrays `(blocks, steps)`: ids, of which 0 is padding; the reach of each word's window, 0 for a word
    whose window is not asked for; the number of its sentence, which no window leaves. Output `(blocks, steps, steps)`, 1 where
    the column's word is in the window of the row's, else 0; a word is not its own neighbour.
    """

    def call(self, inputs):
        ids, reach, sentence = inputs
        place = ops.arange(ops.shape(ids)[1], dtype="int32")
        distance = ops.abs(place[:, None] - place[None, :])  # (steps, steps)
        near = ops.logical_and(distance[None] <= ops.cast(reach, "int32")[:, :, None], distance[None] > 0)
        together = ops.equal(sentence[:, :, None], sentence[:, None, :])
        real = ops.logical_and(ids[:, :, None] > 0, ids[:, None, :] > 0)
        return ops.cast(ops.logical_and(ops.logical_and(near, together), real), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        blocks, steps = input_shape[0]
        return blocks, steps, steps


@keras.saving.register_keras_serializable(package="common")
class CandidateScores(keras.layers.Layer):
    """Scores of true words and of other candidates under each state: products with rows of an output table.

    Args:
        words: rows of the table, that of the padding id 0 among them.
        crossed: every state is scored with all true words of its block (skip-gram), not with the one at its place (CBOW).
        own: every state has candidates of its own; otherwise those of one block share them, which is one matrix product.
        log_noise: `log q` of the distribution that candidates are drawn from, `(words,)`, which is subtracted from the scores,
            so that a softmax over true and drawn words has its optimum at `log p + constant` for any q (the logQ correction);
            `None` subtracts nothing, and the optimum is at `log p - log q`.
        bias: whether each word has one.
        table: an `Embedding` whose rows are taken instead of a table of its own.

    Input: states `(blocks, steps, dim)`; ids of true words, `(blocks, steps)`; and drawn ids, `(blocks, candidates)`, or
    `(blocks, steps, candidates)` where they are `own`. Without the last, all words but the padding are candidates. Output
    `(blocks, steps, true words + candidates)`, the true words first: `steps` of them where they are crossed, else one.

    References: Mikolov et al. 2013, arXiv 1310.4546; Jean et al. 2015, arXiv 1412.2007 (shared candidates and the correction);
    kexue.fm archives 4402, 4515 (own candidates: the random softmax).
    """

    def __init__(self, words, crossed=False, own=False, log_noise=None, bias=False, table=None, **kwargs):
        super().__init__(**kwargs)
        self.words, self.crossed, self.own, self.bias = words, crossed, own, bias
        self.log_noise = None if log_noise is None else [float(one) for one in log_noise]
        self.table = keras.saving.deserialize_keras_object(table) if isinstance(table, dict) else table

    def build(self, input_shape):
        if self.table is None:
            self.kernel = self.add_weight(shape=(self.words, input_shape[0][-1]), initializer="zeros", name="output")
        if self.bias:
            self.offsets = self.add_weight(shape=(self.words,), initializer="zeros", name="bias")
        if self.log_noise is not None:
            self.noise = ops.convert_to_tensor(self.log_noise, "float32")

    def call(self, inputs):
        states, true, *drawn = inputs
        table = self.kernel if self.table is None else self.table.embeddings
        rows = self._rows(table, true)  # (blocks, steps, dim)
        if self.crossed:
            right = ops.matmul(states, ops.swapaxes(rows, 1, 2)) + self._offset(true)[:, None, :]
        else:
            right = ops.sum(states * rows, axis=-1, keepdims=True) + self._offset(true)[:, :, None]
        if not drawn:
            ids = ops.arange(1, self.words, dtype="int32")
            others = ops.matmul(states, ops.transpose(ops.cast(table[1:], self.compute_dtype))) + self._offset(ids)
        elif self.own:
            others = ops.einsum("bsd,bskd->bsk", states, self._rows(table, drawn[0])) + self._offset(drawn[0])
        else:
            others = ops.matmul(states, ops.swapaxes(self._rows(table, drawn[0]), 1, 2)) + self._offset(drawn[0])[:, None, :]
        return ops.concatenate([right, others], axis=-1)

    def _rows(self, table, ids):
        return ops.cast(rows_of(table, ids), self.compute_dtype)

    def _offset(self, ids):
        """What is added to the scores of words whatever the state."""
        offset = ops.zeros((), self.compute_dtype)
        if self.bias:
            offset = offset + ops.cast(rows_of(self.offsets, ids), self.compute_dtype)
        if self.log_noise is not None:
            offset = offset - ops.cast(ops.take(self.noise, ids), self.compute_dtype)
        return ops.zeros(ops.shape(ids), self.compute_dtype) + offset

    def compute_output_shape(self, input_shape):
        states, true, *drawn = input_shape
        others = drawn[0][-1] if drawn else self.words - 1
        right = true[1] if self.crossed else 1
        return (*states[:-1], None if None in (others, right) else others + right)

    def get_config(self):
        config = {name: getattr(self, name) for name in ("words", "crossed", "own", "log_noise", "bias")}
        table = None if self.table is None else keras.saving.serialize_keras_object(self.table)
        return {**super().get_config(), **config, "table": table}
