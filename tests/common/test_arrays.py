import errno
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from common import arrays


def test_a_new_array_is_zero_and_takes_no_space(tmp_path):
    path = tmp_path / "flux.npy"
    arrays.create(path, (100_000, 10))
    zeros = np.load(path, mmap_mode="r")
    assert zeros.shape == (100_000, 10)
    assert zeros.dtype == np.float32
    assert not zeros[[0, 50_000, 99_999]].any()
    assert path.stat().st_blocks * 512 < 100_000


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_rows_come_back_where_they_were_written(tmp_path, dtype):
    path = tmp_path / "rows.npy"
    rows = np.arange(24).reshape(8, 3)
    arrays.create(path, (10, 3), dtype)
    arrays.write_rows(path, 6, rows[4:])
    arrays.write_rows(path, 1, rows[:4])
    found = np.load(path)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[1:5], rows[:4])
    np.testing.assert_array_equal(found[6:], rows[4:])
    assert not found[[0, 5]].any()


def test_rows_that_do_not_lie_in_order_in_memory_are_written_in_order(tmp_path):
    path = tmp_path / "rows.npy"
    arrays.create(path, (3, 4))
    rows = np.arange(12.0).reshape(4, 3).T
    arrays.write_rows(path, 0, rows)
    np.testing.assert_array_equal(np.load(path), rows)


def test_several_may_write_into_one_file(tmp_path):
    path = tmp_path / "rows.npy"
    arrays.create(path, (400, 5))
    rows = np.random.default_rng(0).normal(size=(400, 5)).astype("float32")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: arrays.write_rows(path, start, rows[start : start + 20]), range(0, 400, 20)))
    np.testing.assert_array_equal(np.load(path), rows)


@pytest.mark.parametrize(("start", "shape"), [(8, (3, 3)), (0, (2, 4)), (0, (11, 3)), (10, (1, 3))])
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(tmp_path, start, shape):
    path = tmp_path / "rows.npy"
    arrays.create(path, (10, 3))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"from row {start} on do not fit into .*rows\.npy"):
        arrays.write_rows(path, start, np.ones(shape))
    assert path.read_bytes() == before


def test_a_full_disk_is_an_error_that_can_be_told(small_disk):
    path = small_disk / "rows.npy"
    arrays.create(path, (1000, 100))
    with pytest.raises(OSError, match="No space left") as caught:
        arrays.write_rows(path, 0, np.ones((1000, 100)))
    assert caught.value.errno == errno.ENOSPC
