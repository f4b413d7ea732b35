"""word2vec in Keras: CBOW and skip-gram, with the whole softmax, a random one, a sampled one, or noise to tell words from.

    settings = Settings(model="cbow", objective="sampled_softmax", dim=128)
    learnt = train(corpus, settings, RowAdagrad(0.1), epochs=5, seed=42)
    learnt.vectors.most_similar("北京")
    learnt.log_probabilities(["我", "爱"])

What limits the speed on a processor is memory: so every word of a block is looked up once for all its windows, the candidates
of a block are one matrix product, and an optimiser such as `RowAdagrad` touches the rows of a batch alone.

References: Mikolov et al. 2013, arXiv 1301.3781 and 1310.4546; kexue.fm archives 4402 and 4515 (random softmax, the two ways to
probabilities); Jean et al. 2015, arXiv 1412.2007 (sampled softmax with correction).
"""

import time
import zipfile
from dataclasses import asdict, dataclass
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from common import paths
from common.errors import DataError
from common.layers import CandidateScores, Neighbours, RowEmbedding, SubwordEmbedding
from common.losses import CandidateSigmoid, CandidateSoftmax, LossEndPoint
from common.text.subwords import parts_of
from common.text.word_corpus import Blocks
from common.text.word_vectors import WordVectors

MODELS = ("cbow", "skip_gram")
CHUNK = 10_000  # words that are looked up at a time


class Objective(NamedTuple):
    """What true words are compared with.

    Attributes:
        candidates: `all` words, words of each state's `own`, or such as a block has `shared`.
        power: they are drawn in proportion to `count^power`.
        softmax: their scores compete; otherwise each is told from noise by itself.
        corrected: `log q` is subtracted from scores, so that they are `log p + constant`, else `log p - log q + constant`.
    """

    candidates: str
    power: float
    softmax: bool
    corrected: bool


OBJECTIVES = {
    "full_softmax": Objective("all", 0, True, False),
    "random_softmax": Objective("own", 0, True, False),
    "sampled_softmax": Objective("shared", 0.75, True, True),
    "negative_sampling": Objective("shared", 0.75, False, False),
    "nce": Objective("shared", 0.75, False, True),
}


@dataclass(frozen=True)
class Settings:
    """What a network is.

    Attributes:
        model: `cbow`, the mean of a window predicts the word in its middle, or `skip_gram`, the word each of its window.
        objective: a key of `OBJECTIVES`.
        dim: width of the vectors.
        window: words on either side.
        sample: see `WordCorpus.kept`.
        candidates: words drawn for each state or, where they are shared, for each block.
        negatives: how many noise words a true one is worth, in negative sampling and NCE.
        shared_table: the output table is the input table, without bias.
        subwords: as input, a word is the mean of a vector of its own and of those of its runs of characters, which all words
            share (fastText), the first `subwords.MOST` of them. The output table has a vector of each word.
        bias: whether the output table has one. It begins at the scores of words that say nothing of one another, so that
            vectors need not learn how frequent words are.
        steps, blocks: words of a block, blocks of a batch.
    """

    model: str = "cbow"
    objective: str = "sampled_softmax"
    dim: int = 128
    window: int = 5
    sample: float = 1e-4
    candidates: int = 64
    negatives: float = 5
    shared_table: bool = False
    subwords: bool = False
    bias: bool = True
    steps: int = 128
    blocks: int = 32


def network(corpus, settings):
    """The Keras model of `Blocks` and, but for the full softmax, drawn ids; its loss is inside.

    Args:
        corpus: the `WordCorpus`: how many words there are, and how often each.
        settings: the `Settings`.
    """
    objective, words = OBJECTIVES[settings.objective], len(corpus.words)
    noise = corpus.noise(objective.power)
    inputs = [keras.Input((settings.steps,), dtype="int32", name=name) for name in ("ids", "reach", "of")]
    ids, table = inputs[0], input_table(corpus, settings)
    looked_up = table(ids)  # (blocks, steps, dim)
    near = Neighbours()(inputs)  # (blocks, steps, steps)
    crossed = settings.model == "skip_gram"
    states, weight = (looked_up, near) if crossed else (MeanOfWindow()([near, looked_up]), ops.max(near, -1, keepdims=True))
    log_noise = None
    if objective.corrected:
        worth = 1 if objective.softmax else settings.negatives
        log_noise = np.log(np.maximum(worth * noise, 1e-30))
    scores = CandidateScores(
        words + 1,
        crossed=crossed,
        own=objective.candidates == "own",
        log_noise=log_noise,
        bias=settings.bias and not settings.shared_table,
        table=table if settings.shared_table else None,
        name="scores",
    )
    given = [states, ids]
    if objective.candidates != "all":
        shape = (settings.steps, settings.candidates) if objective.candidates == "own" else (settings.candidates,)
        given.append(keras.Input(shape, dtype="int32", name="drawn"))
    found = scores(given)
    if scores.bias:
        of_noise = 0 if objective.corrected else np.log(noise[1:])
        scores.offsets.assign(np.concatenate([[0], np.log(corpus.noise(1)[1:]) - of_noise]).astype("float32"))
    if objective.softmax:
        loss = CandidateSoftmax(complete=objective.candidates == "all")
    else:
        loss = CandidateSigmoid(settings.negatives)
    return keras.Model([*inputs, *given[2:]], LossEndPoint(loss, name="loss")([found, weight]))


def input_table(corpus, settings):
    """The layer that looks words up."""
    scale = 0.5 / settings.dim
    begun = {"embeddings_initializer": keras.initializers.RandomUniform(-scale, scale), "name": "input"}
    if settings.subwords:
        return SubwordEmbedding(parts_of(corpus.words), settings.dim, **begun)
    return RowEmbedding(len(corpus.words) + 1, settings.dim, **begun)


@keras.saving.register_keras_serializable(package="common")
class MeanOfWindow(keras.layers.Layer):
    """Mean of the vectors in each word's window, zeros where it is empty: the mean, so that short windows are no weaker.

    Input: windows `(blocks, steps, steps)` of `Neighbours` and vectors `(blocks, steps, dim)`.
    """

    def call(self, inputs):
        near, vectors = inputs
        return ops.matmul(near / ops.maximum(ops.sum(near, -1, keepdims=True), 1), vectors)

    def compute_output_shape(self, input_shape):
        return input_shape[1]


def batches(corpus, settings, seed, epoch):
    """Inputs of the network: blocks of text and drawn ids."""
    objective = OBJECTIVES[settings.objective]
    noise = np.cumsum(corpus.noise(objective.power))
    generator = np.random.default_rng([seed, epoch, 1])
    for ids, reach, sentence in blocks_of(corpus, settings, seed).epoch(epoch):
        found = {"ids": ids, "reach": reach, "of": sentence}
        if objective.candidates != "all":
            shape = (len(ids), settings.steps) if objective.candidates == "own" else (len(ids),)
            drawn = np.searchsorted(noise, generator.random((*shape, settings.candidates)) * noise[-1], side="right")
            found["drawn"] = drawn.astype("int32")
        yield found


def blocks_of(corpus, settings, seed):
    """The `Blocks` that settings ask for."""
    return Blocks(corpus, settings.window, settings.sample, seed, settings.steps, settings.blocks)


@dataclass(frozen=True)
class Word2Vec:
    """Both tables of a trained network.

    Attributes:
        words, counts: as of the `WordCorpus`.
        input, output: float32 `(words, dim)`; they are the same where the network had one table.
        bias: `(words,)`.
        settings: the `Settings`.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    input: np.ndarray
    output: np.ndarray
    bias: np.ndarray
    settings: Settings

    @property
    def vectors(self):
        """The input table as `WordVectors`."""
        return WordVectors(self.words, self.input)

    def log_probabilities(self, context):
        """Log-probability of every word given words of its window, `(words,)`.

        CBOW says it directly. Skip-gram knows `p(w | v)` of one neighbour; by Bayes, with neighbours taken for independent,
        `log p(w | v_1 ... v_m) = sum_j log p(w | v_j) - (m - 1) log p(w) + constant`.

        Args:
            context: list of words; those without a vector are left out.

        Raises:
            DataError: none of them has a vector.
        """
        places = {word: place for place, word in enumerate(self.words)}
        known = [places[word] for word in context if word in places]
        if not known:
            raise DataError(f"None of the words {' '.join(context)} has a vector")
        states = self.input[known]
        if self.settings.model == "cbow":
            return log_softmax(self._scores(states.mean(axis=0)))
        unigram = np.log(self.counts / self.counts.sum())
        each = log_softmax(self._scores(states))  # (context, words)
        return log_softmax(each.sum(axis=0) - (len(known) - 1) * unigram)

    def _scores(self, states):
        """Scores that are log-probabilities but for a constant of each state."""
        objective = OBJECTIVES[self.settings.objective]
        scores = states @ self.output.T + self.bias
        return scores if objective.corrected or not objective.power else scores + objective.power * np.log(self.counts)

    def save(self, path):
        """Write an `.npz`, atomically and without pickle."""
        text = np.frombuffer("\n".join(self.words).encode("utf-8"), dtype="uint8")
        settings = np.array([f"{name}={value!r}" for name, value in asdict(self.settings).items()])
        with paths.atomic(path) as temporary, open(temporary, "wb") as file:
            tables = {name: getattr(self, name) for name in ("counts", "input", "output", "bias")}
            np.savez(file, text=text, settings=settings, **tables)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            DataError: it is damaged.
        """
        import ast

        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                words = tuple(arrays["text"].tobytes().decode("utf-8").split("\n"))
                pairs = (one.partition("=")[::2] for one in arrays["settings"].tolist())
                settings = Settings(**{name: ast.literal_eval(value) for name, value in pairs})
                tables = {name: arrays[name] for name in ("counts", "input", "output", "bias")}
        except FileNotFoundError:
            raise
        except (ValueError, KeyError, TypeError, OSError, EOFError, SyntaxError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} is damaged ({error}): expected what word2vec wrote. Remove it, and train again") from None
        if any(len(table) != len(words) for table in tables.values()):
            raise DataError(f"{path}: {len(words)} words, but tables of other sizes. Remove it, and train again")
        return cls(words, settings=settings, **tables)


def log_softmax(scores):
    """Log of the softmax over the last axis."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


def train(corpus, settings, optimizer, *, epochs, seed, after_epoch=None):
    """Train a network on a corpus.

    Args:
        corpus: the `WordCorpus`.
        settings: the `Settings`.
        optimizer: of Keras, `common.training.RowAdagrad` for large vocabularies; its rate falls evenly to a hundredth.
        epochs: over the text.
        seed: of weights, subsampling, windows and candidates.
        after_epoch: `after_epoch(learnt, epoch, loss, seconds)`, with the `Word2Vec` so far, the mean loss of a word in this
            epoch, and the seconds of training.

    Returns:
        `Word2Vec`.

    Raises:
        DataError: the loss is no number: the learning rate is too high.
    """
    keras.utils.set_random_seed(seed)
    model = network(corpus, settings)
    steps = blocks_of(corpus, settings, seed).expected * epochs
    rate = float(ops.convert_to_numpy(optimizer.learning_rate))
    optimizer.learning_rate = keras.optimizers.schedules.PolynomialDecay(rate, steps, 0.01 * rate)
    model.compile(optimizer, jit_compile=False if keras.backend.backend() == "tensorflow" else "auto")
    seconds = 0.0
    for epoch in range(epochs):
        began = time.perf_counter()
        total = asked = 0
        for batch in batches(corpus, settings, seed, epoch):
            total += float(model.train_on_batch(batch)) * batch["reach"].size  # a mean over padding, too
            asked += np.count_nonzero(batch["reach"])
        seconds += time.perf_counter() - began
        loss = total / asked
        if not np.isfinite(loss):
            raise DataError(f"The loss of epoch {epoch + 1} is {loss}: use a lower learning rate")
        if after_epoch:
            after_epoch(learnt(model, corpus, settings), epoch, loss, seconds)
    return learnt(model, corpus, settings)


def learnt(model, corpus, settings):
    """The tables of a network."""
    table, scores = (model.get_layer(name) for name in ("input", "scores"))
    ids = np.arange(1, len(corpus.words) + 1)
    first = np.concatenate([ops.convert_to_numpy(table(some)) for some in np.array_split(ids, -(-len(ids) // CHUNK))])
    second = first if settings.shared_table else np.array(ops.convert_to_numpy(scores.kernel))[1:]
    bias = np.array(ops.convert_to_numpy(scores.offsets))[1:] if scores.bias else np.zeros(len(first), "float32")
    return Word2Vec(corpus.words, corpus.counts, first, second, bias, settings)
