"""Reads what joblib wrote as data: a pickle may have any function called, and a folder that was carried here is to run no code.

Of what is named in it, only classes of this project and of the packages that it fits models with are made, and no function is
called but those that put NumPy's numbers together.
"""

import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

from common.errors import RunError

MOVED = {"competitions.characters.candidates": "common.experiment.candidates"}  # modules that older runs name
PACKAGES = ("common", "competitions", "lightgbm", "sklearn")  # whose classes hold what was learnt
NAMES = {
    *(("collections", name) for name in ("Counter", "OrderedDict", "defaultdict")),
    *(("builtins", "set"), ("builtins", "frozenset")),
    *(("builtins", "slice"), ("numpy", "ndarray"), ("numpy", "dtype")),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
    *(("scipy.sparse._csr", name) for name in ("csr_matrix", "csr_array")),
}


class Numbers(NumpyArrayWrapper):
    """An array as joblib writes it; one of objects would be a pickle of its own."""

    def read_array(self, unpickler, *given):
        """The array.

        Raises:
            RunError: it holds objects.
        """
        if self.dtype.hasobject:
            raise RunError(f"{unpickler.filename} holds an array of objects, which is no data. It is not loaded.")
        return super().read_array(unpickler, *given)


class Data(NumpyUnpickler):
    """An unpickler of data."""

    def find_class(self, module, name):
        """What a pickle names; a name with dots may lead from one package into another.

        Raises:
            RunError: it is neither a class of `PACKAGES` nor one of `NAMES`.
        """
        module = MOVED.get(module, module)
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return Numbers
        if (module, name) in NAMES or (module == "numpy" and np.sctypeDict.get(name)):  # its kinds of numbers
            return super().find_class(module, name)
        if module.partition(".")[0] in PACKAGES:
            try:
                found = super().find_class(module, name)
            except (ImportError, AttributeError):
                found = None
            if isinstance(found, type) and found.__module__.partition(".")[0] in PACKAGES:
                return found
        raise RunError(f"{self.filename} names {module}.{name}, which is no data. It is not loaded; do not trust its folder.")


def load(path):
    """What `joblib.dump` wrote, uncompressed.

    Raises:
        RunError: it holds more than data.
    """
    with open(path, "rb") as file:
        return Data(str(path), file, ensure_native_byte_order=True).load()
