"""IDX files, the layout of MNIST and of the sets that took its place: plain or gzipped, told by content and not by name.

A header of two zero bytes, the type of the numbers (8 for bytes), how many axes there are and the length of each, four bytes
with the highest first; then the numbers. Images have the magic number 2051, labels 2049.

Reference: http://yann.lecun.com/exdb/mnist (LeCun, Cortes and Burges).
"""

import gzip
import struct
import zlib

import numpy as np

from common import paths
from common.errors import DataError

GZIP = b"\x1f\x8b"
BYTES = 8  # the type of unsigned bytes
BLOCK = 1 << 20  # read at a time
AXES = {1: "labels", 3: "images"}


def read_images(path):
    """The pictures of an IDX file, bytes `(pictures, height, width)`.

    Raises:
        DataError: the file is none, or is not as long as its header says.
    """
    return _read(path, 3)


def read_labels(path):
    """The labels of an IDX file, bytes `(labels,)`.

    Raises:
        DataError: the file is none, or is not as long as its header says.
    """
    return _read(path, 1)


def write(path, array):
    """Write bytes, `(pictures, height, width)` or `(labels,)`, as an IDX file; named `.gz`, it is gzipped, always alike."""
    array = np.ascontiguousarray(array, dtype=np.uint8)
    content = struct.pack(f">HBB{array.ndim}I", 0, BYTES, array.ndim, *array.shape) + array.tobytes()
    with paths.atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(content, mtime=0) if temporary.suffix == ".gz" else content)


def write_set(folder, size, seed, classes, drawn):
    """Write a made-up set: `size` training and half as many test pictures `drawn(label, generator)`, as many of each class."""
    for part, count in (("train", size), ("t10k", size // 2)):
        generator = np.random.default_rng([seed, count])
        labels = generator.permutation(np.arange(count) % classes)
        write(folder / f"{part}-images-idx3-ubyte.gz", np.stack([drawn(label, generator) for label in labels]))
        write(folder / f"{part}-labels-idx1-ubyte.gz", labels)


def _read(path, axes):
    try:
        with open(path, "rb") as file:
            packed = file.peek(2)[:2] == GZIP
            return _array(gzip.GzipFile(fileobj=file) if packed else file, path, axes)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; expected an IDX file of {AXES[axes]}") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}); fetch it again") from error


def _array(stream, path, axes):
    length = 4 + 4 * axes
    header = stream.read(length)
    if len(header) < length or header[:4] != struct.pack(">HBB", 0, BYTES, axes):
        raise DataError(f"{path} {_instead(header, axes)}")
    shape = struct.unpack(f">{axes}I", header[4:])
    size = int(np.prod(shape, dtype=object))
    content = _up_to(stream, size + 1)
    if len(content) != size:
        holds = f"{len(content):,}" if len(content) < size else "more"
        raise DataError(
            f"{path} has {' x '.join(map(str, shape))} {AXES[axes]} by its header, {size:,} bytes, but holds {holds}; "
            "fetch it again"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _up_to(stream, size):
    """At most so many bytes; takes the memory of what is there and not of what a header claims."""
    content = bytearray()
    while block := stream.read(min(BLOCK, size - len(content))):
        content += block
    return content


def _instead(header, axes):
    """What a file is, whose header is not that of an IDX file."""
    if header.startswith(GZIP):
        return "is compressed twice: unpack it once (gunzip) and try again"
    if header.lstrip()[:1] == b"<":
        return f"starts with '{header.lstrip()[:12].decode('latin-1')}': a page of HTML and no IDX file; fetch it again"
    if len(header) < 8:
        return f"has only {len(header)} bytes, which is no IDX file; fetch it again"
    (magic,) = struct.unpack(">I", header[:4])
    expected = (BYTES << 8) + axes
    known = {(BYTES << 8) + number: name for number, name in AXES.items()}
    hint = f", which is that of {known[magic]}: are two files exchanged?" if magic in known else ""
    return f"has the magic number {magic}{hint or ';'} expected {expected} for {AXES[axes]}, unsigned bytes"
