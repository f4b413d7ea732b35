"""Sentences to arrays on disk: ids of every character, and where their triples stand.

    python -m competitions.baidu_ie.features

All of it is made once, in the cache, under a name that changes with the data, the settings and this code.
"""

import contextlib
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from common import paths, run
from common.ragged import Ragged
from common.text import encode as character_ids
from common.text import near_duplicates, segment, vocabulary, word_vectors
from common.text import normalise as normal_form
from common.text.corpus import files_of
from common.text.encode import encode, places_in_words
from common.text.normalise import normalise
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import data, prior, records, repair

CHANNELS = (*character_ids.CHANNELS, "postag", "postag_place")  # ids of every character
POSTAGS = (  # of the contest; id 0 stands for all others
    *("n", "f", "s", "t", "nr", "ns", "nt", "nw", "nz", "v", "vd", "vn"),
    *("a", "ad", "an", "d", "m", "q", "r", "p", "c", "u", "xc", "w"),
)
SOURCES = {"ske": 0, "duie2": 1}  # the contest's own is what new sentences are taken for
SKIPPED = 8  # characters that no given word covers, at most, before the next one; farther off it is another word's double
LEARNED = ("train", "extra")  # parts whose labels the label rules mend; scores are always by the labels as they are
PARTS = (*LEARNED, "dev", "test")
MODULES = (data, records, prior, repair)  # what is read, dropped and made of it
OF_TEXT = (near_duplicates, normal_form, character_ids, segment, vocabulary, word_vectors)
VERSION = paths.code_version(__file__, *(module.__file__ for module in (*MODULES, *OF_TEXT)))


@dataclass(frozen=True)
class Encoded:
    """Sentences as arrays.

    Attributes:
        ids: int32 `(characters, 6)` of each sentence, columns as in `CHANNELS`.
        triples: int32 `(spans, 5)` of each sentence, columns as in `prior.spans_of`.
        source: number of each sentence's source, `(sentences,)`.
    """

    ids: Ragged
    triples: Ragged
    source: np.ndarray

    def __len__(self):
        return len(self.ids)

    def take(self, rows):
        """Some sentences alone."""
        return Encoded(self.ids.take(rows), self.triples.take(rows), self.source[rows])

    def save(self, path):
        """Write an `.npz`."""
        arrays = {"source": self.source}
        for name in ("ids", "triples"):
            ragged = getattr(self, name)
            arrays |= {f"{name}_values": ragged.values, f"{name}_bounds": ragged.bounds}
        np.savez_compressed(path, **arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            ragged = {name: Ragged(arrays[f"{name}_values"], arrays[f"{name}_bounds"]) for name in ("ids", "triples")}
            return cls(source=arrays["source"], **ragged)


class Encoder:
    """Turns sentences into arrays; what it knows of a language was counted on the texts to learn from, never on scored ones.

    Args:
        vocabulary: `CharVocabulary`.
        vectors: `WordVectors`.
        predicates: texts, by number.
    """

    def __init__(self, vocabulary, vectors, predicates):
        self.vocabulary, self.vectors, self.predicates = vocabulary, vectors, tuple(predicates)
        self.word_ids = {word: number for number, word in enumerate(vectors.words, start=1)}
        self.numbers = {predicate: number for number, predicate in enumerate(self.predicates)}

    def encode(self, sentences, description=""):
        """The `Encoded` of some sentences."""
        ids, triples = [], []
        for sentence in tqdm(sentences, desc=description, unit="sentence", disable=not description, mininterval=1):
            text = normalise(sentence.text)
            own, _ = encode(text, self.vocabulary, self.word_ids)
            ids.append(np.concatenate([own, given_words(text, sentence.words)], axis=1))
            triples.append(prior.spans_of(sentence.text, sentence.triples, self.numbers))
        source = np.array([SOURCES[sentence.source] for sentence in sentences], dtype="int32")
        return Encoded(Ragged.of(ids, (len(CHANNELS),)), Ragged.of(triples, (5,)), source)

    def save(self, folder):
        """Write everything into a new folder."""
        folder.mkdir()
        self.vocabulary.save(folder / "characters.json")
        self.vectors.save(folder / "vectors.npz")
        (folder / "predicates.txt").write_text("\n".join(self.predicates), encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        predicates = (folder / "predicates.txt").read_text(encoding="utf-8").split("\n")
        return cls(CharVocabulary.load(folder / "characters.json"), WordVectors.load(folder / "vectors.npz"), predicates)


def given_words(text, words):
    """Part of speech and place in the word of every character, by the words that came with a text.

    Args:
        text: normalised.
        words: (word, part of speech), in their order; blanks between them may be missing, and a word that does not stand in
            the text soon is left out.

    Returns:
        int32 `(characters, 2)`; zeros where no word was given.
    """
    ids = np.zeros((len(text), 2), "int32")
    place = 0
    for word, tag in words:
        word = normalise(word).strip()
        begin = text.find(word, place) if word else -1
        if begin < 0 or len(text[place:begin].strip()) > SKIPPED:
            continue
        place = begin + len(word)
        ids[begin:place, 0] = POSTAGS.index(tag) + 1 if tag in POSTAGS else 0
        ids[begin:place, 1] = places_in_words([len(word)])
    return ids


@dataclass(frozen=True)
class Prepared:
    """Arrays of all parts of a data set.

    Attributes:
        folder: where they lie.
        encoder: `Encoder`, to encode more.
        parts: `Encoded` by name, of those in `PARTS` that have sentences.
    """

    folder: Path
    encoder: Encoder
    parts: dict


def prepare(config, dataset):
    """Make the arrays of a data set where they are missing, and read them."""
    settings = (
        *(config.word_dim, config.word_epochs, config.word_min_count, config.min_count, config.seed),
        tuple(sorted(config.label_rules)),
    )
    key = hashlib.sha256(repr((VERSION, fingerprint(config, dataset), settings)).encode()).hexdigest()[:12]
    folder = paths.cache("baidu_ie") / key
    if not folder.exists():
        encoder = fit_encoder(config, dataset)
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another process may be faster
            temporary.mkdir()
            encoder.save(temporary / "encoder")
            for name in PARTS:
                if sentences := getattr(dataset, name):
                    sentences = with_mended_labels(sentences, config.label_rules) if name in LEARNED else sentences
                    encoder.encode(sentences, f"encoding {name}").save(temporary / f"{name}.npz")
    parts = {name: Encoded.load(folder / f"{name}.npz") for name in PARTS if getattr(dataset, name)}
    for name, part in parts.items():
        paths.require_rows(folder / f"{name}.npz", len(part), len(getattr(dataset, name)))
    return Prepared(folder, Encoder.load(folder / "encoder"), parts)


def with_mended_labels(sentences, rules):
    """The sentences with their triples as they are learnt."""
    return [replace(one, triples=repair.repair_labels(one.text, one.triples, rules)) for one in sentences]


def fit_encoder(config, dataset):
    """Count the characters and train the word vectors of the texts to learn from."""
    texts = list(dict.fromkeys(sentence.text for sentence in (*dataset.train, *dataset.extra)))
    vectors = word_vectors.cached(
        config.vectors_corpus,
        texts,
        paths.cache("baidu_ie"),
        dim=config.word_dim,
        epochs=config.word_epochs,
        min_count=config.word_min_count,
        seed=config.seed,
    )
    return Encoder(CharVocabulary(config.min_count).fit(map(normalise, texts)), vectors, dataset.predicates)


def fingerprint(config, dataset):
    """Hash of the official files and of the plain texts that are named beside them."""
    if not config.vectors_corpus:
        return dataset.fingerprint
    corpus = paths.fingerprint(files_of(config.vectors_corpus))
    return hashlib.sha256(f"{dataset.fingerprint} {corpus}".encode()).hexdigest()[:12]


def main(config):
    """Read the official files and prepare all arrays."""
    prepared = prepare(config, data.load(config.data, config.test_file))
    for name, part in prepared.parts.items():
        spans = f"{len(part.triples.values):,} places of triples"
        print(f"Wrote {prepared.folder / name}.npz: {len(part):,} sentences, {len(part.ids.values):,} characters, {spans}")


if __name__ == "__main__":
    run.stage(__spec__)
