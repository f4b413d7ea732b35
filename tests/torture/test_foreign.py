"""A network in a folder from elsewhere is data: whatever its `model.keras` names, no code of it runs."""

import json
import zipfile

import keras
import numpy as np
import pytest

from common.errors import RunError
from common.experiment.learnt import Learnt
from competitions.fashion_mnist import inference
from competitions.fashion_mnist.config import Config


def load(folder):
    """A fold's network as `predict` loads it."""
    return Learnt(None, inference, Config)._model(folder, "wide_resnet", Config())


@pytest.fixture
def folder(tmp_path):
    """That of a fold, with a network that is well."""
    keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save(tmp_path / "model.keras")
    (tmp_path / "classes.json").write_text("[]")
    load(tmp_path)
    return tmp_path


def name_in(path, module, name, **config):
    """Have a layer of a saved network be anything that can be imported."""
    with zipfile.ZipFile(path) as archive:
        files = {file: archive.read(file) for file in archive.namelist()}
    network = json.loads(files["config.json"])
    network["config"]["layers"][1] |= {"module": module, "class_name": name, "registered_name": None, "config": config}
    files["config.json"] = json.dumps(network)
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("subprocess", "Popen"),
        ("os", "system"),
        ("builtins", "open"),
        ("logging", "FileHandler"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("common.run", "main"),
    ],
)
def test_a_network_that_names_what_is_no_layer_is_refused(folder, module, name):
    touched = folder / "touched"
    name_in(folder / "model.keras", module, name, args=["touch", str(touched)], filename=str(touched))
    with pytest.raises(
        RunError, match=r"(?s)cannot be read .*(not a modeling function|Could not (deserialize|locate)).*Move the folder"
    ):
        load(folder)
    assert not touched.exists()


def test_a_network_with_a_function_in_it_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    touched = folder / "touched"
    written = keras.layers.Lambda(lambda x: (__import__("pathlib").Path("touched").touch(), x)[1], output_shape=(1,))
    keras.Sequential([keras.Input((1,)), written]).save(folder / "model.keras")
    keras.saving.load_model(folder / "model.keras", safe_mode=False)(np.ones((1, 1)))
    assert touched.exists(), "it does harm where nothing keeps it from it"
    touched.unlink()
    with pytest.raises(RunError, match=r"(?s)cannot be read .*Lambda"):
        load(folder)
    assert not touched.exists()
