"""Reads texts, rated pairs and analogies, and says exactly what is wrong with a bad line.

python -m competitions.word_similarity.data
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from common import paths, run
from common.errors import DataError
from common.text import word_corpus, word_vectors
from common.text.corpus import read
from common.text.normalise import normalise
from common.text.word_pairs import read_pairs
from common.text.word_vectors import SHORTEST, SegmentedFile, sentences

VERSION = paths.code_version(__file__, word_corpus.__file__) + word_vectors.VERSION  # of the segmented text
SOURCE = """Chinese pairs: wordsim-240 and -297 (Chen et al. 2015, https://github.com/Leonard-Xu/CWE), PKU-500 (NLPCC 2016),
COS960 (https://github.com/thunlp/COS960); analogies: CA8 (https://github.com/Embedding/Chinese-Word-Vectors). English ones:
WordSim-353, MEN, SimLex-999, questions-words. Any text of the language. Expected folders of UTF-8 files:
  text/*.txt, *.txt.gz    plain text of any size
  train/*.tsv             word, word, rating: what is chosen is chosen on these
  test/*.tsv              word, word: to be answered; with a rating, for `make evaluate` alone
  analogies/*.txt         `: section`, then four words a line, for `make evaluate`"""
PAIR_FILES = ("*.tsv", "*.csv", "*.txt", "*.tab")


@dataclass(frozen=True)
class Dataset:
    """What a folder holds.

    Attributes:
        train: list of `Pair`.
        truth: rating and number of the file of each, `(pairs, 2)`: files are rated on scales of their own.
        test: list of `Pair`; empty where there is nothing to answer.
        test_truth: as `truth`, with NaN where a rating is missing.
        texts: files.
        fingerprint: of all files.
    """

    train: list
    truth: np.ndarray
    test: list
    test_truth: np.ndarray
    texts: tuple
    fingerprint: str


def load(config):
    """The data set in `config.data`.

    Raises:
        DataError: there are no texts or rated pairs, or a line is bad.
    """
    texts = tuple(paths.listed(config.data / "text", "*.txt", "*.txt.gz"))
    rated, asked = ([*paths.listed(config.data / part, *PAIR_FILES)] for part in ("train", "test"))
    if not rated:
        raise DataError(f"{config.data}/train holds no rated pairs ({', '.join(PAIR_FILES)})\n{SOURCE}")
    if not texts and config.vectors is None:
        raise DataError(f"{config.data}/text holds no text (.txt, .txt.gz), and no vectors= are given\n{SOURCE}")
    (train, truth), (test, test_truth) = together(rated, True), together(asked, False)
    given = [config.vectors] if config.vectors and config.vectors.is_file() else []
    return Dataset(train, truth, test, test_truth, texts, paths.fingerprint([*texts, *rated, *asked, *given]))


def together(files, rated):
    """Pairs of several files, and their ratings with the number of the file."""
    pairs, truth = [], []
    for number, path in enumerate(files):
        found, ratings = read_pairs(path, rated)
        pairs += found
        truth += [(rating, number) for rating in ratings]
    return pairs, np.array(truth, float).reshape(-1, 2)


def corpus(config, dataset):
    """The texts as word ids, made once and kept for these files and settings.

    Raises:
        DataError: a text is not in the given encoding, or no word is frequent enough.
    """
    content = hashlib.sha256(repr((VERSION, config.segmented, config.encoding, config.min_count)).encode())
    content.update(paths.fingerprint(dataset.texts).encode())
    folder = paths.cache("word_similarity") / f"corpus-{content.hexdigest()[:12]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with paths.working_folder(folder.parent / "segmented.txt") as temporary:
            path = temporary / "segmented.txt"
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(" ".join(words) + "\n" for words in tqdm(segmented(config, dataset.texts), unit=" sentences"))
            word_corpus.encode(SegmentedFile(path), folder, config.min_count)
    return word_corpus.load(folder)


def segmented(config, texts):
    """Sentences of the texts as lists of words, without marks and sentences of a single word."""
    lines = (line for path in texts for line in read(path, config.encoding))
    found = (normalise(line).split() for line in lines) if config.segmented else sentences(lines)
    for words in found:
        words = [word for word in words if any(map(str.isalnum, word))]
        if len(words) >= SHORTEST:
            yield words


def main(config):
    """Check the files and count what they hold."""
    if not paths.is_sample(config.data):
        print(SOURCE)
    dataset = load(config)
    for part in ("train", "test"):
        for name, count in Counter(pair.of for pair in getattr(dataset, part)).items():
            print(f"{part}: {name}, {count} pairs")
    print(f"{len(dataset.texts)} texts, {sum(path.stat().st_size for path in dataset.texts) / 1e6:.1f} MB")


if __name__ == "__main__":
    run.stage(__spec__)
