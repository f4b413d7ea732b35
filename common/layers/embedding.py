"""Embeddings of words that know their characters, of characters that know their words, and of places."""

import keras
import numpy as np
from keras import ops


def rows_of(table, ids):
    """Rows of a weight, `(*ids, dim)`.

    `ops.take` of the weight itself reads all of it first, and TensorFlow copies what it reads once an optimiser has written
    single rows; of its value it reads the rows alone.
    """
    return ops.take(table.value, ids, axis=0)


@keras.saving.register_keras_serializable(package="common")
class RowEmbedding(keras.layers.Embedding):
    """`keras.layers.Embedding` that reads the rows of a batch alone: for large tables, and optimisers such as `RowAdagrad`."""

    def call(self, inputs):
        return ops.cast(rows_of(self.embeddings, inputs), self.compute_dtype)


@keras.saving.register_keras_serializable(package="common")
class SubwordEmbedding(keras.layers.Layer):
    """Vector of a word: the mean of its own and of those of its parts, which other words have, too.

    Like `RowEmbedding` it reads the rows of a batch alone.

    Args:
        parts: int array `(words, most)`, for each word its parts from 1 on, and zeros where it has fewer than others.
            Word 0 is padding. It is a weight, saved with the model, and not part of the config.
        dim: width of the vectors.
        words, most: shape of `parts`, and
        rows: how many parts there are, where they are loaded later.
        embeddings_initializer: of both tables.

    Input: ids `(...)`; output `(..., dim)`.

    Reference: Bojanowski et al. 2017, "Enriching word vectors with subword information", arXiv 1607.04606.
    """

    def __init__(self, parts=None, dim=128, words=None, most=None, rows=None, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        if parts is None and None in (words, most, rows):
            raise ValueError(f"`parts`, or `words`, `most` and `rows`, must be given. Received: {words=}, {most=}, {rows=}")
        if parts is not None:
            parts = np.asarray(parts, "int32")
            if parts.ndim != 2 or parts.min() < 0:
                raise ValueError(f"`parts` must be `(words, most)`, from 0 on. Received: shape {parts.shape}, {parts.min()=}")
            (words, most), rows = parts.shape, int(parts.max())
        self.given, self.dim, self.words, self.most, self.rows = parts, dim, words, most, rows
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape):
        given = "zeros" if self.given is None else lambda shape, dtype=None: ops.convert_to_tensor(self.given, dtype)
        self.parts = self.add_weight(
            name="parts", shape=(self.words, self.most), dtype="int32", trainable=False, initializer=given
        )
        begun = {"initializer": self.embeddings_initializer}
        self.own = self.add_weight(name="own", shape=(self.words, self.dim), **begun)
        self.shared = self.add_weight(name="shared", shape=(self.rows + 1, self.dim), **begun)

    def call(self, inputs):
        parts = rows_of(self.parts, inputs)  # (..., most)
        known = ops.cast(parts > 0, self.compute_dtype)
        shared = ops.cast(rows_of(self.shared, parts), self.compute_dtype)  # (..., most, dim)
        own = ops.cast(rows_of(self.own, inputs), self.compute_dtype)
        return (own + ops.sum(known[..., None] * shared, axis=-2)) / (1 + ops.sum(known, axis=-1, keepdims=True))

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.dim)

    def get_config(self):
        shape = {"words": self.words, "most": self.most, "rows": self.rows, "dim": self.dim}
        initializer = keras.initializers.serialize(self.embeddings_initializer)
        return {**super().get_config(), **shape, "embeddings_initializer": initializer}


@keras.saving.register_keras_serializable(package="common")
class CharWordEmbedding(keras.layers.Layer):
    """Vector of a character, learned, plus that of the word it stands in, given and projected.

    `y = C[character] + W V[word]`: the fixed word vectors `V` bring what a large text knows, and the bias-free `W` fits them to
    the characters. Word 0, the unknown one, has the zero vector, so such characters stand alone.

    Args:
        characters: ids of the character table; id 0 is padding and is masked.
        dim: width of the output.
        word_vectors: array `(words, width)`, row 0 zeros. It is a weight, saved with the model, and not part of the config.
        words, word_dim: its shape, where it is loaded later.

    Call arguments: `[characters, words]`, ids `(batch, steps)` each, the second with the word of every character; output
    `(batch, steps, dim)` with the mask `characters != 0`.

    Reference: Su 2019, kexue.fm archive 6906.
    """

    def __init__(self, characters, dim, word_vectors=None, words=None, word_dim=None, **kwargs):
        super().__init__(**kwargs)
        if word_vectors is None and not (words and word_dim):
            raise ValueError(f"`word_vectors`, or `words` and `word_dim`, must be given. Received: {words=}, {word_dim=}")
        if word_vectors is not None:
            word_vectors = np.asarray(word_vectors, "float32")
            if word_vectors.ndim != 2 or word_vectors[0].any():
                raise ValueError(
                    "`word_vectors` must be `(words, width)` with zeros in row 0, the unknown word. "
                    f"Received: shape {word_vectors.shape}{', row 0 not zero' if word_vectors.ndim == 2 else ''}"
                )
            words, word_dim = word_vectors.shape
        self.characters, self.dim, self.words, self.word_dim = characters, dim, words, word_dim
        self.table = keras.layers.Embedding(characters, dim, dtype=self.dtype_policy)
        given = "zeros" if word_vectors is None else lambda shape, dtype=None: ops.convert_to_tensor(word_vectors, dtype)
        self.word_table = keras.layers.Embedding(
            words, word_dim, embeddings_initializer=given, trainable=False, dtype=self.dtype_policy
        )
        self.projection = keras.layers.Dense(dim, use_bias=False, dtype=self.dtype_policy)

    @property
    def embeddings(self):
        """The table of the characters, `(characters, dim)`."""
        return self.table.embeddings

    def build(self, input_shape):
        self.table.build(input_shape[0])
        self.word_table.build(input_shape[1])
        self.projection.build((*input_shape[1], self.word_dim))

    def call(self, inputs):
        characters, words = inputs
        return self.table(characters) + self.projection(self.word_table(words))  # (batch, steps, dim)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs[0], 0)

    def compute_output_shape(self, input_shape):
        return (*input_shape[0], self.dim)

    def get_config(self):
        shapes = {"characters": self.characters, "dim": self.dim, "words": self.words, "word_dim": self.word_dim}
        return {**super().get_config(), **shapes}


@keras.saving.register_keras_serializable(package="common")
class PositionEmbedding(keras.layers.Layer):
    """Add to every step a learned vector of its place.

    `y_t = x_t + P[min(t, length - 1)]`: the table begins with zeros, so that a new layer changes nothing, and the places beyond
    its end share the last row, so that longer sequences than those of training still pass.

    Args:
        length: rows of the table.

    Input `(batch, steps, dim)`; output of the same shape, with the same mask. Padded steps get their place too.

    Reference: Gehring et al. 2017, arXiv 1705.03122.
    """

    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        if length < 1:
            raise ValueError(f"`length` must be positive. Received: {length=}")
        self.length = length
        self.supports_masking = True

    def build(self, input_shape):
        self.table = self.add_weight(name="table", shape=(self.length, input_shape[-1]), initializer="zeros")

    def call(self, inputs):
        places = ops.minimum(ops.arange(ops.shape(inputs)[1], dtype="int32"), self.length - 1)  # (steps,)
        return inputs + ops.take(self.table, places, axis=0)  # (batch, steps, dim)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "length": self.length}
