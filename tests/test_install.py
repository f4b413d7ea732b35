"""The layers and losses install as a package and work far from this repository."""

import os
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec

import pytest

from tests.checkout import copy_repository

SCRIPT = """
import keras, numpy as np, common
from common.layers import ResidualDilatedConv1D
from common.losses import SoftMacroF1
assert common.__file__.startswith(TARGET), common.__file__
signal, labels = np.random.normal(size=(32, 40, 3)).astype("float32"), np.eye(4)[np.arange(32) % 4].astype("float32")
model = keras.Sequential([ResidualDilatedConv1D(8), keras.layers.GlobalMaxPooling1D(), keras.layers.Dense(4, "softmax")])
model.compile("adam", SoftMacroF1())
model.fit(signal, labels, epochs=2, batch_size=32, verbose=0)
model.save("model.keras")
loaded = keras.saving.load_model("model.keras")
np.testing.assert_allclose(loaded.predict(signal, verbose=0), model.predict(signal, verbose=0), atol=1e-6)
"""


def require_build_tools():
    """Skip where this environment cannot build the package offline."""
    if find_spec("pip") is None or find_spec("setuptools") is None or int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("needs pip and setuptools>=77 to build the package, as the extra `dev` has them")


def test_the_package_works_in_another_folder(tmp_path):
    require_build_tools()
    source, target, elsewhere = (tmp_path / name for name in ("source", "target", "elsewhere"))
    copy_repository(source)
    elsewhere.mkdir()
    options = ["--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, target, source], capture_output=True, text=True
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert (target / "common" / "layers" / "convolution.py").exists() and not (target / "competitions").exists()
    variables = os.environ | {"PYTHONPATH": str(target)}
    script = f"TARGET = {str(target)!r}\n{SCRIPT}"
    used = subprocess.run([sys.executable, "-c", script], cwd=elsewhere, env=variables, capture_output=True, text=True)
    assert used.returncode == 0, used.stderr
