"""Arrays on disk that may be larger than memory, written a stretch of rows at a time.

They are read with `np.load(path, mmap_mode="r")`. They are not written through a memory map: on a full disk that ends the
process without a word.
"""

import numpy as np


def create(path, shape, dtype="float32"):
    """Make an `.npy` file of zeros that takes no space yet."""
    with open(path, "wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": tuple(shape)}
        np.lib.format.write_array_header_2_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)) * np.dtype(dtype).itemsize)


def write_rows(path, start, rows):
    """Write rows from row `start` on; several processes may write different rows of one file."""
    target = np.load(path, mmap_mode="r")
    if rows.shape[1:] != target.shape[1:] or start + len(rows) > len(target):
        raise ValueError(f"rows {rows.shape} from row {start} on do not fit into {path} {target.shape}")
    with open(path, "r+b") as file:
        file.seek(target.offset + start * target.strides[0])
        file.write(np.ascontiguousarray(rows, dtype=target.dtype).data)
