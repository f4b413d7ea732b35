import gzip
import struct

import numpy as np
import pytest

from common.errors import DataError
from common.images import idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([9, 0, 3], np.uint8)


def packed(array):
    return struct.pack(f">I{array.ndim}I", 2048 + array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_content_and_not_the_name_says_whether_a_file_is_gzipped(name, pack, tmp_path):
    path = tmp_path / name
    path.write_bytes(pack(packed(IMAGES)))
    np.testing.assert_array_equal(idx.read_images(path), IMAGES)


@pytest.mark.parametrize("name", ["set", "set.gz"])
def test_what_is_written_is_read_and_always_the_same_file(name, tmp_path):
    idx.write(tmp_path / name, LABELS)
    written = (tmp_path / name).read_bytes()
    assert written.startswith(idx.GZIP) == name.endswith(".gz")
    np.testing.assert_array_equal(idx.read_labels(tmp_path / name), LABELS)
    idx.write(tmp_path / name, LABELS)
    assert (tmp_path / name).read_bytes() == written


@pytest.mark.parametrize(
    "content, message",
    [
        (packed(LABELS), "magic number 2049, which is that of labels: are two files exchanged"),
        (struct.pack(">4I", 2052, 1, 1, 1), "magic number 2052; expected 2051"),
        (packed(IMAGES)[:-1], r"2 x 3 x 4 images by its header, 24 bytes, but holds 23"),
        (packed(IMAGES) + b"1", "but holds more"),
        (struct.pack(">4I", 2051, 2**32 - 1, 2**32 - 1, 2**32 - 1), "but holds 0"),
        (gzip.compress(gzip.compress(packed(IMAGES))), "compressed twice"),
        (gzip.compress(packed(IMAGES))[:-9], "damaged gzip file"),
        (b"<!DOCTYPE html><html>no", "starts with '<!DOCTYPE ht': a page of HTML"),
        (b"\n<html>", "a page of HTML"),
        (b"", "has only 0 bytes"),
    ],
    ids=range(10),
)
def test_what_is_no_idx_file_of_images_is_named_and_explained(content, message, tmp_path):
    path = tmp_path / "train-images.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"train-images\.gz .*{message}"):
        idx.read_images(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="no-such-file does not exist; expected an IDX file of labels"):
        idx.read_labels(tmp_path / "no-such-file")
