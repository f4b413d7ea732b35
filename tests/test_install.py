"""The layers and losses install as a package and work far from this repository."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec

import pytest

from tests.checkout import copy_repository
from tests.conftest import REPOSITORY

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


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which a copy of the repository, with the toy contest in it, was installed as a package."""
    require_build_tools()
    folder = tmp_path_factory.mktemp("installed")
    source, target = folder / "source", folder / "target"
    copy_repository(source)
    shutil.copytree(REPOSITORY / "tests" / "toy_contest", source / "competitions" / "toy")
    options = ["--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *options, target, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_the_package_works_in_another_folder(installed, tmp_path):
    assert (installed / "common" / "layers" / "convolution.py").exists()
    assert {path.name for path in (installed / "common" / "demo").glob("[dp]*.*[!y]")} == {"demo.js", "page.html"}
    used = subprocess.run(
        [sys.executable, "-c", f"TARGET = {str(installed)!r}\n{SCRIPT}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert used.returncode == 0, used.stderr


def test_the_command_does_what_make_does_from_any_folder(installed, tmp_path):
    """Without make in sight, in a folder without the repository; runs and data stand there."""
    variables = {name: value for name, value in os.environ.items() if name != "PODIUM_HOME"}
    variables |= {"PYTHONPATH": str(installed), "PATH": str(tmp_path / "nothing"), "PYTHONDONTWRITEBYTECODE": "1"}
    before = set(installed.rglob("*"))

    def podium(*arguments, status=0):
        command = [sys.executable, installed / "bin" / "podium", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
        assert done.returncode == status and "Traceback" not in done.stderr, done.stdout + done.stderr
        return done.stdout + done.stderr

    helped = podium("help")
    assert re.search(r"\n  toy +Toy: the colour of a point", helped) and "\n  report " in helped and "\n  lint " not in helped
    assert "(chosen)" in podium("ensemble", "toy", "folds=2")
    assert "0.5,-0.3: blue" in podium("predict", "COMP=toy", "input=0.5,-0.3")
    assert "a board painter" in podium("leaderboard"), "published.csv is part of the package"
    podium("report", "toy", "html=report.html")
    assert (tmp_path / "report.html").exists() and list((tmp_path / "runs" / "toy").glob("ensemble-*/card.md"))
    shown = podium("clean", "yes=1")
    assert "data/sample" in shown and not (tmp_path / "data" / "sample" / "toy").exists()
    assert set(installed.rglob("*")) == before, "an installed package is left as it is"
    for arguments, message in (
        (("lint",), "lint is of the repository, not of its package. In its folder: python -m ruff check ."),
        (("trian", "toy"), "There is no target 'trian'. Did you mean train?"),
        (("train", "toyy"), "There is no contest 'toyy'"),
        (("train", "toy", "lamost"), "expected one contest, but got toy lamost"),
        (("train", "toy", "fold=2"), "There is no setting 'fold'. Did you mean folds?"),
    ):
        assert f"error: {message}" in podium(*arguments, status=2)
