"""What all ways to find words share: settings, a corpus as symbols on disk, segmentation, files of words."""

import contextlib
import inspect
import json
import os
import tempfile
import zipfile
import zlib
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from common import paths
from common.errors import ConfigError, DataError
from common.text import corpus as corpora
from common.text import ngrams
from common.text.symbols import SymbolFile, in_threads, on_cluster

BYTES_PER_CHARACTER = 120  # of a chunk that is being worked on, at most
BYTES_PER_RECORD = 200  # of a range that is being merged
LARGEST_CHUNK = 1 << 21  # more is slower: it leaves workers idle at the end and does not stay in the cache
SMALLEST_MEMORY = 1 << 16
BLOCK = 1 << 20  # characters segmented at a time


class Segmenter:
    """Words of a corpus, and text cut into them.

    An estimator to scikit-learn, but no child of its `BaseEstimator`, whose import takes 70 MB and most of a second.

    A subclass has the settings `memory`, `workers` and `encoding`, and the methods `_find`, which sets the tables from a
    `Work`; `_prepare`, of what segmentation needs; and `_split`, which cuts a text that is not empty into pieces.
    """

    _tables = ("words",)  # DataFrames; the attributes have an underscore behind

    def get_params(self, deep=True):
        """Settings by name, a dict."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **settings):
        """Change settings; they are looked at by the next `fit`.

        Raises:
            ConfigError: there is no such setting.
        """
        for name, value in settings.items():
            if name not in self.get_params():
                raise ConfigError(f"{name}: {type(self).__name__} has no such setting; it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def __repr__(self):
        parameters = inspect.signature(type(self)).parameters
        values = {name: repr(value) for name, value in self.get_params().items()}
        changed = [f"{name}={value}" for name, value in values.items() if value != repr(parameters[name].default)]
        return f"{type(self).__name__}({', '.join(changed)})"

    def fit(self, corpus):
        """Find the words of a corpus.

        Args:
            corpus: path, list of paths, folder, `.gz`, or iterable of strings; see `common.text.corpus.read`.

        Raises:
            ConfigError: settings that cannot be or do not fit together, or a cluster that does not answer.
            DataError: the corpus holds no Chinese, or cannot be read.
        """
        self._check()
        with workspace(self, corpus) as work:
            self._find(work)
        self._prepare()
        return self

    def segment(self, text):
        """Pieces of a text.

        Returns:
            list of strings, which join to the text; characters that are not text are pieces of their own.

        Raises:
            NotFittedError: there are no words yet.
        """
        self._check_fitted()
        return self._split(text) if text else []

    def segment_all(self, corpus):
        """Pieces of every line of a corpus, a list for each; many lines at a time, so much faster than one by one.

        Args and errors: see `fit` and `segment`.
        """
        self._check_fitted()
        for batch in batches(corpora.read(corpus, self.encoding)):
            pieces = iter(self._split("\n".join(batch) + "\n"))
            for line in batch:
                ends = line.count("\n") + 1  # of a string that holds newlines
                found = []
                while ends:
                    found.append(next(pieces))
                    ends -= found[-1] == "\n"
                yield found[:-1]

    def save(self, path):
        """Write settings and tables as one `.npz`, atomically and without pickle.

        Raises:
            NotFittedError: there are no words yet.
        """
        self._check_fitted()
        settings = json.dumps(self.get_params(), default=lambda value: value.tolist())  # of numbers and arrays of NumPy
        arrays = {"settings": np.frombuffer(settings.encode(), "uint8")}
        for name in self._tables:
            columns = getattr(self, f"{name}_")
            arrays[f"{name}-word"] = np.frombuffer(lines(columns["word"]).encode(), "uint8")
            arrays |= {f"{name}-{column}": columns[column].to_numpy() for column in columns.columns[1:]}
        with paths.atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            DataError: it is damaged, or something else.
        """
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                model = cls(**json.loads(arrays["settings"].tobytes()))
                tables = {name: {} for name in cls._tables}
                for key in arrays.files[1:]:
                    name, column = key.split("-")
                    values = arrays[key]
                    if column == "word":
                        values = pd.Series(values.tobytes().decode().split("\n")[:-1], dtype="str")
                    tables[name][column] = values
                for name, columns in tables.items():
                    setattr(model, f"{name}_", pd.DataFrame(columns))
                model._prepare()
        except FileNotFoundError:
            raise
        except (
            ValueError,
            KeyError,
            TypeError,
            OSError,
            EOFError,
            NotImplementedError,  # zipfile's word for a damaged header
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise DataError(f"{path} is damaged, or no {cls.__name__} ({error})") from None
        return model

    def _check(self):
        """Refuse settings with a `ConfigError`."""
        self._expect("memory", Integral, f"bytes, a whole number of at least {SMALLEST_MEMORY}", SMALLEST_MEMORY)
        if self.workers is not None:
            self._expect("workers", Integral, "a whole number of at least 1, or None for all processors", 1)
        self._expect("encoding", str, "a name such as utf-8")

    def _expect(self, name, kind, what, least=None):
        value = getattr(self, name)
        if not isinstance(value, kind) or (least is not None and not value >= least):  # also for NaN
            raise ConfigError(f"{name}={value!r}: expected {what}")

    def _check_fitted(self):
        if not hasattr(self, "words_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"This {type(self).__name__} has no words yet: fit it first")


class Work(NamedTuple):
    """A corpus as symbols, and what bounds the work on it.

    Attributes:
        text: `SymbolFile`.
        folder: for temporary files.
        workers: threads.
        limit: records that are merged at a time.
    """

    text: SymbolFile
    folder: Path
    workers: int
    limit: int

    def frequent_ngrams(self, order, min_count, beginnings_only=False, cluster=None):
        """`NgramCounts` of the corpus; see `ngrams.frequent`."""
        keys = ngrams.ngram_keys(order, len(self.text.alphabet))
        runs = ngrams.Runs(self.folder / "ngrams", self.limit)
        tasks = ((self.text.read(chunk), keys) for chunk in self.text.chunks)
        for columns in on_cluster(ngrams.count, tasks, cluster) if cluster else in_threads(ngrams.count, tasks, self.workers):
            runs.add(*columns)
        return ngrams.frequent(runs, keys, min_count, beginnings_only)


@contextlib.contextmanager
def workspace(settings, corpus):
    """`Work` on a corpus, in a temporary folder.

    Args:
        settings: has `memory`, `workers` and `encoding`; see `WordDiscovery`.
        corpus: see `common.text.corpus.read`.

    Raises:
        DataError: the corpus holds no Chinese.
    """
    workers = settings.workers or os.cpu_count()
    with tempfile.TemporaryDirectory(prefix="podium-words-") as folder:
        size = min(LARGEST_CHUNK, settings.memory // (workers + 1) // BYTES_PER_CHARACTER)
        text = SymbolFile(Path(folder) / "symbols", corpus, settings.encoding, size)
        if not text.alphabet.has_chinese():
            what = "holds no Chinese character" if text.chunks else "is empty: no Chinese characters, digits or letters"
            raise DataError(f"The corpus {corpus if isinstance(corpus, str | os.PathLike) else ''} {what}".replace("  ", " "))
        yield Work(text, Path(folder), workers, settings.memory // BYTES_PER_RECORD)


def lines(texts):
    """One string, with a newline after each text."""
    return "".join(f"{text}\n" for text in texts)


def batches(texts, size=BLOCK):
    """Lists of texts with about `size` characters."""
    batch, length = [], 0
    for text in texts:
        batch.append(text)
        length += len(text) + 1
        if length >= size:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def table(words, **columns):
    """DataFrame of `word` and columns of which one is `count`, by which it is sorted downwards, then by code point."""
    by_word = np.array(sorted(range(len(words)), key=words.__getitem__), dtype=int)  # faster than pandas
    order = by_word[np.argsort(-columns["count"][by_word], kind="stable")]
    words = pd.Series([words[row] for row in order], dtype="str")
    return pd.DataFrame({"word": words, **{name: column[order] for name, column in columns.items()}})
