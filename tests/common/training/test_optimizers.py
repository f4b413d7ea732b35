import keras
import numpy as np
import pytest
from keras import ops

from common.training.optimizers import SGD, Adam, AdamW, layerwise
from common.training.schedules import PiecewiseLinear, cosine
from common.training.transforms import Centralisation, LayerwiseClipping, Noise, pcgrad

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(8, 3)).astype("float32"), RANDOM.normal(size=(8, 1)).astype("float32")
IDS = np.array([[1, 2], [2, 3], [1, 1], [3, 2]], "int32")
BASES = {SGD: keras.optimizers.SGD, Adam: keras.optimizers.Adam, AdamW: keras.optimizers.AdamW}


def network():
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="low"), keras.layers.Dense(1, name="high")])


def table():
    keras.utils.set_random_seed(1)
    ids = keras.Input((2,), dtype="int32")
    vectors = keras.layers.Embedding(6, 4, name="table")(ids)
    return keras.Model(ids, keras.layers.Dense(1)(keras.layers.Flatten()(vectors)))


def fitted(optimizer, epochs=1, model=None, x=X, y=Y, batch_size=8):
    model = model or network()
    model.compile(optimizer, "mse")
    model.fit(x, y, batch_size=batch_size, shuffle=False, epochs=epochs, verbose=0)
    return model


def weights(model):
    return {"/".join(weight.path.split("/")[-2:]): np.array(ops.convert_to_numpy(weight)) for weight in model.weights}


def assert_same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name in found:
        np.testing.assert_allclose(found[name], expected[name], **{"rtol": 0, "atol": 1e-6, **tolerance}, err_msg=name)


@pytest.mark.parametrize("ours", BASES)
def test_without_recipes_it_is_kerass_optimiser(ours):
    assert_same(weights(fitted(ours(0.1), 3)), weights(fitted(BASES[ours](0.1), 3)), atol=0)


def test_the_rate_of_a_layer_is_multiplied_and_0_freezes():
    before = weights(network())
    plain, found = weights(fitted(SGD(0.1))), weights(fitted(SGD(0.1, rates={"(^|/)low/": 0.1, "(^|/)high/bias": 0.0})))
    for name in before:
        factor = 0.1 if name.startswith("low") else 0.0 if name == "high/bias" else 1.0
        np.testing.assert_allclose(found[name], before[name] + factor * (plain[name] - before[name]), atol=1e-7)
    frozen = weights(fitted(AdamW(0.1, weight_decay=0.1, rates={"(^|/)low/": 0.0}), 3))
    assert_same(
        {name: frozen[name] for name in before if "low" in name}, {n: v for n, v in before.items() if "low" in n}, atol=0
    )


@pytest.mark.parametrize(("ours", "scale"), [(SGD, 0.1**0.5), (Adam, 0.1)])
def test_a_factor_is_a_weight_that_is_stored_divided(ours, scale):
    """The identity of kexue.fm 6418: to train w/s in the place of w multiplies the rate by s^2 (SGD), or by s (Adam)."""

    @keras.saving.register_keras_serializable(package="tests")
    class Stored(keras.layers.Layer):
        def build(self, shape):
            self.stored = self.add_weight(shape=(3, 1), initializer="zeros")

        def call(self, x):
            return x @ (scale * ops.convert_to_tensor(self.stored))

    start = RANDOM.normal(size=(3, 1)).astype("float32")
    momentum = {"momentum": 0.9} if ours is SGD else {"epsilon": 1e-12}
    multiplied = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False, name="low")])
    divided = keras.Sequential([keras.Input((3,)), Stored()])
    multiplied.set_weights([start])
    divided.set_weights([start / scale])
    fitted(ours(0.02, rates={"low/": 0.1}, **momentum), 5, multiplied)
    fitted(ours(0.02, **momentum), 5, divided)
    np.testing.assert_allclose(multiplied.get_weights()[0], scale * divided.get_weights()[0], atol=2e-5)


def test_decay_is_scaled_and_leaves_out_what_it_is_told_to():
    before = weights(network())
    nothing = {"x": np.zeros_like(X), "y": np.zeros_like(Y)}
    optimizer = AdamW(0.1, weight_decay=0.5, rates={"(^|/)low/": 0.1}, undecayed=("high/kernel", "bias$"))
    found = weights(fitted(optimizer, 1, **nothing))  # no gradient: with zero biases zeros give zero
    np.testing.assert_allclose(found["low/kernel"], before["low/kernel"] * (1 - 0.1 * 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_array_equal(found["high/kernel"], before["high/kernel"])


def test_patterns_that_fit_nothing_are_told_and_two_that_fit_are_refused():
    with pytest.warns(UserWarning, match=r"No trained weight has a path with '\^low/'; they are .*low/kernel"):
        SGD(0.1, rates={"^low/": 0.1}).build(network().trainable_variables)
    with pytest.raises(ValueError, match=r"Two patterns of `rates` fit .*low/kernel; the second is 'kernel'"):
        SGD(0.1, rates={"(^|/)low/": 0.1, "kernel": 0.1}).build(network().trainable_variables)
    with pytest.raises(ValueError, match="does not go together"):
        SGD(0.1, lookahead=(5, 0.5), gradient_accumulation_steps=2)


@pytest.mark.parametrize(
    "recipe",
    [
        {"rates": {"(^|/)low/": 0.1}, "undecayed": ("bias$",)},
        {"transforms": [Centralisation(), LayerwiseClipping(0.1), Noise(0.01, seed=3)], "lookahead": (2, 0.5)},
        {"lazy": ("low/kernel",)},
    ],
)
def test_a_training_goes_on_from_disk_as_if_it_had_not_been_interrupted(recipe, tmp_path):
    whole = fitted(AdamW(0.05, weight_decay=0.1, **recipe), 4)
    half = fitted(AdamW(0.05, weight_decay=0.1, **recipe), 2)
    half.save(tmp_path / "half.keras")
    loaded = keras.saving.load_model(tmp_path / "half.keras")
    assert loaded.optimizer.get_config() == half.optimizer.get_config()
    loaded.fit(X, Y, batch_size=8, shuffle=False, epochs=2, verbose=0)
    if any(isinstance(one, Noise) for one in recipe.get("transforms", ())):
        assert not np.allclose(weights(loaded)["low/kernel"], weights(half)["low/kernel"])  # its noise begins anew
    else:
        assert_same(weights(loaded), weights(whole))


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="XLA counts")
@pytest.mark.parametrize("optimizer", BASES)
def test_rates_by_layer_cost_a_multiplication_a_weight(optimizer):
    variables = keras.Sequential([keras.Input((64,)), *[keras.layers.Dense(64) for _ in range(3)]]).trainable_variables

    def operations(rates):
        import jax

        one = optimizer(1e-3, rates=rates)
        one.build(variables)
        values, state = [variable.value for variable in variables], [variable.value for variable in one.variables]
        return jax.jit(one.stateless_apply).lower(state, values, values).compile().cost_analysis()["flops"]

    assert 0 <= operations({".": 0.5}) - operations({}) <= 2 * len(variables)  # of tens of thousands


def test_layerwise_rates_fall_towards_the_input():
    assert layerwise(["a", "b.c"], 0.5) == {"(^|/)a/": 0.25, r"(^|/)b\.c/": 0.5}


def test_centralised_gradients_have_no_mean():
    before, found = weights(network()), weights(fitted(SGD(0.1, transforms=[Centralisation()])))
    plain = weights(fitted(SGD(0.1)))
    for name in before:
        moved = found[name] - before[name]
        if name.endswith("kernel"):
            np.testing.assert_allclose(moved.sum(axis=0), 0, atol=1e-6)
            assert np.abs(moved).max() > 1e-3 or moved.shape[0] == 1
        else:
            np.testing.assert_allclose(found[name], plain[name], atol=1e-7)


def test_a_layers_gradients_are_clipped_together():
    before = weights(network())
    plain, found = weights(fitted(SGD(1.0))), weights(fitted(SGD(1.0, transforms=[LayerwiseClipping(0.05)])))
    for layer in ("low", "high"):
        moved, free = (
            np.concatenate([(one[f"{layer}/{name}"] - before[f"{layer}/{name}"]).ravel() for name in ("kernel", "bias")])
            for one in (found, plain)
        )
        assert np.linalg.norm(free) > 0.05
        np.testing.assert_allclose(moved, free * 0.05 / np.linalg.norm(free), atol=1e-6)


def test_noise_is_new_at_every_step_and_the_same_for_the_same_seed():
    def steps(seed):
        model = network()
        model.compile(SGD(1.0, transforms=[Noise(1.0, seed)]), "mse")
        found = [weights(model)["low/kernel"]]
        for _ in range(2):
            model.fit(np.zeros_like(X), np.zeros_like(Y), batch_size=8, verbose=0)
            found.append(weights(model)["low/kernel"])
        return np.diff(found, axis=0)

    first, second = steps(1)
    assert 0.2 < first.std() < 3 and not np.allclose(first, second)
    np.testing.assert_array_equal(steps(1), [first, second])
    assert not np.allclose(steps(2)[0], first)


def test_transforms_take_the_gradients_of_a_table():
    found = fitted(SGD(0.1, transforms=[Centralisation(), LayerwiseClipping(1.0)]), model=table(), x=IDS, y=Y[:4])
    moved = weights(found)["table/embeddings"] - weights(table())["table/embeddings"]
    np.testing.assert_allclose(moved.sum(axis=0), 0, atol=1e-6)
    assert np.abs(moved[1:4]).max() > 0


def test_lookahead_goes_back_to_the_slow_weights_after_its_steps():
    start, fast = weights(network()), weights(fitted(SGD(0.1), 2))
    expected = {name: start[name] + 0.5 * (fast[name] - start[name]) for name in start}
    assert_same(weights(fitted(SGD(0.1, lookahead=(2, 0.5)), 2)), expected)
    after = weights(fitted(SGD(0.1, lookahead=(2, 0.5)), 3))
    assert any(not np.allclose(after[name], expected[name]) for name in after), "then it goes on"


@pytest.mark.parametrize("ours", BASES)
def test_rows_without_a_gradient_stay_with_their_moments(ours):
    settings = {"momentum": 0.9} if ours is SGD else {"weight_decay": 0.0} if ours is AdamW else {}
    others = np.where(IDS == 1, 2, IDS)  # row 1 is seen in the first step alone
    seen = {}
    for name, lazy in (("lazy", ("table/",)), ("plain", ())):
        model = fitted(ours(0.1, lazy=lazy, **settings), model=table(), x=IDS, y=Y[:4])
        first = weights(model)["table/embeddings"]
        model.fit(others, Y[:4], batch_size=4, verbose=0)
        seen[name] = first, weights(model)["table/embeddings"]
    (first, second), (_, moved) = seen["lazy"], seen["plain"]
    np.testing.assert_array_equal(second[[0, 1, 4, 5]], first[[0, 1, 4, 5]])
    assert not np.allclose(moved[1], first[1]) and not np.allclose(second[2], first[2])


def test_a_piecewise_linear_rate_goes_through_its_points():
    schedule = PiecewiseLinear({0: 0, 4: 1, 8: 0.1}, 0.1)
    again = PiecewiseLinear.from_config(schedule.get_config())
    for one in (schedule, again):
        found = [float(one(step)) for step in (0, 2, 4, 6, 8, 20)]
        np.testing.assert_allclose(found, [0, 0.05, 0.1, 0.055, 0.01, 0.01], atol=1e-8)


def test_accumulated_gradients_are_one_big_batch_and_one_step_of_a_schedule():
    schedule = PiecewiseLinear({0: 1, 1: 0.5, 2: 0.1}, 0.1)
    big = weights(fitted(SGD(schedule), 2, batch_size=8))
    small = fitted(SGD(schedule, gradient_accumulation_steps=2), 2, batch_size=4)
    assert int(small.optimizer.iterations) == 2
    assert_same(weights(small), big)


def test_pcgrad_removes_what_two_losses_have_against_each_other():
    def of(*values):
        return [ops.convert_to_tensor(np.array(value, "float32")) for value in values]

    agreeing = pcgrad(of([1.0, 0.0], [1.0]), of([1.0, 1.0], [0.0]))
    np.testing.assert_allclose(np.concatenate([ops.convert_to_numpy(one) for one in agreeing]), [2, 1, 1])
    first, second = np.array([1.0, 0.0]), np.array([-1.0, 1.0])
    found = ops.convert_to_numpy(pcgrad(of(first), of(second))[0])
    expected = first - (first @ second) / (second @ second) * second + second - (first @ second) / (first @ first) * first
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found @ first > -1e-6 and found @ second > -1e-6


def test_what_is_saved_is_registered_under_a_name_of_this_package():
    for one in (SGD, Adam, AdamW, PiecewiseLinear, Centralisation, Noise, LayerwiseClipping):
        assert keras.saving.get_registered_name(one) == f"common>{one.__name__}"


def test_a_cosine_rises_in_a_line_and_falls_to_0():
    rising, plain = cosine(0.4, 50, 10), cosine(0.4, 40)
    assert [float(rising(step)) for step in (0, 5, 10, 30, 50)] == pytest.approx([0, 0.2, 0.4, 0.2, 0], abs=1e-6)
    assert [float(plain(step)) for step in (0, 20, 40)] == pytest.approx([0.4, 0.2, 0], abs=1e-6)
