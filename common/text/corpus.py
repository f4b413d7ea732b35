"""Text of a corpus, wherever it comes from: a file, a `.gz`, a folder, several of them, or strings at hand.

for line in read("news.txt.gz"): ...
for line in read(["laws/", Path("more.txt")]): ...
for line in read(["一行", "又一行"]): ...

Nothing is read before somebody asks for it, and never more than a block at a time.
"""

import codecs
import gzip
import hashlib
import itertools
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

from common.errors import ConfigError, DataError
from common.paths import listed

BLOCK = 1 << 20  # bytes read at a time
PLENTY = 1 << 26  # bytes that a .gz may unpack to, however small it is
TIMES = 100  # its size is what a larger one may unpack to; Chinese text takes 3 times, and some KB of zeros could take GB
BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LONGEST_PATH = 4096  # a longer string is a text
PATH_ENDS = (".txt", ".gz", os.sep)


def read(corpus, encoding="utf-8"):
    """Lines of a corpus, without their ends, one after the other; split at newlines only.

    Args:
        corpus: path of a text file, of a `.gz`, or of a folder, of which all `.txt` and `.txt.gz` are read in order of their
            names; a list of such paths; or an iterable of strings, which come out as they are. Strings are taken for paths
            if the first exists or looks like one: a single line that begins or ends with `/`, or ends with `.txt` or `.gz`.
        encoding: of the files.

    Raises:
        DataError: a file is missing, not text or in another encoding, a folder holds no text, or an item is no string.
        ConfigError: no such encoding of text.
    """
    corpus = _files_or_strings(corpus)
    if not isinstance(corpus, list):
        yield from corpus
        return
    for path in corpus:
        rest = []  # of a line that goes on
        for part in _decoded(path, encoding):
            first, *lines = part.split("\n")
            rest.append(first)
            for line in lines:
                yield "".join(rest).removesuffix("\r")
                rest = [line]
        if last := "".join(rest):
            yield last.removesuffix("\r")


def given_lines(path, what):
    """Lines of the UTF-8 text that a person names with `input=`, without those that are blank; they end at `\\n` only.

    Args:
        path: of the file.
        what: stands on a line, for the messages.

    Raises:
        DataError: no such file, not UTF-8, or nothing in it.
    """
    try:
        text = Path(path).expanduser().read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        fault = "is a folder" if isinstance(error, IsADirectoryError) else "does not exist"
        raise DataError(f"input={path} {fault}; expected a text with one {what} a line") from None
    except OSError as error:
        raise DataError(f"input={path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"input={path}, byte {error.start + 1}: not UTF-8; convert it, for example with iconv") from None
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        raise DataError(f"input={path} holds no {what}; expected one a line")
    return lines


def blocks(corpus, encoding="utf-8", size=BLOCK):
    """The same text in blocks of `size` to twice `size` characters, cut anywhere; files and strings end with a newline.

    Args and errors as for `read`.
    """
    gathered, length = [], 0
    for text in _parts(_files_or_strings(corpus), encoding, size):
        gathered.append(text)
        length += len(text)
        if length >= size:
            yield "".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield "".join(gathered)


def distinct(texts):
    """Texts without those that came before, word for word; keeps 16 bytes of each."""
    seen = set()
    for text in texts:
        digest = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
        if digest not in seen:
            seen.add(digest)
            yield text


def _parts(corpus, encoding, size):
    """Text in parts of at most `size` characters."""
    if isinstance(corpus, list):
        for path in corpus:
            yield from _decoded(path, encoding, min(size, BLOCK))
            yield "\n"
        return
    for text in corpus:
        for start in range(0, len(text), size):
            yield text[start : start + size]
        yield "\n"


def _files_or_strings(corpus):
    """A list of files, or another iterable of strings."""
    if isinstance(corpus, str | os.PathLike):
        return files_of([corpus])
    if isinstance(corpus, bytes) or not isinstance(corpus, Iterable):
        raise DataError(f"The corpus is of type {type(corpus).__name__}; expected a path, a list of paths, or strings")
    corpus = iter(corpus)
    head = list(itertools.islice(corpus, 1))
    if head and _is_path(head[0]):
        return files_of(_checked([*head, *corpus], str | os.PathLike))
    return _checked(itertools.chain(head, corpus), str)


def _is_path(item):
    if not isinstance(item, str):
        return isinstance(item, os.PathLike)
    looks_like_one = "\n" not in item and (item.endswith(PATH_ENDS) or item.startswith(os.sep))
    return len(item) < LONGEST_PATH and (looks_like_one or os.path.exists(item))


def _checked(items, kind):
    for number, item in enumerate(items, start=1):
        if not isinstance(item, kind):
            raise DataError(f"Item {number} of the corpus is of type {type(item).__name__}; expected a string")
        yield item


def files_of(paths):
    """The text files of a corpus: files as they are, of a folder all `.txt` and `.txt.gz` in it.

    Raises:
        DataError: a path does not exist, or a folder holds no text.
    """
    files = []
    for path in map(Path, paths):
        if os.path.isdir(path):
            found = listed(path, "*.txt", "*.txt.gz")
            if not found:
                raise DataError(f"{path} holds no text file (.txt, .txt.gz)")
            files += found
        elif os.path.exists(path):
            files.append(path)
        else:
            raise DataError(f"{path} does not exist; expected a text file, a .gz, or a folder of .txt and .txt.gz")
    return files


def _decoded(path, encoding, size=BLOCK):
    """Text of one file, a part at a time; a byte order mark is left out."""
    codec = _codec(encoding)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec.name == "utf-8" else codec.name)()
    line, head, length, packed = 1, None, 0, path.suffix == ".gz"
    longest = most_unpacked(path)
    with gzip.open(path) if packed else open(path, "rb") as file:
        try:
            while block := file.read(size):
                head, length = head or block, length + len(block)
                if packed and length > longest:
                    raise DataError(f"{path} unpacks to more than {longest:,} bytes, which no text of its size does")
                yield decoder.decode(block)
                line += block.count(b"\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise DataError(f"{path}, line {line}: {_what_it_may_be(head, error.object[error.start :], codec.name)}") from None
        except UnicodeError as error:
            raise DataError(f"{path}: not {encoding} ({error}); give its encoding, for example utf-16-le") from None
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{path} cannot be read to its end ({error})") from None


def most_unpacked(path):
    """Bytes that a packed file of text may unpack to, by its size; a bomb takes a thousand times."""
    return max(PLENTY, TIMES * path.stat().st_size)


def _codec(encoding):
    try:
        codec = codecs.lookup(encoding)
    except (LookupError, TypeError, ValueError):
        codec = None
    if codec is None or not codec._is_text_encoding:  # hex and the like turn bytes into bytes
        raise ConfigError(f"encoding={encoding}: there is no such encoding of text; for example utf-8, gb18030, utf-16")
    return codec


def _what_it_may_be(head, rest, encoding):
    """What to say of a file that begins with `head`, and has a `rest` which is not in the expected encoding."""
    for mark, name in BYTE_ORDER_MARKS.items():
        if head.startswith(mark) and name == encoding:
            return f"it begins like {name}, and does not go on so; the file is damaged"
        if head.startswith(mark):
            return f"not {encoding}; it begins like {name}: give encoding={name}"
    if b"\0" in head:
        return f"not {encoding}, and no text, for it holds zero bytes; take the file out, or list the files to be read"
    try:
        codecs.getincrementaldecoder("gb18030")().decode(rest)
    except UnicodeDecodeError:
        return f"not {encoding}; give its encoding, for example encoding=utf-16, or take the file out"
    return f"not {encoding}; it reads as GBK: give encoding=gb18030"
