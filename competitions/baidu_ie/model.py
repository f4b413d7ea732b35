"""The extractors: what a sentence says, as scores of subjects, predicates and objects.

Inputs of both: `ids` of every character `(batch, steps, 6)`, `source` of the sentence `(batch,)`, and what is known from other
sentences: `known_subjects`, first and last characters of subjects `(batch, steps, 2)`, and `known_objects`, first and last
characters of objects by predicate `(batch, steps, 2 * predicates)`.
"""

import keras
from keras import ops

from common.layers import (
    CharWordEmbedding,
    ConcatenateFeatures,
    DilatedGatedConv1D,
    MaskedMaxPooling1D,
    PairScores,
    PositionEmbedding,
    SpanCondition,
)
from common.losses import MultilabelCrossentropy, PartialBinaryCrossentropy
from common.text import segment
from common.text.encode import PLACES
from competitions.baidu_ie.features import CHANNELS, POSTAGS, SOURCES

DILATIONS = (1, 2, 5, 1, 2, 5, 1, 2, 5, 1, 1, 1)  # of the encoder
CHARACTERS = "characters"  # the layer of their vectors, which an attack moves
RARE = -4.0  # bias of the pointers: a start or an end is one character of many, and training should not have to learn that
HEADS, HEAD = 8, 16  # of self-attention
TAG, PLACE, SOURCE = 24, 8, 8  # widths of the vectors of what a character or a sentence is
ENTITY_WEIGHT = 20.0  # of the linker's ends, one sum a character, beside its links, one sum a sentence
LONGEST = 512  # places that have a vector of their own


def pointers(characters, word_vectors, predicates, config):
    """P(subject) P(predicate, object | subject): subjects by their ends, then the objects of one subject for all predicates.

    The network has two parts that share its weights and serve alone in prediction, `subject_model` and `object_model`.

    Args:
        characters: ids of the character vocabulary.
        word_vectors: `(words, dim)`, row 0 for unknown words.
        predicates: how many.
        config: `width`, `dropout`, `gate_dropout`, and the switches `tags`, `postag`, `prior` and `source`.

    One more input: `span`, first and last character of a subject `(batch, 2)`. Outputs, probabilities of first and last
    characters: `subjects` `(batch, steps, 2)` and `objects` of this subject `(batch, steps, predicates, 2)`.

    Reference: kexue.fm archive 6671.
    """
    inputs = make_inputs(predicates)
    subject_model = find_subjects(inputs, characters, word_vectors, config)
    object_model = find_objects(predicates, config)
    span = keras.Input((2,), dtype="int32", name="span")
    found = subject_model({name: inputs[name] for name in ("ids", "source", "known_subjects")})
    objects = object_model(
        {
            "states": found["states"],
            "gates": found["gates"],
            "ids": inputs["ids"],
            "span": span,
            "known_objects": inputs["known_objects"],
        }
    )
    return keras.Model({**inputs, "span": span}, {"subjects": found["subjects"], "objects": objects}, name="pointers")


def linker(characters, word_vectors, predicates, config):
    """All triples at once: ends of subjects and objects, and a score of every predicate from one first character to another.

    Arguments as of `pointers`, and `head`, the width of queries and keys. Outputs: `entities`, probabilities of the first and
    last character of a subject and of an object `(batch, steps, 4)`, and `links`, scores `(batch, steps, steps, predicates)`
    from the first character of a subject to the first of an object; true ones are above 0.

    Reference: multi-head selection of Bekoulis et al. 2018, arXiv 1804.07847, with the scores and the loss of kexue.fm
    archive 8888.
    """
    inputs = make_inputs(predicates)
    states, real = encode(inputs, characters, word_vectors, config)
    known = ["known_subjects", "known_objects"] if config.prior else []
    x = look_around(states, real, [inputs[name] for name in known], config)
    entities = keras.layers.Dense(4, activation="sigmoid", bias_initializer=rare(), dtype="float32", name="entities")(x)
    links = PairScores(predicates, config.head, name="links")(x, mask=real)
    return keras.Model(inputs, {"entities": entities, "links": links}, name="linker")


def losses_of(name):
    """Losses of the outputs of a model, and their weights."""
    if name == "pointers":
        return {"subjects": PartialBinaryCrossentropy(), "objects": PartialBinaryCrossentropy(axes=2)}, None
    return {"entities": PartialBinaryCrossentropy(), "links": MultilabelCrossentropy()}, {
        "entities": ENTITY_WEIGHT,
        "links": 1.0,
    }


def make_inputs(predicates):
    """The inputs that both models share, used or not."""
    return {
        "ids": keras.Input((None, len(CHANNELS)), dtype="int32", name="ids"),
        "source": keras.Input((), dtype="int32", name="source"),
        "known_subjects": keras.Input((None, 2), name="known_subjects"),
        "known_objects": keras.Input((None, 2 * predicates), name="known_objects"),
    }


def encode(inputs, characters, word_vectors, config):
    """Every character in its sentence, `(batch, steps, width)`, and which ones are real, `(batch, steps)`."""
    ids = inputs["ids"]
    mixed = CharWordEmbedding(characters, config.width, word_vectors=word_vectors, name=CHARACTERS)
    parts = [mixed([ids[..., 0], ids[..., 1]])]
    if config.tags:
        parts.append(keras.layers.Embedding(len(segment.TAGS) + 1, TAG)(ids[..., 2]))
        parts.append(keras.layers.Embedding(len(PLACES) + 1, PLACE)(ids[..., 3]))
    if config.postag:
        parts.append(keras.layers.Embedding(len(POSTAGS) + 1, TAG)(ids[..., 4]))
        parts.append(keras.layers.Embedding(len(PLACES) + 1, PLACE)(ids[..., 5]))
    if config.source:
        parts.append(keras.layers.Embedding(len(SOURCES), SOURCE)(inputs["source"]))
    x = ConcatenateFeatures()(parts) if len(parts) > 1 else parts[0]
    x = keras.layers.Dense(config.width, use_bias=False)(x) if len(parts) > 1 else x
    x = keras.layers.Dropout(config.dropout)(PositionEmbedding(LONGEST)(x))
    for dilation in DILATIONS:
        x = DilatedGatedConv1D(config.width, dilation=dilation, gate_dropout=config.gate_dropout)(x)
    return x, ops.not_equal(ids[..., 0], 0)


def find_subjects(inputs, characters, word_vectors, config):
    """The first half: sentence to its states, its boundary gates `(batch, steps, 2)` and its subjects."""
    states, real = encode(inputs, characters, word_vectors, config)
    hidden = [keras.layers.Dense(config.width, activation="relu")(states) for _ in range(2)]
    gates = keras.layers.Concatenate(name="gates")([keras.layers.Dense(1, activation="sigmoid")(x) for x in hidden])
    x = look_around(states, real, [inputs["known_subjects"]] if config.prior else [], config)
    ends = keras.layers.Dense(2, activation="sigmoid", bias_initializer=rare(), dtype="float32")(x)
    subjects = keras.layers.Multiply(name="subjects", dtype="float32")([ends, gates])
    given = {name: inputs[name] for name in ("ids", "source", "known_subjects")}
    return keras.Model(given, {"states": states, "gates": gates, "subjects": subjects}, name="subject_model")


def find_objects(predicates, config):
    """The second half: states and one subject to the objects of every predicate."""
    inputs = {
        "states": keras.Input((None, config.width), name="states"),
        "gates": keras.Input((None, 2), name="gates"),
        "ids": keras.Input((None, len(CHANNELS)), dtype="int32", name="ids"),
        "span": keras.Input((2,), dtype="int32", name="span"),
        "known_objects": keras.Input((None, 2 * predicates), name="known_objects"),
    }
    states, real = inputs["states"], ops.not_equal(inputs["ids"][..., 0], 0)
    subject = SpanCondition(config.width)([states, inputs["span"]])
    x = look_around(states, real, [subject, *([inputs["known_objects"]] if config.prior else [])], config)
    entity = keras.layers.Dense(1, activation="sigmoid", dtype="float32")(x)
    ends = keras.layers.Dense(2 * predicates, activation="sigmoid", bias_initializer=rare(), dtype="float32")(x)
    whole = keras.layers.Dense(config.width, activation="relu")(MaskedMaxPooling1D()(states, mask=real))
    present = keras.layers.Dense(predicates, activation="sigmoid", dtype="float32")(whole)
    ends = keras.layers.Reshape((-1, predicates, 2), dtype="float32")(ends)
    gates = keras.layers.Multiply(dtype="float32")([inputs["gates"], entity])
    gates = keras.layers.Reshape((-1, 1, 2), dtype="float32")(gates)
    present = keras.layers.Reshape((1, predicates, 1), dtype="float32")(present)
    objects = keras.layers.Multiply(name="objects", dtype="float32")([ends, gates, present])
    return keras.Model(inputs, objects, name="object_model")


def look_around(states, real, known, config):
    """States, what self-attention finds in the sentence, and what else is known of every character, read by a convolution."""
    attention = keras.layers.MultiHeadAttention(HEADS, HEAD, use_bias=False, output_shape=config.width)
    found = attention(states, states, attention_mask=real[:, None, :])
    x = ops.concatenate([states, found, *known], axis=-1) * ops.cast(real, states.dtype)[..., None]
    return keras.layers.Conv1D(config.width, 3, padding="same", activation="relu")(x)


def rare():
    """Initial bias of what is seldom true."""
    return keras.initializers.Constant(RARE)
