"""Our segmentation beside packages that anybody can install: F1, recall of unknown words, characters a second.

    make bench COMP=segmentation data=DATA run=ensemble-1a2b3c4d,ensemble-5e6f7a8b

On the test of the data, which chose nothing. `run=` names finished ensembles of the contest, whose models and blend have rows
of their own; the newest one where it is left out. A segmenter that changes a text, as some do with full-width letters, gets
the half-width text and its words are spelt as the text is. One process, whose packages are loaded before the clock starts.
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.vocab_peers import package
from common import experiment, locate, run
from common.errors import ConfigError, DataError
from common.experiment.runs import named_run
from common.report.tables import show_table
from common.text import corpus, lattice
from common.text import segment as jieba_in_rust
from common.text.normalise import half_width
from common.text.word_discovery import WordDiscovery
from competitions.segmentation import data, inference, metric
from competitions.segmentation.config import Config
from competitions.segmentation.metric import word_f1

FILES = ("pku_test.utf8", "pku_test_gold.utf8")


def read(folder):
    """Sentences of the PKU test.

    Args:
        folder: holds `pku_test.utf8` and `pku_test_gold.utf8`.

    Returns:
        `(texts, truth)`: list of texts, and list of their words.

    Raises:
        DataError: a file is missing, or they are not of the same text.
    """
    texts, gold = (list(corpus.read(Path(folder) / name)) for name in FILES)
    truth = [line.split() for line in gold]
    if len(texts) != len(truth):
        raise DataError(f"{folder}: {FILES[0]} has {len(texts):,} lines, {FILES[1]} {len(truth):,}; expected the same")
    for number, (text, words) in enumerate(zip(texts, truth, strict=True), start=1):
        if text != "".join(words):
            raise DataError(f"{folder}, line {number}: the words of {FILES[1]} do not join to the text of {FILES[0]}")
    return texts, truth


def f1(truth, found):
    """The bakeoff's F1 of words.

    Raises:
        DataError: the two are not of the same text.
    """
    for number, (words, others) in enumerate(zip(truth, found, strict=True), start=1):
        if "".join(words) != "".join(others):
            raise DataError(f"text {number}: the segmenter changed '{''.join(words)[:40]}' to '{''.join(others)[:40]}'")
    return word_f1(frozenset()).of(truth, found)


def by_dictionary(texts, counts=None):
    """Words of texts by jieba without its hidden Markov model: the most probable ones of a dictionary.

    Args:
        texts: list of texts.
        counts: dict from word to count; `None` takes jieba's own dictionary.

    Returns:
        list of lists of words.
    """
    jieba = package("jieba")
    jieba.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = jieba.Tokenizer()
        if counts is not None:
            path = Path(folder) / "words.txt"
            path.write_text("".join(f"{word} {count}\n" for word, count in counts.items()), encoding="utf-8")
            tokenizer = jieba.Tokenizer(str(path))
        tokenizer.tmp_dir = folder  # of its cache
        return [tokenizer.lcut(text, HMM=False) for text in texts]


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: a peer is not installed, or there is no finished ensemble.
        DataError: the data have no test with its truth.
    """
    names = [name for one in arguments if one.startswith("run=") for name in one[4:].split(",")]
    config = locate.locate_data("segmentation", "evaluate", Config, [one for one in arguments if not one.startswith("run=")])
    dataset = data.load(config)
    if dataset.gold is None:
        raise DataError(f"{config.data} has no *_test.utf8 with *_test_gold.utf8")
    runs = [named_run("segmentation", name) for name in names] or [experiment.newest("segmentation", config.data).run]
    texts = ["".join(words) for words in dataset.gold]
    rows = [[name, *measured(cut, texts, dataset)] for name, cut in peers(dataset).items()]
    for finished in runs:
        rows += [[f"{finished.name}: {name}", *measured(cut, texts, dataset)] for name, cut in ours(finished).items()]
    columns = ("segmenter", "F1", "P", "R", "R unknown", "R known", "characters/s")
    show_table(f"segmentation of {len(texts):,} texts, {sum(map(len, texts)):,} characters", columns, rows)


def measured(cut, texts, dataset):
    """Texts of the figures of a segmenter, a function of a list of texts."""
    cut(texts[:20])  # what it loads or compiles
    started = time.perf_counter()
    found = cut(texts)
    seconds = time.perf_counter() - started
    counts = metric.count(dataset.known, dataset.gold, found)
    figures = metric.figures(counts).values()
    return [*(f"{value:.4f}" for value in (metric.f1(counts), *figures)), f"{sum(map(len, texts)) / seconds:,.0f}"]


def peers(dataset):
    """Other segmenters: `cut(texts)` gives the words of each."""
    jieba = package("jieba")
    jieba.setLogLevel("ERROR")
    found = {
        "jieba": by_one(jieba.lcut),
        "jieba without its Markov model": by_one(partial(jieba.lcut, HMM=False)),
        "rjieba": by_one(jieba_in_rust.segment),
        "longest words first, own list": by_one(partial(longest_first, dataset.counts, max(map(len, dataset.counts)))),
        "words of our discovery, from the raw training text": discovered(["".join(words) for words in dataset.train]),
    }
    for name, load in {"snownlp": snownlp, "thulac": thulac}.items():
        try:
            found[name] = by_one(load())
        except ConfigError:
            print(f"{name} is not installed and has no row")
    return found


def ours(finished):
    """The models of an ensemble, each alone, and the blend."""
    learnt = experiment.load(finished.path)
    first = {name: models[0] for name, models in learnt.models.values()}
    alone = {name: partial(answer, model) for name, model in first.items()}
    return alone | {f"blend ({type(learnt.way).__name__})": partial(inference.predict, learnt)}


def answer(model, texts):
    """Words of some texts by one model alone."""
    return inference.Tags()(inference.Found(texts, [model.predict(texts)]))


def by_one(cut):
    """A segmenter of many texts, from one of a single text, which sees half-width letters."""
    return lambda texts: [spelt(text, cut(half_width(text))) for text in texts]


def spelt(text, words):
    """Words as the text has them, from those of its half-width form."""
    ends, end = [], 0
    for word in words:
        end += len(word)
        ends.append(end)
    return lattice.words(text, ends)


def longest_first(counts, longest, text):
    """Forward maximum match."""
    words, start = [], 0
    while start < len(text):
        end = next(
            (end for end in range(min(len(text), start + longest), start + 1, -1) if text[start:end] in counts), start + 1
        )
        words.append(text[start:end])
        start = end
    return words


def discovered(texts):
    """Our word discovery, which needs no dictionary."""
    finder = WordDiscovery(min_count=16).fit(texts)
    return lambda given: [finder.segment(text) for text in given]


def snownlp():
    """snownlp's segmenter, whose model comes with it, trained on the very text of the PKU bakeoff."""
    return package("snownlp.seg").seg


def thulac():
    """thulac's segmenter."""
    cut = package("thulac").thulac(seg_only=True).cut
    return lambda text: [word for word, _ in cut(text)]


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
