"""Segmented text of any size as word ids on disk, and its blocks for training.

corpus = encode(SegmentedFile("segmented.txt"), Path("corpus"), min_count=5)
for batch in Blocks(corpus, window=5, sample=1e-4, seed=0).epoch(0): ...
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import paths
from common.errors import DataError

CHUNK = 1 << 20  # ids that are worked on at a time


@dataclass(frozen=True)
class WordCorpus:
    """Words of a text, how often they stand there, and the text as their ids.

    Attributes:
        words: the most frequent first, equal ones by code point; `words[i]` has the id `i + 1`.
        counts: of each, `(words,)`.
        ids: int32 `(tokens + sentences,)`, mapped from disk; 0 ends a sentence, and words that have no id are left out.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    ids: np.ndarray

    @property
    def tokens(self):
        """Words of the text that have an id, repeats counted."""
        return int(self.counts.sum())

    def noise(self, power):
        """The distribution `q ~ count^power` over ids, `(words + 1,)`; the padding id 0 has none."""
        weight = np.concatenate([[0.0], self.counts.astype(float) ** power])
        return weight / weight.sum()

    def kept(self, sample):
        """Share of each id's occurrences that subsampling keeps, `(words + 1,)`: `t/f + sqrt(t/f)`, 1 at most; 0 keeps all.

        Reference: the code of word2vec (Mikolov et al. 2013, arXiv 1310.4546, has another formula than its own code).
        """
        if not sample:
            return np.ones(len(self.words) + 1)
        ratio = sample * self.tokens / self.counts
        return np.concatenate([[1.0], np.minimum(1.0, ratio + np.sqrt(ratio))])


def encode(sentences, folder, min_count):
    """Write the corpus of some sentences into a new folder, atomically, and return it.

    Args:
        sentences: re-iterable of lists of words; it is gone through twice, and only the counts stay in memory.
        folder: becomes `words.json`, `counts.npy` and `ids.npy`.
        min_count: of a word that gets an id.

    Raises:
        DataError: no word is frequent enough.
    """
    counts = Counter()
    for sentence in sentences:
        counts.update(sentence)
    words = sorted((word for word, count in counts.items() if count >= min_count), key=lambda word: (-counts[word], word))
    if not words:
        most = f"the most frequent occurs {max(counts.values())} times" if counts else "there are no words"
        raise DataError(f"No word occurs {min_count} times: {most}. The text is too short, or min_count is too high")
    ids = {word: number for number, word in enumerate(words, start=1)}
    with paths.atomic(folder) as temporary:
        temporary.mkdir(parents=True)
        with open(temporary / "ids.bin", "wb") as file:
            for sentence in sentences:
                np.array([*(ids[word] for word in sentence if word in ids), 0], "int32").tofile(file)
        np.save(temporary / "counts.npy", np.array([counts[word] for word in words]))
        (temporary / "words.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    return load(folder)


def load(folder):
    """What `encode` wrote.

    Raises:
        DataError: it is damaged.
    """
    folder = Path(folder)
    try:
        words = tuple(json.loads((folder / "words.json").read_text(encoding="utf-8")))
        corpus = WordCorpus(words, np.load(folder / "counts.npy"), np.memmap(folder / "ids.bin", "int32", mode="r"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder} is damaged ({error}). Remove it, and it is made again") from None
    if len(corpus.counts) != len(words):
        raise DataError(f"{folder}: {len(words)} words, but {len(corpus.counts)} counts. Remove it, and it is made again")
    return corpus


class Blocks:
    """Batches of blocks of running text, subsampled anew in every epoch.

    Neighbouring blocks overlap by two windows, and only words with their whole window inside are asked for, so that each kept
    word of the text is asked for once in an epoch.

    Args:
        corpus: the `WordCorpus`.
        window: words on either side, drawn evenly from 1 to this for every word, as word2vec does.
        sample: see `WordCorpus.kept`.
        seed: of everything random; the same epoch is always the same.
        steps: words of a block.
        blocks: of a batch.

    Items are `(ids, reach, sentence)`, int32 `(blocks, steps)` as `common.layers.Neighbours` takes them; the last batch is
    filled up with padding.
    """

    def __init__(self, corpus, window, sample, seed, steps=128, blocks=32):
        if steps <= 2 * window:
            raise ValueError(f"`steps` must be above two windows. Received: {steps=}, {window=}")
        self.corpus, self.window, self.seed, self.steps, self.blocks = corpus, window, seed, steps, blocks
        self._kept = corpus.kept(sample).astype("float32")
        kept = float(self._kept[1:] @ corpus.counts)
        self.expected = max(1, round(kept / (steps - 2 * window) / blocks))  # batches of an epoch, about

    def epoch(self, number):
        """The batches of an epoch."""
        generator = np.random.default_rng([self.seed, number])
        waiting = np.zeros((3, 0, self.steps), "int32")
        for blocks in self._blocks(generator):
            waiting = np.concatenate([waiting, blocks[:, generator.permutation(blocks.shape[1])]], axis=1)
            whole = waiting.shape[1] // self.blocks * self.blocks
            for start in range(0, whole, self.blocks):
                yield tuple(waiting[:, start : start + self.blocks])
            waiting = waiting[:, whole:]
        if waiting.shape[1]:
            missing = self.blocks - waiting.shape[1]
            yield tuple(np.pad(waiting, ((0, 0), (0, missing), (0, 0))))

    def _blocks(self, generator):
        """Blocks of a chunk of text after the other, `(3, blocks, steps)`."""
        halo, inside = self.window, self.steps - 2 * self.window
        rest = np.zeros((2, halo), "int32")  # ids and sentences before the first word: padding
        sentence = 1
        size = len(self.corpus.ids)
        for start in range(0, size, CHUNK):
            ids = np.array(self.corpus.ids[start : start + CHUNK])
            ends = ids == 0
            sentences = sentence + np.cumsum(ends, dtype="int32")
            sentence = int(sentences[-1])
            kept = ~ends & (generator.random(len(ids), "float32") < self._kept[ids])
            text = np.concatenate([rest, [ids[kept], sentences[kept]]], axis=1)
            if start + CHUNK >= size:  # the last words get their halo, and the last block is filled up
                text = np.pad(text, ((0, 0), (0, halo + -(text.shape[1] - halo) % inside)))
            count = max(0, (text.shape[1] - 2 * halo) // inside)
            if count:
                places = np.arange(count)[:, None] * inside + np.arange(self.steps)
                blocks = text[:, places]  # (2, count, steps)
                reach = np.zeros((count, self.steps), "int32")
                reach[:, halo:-halo] = generator.integers(1, self.window + 1, (count, inside))
                yield np.stack([blocks[0], reach, blocks[1]]).astype("int32")
            rest = text[:, count * inside :]
