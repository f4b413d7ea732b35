"""A sequence told of more: of a vector, or of features of every step."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class ConcatenateFeatures(keras.layers.Layer):
    """Put other things beside every step of a sequence, as a reader's passage is told of its question.

    Keras's own `Concatenate` takes padding for real steps as soon as one of its inputs has no mask; here the mask of the
    sequence stays.

    Call arguments: `[sequence, *others]`; the sequence `(batch, steps, dim)`, each of the others `(batch, steps, width)` or
    `(batch, width)`, which is repeated at every step. Output `(batch, steps, dim + widths)` with the mask of the sequence.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        sequence, *others = inputs
        batch, steps = ops.shape(sequence)[:2]
        parts = [sequence]
        for other in others:
            if len(other.shape) == 2:
                other = ops.broadcast_to(other[:, None, :], (batch, steps, other.shape[-1]))
            parts.append(ops.cast(other, sequence.dtype))
        return ops.concatenate(parts, axis=-1)  # (batch, steps, dim + widths)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], sum(shape[-1] for shape in input_shape))


@keras.saving.register_keras_serializable(package="common")
class SpanCondition(keras.layers.Layer):
    """Tell every step of a sequence which span is asked about: what stands in it, and how far away it is.

    Points spaced evenly from the last step of the span to its first are read by a bidirectional GRU, so that spans of all
    lengths cost the same; to its output every step adds learned vectors of its distances from the first and the last step.

    Args:
        units: of the GRU in each direction; the output has twice as many channels.
        points: steps that are read.
        longest: distances that have a vector of their own; greater ones share the last.

    Call arguments: `[states, span]`, `(batch, steps, dim)` and the first and last step of the span, integers `(batch, 2)`;
    output `(batch, steps, 2 * units)` with the mask of the states. The span must lie on real steps.

    Reference: the subject encoding of kexue.fm archive 6671, which takes the vectors of distances from its table of positions;
    here they are a table of their own.
    """

    def __init__(self, units, points=6, longest=256, **kwargs):
        super().__init__(**kwargs)
        if min(units, points, longest) < 1:
            raise ValueError(f"All of these must be positive. Received: {units=}, {points=}, {longest=}")
        self.units, self.points, self.longest = units, points, longest
        self.reader = keras.layers.Bidirectional(keras.layers.GRU(units, dtype=self.dtype_policy), dtype=self.dtype_policy)
        self.distances = keras.layers.Embedding(longest, units, embeddings_initializer="zeros", dtype=self.dtype_policy)
        self.supports_masking = True

    def build(self, input_shape):
        states, _ = input_shape
        self.reader.build((states[0], self.points, states[-1]))
        self.distances.build(states[:-1])

    def call(self, inputs):
        states, span = inputs
        first, last = ops.cast(span[:, :1], "int32"), ops.cast(span[:, 1:], "int32")  # (batch, 1)
        share = ops.linspace(0.0, 1.0, self.points)
        place = ops.cast(last, "float32") + share * ops.cast(first - last, "float32")
        read = ops.take_along_axis(states, ops.cast(ops.round(place), "int32")[..., None], axis=1)  # (batch, points, dim)
        steps = ops.arange(ops.shape(states)[1], dtype="int32")[None]
        away = [self.distances(ops.minimum(ops.abs(steps - end), self.longest - 1)) for end in (first, last)]
        return self.reader(read)[:, None] + ops.concatenate(away, axis=-1)  # (batch, steps, 2 * units)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], 2 * self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "points": self.points, "longest": self.longest}
