"""The readers. Each looks at a question and one passage and points to the start and the end of the answer.

Inputs: `question` and `passage`, ids of every character `(batch, steps, 4)`, columns character, word, tag, place in the word;
`match`, features of every character of the passage `(batch, steps, 12)`; `relevance`, numbers about the passage `(batch, 32)`.
Output: probabilities of start and end `(batch, steps, 2)`, both times the probability that the passage answers at all.
"""

import functools

import keras

from common.layers import (
    AttentionPooling1D,
    CharWordEmbedding,
    ConcatenateFeatures,
    ContextQueryAttention,
    DilatedGatedConv1D,
)
from common.text import segment
from common.text.encode import CHANNELS, PLACES
from competitions.webqa.features import MATCH, RELEVANCE

CHARACTERS = "characters"  # the layer of their vectors, which an attack moves
RARE = -4.0  # bias of the pointers: a start or an end is one character of sixty, and training should not have to learn that


def original(characters, word_vectors, config):
    """The published open design: characters and word vectors, dilated gated convolutions, the question as one vector.

    Args:
        characters: ids of the character vocabulary.
        word_vectors: `(words, dim)`, row 0 for unknown words.
        config: `width` and `gate_dropout`.

    Reference: Su 2019, kexue.fm archive 6906.
    """
    inputs = make_inputs()
    embed = CharWordEmbedding(characters, config.width, word_vectors=word_vectors, name=CHARACTERS)
    vectors = {name: embed([inputs[name][..., 0], inputs[name][..., 1]]) for name in ("question", "passage")}
    question, passage = (keras.layers.Dropout(0.1, name=f"{name}_vectors")(vectors[name]) for name in vectors)
    question = gated_stack(question, (1, 2, 1), config)
    asked = AttentionPooling1D()(question)
    passage = project(ConcatenateFeatures()([passage, asked]), config)
    passage = gated_stack(passage, (1, 2, 4, 8, 16, 1), config)
    return keras.Model(inputs, point(ConcatenateFeatures()([passage, asked])), name="original")


def reader(characters, word_vectors, config):
    """The original's design, and beside it what a few thousand questions cannot teach: how words match, and what they are.

    Every character also has the part of speech and the place in its word, the hand features of its match with the question
    and their rarity, and looks at the question through attention; the relevance of the passage compares it with the others.

    Args:
        characters: ids of the character vocabulary.
        word_vectors: `(words, dim)`, row 0 for unknown words.
        config: `width`, `dropout`, `gate_dropout`, and the switches `match`, `relevance`, `tags` and `attention`.
    """
    inputs = make_inputs()
    return keras.Model(inputs, point(read(inputs, characters, word_vectors, config)), name="reader")


def chained(characters, word_vectors, config):
    """The reader, but the end is looked for in the light of the starts: convolutions carry these to the characters behind them.

    Arguments as of `reader`.
    """
    inputs = make_inputs()
    passage = read(inputs, characters, word_vectors, config)
    starts = point(passage, 1, "starts")
    told = gated_stack(project(ConcatenateFeatures()([passage, starts]), config), (1, 2, 4), config)
    ends = point(told, 1, "ends")
    return keras.Model(inputs, keras.layers.Concatenate(name="start_and_end", dtype="float32")([starts, ends]), name="chained")


def read(inputs, characters, word_vectors, config):
    """The passage as the pointers see it, `(batch, steps, width)`; arguments as of `reader`."""
    question, passage = embed(inputs, characters, word_vectors, config)
    question = gated_stack(project(question, config), (1, 2, 1), config)
    asked = AttentionPooling1D()(question)
    known = [asked, *(inputs[name] for name in ("match", "relevance") if getattr(config, name))]
    passage = project(ConcatenateFeatures()([passage, *known]), config)
    if config.attention:
        around = DilatedGatedConv1D(config.width, gate_dropout=config.gate_dropout)(passage)
        about = ContextQueryAttention()([around, question])
        passage = project(ConcatenateFeatures()([passage, about, keras.layers.Multiply()([passage, about])]), config)
    passage = gated_stack(passage, (1, 2, 4, 8, 16, 1), config)
    return keras.layers.Dropout(config.dropout)(ConcatenateFeatures()([passage, *known]))


@functools.cache  # stages with the very same loss share one compiled step
def loss_of(name):
    """The loss of a model, on starts and ends `(batch, steps, 2)` with weights `(batch, steps)`.

    The original's is focal, positives weighted 0.25 and negatives 0.75; plain cross-entropy serves the other readers, whose
    biases know from the beginning that a start is rare.
    """
    if name == "original":
        return keras.losses.BinaryFocalCrossentropy(
            apply_class_balancing=True, alpha=0.25, gamma=2.0, reduction="mean_with_sample_weight"
        )
    return keras.losses.BinaryCrossentropy(reduction="mean_with_sample_weight")


def loss_scale(name):
    """What the loss is multiplied with: focal terms are so small that Adam's epsilon would slow them down."""
    return 100.0 if name == "original" else 1.0


def make_inputs():
    """The four inputs that all readers share, used or not."""
    return {
        "question": keras.Input((None, len(CHANNELS)), dtype="int32", name="question"),
        "passage": keras.Input((None, len(CHANNELS)), dtype="int32", name="passage"),
        "match": keras.Input((None, len(MATCH)), name="match"),
        "relevance": keras.Input((len(RELEVANCE),), name="relevance"),
    }


def embed(inputs, characters, word_vectors, config):
    """Vectors of the characters of question and passage, through the same tables.

    They are the outputs of the layers `question_vectors` and `passage_vectors`, where saliency begins.
    """
    mixed = CharWordEmbedding(characters, config.width, word_vectors=word_vectors, name=CHARACTERS)
    tag = keras.layers.Embedding(len(segment.TAGS) + 1, 24)
    place = keras.layers.Embedding(len(PLACES) + 1, 8)
    texts = []
    for name in ("question", "passage"):
        ids = inputs[name]
        vectors = mixed([ids[..., 0], ids[..., 1]])
        if config.tags:
            vectors = ConcatenateFeatures()([vectors, tag(ids[..., 2]), place(ids[..., 3])])
        texts.append(keras.layers.Dropout(config.dropout, name=f"{name}_vectors")(vectors))
    return texts


def project(x, config):
    """To the width of the convolutions, as the original does without bias."""
    return keras.layers.Dense(config.width, use_bias=False)(x)


def gated_stack(x, dilations, config):
    """Dilated gated convolutions one upon the other."""
    for dilation in dilations:
        x = DilatedGatedConv1D(config.width, dilation=dilation, gate_dropout=config.gate_dropout)(x)
    return x


def point(x, pointers=2, name="start_and_end"):
    """Start and end of the answer, or one of them, times the probability that there is one."""
    answers = keras.layers.Dense(1, activation="sigmoid", dtype="float32")(AttentionPooling1D()(x))
    rare = keras.initializers.Constant(RARE)
    places = keras.layers.Dense(pointers, activation="sigmoid", bias_initializer=rare, dtype="float32")(x)
    answers = keras.layers.Reshape((1, 1), dtype="float32")(answers)
    return keras.layers.Multiply(name=name, dtype="float32")([places, answers])
