"""Questions and passages to arrays on disk: ids of every character, features of the match, relevance of every passage.

    python -m competitions.webqa.features

All of it is made once, in the cache, under a name that changes with the data, the settings and this code.
"""

import contextlib
import hashlib
import itertools
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from common import arrays, paths, run
from common.ragged import Ragged
from common.text import encode as character_ids
from common.text import near_duplicates, segment, vocabulary, word_vectors
from common.text import normalise as normal_form
from common.text.corpus import files_of, read
from common.text.encode import CHANNELS, encode
from common.text.normalise import code_points, normalise, occurrences
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.webqa import cloze, data, matching, squad
from competitions.webqa import questions as question_files

UNITS = ("character", "bigram", "trigram", "word")  # tokens that question and passage may share
MATCH = (*matching.FEATURES, *(f"{unit}_rarity" for unit in UNITS))  # columns of the match, a row for each character
RELEVANCE = tuple(f"{unit}_{name}{lead}" for lead in ("", "_lead") for unit in UNITS for name in matching.RELEVANCE)
RAGGED = ("questions", "passages", "match", "spans")  # arrays of `Encoded` with a row of each length
CHUNK = 500  # questions that are encoded at a time
BUCKETS = 1 << 20  # of token hashes: WebQA has about as many distinct trigrams, and a collision costs little
MODULES = (matching, cloze, question_files, squad, data)  # what is read, dropped and made of it
OF_TEXT = (near_duplicates, normal_form, character_ids, segment, vocabulary, word_vectors)
VERSION = paths.code_version(__file__, *(module.__file__ for module in (*MODULES, *OF_TEXT)))


@dataclass(frozen=True)
class Encoded:
    """Questions and their passages as arrays, memory-mapped where they come from disk.

    Attributes:
        questions: ids `(characters, 4)` of each question, columns as in `CHANNELS`.
        passages: the same of each passage; the passages of a question follow one another.
        match: float16 features `(characters, 12)` of each passage, columns as in `MATCH`.
        relevance: float32 `(passages, 32)`, columns as in `RELEVANCE`.
        first: number of each question's first passage, and at last the number of passages, `(questions + 1,)`.
        spans: first and last character `(spans, 2)` of every occurrence of an answer in each passage.
    """

    questions: Ragged
    passages: Ragged
    match: Ragged
    relevance: np.ndarray
    first: np.ndarray
    spans: Ragged

    def owner_of(self, passages):
        """The question of each of some passages."""
        return np.searchsorted(self.first, passages, side="right") - 1

    def passages_of(self, questions):
        """Numbers of the passages of some questions, in their order."""
        return np.concatenate([np.empty(0, int), *(np.arange(self.first[row], self.first[row + 1]) for row in questions)])

    def take(self, questions):
        """Some questions alone, with their passages."""
        passages = self.passages_of(questions)
        ragged = {name: getattr(self, name).take(passages) for name in ("passages", "match", "spans")}
        first = np.cumsum([0, *(self.first[row + 1] - self.first[row] for row in questions)])
        return Encoded(questions=self.questions.take(questions), relevance=self.relevance[passages], first=first, **ragged)

    @classmethod
    def load(cls, folder):
        """Open what `Encoder.write` wrote."""
        values = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in RAGGED}
        ragged = {name: Ragged(array, np.load(folder / f"{name}-bounds.npy")) for name, array in values.items()}
        relevance = np.load(folder / "relevance.npy", mmap_mode="r")
        return cls(relevance=relevance, first=np.load(folder / "first.npy"), **ragged)


class Encoder:
    """Turns questions into arrays; what it knows of a language was counted on the texts to learn from, never on scored ones.

    Args:
        vocabulary: `CharVocabulary`.
        vectors: `WordVectors`.
        frequency: number of passages that have each token, int `(units, BUCKETS)`.
        documents: passages that were counted.
        average_length: mean number of tokens of a passage, `(units,)`.
    """

    def __init__(self, vocabulary, vectors, frequency, documents, average_length):
        self.vocabulary, self.vectors = vocabulary, vectors
        self.word_ids = {word: number for number, word in enumerate(vectors.words, start=1)}
        self.frequency, self.documents, self.average_length = frequency, documents, average_length

    @classmethod
    def fit(cls, questions, vectors, min_count):
        """Count characters of questions and passages, and tokens of passages."""
        passages = [passage.text for question in questions for passage in question.passages]
        texts = itertools.chain(passages, (question.text for question in questions))
        vocabulary = CharVocabulary(min_count).fit(map(normalise, texts))
        frequency, lengths = np.zeros((len(UNITS), BUCKETS), dtype="int32"), np.zeros(len(UNITS))
        for text in map(normalise, passages):
            for unit, tokens in enumerate(token_ids(text, segment.segment(text))):
                frequency[unit, np.unique(tokens)] += 1
                lengths[unit] += len(tokens)
        return cls(vocabulary, vectors, frequency, len(passages), np.maximum(lengths / max(1, len(passages)), 1))

    def encode(self, questions):
        """The `Encoded` of some questions."""
        parts = {name: [] for name in ("relevance", *RAGGED)}
        for question in questions:
            text = normalise(question.text)
            texts = [normalise(passage.text) for passage in question.passages]
            ids, words = encode(text, self.vocabulary, self.word_ids)
            read = [encode(one, self.vocabulary, self.word_ids) for one in texts]
            match, relevance = self.compare(text, words, texts, [words for _, words in read])
            parts["questions"].append(ids)
            parts["passages"] += [ids for ids, _ in read]
            parts["match"] += match
            parts["relevance"].append(relevance)
            for passage in question.passages:
                places = [place for answer in passage.answers for place in occurrences(passage.text, answer)]
                parts["spans"].append(np.array(sorted(set(places)), dtype="int32").reshape(-1, 2) - [0, 1])
        return Encoded(
            questions=Ragged.of(parts["questions"], (len(CHANNELS),)),
            passages=Ragged.of(parts["passages"], (len(CHANNELS),)),
            match=Ragged.of(parts["match"], (len(MATCH),), "float16"),
            relevance=np.concatenate([np.empty((0, len(RELEVANCE)), "float32"), *parts["relevance"]]),
            first=np.cumsum([0, *(len(question.passages) for question in questions)]),
            spans=Ragged.of(parts["spans"], (2,)),
        )

    def write(self, questions, folder, description=""):
        """Encode some questions a chunk at a time and write their arrays into a new folder, as `Encoded.load` opens them."""
        folder.mkdir()
        passages, characters = sum(len(one.passages) for one in questions), sum(len(one.text) for one in questions)
        read = sum(len(passage.text) for one in questions for passage in one.passages)
        shapes = {"questions": (characters, len(CHANNELS)), "passages": (read, len(CHANNELS)), "match": (read, len(MATCH))}
        shapes["relevance"] = (passages, len(RELEVANCE))
        for name, shape in shapes.items():
            arrays.create(folder / f"{name}.npy", shape, {"match": "float16", "relevance": "float32"}.get(name, "int32"))
        done = dict.fromkeys(shapes, 0)
        lengths, spans = {name: [np.empty(0, int)] for name in RAGGED}, [np.empty((0, 2), "int32")]
        with tqdm(total=len(questions), desc=description, unit="question", mininterval=1, disable=not description) as bar:
            for start in range(0, len(questions), CHUNK):
                encoded = self.encode(questions[start : start + CHUNK])
                for name in shapes:
                    values = encoded.relevance if name == "relevance" else getattr(encoded, name).values
                    arrays.write_rows(folder / f"{name}.npy", done[name], values)
                    done[name] += len(values)
                for name in RAGGED:
                    lengths[name].append(getattr(encoded, name).lengths)
                spans.append(encoded.spans.values)
                bar.update(len(encoded.questions))
        np.save(folder / "spans.npy", np.concatenate(spans))
        for name in RAGGED:
            np.save(folder / f"{name}-bounds.npy", np.cumsum([0, *np.concatenate(lengths[name])]))
        np.save(folder / "first.npy", np.cumsum([0, *(len(question.passages) for question in questions)]))

    def compare(self, text, words, passages, passages_words):
        """Match of each passage with the question, a list of `(characters, 12)`, and relevance `(passages, 32)`."""
        hand = matching.hand_features(
            code_points(text),
            [code_points(passage) for passage in passages],
            words_with_lengths(words),
            [words_with_lengths(words) for words in passages_words],
        )
        asked = token_ids(text, words)
        offered = [token_ids(passage, words) for passage, words in zip(passages, passages_words, strict=True)]
        rarities, relevance = [], []
        for unit, (tokens, frequency) in enumerate(zip(asked, self.frequency, strict=True)):
            found = [passage[unit] for passage in offered]
            relevance.append(matching.relevance(tokens, found, frequency, self.documents, self.average_length[unit]))
            weights = [np.isin(ids, tokens) * matching.rarity(frequency[ids], self.documents) for ids in found]
            rarities.append(weights)
        match = [
            np.concatenate(
                [features, self.spread_rarities([column[row] for column in rarities], passages_words[row])], axis=1
            ).astype("float16")  # a set may have a hundred million characters
            for row, features in enumerate(hand)
        ]
        scores = np.concatenate(relevance, axis=1)
        return match, np.concatenate([scores, matching.lead(scores)], axis=1)

    @staticmethod
    def spread_rarities(weights, words):
        """Weights of the tokens of each unit to the characters that they cover, `(characters, 4)`; the greater one counts."""
        characters, bigrams, trigrams, of_words = weights
        columns = np.zeros((len(characters), len(UNITS)))
        columns[:, 0] = characters
        for unit, grams in ((1, bigrams), (2, trigrams)):
            for shift in range(unit + 1 if len(grams) else 0):
                covered = columns[shift : shift + len(grams), unit]
                np.maximum(covered, grams, out=covered)
        columns[:, 3] = np.repeat(of_words, [len(word) for word in words])
        return columns

    def save(self, folder):
        """Write everything into a new folder."""
        folder.mkdir()
        self.vocabulary.save(folder / "characters.json")
        self.vectors.save(folder / "vectors.npz")
        counts = {"documents": self.documents, "average_length": self.average_length}
        np.savez_compressed(folder / "frequency.npz", frequency=self.frequency, **counts)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        with np.load(folder / "frequency.npz") as stored:
            counts = stored["frequency"], int(stored["documents"]), stored["average_length"]
        return cls(CharVocabulary.load(folder / "characters.json"), WordVectors.load(folder / "vectors.npz"), *counts)


def token_ids(text, words):
    """Hashed ids of the tokens of a normalised text, one int64 array for each of `UNITS`."""
    characters = code_points(text).astype("int64")
    bigrams = characters[:-1] * 1_000_003 + characters[1:]
    trigrams = bigrams[:-1] * 1_000_003 + characters[2:]
    return (*(ids % BUCKETS for ids in (characters, bigrams, trigrams)), hashed(words) % BUCKETS)


def hashed(words):
    """A number for each word, the same in every process, int64 `(words,)`."""
    return np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], dtype="int64")


def words_with_lengths(words):
    """What `matching.hand_features` takes: word ids and lengths in characters."""
    return hashed(words), np.array([len(word) for word in words], dtype="int64")


@dataclass(frozen=True)
class Prepared:
    """Arrays of all parts of a data set.

    Attributes:
        folder: where they lie.
        encoder: `Encoder`, to encode more.
        parts: `Encoded` by name: "train", "extra", "cloze", "valid" and "test", those that have questions.
    """

    folder: Path
    encoder: Encoder
    parts: dict


def prepare(config, dataset):
    """Make the arrays of a data set where they are missing, and open them."""
    settings = (
        config.word_dim,
        config.word_epochs,
        config.word_min_count,
        config.min_count,
        config.cloze_questions,
        config.seed,
    )
    key = hashlib.sha256(repr((VERSION, fingerprint(config, dataset), settings)).encode()).hexdigest()[:12]
    folder = paths.cache("webqa") / key
    if not folder.exists():
        vectors = make_vectors(config, dataset)
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another process may be faster
            make_arrays(config, dataset, vectors, temporary)
    parts = {path.name: Encoded.load(path) for path in sorted((folder / "parts").iterdir())}
    for name in parts.keys() - {"cloze"}:
        paths.require_rows(folder / "parts" / name, len(parts[name].questions), len(getattr(dataset, name)))
    return Prepared(folder, Encoder.load(folder / "encoder"), parts)


def make_arrays(config, dataset, vectors, folder):
    """Fit the encoder, encode every part, and write both into a folder."""
    questions = {
        "train": dataset.train,
        "extra": dataset.extra,
        "cloze": cloze.make(plain_texts(config, dataset), config.cloze_questions, config.seed),
        "valid": dataset.valid,
        "test": dataset.test,
    }
    encoder = Encoder.fit([*questions["train"], *questions["extra"], *questions["cloze"]], vectors, config.min_count)
    (folder / "parts").mkdir(parents=True)
    encoder.save(folder / "encoder")
    for name, part in questions.items():
        if part:
            encoder.write(part, folder / "parts" / name, f"encoding {name}")


def fingerprint(config, dataset):
    """Hash of the official files and of the plain texts that are named beside them."""
    if not config.vectors_corpus:
        return dataset.fingerprint
    corpus = paths.fingerprint(files_of(config.vectors_corpus))
    return hashlib.sha256(f"{dataset.fingerprint} {corpus}".encode()).hexdigest()[:12]


def own_texts(dataset):
    """Questions and passages to learn from, without repetition; never those of the scored parts."""
    texts = {}
    for question in (*dataset.train, *dataset.extra):
        texts.update(dict.fromkeys((question.text, *(passage.text for passage in question.passages))))
    return list(texts)


def plain_texts(config, dataset):
    """Lines of text to make cloze questions from: the corpus that is named, else the passages to learn from."""
    if config.vectors_corpus:
        return read(config.vectors_corpus)
    passages = (passage.text for question in (*dataset.train, *dataset.extra) for passage in question.passages)
    return iter(dict.fromkeys(passages))


def make_vectors(config, dataset):
    """Word vectors of the data set's own texts and of the corpus that is named, trained once."""
    return word_vectors.cached(
        config.vectors_corpus,
        own_texts(dataset),
        paths.cache("webqa"),
        dim=config.word_dim,
        epochs=config.word_epochs,
        min_count=config.word_min_count,
        seed=config.seed,
    )


def main(config):
    """Read the official files and prepare all arrays."""
    prepared = prepare(config, data.load(config.data, config.evidence))
    for name, part in prepared.parts.items():
        size = sum(path.stat().st_size for path in (prepared.folder / "parts" / name).iterdir()) / 1e6
        print(
            f"Wrote {prepared.folder / 'parts' / name}: {len(part.questions):,} questions, {len(part.passages):,} passages, "
            f"{part.passages.bounds[-1]:,} characters, {size:.0f} MB"
        )


if __name__ == "__main__":
    run.stage(__spec__)
