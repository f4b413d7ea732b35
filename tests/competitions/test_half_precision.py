"""Every network of every contest gives float32, also where its layers work in half precision."""

import keras
import numpy as np
import pytest

from common.text.encode import CHANNELS
from competitions.baidu_ie import config as baidu_ie
from competitions.baidu_ie import features as baidu_features
from competitions.baidu_ie import model as baidu_models
from competitions.captcha import config as captcha
from competitions.captcha import model as captcha_models
from competitions.lamost import model as lamost_models
from competitions.ppd import config as ppd
from competitions.ppd import encoder
from competitions.ppd import model as ppd_models
from competitions.webqa import config as webqa
from competitions.webqa import features as webqa_features
from competitions.webqa import model as webqa_models
from tests.common.images.writing.styles import TABLE

VECTORS = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
VECTORS[0] = 0


def of_lamost(name):
    return getattr(lamost_models, name)(widths=(4,) * (5 if name == "dilated" else 4)), np.ones((2, 2600, 1), "float32")


def of_webqa(name):
    ids = np.ones((2, 6, len(CHANNELS)), "int32")
    match = np.ones((2, 6, len(webqa_features.MATCH)), "float32")
    relevance = np.ones((2, len(webqa_features.RELEVANCE)), "float32")
    network = getattr(webqa_models, name)(5, VECTORS, webqa.Config(width=8))
    return network, {"question": ids, "passage": ids, "match": match, "relevance": relevance}


def of_ppd(name):
    config = ppd.Config(width=4, encoder_width=4)
    if name == "encoder":
        return encoder.new_encoder(5, config), np.ones((2, 4), "int32")
    network = getattr(ppd_models, name)({"word": VECTORS, "char": VECTORS}, config)
    return network, {tensor.name: np.ones((2, 4), "int32") for tensor in network.inputs}


def of_baidu_ie(name):
    network = getattr(baidu_models, name)(5, VECTORS, 3, baidu_ie.Config(width=8, head=2))
    given = {}
    for tensor in network.inputs:
        shape = [size or (2 if place == 0 else 6) for place, size in enumerate(tensor.shape)]
        given[tensor.name] = np.ones(shape, keras.backend.standardize_dtype(tensor.dtype))
    given["ids"] = np.ones((2, 6, len(baidu_features.CHANNELS)), "int32")
    return network, given


def of_captcha(name):
    network = getattr(captcha_models, name)(TABLE, captcha.Config(height=24, width=60, filters=(4,), blocks=1, context=1), 0)
    return network, {"image": np.ones((2, 24, 60, 3), "uint8"), "places": np.zeros((2, TABLE.positions), "int32")}


NETWORKS = [
    *((of_captcha, name) for name in captcha.MODELS if name != "xception"),  # whose blocks are Keras's own
    *((of_lamost, name) for name in ("dilated", "multiscale")),
    *((of_webqa, name) for name in webqa.NETWORKS),
    *((of_baidu_ie, name) for name in baidu_ie.MODELS),
    *((of_ppd, name) for name in (*ppd.NETWORKS, ppd.ENCODER)),
]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize(("make", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_a_network_gives_float32_under_half_precision(make, name, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        network, inputs = make(name)
        outputs = keras.tree.flatten(network(inputs, training=False))
    finally:
        keras.config.set_dtype_policy(before)
    for output in outputs:
        assert keras.backend.standardize_dtype(output.dtype) == "float32"
        assert np.isfinite(keras.ops.convert_to_numpy(output)).all()
