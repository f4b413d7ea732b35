import keras
import numpy as np
import pytest

from bench.measure import alone
from common.layers import ClassCosines, SampledClassCosines
from common.losses import AMSoftmax, ScaledSoftmax
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def cosines(vectors, directions):
    """The formula, pair by pair."""
    return np.array([[x @ w / np.sqrt((x @ x) * (w @ w)) for w in directions] for x in vectors])


def both(classes, negatives, dim=4, **settings):
    """The whole layer and the sampled one, of equal weights."""
    whole, sampled = ClassCosines(classes), SampledClassCosines(classes, negatives, **settings)
    whole.build((None, dim))
    sampled.build([(None, dim), (None,)])
    sampled.set_weights([whole.get_weights()[0], *sampled.get_weights()[1:]])
    return whole, sampled


def trained(layer, inputs, loss, label):
    """Weights after one step of gradient descent."""
    symbolic = keras.tree.map_structure(lambda x: keras.Input(x.shape[1:], dtype=x.dtype.name), inputs)
    model = keras.Model(symbolic, layer(symbolic))
    model.compile(keras.optimizers.SGD(1.0), loss)
    model.fit(inputs, label, batch_size=len(label), shuffle=False, verbose=0)
    return layer.get_weights()[0]


def test_class_cosines_keep_what_every_layer_keeps(tmp_path):
    check_layer(ClassCosines(5), normal(4, 3), tmp_path)


def test_class_cosines_of_a_sequence_keep_it_too(tmp_path):
    check_layer(ClassCosines(5), normal(4, 6, 3), tmp_path, masks=True)


def test_padding_does_not_change_the_loss_of_a_sequence():
    ids, labels = np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0]]), np.array([[0, 1, 2, 0, 0], [3, 1, 0, 0, 0]])
    steps = keras.Input((None,))
    model = keras.Model(steps, ClassCosines(4)(keras.layers.Embedding(10, 8, mask_zero=True)(steps)))
    model.compile("sgd", AMSoftmax())
    found = [model.evaluate(*(np.pad(x, ((0, 0), (0, more))) for x in (ids, labels)), verbose=0) for more in (0, 3, 20)]
    assert found == pytest.approx([found[0]] * 3, rel=1e-5)


def test_sampled_cosines_keep_what_every_layer_keeps(tmp_path):
    check_layer(SampledClassCosines(7, 7), [normal(4, 3), RANDOM.integers(7, size=(4, 1))], tmp_path)


def test_every_setting_is_kept():
    config = SampledClassCosines(9, 4, seed=5).get_config()
    assert (config["classes"], config["negatives"], config["seed"]) == (9, 4, 5)


def test_cosines_are_those_of_the_formula():
    layer, inputs = ClassCosines(6), normal(5, 4)
    np.testing.assert_allclose(numpy(layer(inputs)), cosines(inputs, layer.get_weights()[0]), rtol=1e-5, atol=1e-6)


def test_lengths_do_not_count():
    layer, inputs = ClassCosines(6), normal(5, 4)
    before = numpy(layer(inputs))
    layer.set_weights([layer.get_weights()[0] * RANDOM.uniform(0.1, 10, size=(6, 1))])
    np.testing.assert_allclose(numpy(layer(100 * inputs)), before, rtol=1e-5, atol=1e-6)


def test_a_zero_vector_has_cosine_0_and_a_finite_gradient():
    layer = ClassCosines(3)
    assert (numpy(layer(np.zeros((1, 2), "float32"))) == 0).all()
    weights = trained(layer, np.zeros((2, 2), "float32"), AMSoftmax(), np.array([0, 1]))
    dense = keras.layers.Dense(2, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((2,)), dense, ClassCosines(3)])
    model.compile("sgd", AMSoftmax())
    model.fit(np.ones((2, 2)), np.array([0, 1]), verbose=0)
    assert np.isfinite(weights).all() and all(np.isfinite(weight).all() for weight in model.get_weights())


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_all_is_float32_under_mixed_precision(policy):
    inputs, label = normal(8, 64), RANDOM.integers(5, size=8)
    for whole, half, call in (
        (ClassCosines(5), ClassCosines(5, dtype=policy), inputs),
        (SampledClassCosines(5, 3), SampledClassCosines(5, 3, dtype=policy), [inputs, label]),
    ):
        whole(call), half(call)
        half.set_weights(whole.get_weights())
        assert keras.backend.standardize_dtype(half(call).dtype) == "float32"
        np.testing.assert_array_equal(numpy(half(call)), numpy(whole(call)))


def test_new_directions_are_of_length_1_however_many_classes():
    for classes in (2000, 20):
        layer = ClassCosines(classes)
        layer.build((None, 200))
        assert np.linalg.norm(layer.get_weights()[0], axis=1).mean() == pytest.approx(1, abs=0.05)


def test_column_0_is_the_true_class_and_the_others_are_the_sample():
    whole, sampled = both(20, 6)
    inputs, label = normal(5, 4), np.array([0, 19, 7, 3, 8])
    expected, sample = numpy(whole(inputs)), numpy(sampled.sample(training=False))
    found = numpy(sampled([inputs, label]))
    np.testing.assert_allclose(found[:, 0], expected[np.arange(5), label], rtol=1e-5, atol=1e-6)
    hits = sample == label[:, None]
    assert hits.any() and not hits.all()
    np.testing.assert_allclose(found[:, 1:], np.where(hits, -100, expected[:, sample]), rtol=1e-5, atol=1e-6)


def test_labels_may_stand_in_a_column():
    _, sampled = both(20, 6)
    inputs, label = normal(5, 4), RANDOM.integers(20, size=5)
    np.testing.assert_array_equal(numpy(sampled([inputs, label[:, None]])), numpy(sampled([inputs, label])))


def test_each_step_draws_anew_without_repetition():
    _, sampled = both(50, 10, seed=1)
    draws = np.array([numpy(sampled.sample(training=True)) for _ in range(200)])
    assert (np.diff(draws, axis=1) > 0).all() and draws.min() == 0 and draws.max() == 49
    assert len(np.unique(draws, axis=0)) == 200
    counts = np.bincount(draws.ravel(), minlength=50)
    assert counts.sum() == 2000 and counts.min() > 15 and counts.max() < 70  # 40 expected, deviation 5.7


def test_outside_training_the_sample_is_spread_evenly_and_stays():
    _, sampled = both(100, 4)
    for _ in range(2):
        np.testing.assert_array_equal(numpy(sampled.sample(training=False)), [0, 25, 50, 75])


def test_a_seed_repeats_the_samples():
    draws = [[numpy(layer.sample(training=True)) for _ in range(3)] for _, layer in (both(50, 10, seed=3) for _ in range(2))]
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("loss", [ScaledSoftmax, AMSoftmax])
def test_as_many_negatives_as_classes_give_the_whole_loss_and_its_gradient(loss):
    whole, sampled = both(9, 9)
    inputs, label = normal(6, 4), RANDOM.integers(9, size=6, dtype="int32")
    expected = float(loss()(label, whole(inputs)))
    assert float(loss()(np.zeros(6), sampled([inputs, label], training=True))) == pytest.approx(expected, rel=1e-5)
    expected = trained(whole, inputs, loss(), label)
    np.testing.assert_allclose(trained(sampled, [inputs, label], loss(), np.zeros(6)), expected, rtol=1e-4, atol=1e-5)


def test_the_expected_sum_over_a_sample_is_that_over_all():
    classes, negatives, scale = 60, 15, 3.0
    whole, sampled = both(classes, negatives, seed=2)
    inputs, label = normal(4, 4), RANDOM.integers(classes, size=4)

    def sums(loss, y_true, cosine):
        """What the others weigh against the true class: exp(loss) - 1."""
        return np.expm1(numpy(loss.call(y_true, cosine)))

    loss = ScaledSoftmax(scale=scale, represents=classes / negatives)
    draws = [sums(loss, np.zeros(4), sampled([inputs, label], training=True)) for _ in range(200)]
    expected = sums(ScaledSoftmax(scale=scale), label, whole(inputs))
    error = np.std(draws, axis=0) / 200**0.5
    assert (np.abs(np.mean(draws, axis=0) - expected) < 4 * error).all() and (error < 0.1 * expected).all()


@pytest.mark.parametrize("wrong", [-1, 20])
def test_a_label_that_is_no_class_never_passes(wrong):
    _, sampled = both(20, 6)
    try:
        found = numpy(sampled([normal(3, 4), np.array([1, wrong, 2])]))
    except Exception as error:  # of TensorFlow, which these tests must not import
        assert wrong == 20 and "indices[1] = 20 is not in [0, 20)" in str(error)
    else:
        np.testing.assert_array_equal(np.isnan(found[:, 0]), [False, True, False])


def big_step(rows, classes, dim=128):
    inputs = [keras.Input((dim,)), keras.Input((), dtype="int32")]
    model = keras.Model(inputs, SampledClassCosines(classes, 4096)(inputs))
    model.compile("adam", AMSoftmax(represents=classes / 4096))
    random = np.random.default_rng(0)
    arrays = [random.normal(size=(rows, dim)).astype("float32"), random.integers(classes, size=rows)]
    return {"loss": model.train_on_batch(arrays, np.zeros(rows))}


def test_a_step_over_90_000_classes_takes_less_than_1_5_gb():
    found = alone(big_step, 2048, 90_000)  # 0.74 GB of cosines with all classes, and training would keep several such arrays
    assert np.isfinite(found["loss"]) and found["memory"] < 1.5


@pytest.mark.parametrize(
    ("layer", "wrong"),
    [(ClassCosines, {"classes": 1}), (SampledClassCosines, {"negatives": 0}), (SampledClassCosines, {"negatives": 21})],
)
def test_impossible_settings_are_named(layer, wrong):
    ((name, value),) = wrong.items()
    settings = {"classes": 20} | ({"negatives": 3} if layer is SampledClassCosines else {}) | wrong
    with pytest.raises(ValueError, match=rf"Received: .*{name}={value}"):
        layer(**settings)
