"""Word vectors in the files of word2vec, text and binary, and of gensim.

vectors, notes = read("vectors.bin")
write(vectors, "vectors.txt")

What is wrong with a file is said, and no vector is ever shifted: in the binary form a wrong width or count would make numbers
of letters, so the end of every word is looked at, and the end of the file.
"""

import pickle
from pathlib import Path

import numpy as np

from common import paths
from common.errors import DataError
from common.text.word_vectors import WordVectors

LONGEST_WORD = 4096  # bytes; without a blank for longer, it is no word
WIDEST = 1 << 20  # numbers of a vector
SHOWN = 3  # words in a note
NOT_UTF8 = "left out, its word is not UTF-8"


def read(path):
    """Vectors of a file: `.npz` of `WordVectors`, gensim's `KeyedVectors` or `Word2Vec`, or word2vec's binary or text form.

    The form is told by the content, not by the name.

    Returns:
        `WordVectors` and a list of sentences on what was left out or differs from what the file says of itself.

    Raises:
        DataError: no such file, or it is cut off, has vectors of unequal width, or is none of these.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise DataError(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; expected a file of word vectors")
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    if head[:2] == b"PK":
        return WordVectors.load(path), []
    if head[:1] == b"\x80":
        return _of_gensim(path), []
    first, newline, rest = head.partition(b"\n")
    header = first.split()
    if len(header) == 2 and all(field.isdigit() for field in header) and newline:
        count, width = map(int, header)
        if not 1 <= width <= WIDEST:
            raise DataError(f"{path} line 1: vectors of width {width}; expected 1 to {WIDEST}")
        if not _is_text(rest, width):
            return _binary(path, count, width, len(first) + 1)
        return _text(path, count, width)
    return _text(path, None, None)  # as GloVe writes them, without a first line


def write(vectors, path, binary=False):
    """Write word2vec's text form, or the binary one; text keeps every bit of a float32.

    Raises:
        DataError: a word holds a blank or a newline, which either form would split.
    """
    for word in vectors.words:
        if not word or word.split() != [word]:
            raise DataError(f"the word {word!r} is empty or holds a blank, which word2vec's files cannot hold")
    with paths.atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(f"{len(vectors.words)} {vectors.vectors.shape[1]}\n".encode())
        for word, row in zip(vectors.words, vectors.vectors.astype("<f4"), strict=True):
            if binary:
                file.write(word.encode("utf-8") + b" " + row.tobytes() + b"\n")
            else:
                file.write(f"{word} {' '.join(str(number) for number in row)}\n".encode())


def to_gensim(vectors):
    """gensim's `KeyedVectors`."""
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(vectors.vectors.shape[1])
    keyed.add_vectors(list(vectors.words), vectors.vectors)
    return keyed


def from_gensim(keyed):
    """`WordVectors` of gensim's `KeyedVectors`."""
    return WordVectors(tuple(keyed.index_to_key), np.asarray(keyed.vectors, "float32"))


def _of_gensim(path):
    from gensim.utils import SaveLoad

    try:
        loaded = SaveLoad.load(str(path))  # holds pickled objects: load files that you trust
        return from_gensim(getattr(loaded, "wv", loaded))
    except (AttributeError, pickle.UnpicklingError, EOFError, ImportError, OSError, ValueError) as error:
        raise DataError(f"{path} begins like a file of gensim, and cannot be read as one ({error})") from None


def _is_text(rest, width):
    """Whether what follows the first line reads as a word and `width` numbers."""
    line = rest.partition(b"\n")[0].split()
    if len(line) < 2:
        return False
    try:
        [float(field) for field in line[1:]]
    except ValueError:
        return False
    return b"\0" not in rest[:1024]


def _binary(path, count, width, start):
    data, place = path.read_bytes(), start
    words, rows, faults = [], [], []
    size = 4 * width
    while len(words) + len(faults) < count:
        while place < len(data) and data[place] == 10:  # a newline behind each vector, or none
            place += 1
        if place >= len(data):
            break
        end = data.find(b" ", place, place + LONGEST_WORD)
        number = len(words) + len(faults) + 1
        if end < 0 or b"\n" in data[place:end]:
            raise DataError(
                f"{path}: where word {number} should begin, at byte {place + 1}, there is none; the width {width} of the first "
                "line is wrong, or the file is damaged"
            )
        if end + 1 + size > len(data):
            raise DataError(f"{path} is cut off inside the vector of word {number} of {count}, at byte {len(data)}")
        word, row = data[place:end], np.frombuffer(data, "<f4", width, end + 1)
        if not np.isfinite(row).all():
            raise DataError(f"{path}: the vector of word {number} holds no numbers; the width {width} may be wrong")
        place = end + 1 + size
        try:
            words.append(word.decode("utf-8"))
            rows.append(row)
        except UnicodeDecodeError:
            faults.append(f"word {number} ({word!r}) was {NOT_UTF8}")
    if data[place:].strip(b"\n"):
        raise DataError(
            f"{path} goes on at byte {place + 1} after the {count} words that its first line promises; the count is too low, "
            f"or the width {width} is wrong"
        )
    return _gathered(path, count, words, rows, faults)


def _text(path, count, width):
    words, rows, faults = [], [], []
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            fields = line.rstrip().split(b" ")
            if (number == 1 and count is not None) or fields == [b""]:
                continue
            try:
                row = np.array(fields[1:], dtype="S").astype("float32")
            except ValueError:
                what = b" ".join(fields)[:60].decode("utf-8", "replace")
                raise DataError(f"{path} line {number}: expected a word and numbers, found '{what}'") from None
            width = width or len(row)
            if len(row) != width or not width:
                raise DataError(f"{path} line {number}: a vector of width {len(row)}, where others have {width}")
            try:
                words.append(fields[0].decode("utf-8-sig" if number == 1 else "utf-8"))
                rows.append(row)
            except UnicodeDecodeError:
                faults.append(f"line {number} ({fields[0]!r}) was {NOT_UTF8}")
    return _gathered(path, count, words, rows, faults)


def _gathered(path, count, words, rows, notes):
    if not words:
        raise DataError(f"{path} holds no word vectors")
    if count is not None and len(words) + len(notes) != count:
        notes = [*notes, f"its first line promises {count} words, and it holds {len(words) + len(notes)}"]
    places = {}
    for place, word in enumerate(words):
        places.setdefault(word, place)
    if len(places) < len(words):
        twice = [word for place, word in enumerate(words) if places[word] != place]
        shown = ", ".join(twice[:SHOWN]) + (" ..." if len(twice) > SHOWN else "")
        notes = [*notes, f"{len(twice)} words stand there twice, and the first of each counts: {shown}"]
    kept = list(places.values())
    vectors = WordVectors(tuple(words[place] for place in kept), np.stack([rows[place] for place in kept]).astype("float32"))
    return vectors, [f"{path}: {note}" for note in notes]
