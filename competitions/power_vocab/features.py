"""Texts to candidates, what the texts say of each, and word vectors; made once, in the cache.

    python -m competitions.power_vocab.features

The name of the folder changes with the texts, the settings and this code.
"""

import contextlib
import hashlib
import itertools
import json
import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from common import paths, run
from common.errors import DataError
from common.text import word_discovery, word_finder, word_vectors
from common.text.segmenter import BYTES_PER_RECORD
from common.text.word_vectors import SegmentedFile, WordVectors
from competitions.power_vocab import candidates, data, keyness, model, places, segmenter, texts
from competitions.power_vocab.segmenter import Marker
from competitions.power_vocab.texts import TextFile

SETTINGS = ("min_count", "phrase", "longest", "candidates", "min_cohesion", "encoding")
SETTINGS += ("known", "dim", "window", "epochs", "vector_characters", "seed")
MODULES = (candidates, data, keyness, model, places, segmenter, texts)
OF_TEXT = sorted(Path(word_vectors.__file__).parent.glob("*.py"))
VERSION = paths.code_version(__file__, *(module.__file__ for module in MODULES), *OF_TEXT)
LEAST_OF_A_VECTOR = 3  # occurrences of a word in the re-segmented text
LONGEST = 10_000  # words of a sentence; gensim drops what follows without a word
SENTENCE_END = re.compile("[。！？!?；;]")


@dataclass(frozen=True)
class Prepared:
    """What all methods work on.

    Attributes:
        table: a row for each candidate, columns as of `candidates.table`.
        domain_size: characters of the domain's words.
        background_size: the same of the background.
        seeds: words that were given.
        vectors: float32 `(candidates, dim)`, of length 1; a word that the re-segmented text lacks has the mean
            of its parts, or 0, as have all where the text is too short for vectors.
        own: whether the vector is the word's own, bool `(candidates,)`.
    """

    table: pd.DataFrame
    domain_size: int
    background_size: int
    seeds: tuple[str, ...]
    vectors: np.ndarray = None
    own: np.ndarray = None


def prepare(config, dataset):
    """The candidates of a data set with all that is known of them, from the cache where they were made before."""
    settings = [getattr(config, name) for name in SETTINGS]
    key = hashlib.sha256(repr((VERSION, dataset.texts, settings)).encode()).hexdigest()[:12]
    folder = paths.cache("power_vocab") / key
    if not folder.exists():
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another process may be faster
            make(config, dataset, temporary)
    sizes = json.loads((folder / "sizes.json").read_text())
    table = pd.read_csv(folder / "table.csv", keep_default_na=False, float_precision="round_trip")
    path = folder / "vectors.npz"
    trained = WordVectors.load(path) if path.exists() else WordVectors((), np.zeros((0, config.dim), "float32"))
    vectors, own = matrix(trained, table)
    return Prepared(table, sizes["domain"], sizes["background"], dataset.seeds, vectors, own)


def make(config, dataset, folder):
    """Write table, sizes and vectors into a new folder; a text that is too short for vectors has no file of them."""
    folder.mkdir()
    workers = config.workers or os.cpu_count()
    with tempfile.TemporaryDirectory(prefix="podium-vocabulary-") as work:
        table, sizes = candidates_of(config, dataset, Path(work), workers)
        prepared = Prepared(table, sizes["domain"], sizes["background"], dataset.seeds)
        first = np.argsort(-model.measures(prepared, config), kind="stable")[: config.known]
        cutter, path = Marker(table["word"].iloc[first]), Path(work) / "segmented.txt"
        step = -(-sizes["domain"] // config.vector_characters)
        with open(path, "w", encoding="utf-8") as file:
            lines = itertools.islice(dataset.domain_lines(), 0, None, step)
            counts = write_sentences(file, segmented(lines, cutter))
        least = min(LEAST_OF_A_VECTOR, config.min_count)
        if max(counts.values(), default=0) >= least:
            print(
                f"Training word vectors on {counts.total():,} words{f', every {step}th line' if step > 1 else ''}", flush=True
            )
            settings = {"dim": config.dim, "window": config.window, "epochs": config.epochs, "seed": config.seed}
            word_vectors.train(SegmentedFile(path), min_count=least, **settings).save(folder / "vectors.npz")
        else:
            print(f"No word vectors: no word stands beside others in {least} places", flush=True)
    table.to_csv(folder / "table.csv", index=False)
    (folder / "sizes.json").write_text(json.dumps(sizes))


def candidates_of(config, dataset, work, workers):
    """The table of the candidates, and how many characters of both texts may belong to words.

    Raises:
        DataError: the text holds no words.
    """
    domain = TextFile(work / "domain", dataset.domain_lines(), config.memory, workers)
    if not domain.inside:
        raise DataError(f"{dataset.domain} holds no Chinese character, Latin letter or digit: there is nothing to mine")
    background = TextFile(work / "background", dataset.background_lines(), config.memory, workers)
    limit = config.memory // BYTES_PER_RECORD
    lengths = config.phrase, config.longest
    words, least = candidates.phrases(domain, *lengths, config.min_count, config.candidates, work, limit, workers)
    print(f"{len(words):,} phrases of dictionary words", flush=True)
    if least > config.min_count:
        print(f"Words count from {least} places on, else there were more candidates than candidates={config.candidates:,}")
    found = discovered(config, dataset, least)
    print(f"{len(found):,} discovered words, {len(found - words):,} of them new", flush=True)
    table = places.table(domain, background, sorted(words | found), work, limit, workers)
    table = table[table["count"] >= least].reset_index(drop=True)
    if table.empty:
        raise DataError(
            f"{dataset.domain}: no word occurs {config.min_count} times; the text is too short, or min_count too high"
        )
    return table, {"domain": domain.inside, "background": background.inside}


def discovered(config, dataset, least):
    """Words that both published algorithms of word discovery find `least` times in the domain's text; a set."""
    where = {"memory": config.memory, "workers": config.workers, "encoding": dataset.encoding}
    finders = (
        word_discovery.WordDiscovery(
            order=len(config.min_cohesion) + 1,
            min_count=least,
            min_cohesion=config.min_cohesion,
            cluster=config.cluster,
            **where,
        ),
        word_finder.WordFinder(**where),
    )
    found = set()
    for finder in finders:
        words = finder.fit(dataset.domain).words_
        found.update(words["word"][words["count"] >= least])
    return {word for word in found if candidates.usable_word(word, config.longest)}


def segmented(lines, cutter):
    """Sentences of some lines, lists of words without what stands between them; very long ones come in parts."""
    for line in tqdm(lines, desc="segmenting", unit="line", mininterval=1):
        for sentence in SENTENCE_END.split(line):
            words = [piece for piece, known in cutter.segment(sentence) if known or candidates.PIECE.fullmatch(piece)]
            parts = (words[start : start + LONGEST] for start in range(0, len(words), LONGEST))
            yield from (part for part in parts if len(part) > 1)


def write_sentences(file, sentences):
    """Write sentences, one a line with blanks between words, and return how often each word occurs, a `Counter`."""
    counts = Counter()
    for words in sentences:
        file.write(" ".join(words) + "\n")
        counts.update(words)
    return counts


def matrix(trained, table):
    """Vectors of the candidates `(candidates, dim)`, and whether each is the word's own `(candidates,)`."""
    numbers = {word: number for number, word in enumerate(trained.words)}
    own = table["word"].isin(numbers).to_numpy()
    vectors = np.zeros((len(table), trained.vectors.shape[1]), "float32")
    vectors[own] = trained.vectors[[numbers[word] for word in table["word"][own]]]
    for row, names in zip(np.flatnonzero(~own), table["parts"][~own], strict=True):
        parts = [numbers[part] for part in names.split(" ") if part in numbers]
        if parts:
            vectors[row] = trained.vectors[parts].mean(axis=0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-8)
    return vectors, own


def main(config):
    """Read the texts and prepare the candidates."""
    prepared = prepare(config, data.load(config.data, config.encoding))
    print(f"{len(prepared.table):,} candidates, {prepared.own.sum():,} with a vector of their own")


if __name__ == "__main__":
    run.stage(__spec__)
