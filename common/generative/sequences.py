"""Autoencoders of sentences: a decoder that writes word after word, or all at once.

Ids `(batch, steps)`: 0 is padding, 1 the end of a sentence and, in front of its first word, the beginning.
"""

import keras
import numpy as np
from keras import ops

from common.generative.variational import VariationalAutoencoder

PADDING, END = 0, 1


def log_probability(ids, logits):
    """log p of the ids that are no padding, summed, `(batch,)`, of logits `(batch, steps, words)`."""
    each = -ops.sparse_categorical_crossentropy(ids, logits, from_logits=True)
    return ops.sum(ops.where(ids != PADDING, each, 0.0), axis=-1)


@keras.saving.register_keras_serializable(package="common")
class Writer(keras.layers.Layer):
    """An LSTM that predicts each word from those before it and from a code, which begins its state and stands at every step.

    Args:
        words: how many ids there are.
        embedding: width of the words' vectors.
        units: of the LSTM.
        dropout: of its inputs and outputs, in training.

    Call arguments: `[ids, z]`, `(batch, steps)` and `(batch, code)`; output logits of the same ids `(batch, steps, words)`.
    """

    def __init__(self, words, embedding=128, units=256, dropout=0.5, **kwargs):
        super().__init__(**kwargs)
        self.words, self.embedding, self.units, self.dropout = words, embedding, units, dropout
        self.embed = keras.layers.Embedding(words, embedding, name="embed")
        self.begin = keras.layers.Dense(2 * units, activation="tanh", name="begin")
        self.lstm = keras.layers.LSTM(units, return_sequences=True, return_state=True, name="lstm")
        self.drop = keras.layers.Dropout(dropout)
        self.logits = keras.layers.Dense(words, name="logits")

    def build(self, input_shape):
        _, code = input_shape
        self.embed.build((None, None))
        self.begin.build(code)
        self.lstm.build((None, None, self.embedding + code[-1]))
        self.logits.build((None, None, self.units))

    def call(self, inputs, training=None):
        ids, z = inputs
        before = ops.pad(ids[:, :-1], ((0, 0), (1, 0)), constant_values=END)
        return self.ahead(before, z, self.state(z), training)[0]

    def state(self, z):
        """The state that a code begins with, a list of two."""
        return ops.split(self.begin(z), 2, axis=-1)

    def ahead(self, before, z, state, training=None):
        """Logits of the words after `before`, `(batch, steps)`, and the state after them."""
        vectors = self.drop(self.embed(before), training=training)
        repeated = ops.broadcast_to(z[:, None], (*ops.shape(vectors)[:2], z.shape[-1]))
        found, *state = self.lstm(ops.concatenate([vectors, repeated], axis=-1), initial_state=state)
        return self.logits(self.drop(found, training=training)), state

    def compute_output_shape(self, input_shape):
        return (*input_shape[0], self.words)

    def get_config(self):
        names = ("words", "embedding", "units", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="common")
class SentenceAutoencoder(VariationalAutoencoder):
    """Of sentences, with a decoder of ids and z, such as a `Writer` in a model, or of z alone that writes all words at once."""

    @property
    def is_autoregressive(self):
        """Whether the decoder sees the words before."""
        return len(self.decoder.inputs) == 2

    def log_likelihood(self, x, z, training=None):
        given = [x, z] if self.is_autoregressive else z
        return log_probability(x, self.decoder(given, training=training))


@keras.saving.register_keras_serializable(package="common")
class Step(keras.Model):
    """One word more, as a model that is compiled: from `(words before (batch, 1), z, state h, state c)` to logits and states.

    Args:
        writer: built `Writer`.
    """

    def __init__(self, writer, **kwargs):
        super().__init__(**kwargs)
        self.writer = writer

    def call(self, inputs):
        before, z, *state = inputs
        logits, (h, c) = self.writer.ahead(before, z, state)
        return logits[:, 0], h, c


def write(step, z, longest, generator=None):
    """Ids of sentences of codes `(sentences, code)`, NumPy `(sentences, up to longest)`, 0 after the end.

    Args:
        step: a `Step`.
        z: codes.
        longest: words, at most.
        generator: draws words by their probability; `None` takes the most probable one each time.
    """
    z = np.asarray(z, "float32")
    h, c = (ops.convert_to_numpy(part) for part in step.writer.state(z))
    before, found = np.full((len(z), 1), END, "int32"), []
    ended = np.zeros(len(z), bool)
    while len(found) < longest and not ended.all():
        logits, h, c = (np.asarray(part) for part in step.predict_on_batch([before, z, h, c]))
        logits[:, PADDING] = -np.inf
        noise = 0 if generator is None else generator.gumbel(size=logits.shape)
        words = (logits + noise).argmax(axis=1)
        words[ended] = PADDING
        ended |= words == END
        found.append(words)
        before = np.where(ended, END, words)[:, None].astype("int32")
    ids = np.stack(found, axis=1)
    return np.where(ids == END, PADDING, ids)
