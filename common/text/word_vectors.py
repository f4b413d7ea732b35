"""Word vectors, trained by gensim on texts at hand: nothing is downloaded.

vectors = cached([Path("news.txt.gz")], own_texts, Path("cache"), dim=128, epochs=5, min_count=5, seed=42)
vectors.most_similar("北京", 5)
"""

import hashlib
import itertools
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from common import paths
from common.errors import DataError
from common.text import normalise as normal_form
from common.text import segment as cutting
from common.text.corpus import files_of, read
from common.text.normalise import normalise
from common.text.segment import segment

SENTENCE_END = re.compile("(?<=[。！？!?])")
SHORTEST = 2  # words of a sentence that teaches something
VERSION = paths.code_version(__file__, normal_form.__file__, cutting.__file__)


@dataclass(frozen=True)
class WordVectors:
    """Words and their vectors.

    Attributes:
        words: the most frequent first.
        vectors: float32 `(words, dim)`.
    """

    words: tuple[str, ...]
    vectors: np.ndarray

    def matrix(self):
        """Vectors by word id, `(words + 1, dim)`: row 0, the unknown word, is zero, and row `i + 1` is that of `words[i]`."""
        return np.concatenate([np.zeros((1, self.vectors.shape[1]), "float32"), self.vectors])

    @cached_property
    def places(self):
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit(self):
        """The vectors at length 1; zeros stay zeros."""
        return self.vectors / np.maximum(np.linalg.norm(self.vectors, axis=1, keepdims=True), 1e-8)

    def most_similar(self, word, number=10):
        """The nearest words by cosine, a list of (word, cosine); empty for an unknown word."""
        if word not in self.places:
            return []
        return self.nearest(self.unit[self.places[word]], number, leave_out=[word])

    def nearest(self, vector, number=10, leave_out=()):
        """The words nearest to a vector of length 1, but for some, a list of (word, cosine)."""
        cosines = self.unit @ vector
        left_out = [self.places[word] for word in leave_out if word in self.places]
        cosines[left_out] = -np.inf
        nearest = np.argsort(-cosines, kind="stable")[: min(number, len(self.words) - len(left_out))]
        return [(self.words[row], float(cosines[row])) for row in nearest]

    def save(self, path):
        """Write an `.npz`, atomically; one text holds all words, so no pickle is needed."""
        words = np.frombuffer("\n".join(self.words).encode("utf-8"), dtype="uint8")
        with paths.atomic(path) as temporary:
            np.savez(temporary, words=words, vectors=self.vectors)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            DataError: the file is damaged.
        """
        try:
            # opened here, for NumPy leaves a broken archive open
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                words = tuple(arrays["words"].tobytes().decode("utf-8").split("\n"))
                vectors = arrays["vectors"]
        except FileNotFoundError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, NotImplementedError, zipfile.BadZipFile):
            raise DataError(f"{path} is damaged: expected words and vectors. Remove it, and it is made again") from None
        if vectors.ndim != 2 or len(vectors) != len(words):
            raise DataError(f"{path}: {len(words)} words, but vectors {vectors.shape}. Remove it, and it is made again")
        return cls(words, vectors)


def sentences(lines):
    """Segmented sentences of lines of text: lists of normalised words."""
    for line in lines:
        for sentence in SENTENCE_END.split(normalise(line)):
            words = [word for word in segment(sentence) if word.strip()]
            if len(words) >= SHORTEST:
                yield words


class SegmentedFile:
    """Sentences of a file with one sentence a line and blanks between words, as often as somebody iterates over it."""

    def __init__(self, path):
        self.path = path

    def __iter__(self):
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                yield line.split()


def train(segmented, *, dim=128, window=5, min_count=5, epochs=5, seed=42):
    """Train skip-gram vectors with negative sampling.

    One thread: gensim's threads race, and the same seed would give other vectors each time.

    Args:
        segmented: re-iterable of lists of words.
        dim: width of the vectors.
        window: words on either side that count as context.
        min_count: of a word that gets a vector.
        epochs: over all sentences.
        seed: of the first vectors and of the negatives.

    Returns:
        `WordVectors`.

    Raises:
        DataError: no word is frequent enough.

    Reference: Mikolov et al. 2013, arXiv 1310.4546.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=dim, window=window, min_count=min_count, sg=1, negative=5, sample=1e-4, seed=seed, workers=1, epochs=epochs
    )
    model.build_vocab(segmented)
    if not len(model.wv):
        raise DataError(f"No word occurs {min_count} times: the texts are too short for word vectors, or min_count is too high")
    model.train(segmented, total_examples=model.corpus_count, epochs=epochs)
    vectors = model.wv.vectors / np.maximum(np.linalg.norm(model.wv.vectors, axis=1, keepdims=True), 1e-8)
    return WordVectors(tuple(model.wv.index_to_key), vectors.astype("float32"))


def cached(corpus, texts, folder, **settings):
    """Vectors of a corpus and of some texts beside it, trained once and kept.

    Args:
        corpus: paths of text files, or of folders of such.
        texts: list of more lines of text.
        folder: where vectors and segmented text are kept.
        **settings: of `train`.

    Raises:
        DataError: a path is missing or cannot be read, or no word is frequent enough.
    """
    content = hashlib.sha256(repr((VERSION, sorted(settings.items()))).encode())
    content.update(paths.fingerprint(files_of(corpus)).encode() if corpus else b"")
    for text in texts:
        content.update(text.encode("utf-8", "surrogatepass") + b"\0")
    path = Path(folder) / f"word-vectors-{content.hexdigest()[:12]}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with paths.working_folder(path.parent / "segmented.txt") as temporary:
            segmented = temporary / "segmented.txt"  # once for all epochs; gone afterwards, also after an error
            with open(segmented, "w", encoding="utf-8") as file:
                lines = tqdm(itertools.chain(texts, read(corpus)), desc="segmenting", unit="line", mininterval=1)
                file.writelines(" ".join(words) + "\n" for words in sentences(lines))
            print(f"Training word vectors on {segmented.stat().st_size / 1e6:.0f} MB of segmented text", flush=True)
            train(SegmentedFile(segmented), **settings).save(path)
    return WordVectors.load(path)
