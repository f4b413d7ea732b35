"""The networks of Fashion-MNIST on both backends: shapes, saving, what decays, what makes units differ."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from common.regularizers import cosines
from common.training import Stage, cosine
from common.training.stages import compiled
from competitions.fashion_mnist import inference, model, train
from competitions.fashion_mnist.batches import Batches
from competitions.fashion_mnist.config import MODELS, Config
from tests.conftest import eager

pytestmark = pytest.mark.backend
CONFIG = replace(Config(), widths=(4, 8), blocks=1, growth=2, layers=1, batch_size=12, momentum=0.5)
GENERATOR = np.random.default_rng(0)
IMAGES, LABELS = GENERATOR.integers(0, 256, (24, 28, 28), dtype=np.uint8), np.arange(24) % 3


def stage(config):
    batches = Batches(IMAGES, LABELS, np.arange(24), 3, config, seed=1)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    return Stage(
        "full", batches, loss, 1, cosine(config.learning_rate, config.epochs * len(batches)), undecayed=train.UNDECAYED
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_network_takes_bytes_is_saved_with_its_classes_and_decays_its_kernels_alone(name, tmp_path):
    network = getattr(model, name)(IMAGES, 3, CONFIG)
    trained = inference.Network(network, ("a", "b", "衣"), flip=True)
    with eager():
        found = trained.predict(IMAGES, rows=np.arange(7))
        trained.save(tmp_path)
        loaded = inference.load(tmp_path, name, CONFIG)
        np.testing.assert_allclose(loaded.predict(IMAGES[:7]), found, atol=1e-6)
        np.testing.assert_allclose(trained.predict(IMAGES[:7, :, ::-1]), found, atol=1e-5, err_msg="a mirror changes nothing")
        assert trained.features(IMAGES[:7]).shape[0] == 7
    assert loaded.names == ("a", "b", "衣") and found.shape == (7, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    optimizer = compiled(network, stage(CONFIG), CONFIG).optimizer
    for weight in network.trainable_weights:
        assert optimizer._use_weight_decay(weight) == ("kernel" in weight.path), weight.path


def test_pictures_have_mean_0_and_spread_1_inside():
    pixels, x = model.normalised(IMAGES)
    found = keras.ops.convert_to_numpy(keras.Model(pixels, x)(IMAGES))
    assert found.shape == (24, 28, 28, 1) and abs(found.mean()) < 1e-3 and found.std() == pytest.approx(1, abs=1e-3)


def agreement(**settings):
    """How near the units of a convolution are after a short training from a kernel of near ones: mean |cosine|."""
    keras.utils.set_random_seed(3)
    config = replace(CONFIG, widths=(4,), epochs=4, learning_rate=0.03, warm_up_epochs=0.0, weight_decay=0.0, **settings)
    network = model.wide_resnet(IMAGES, 3, config)
    _, kernel, *_ = (layer.kernel for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    generator = np.random.default_rng(4)
    kernel.assign((generator.normal(size=(*kernel.shape[:-1], 1)) + 0.3 * generator.normal(size=kernel.shape)) / 10)
    one = stage(config)
    trainer = compiled(network, one, config)
    trainer.begin(one.learning_rate)
    with eager():
        trainer.fit(one.batches, epochs=4, verbose=0, shuffle=False)
    return np.abs(cosines(keras.ops.convert_to_numpy(kernel))).mean()


@pytest.fixture(scope="module")
def agreement_of_none():
    return agreement()


@pytest.mark.parametrize("how", ["weights", "module", "centred"])
def test_units_turn_apart_in_training_where_it_is_asked_for(how, agreement_of_none):
    assert agreement(orthogonal=how, orthogonality=30.0) < agreement_of_none - 0.05
