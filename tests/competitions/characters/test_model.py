from types import SimpleNamespace

import numpy as np
import pytest

from competitions.characters.config import Config

pytestmark = pytest.mark.backend
CONFIG = Config(side=24, widths=(4, 8, 8), batch_size=8)


@pytest.mark.parametrize("name", ["original", "vgg"])
def test_a_network_takes_a_step_and_predicts_without_distortion(name, tmp_path):
    import keras

    from common import training
    from competitions.characters import inference, model

    generator = np.random.default_rng(0)
    glyphs, labels = generator.integers(0, 256, (8, 24, 24), np.uint8), np.arange(8) % 12
    keras.utils.set_random_seed(1)
    network = getattr(model, name)(12, CONFIG, seed=1)
    before = [np.array(weight) for weight in network.get_weights()]
    batches = training.OfArrays((glyphs, labels, np.ones(8, "float32")), np.arange(8), 8, seed=1)
    stage = training.Stage("cosine", batches, "sparse_categorical_crossentropy", 1, 1e-3)
    settings = SimpleNamespace(weight_decay=0, momentum=0.9, drop_patience=None, stop_patience=None)
    log = training.fit_stage(network, stage, None, settings, "test")
    assert np.isfinite(log["loss"]).all()
    assert any(np.any(old != new) for old, new in zip(before, network.get_weights(), strict=True))
    fitted = inference.Network(network, 24)
    found = fitted.predict(glyphs)
    assert found.shape == (8, 10, 2) and np.all(found[..., 1].sum(axis=1) <= 1 + 1e-5)
    np.testing.assert_array_equal(fitted.predict(glyphs, np.array([2, 5]))[..., 0], found[[2, 5], :, 0])
    fitted.save(tmp_path)
    np.testing.assert_allclose(inference.load(tmp_path, name, CONFIG).predict(glyphs), found, atol=1e-5)


def test_half_precision_leaves_places_and_probabilities_alone():
    import keras

    from common.layers.distortion import Distortion
    from competitions.characters import model

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = model.vgg(12, CONFIG, seed=1)
    finally:
        keras.config.set_dtype_policy(before)
    assert network.layers[-1].compute_dtype == "float32"
    warps = [layer for layer in network.layers if isinstance(layer, Distortion)]
    assert len(warps) == 2 and all(layer.compute_dtype == "float32" for layer in warps)
    assert any(layer.compute_dtype == "bfloat16" for layer in network.layers)
