"""Files of samples: `generation.npz` with bytes under the name `samples`, or `generation.txt`, a sentence a line."""

import zipfile
from pathlib import Path

import numpy as np

from common.errors import DataError
from common.generative import quality
from common.text import corpus

KEY = "samples"
MOST_COPIES = 0.01  # of pictures: no two photographs agree in every byte
MOST_COPIED_SENTENCES = 0.5  # short ones are said again: of real test sentences some stand in the training part, too
LONGEST = 1000  # characters of a sentence


def read(path, dataset):
    """The samples of a file: bytes `(samples, height, width)`, or a list of sentences.

    Raises:
        DataError: it is no file of samples; dtype, range, shape or name are said.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"file={path} does not exist; expected samples as .npz or .txt")
    return read_pictures(path, dataset.train.shape[1:]) if dataset.kind == "pictures" else read_sentences(path)


def read_pictures(path, shape):
    """The pictures of an `.npz` or `.npy` file, bytes.

    Whole numbers of any type from 0 to 255 are taken, with an axis for one channel or flat; fractions are refused, since
    nobody can tell 0 to 1 from -1 to 1 by one picture.
    """
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.lib.npyio.NpzFile):
            with found:
                names = found.files
                name = KEY if KEY in names else names[0] if len(names) == 1 else None
                if name is None:
                    raise DataError(f"{path} holds the arrays {', '.join(names) or 'none'}; expected one, or one named '{KEY}'")
                found = found[name]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is no file of arrays that can be read ({error}); expected .npz with '{KEY}'") from error
    array = shaped(path, found, shape)
    low, high = array.min(), array.max()
    if not np.isfinite(array.astype(float)).all():
        raise DataError(f"{path} holds values that are no numbers; expected bytes from 0 to 255")
    if low < 0 or high > 255 or high <= 1 or (array != np.round(array)).any():
        raise DataError(
            f"{path} holds {array.dtype} from {low:g} to {high:g}; expected whole numbers from 0 to 255: scale, round and clip "
            "them yourself, for 0 to 1 and -1 to 1 cannot be told apart with certainty"
        )
    return array.astype(np.uint8)


def shaped(path, array, shape):
    """An array as `(samples, height, width)`.

    Raises:
        DataError: it has another shape, or is no array of numbers.
    """
    if array.dtype.kind not in "uif":
        raise DataError(f"{path} holds an array of type {array.dtype}; expected bytes")
    forms = (shape, (*shape, 1), (1, *shape), (shape[0] * shape[1],))
    if array.ndim < 2 or array.shape[1:] not in forms:
        size = " x ".join(map(str, shape))
        raise DataError(f"{path} has the shape {array.shape}; expected (samples, {shape[0]}, {shape[1]}), pictures of {size}")
    if len(array) < 2:
        raise DataError(f"{path} has {len(array)} samples; a covariance needs more")
    return array.reshape(len(array), *shape)


def read_sentences(path):
    """The sentences of a file; blank lines are sentences without words, and faults."""
    return [line.strip() for line in corpus.read([path])]


def faults(samples, dataset, count):
    """What is wrong with samples as a submission, a list of texts.

    Args:
        samples: of `read`.
        dataset: `data.Dataset`.
        count: how many there have to be.
    """
    found = []
    if len(samples) != count:
        found.append(f"{len(samples):,} samples; expected {count:,}")
    if dataset.kind == "sentences":
        for number, one in enumerate(samples, start=1):
            if not one or len(one) > LONGEST:
                found.append(f"line {number}: {len(one):,} characters; expected 1 to {LONGEST:,}")
    most = MOST_COPIES if dataset.kind == "pictures" else MOST_COPIED_SENTENCES
    share = quality.copies(samples, dataset.train)
    if share > most:
        found.append(f"{share:.1%} of the samples are copies of training records; at most {most:.0%} are allowed")
    return found
