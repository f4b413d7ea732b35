"""Each network gives probabilities, learns from both losses, and comes back from disk as it was."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from common.losses import SoftMacroF1
from competitions.lamost import inference, model
from competitions.lamost.config import NETWORKS, Config
from tests.conftest import REPOSITORY, eager

pytestmark = pytest.mark.backend
FLUX = np.random.default_rng(0).normal(size=(8, 2600, 1)).astype("float32")
LABELS = np.eye(4, dtype="float32")[[0, 1, 2, 3] * 2]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_probabilities_learns_and_comes_back_from_disk(name, tmp_path):
    keras.utils.set_random_seed(0)
    network = getattr(model, name)()
    assert network.output_shape == (None, 4)
    probability = network.predict(FLUX, verbose=0)
    assert probability.dtype == "float32" and (probability >= 0).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)

    for loss in ("categorical_crossentropy", SoftMacroF1()):
        before = network.get_weights()
        network.compile(keras.optimizers.AdamW(1e-3), loss)
        with eager():
            value = network.train_on_batch(FLUX, LABELS)
        assert np.isfinite(value)
        after = network.get_weights()
        assert all(np.isfinite(weight).all() for weight in after)
        trained = {id(weight) for weight in network.trainable_weights}
        for weight, old, new in zip(network.weights, before, after, strict=True):
            assert id(weight) not in trained or np.any(old != new), f"{weight.path} gets a gradient from {loss}"

    expected = network.predict(FLUX, verbose=0)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded.predict(FLUX, verbose=0), expected, atol=1e-6)


def test_a_trained_network_is_loaded_by_a_process_that_did_not_build_it(tmp_path):
    inference.Network(model.dilated(widths=(4, 4)), Config()).save(tmp_path)
    code = (
        "import sys; from pathlib import Path; from competitions.lamost import config, inference;"
        "print(inference.load(Path(sys.argv[1]), 'dilated', config.Config()).network.output_shape)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "(None, 4)", done.stderr
