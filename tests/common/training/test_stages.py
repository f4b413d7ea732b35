from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from common.training import AveragedWeights, Stage, WarmUp, fit_stages, standard_callbacks

pytestmark = pytest.mark.backend
STEPS = 4  # batches of an epoch


def line(rate=0.1, normalised=False):
    """A linear model of two inputs, with a batch normalisation where asked for."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.BatchNormalization()] if normalised else []
    model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def batches():
    random = np.random.default_rng(0)
    x = random.normal(size=(8 * STEPS, 2)).astype("float32")
    return x, (x @ [[1.0], [-2.0]] + 3).astype("float32")


def fit(model, callbacks, epochs=1):
    x, y = batches()
    return model.fit(x, y, batch_size=8, shuffle=False, epochs=epochs, callbacks=callbacks, verbose=0).history


def weights_of(model):
    return [weight.copy() for weight in model.get_weights()]


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


class Watch(keras.callbacks.Callback):
    """Keeps the weights after every batch and at both ends of every epoch."""

    def __init__(self):
        super().__init__()
        self.after_batch, self.at_end, self.at_begin, self.rates = [], [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.at_begin.append(weights_of(self.model))

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch, logs=None):
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()
        self.after_batch.append(weights_of(self.model))

    def on_epoch_end(self, epoch, logs=None):
        self.at_end.append(weights_of(self.model))


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("momentum", [0.99, 0.3])  # the ramp alone, and the momentum after a ramp
def test_averages_are_what_the_formula_says(momentum, normalised):
    model = line(normalised=normalised)
    averages = weights_of(model)
    watch = Watch()
    fit(model, [AveragedWeights(momentum), watch], epochs=2)
    for step, weights in enumerate(watch.after_batch, start=1):
        moved = 1 - min(momentum, (1 + step) / (10 + step))
        averages = [average + moved * (weight - average) for average, weight in zip(averages, weights, strict=True)]
        if step % STEPS == 0:
            assert_same(watch.at_end[step // STEPS - 1], averages)
    assert_same(model.get_weights(), averages)


def test_training_goes_on_from_the_raw_weights_and_is_not_changed_by_averaging():
    averaged, plain = Watch(), Watch()
    fit(line(), [AveragedWeights(0.9), averaged], epochs=3)
    fit(line(), [plain], epochs=3)
    for found, expected in zip(averaged.after_batch, plain.after_batch, strict=True):
        assert_same(found, expected)
    for epoch in (1, 2):
        assert_same(averaged.at_begin[epoch], averaged.after_batch[epoch * STEPS - 1])
        assert not np.allclose(averaged.at_begin[epoch][0], averaged.at_end[epoch - 1][0])


class Counter(keras.layers.Layer):
    """Counts the training batches, as some layers of Keras do."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.count.assign_add(1)
        return inputs


def test_whole_numbers_among_the_weights_are_carried_along():
    counter = Counter()
    model = keras.Sequential([keras.Input((2,)), counter, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    watch = Watch()
    fit(model, [AveragedWeights(0.9), watch])
    assert [int(weights[0]) for weights in watch.after_batch] == [1, 2, 3, 4]
    assert int(counter.count) == STEPS


def scripted(scores, seen=None):
    """A score that follows a list, and keeps the weights that it saw."""
    left = iter(scores)

    def score(model):
        if seen is not None:
            seen.append(weights_of(model))
        return next(left)

    return score


def train(scores, epochs=None, greater=True, seen=None, drop_patience=100, stop_patience=100, warm_up_steps=0, watch=None):
    model = line()
    recipe = standard_callbacks(
        scripted(scores, seen),
        warm_up_steps=warm_up_steps,
        momentum=0.9,
        drop_patience=drop_patience,
        stop_patience=stop_patience,
        greater=greater,
    )
    return model, fit(model, [*recipe, *([watch] if watch else [])], epochs or len(scores))


@pytest.mark.parametrize(
    ("scores", "greater", "best"),
    [([0.1, 0.9, 0.5, 0.4], True, 1), ([0.1, 0.2, 0.9], True, 2), ([0.9, 0.2, 0.9, 0.5], False, 1), ([0.5, 0.5], True, 0)],
)
def test_after_fit_the_model_holds_the_averaged_weights_of_the_best_epoch(scores, greater, best):
    seen, watch = [], Watch()
    model, _ = train(scores, greater=greater, seen=seen, watch=watch)
    assert_same(model.get_weights(), seen[best])
    assert not np.allclose(model.get_weights()[0], watch.after_batch[(best + 1) * STEPS - 1][0]), "averaged, not raw"


def test_the_logs_carry_the_score():
    _, history = train([0.1, 0.9, 0.5])
    assert history["score"] == [0.1, 0.9, 0.5]
    assert len(history["loss"]) == 3


def test_the_learning_rate_rises_in_a_straight_line():
    watch = Watch()
    fit(line(rate=0.2), [WarmUp(5), watch], epochs=2)
    np.testing.assert_allclose(watch.rates, [0.04, 0.08, 0.12, 0.16, 0.2, 0.2, 0.2, 0.2], rtol=1e-5)


def test_without_a_warm_up_the_learning_rate_is_full_from_the_first_batch():
    watch = Watch()
    fit(line(rate=0.2), [WarmUp(0), watch])
    np.testing.assert_allclose(watch.rates, [0.2] * STEPS, rtol=1e-5)


def test_a_second_fit_warms_up_to_the_compiled_rate_again():
    model, warm_up = line(rate=0.2), WarmUp(2)
    for _ in range(2):
        watch = Watch()
        fit(model, [warm_up, watch])
        np.testing.assert_allclose(watch.rates, [0.1, 0.2, 0.2, 0.2], rtol=1e-5)


@pytest.mark.parametrize(("scores", "greater"), [([0.5, 0.4, 0.4, 0.4, 0.4], True), ([0.5, 0.6, 0.6, 0.6, 0.6], False)])
def test_the_learning_rate_falls_to_three_tenths_after_its_patience(scores, greater):
    watch = Watch()
    train(scores, greater=greater, drop_patience=2, watch=watch)
    np.testing.assert_allclose(watch.rates[::STEPS], [0.1, 0.1, 0.1, 0.03, 0.03], rtol=1e-5)


def test_the_learning_rate_stays_while_the_score_gets_better():
    watch = Watch()
    train([0.1, 0.2, 0.3, 0.4], drop_patience=1, watch=watch)
    np.testing.assert_allclose(watch.rates, [0.1] * 4 * STEPS, rtol=1e-5)


@pytest.mark.parametrize(("scores", "greater"), [([0.5, 0.6, 0.1, 0.1, 0.1, 0.9], True), ([0.5, 0.4, 0.9, 0.9, 0.9, 0], False)])
def test_training_stops_after_its_patience_with_the_best_weights(scores, greater):
    seen = []
    model, history = train(scores, greater=greater, stop_patience=3, seen=seen)
    assert history["score"] == scores[:5]
    assert_same(model.get_weights(), seen[1])


@pytest.mark.parametrize(("greater", "best"), [(True, "0.9000"), (False, "0.2000")])
def test_the_progress_bar_shows_loss_score_and_the_best_score(greater, best, capsys):
    train([0.9, 0.2, 0.5], greater=greater)
    line = capsys.readouterr().err.replace("\r", "\n").splitlines()[-1]
    assert f"{3 * STEPS}/{3 * STEPS}" in line
    assert "epoch 3, loss " in line
    assert f"score 0.5000, best {best}" in line


def test_a_loss_that_is_no_number_stops_the_training():
    model = line(rate=1e30)
    recipe = standard_callbacks(lambda model: 0.0, warm_up_steps=0, momentum=0.9, drop_patience=9, stop_patience=9)
    with pytest.raises(RuntimeError, match=r"(?i)nan|loss"):
        fit(model, recipe, epochs=20)


def test_without_a_score_the_model_ends_with_the_averages_of_the_last_epoch():
    model = line()
    watch = Watch()
    averages = AveragedWeights(0.9)
    recipe = standard_callbacks(None, warm_up_steps=0, momentum=0.9)
    assert not any(isinstance(callback, keras.callbacks.EarlyStopping) for callback in recipe)
    history = fit(model, [*recipe, watch], epochs=3)
    assert "score" not in history and len(history["loss"]) == 3
    other = line()
    fit(other, [averages], epochs=3)
    assert_same(model.get_weights(), other.get_weights())
    assert_same(model.get_weights(), watch.at_end[-1])


def test_a_frozen_table_is_left_out_and_statistics_are_averaged():
    keras.utils.set_random_seed(0)
    frozen = keras.layers.Dense(2, trainable=False)
    model = keras.Sequential([keras.Input((2,)), frozen, keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    averages = AveragedWeights(0.9)
    before = weights_of(frozen)
    fit(model, [averages], epochs=2)
    assert_same(frozen.get_weights(), before)
    names = {variable.path.split("/")[-1] for variable in averages.variables}
    assert {"moving_mean", "moving_variance", "kernel"} <= names and len(averages.variables) == len(model.weights) - 2


class Batches(keras.utils.PyDataset):
    """The rows of `batches`, always in the same order."""

    def __len__(self):
        return STEPS

    def __getitem__(self, index):
        x, y = batches()
        return x[8 * index : 8 * index + 8], y[8 * index : 8 * index + 8]


SETTINGS = SimpleNamespace(weight_decay=0.01, momentum=0.9, drop_patience=100, stop_patience=100)
FIRST = Stage("first", Batches(), "mse", epochs=2, learning_rate=0.1)
SECOND = Stage("second", Batches(), "mae", epochs=2, learning_rate=0.01)


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.3, 0.9, 0.5, 0.4], 1),  # the second stage is worse
        ([0.9, 0.3, 0.5, 0.4], 0),
        ([0.3, 0.9, 0.9, 0.4], 1),  # it is only as good
        ([0.3, 0.5, 0.9, 0.4], 2),
        ([0.3, 0.5, 0.4, 0.9], 3),
    ],
)
def test_after_all_stages_the_network_holds_the_best_weights_of_all(scores, best):
    network, seen = line(), []
    fit_stages(network, [FIRST, SECOND], scripted(scores, seen), SETTINGS, "toy")
    assert_same(network.get_weights(), seen[best])
    assert not any(np.allclose(network.get_weights()[0], seen[other][0]) for other in range(4) if other != best)


@pytest.mark.parametrize(("scores", "best"), [([0.3, 0.9, 0.5, 0.4], 0), ([0.9, 0.3, 0.5, 0.2], 3), ([0.9, 0.3, 0.3, 0.4], 1)])
def test_where_a_lower_score_is_better_the_lowest_is_kept(scores, best):
    network, seen = line(), []
    fit_stages(network, [FIRST, SECOND], scripted(scores, seen), SETTINGS, "toy", greater=False)
    assert_same(network.get_weights(), seen[best])


def test_a_layer_stays_as_it_is_until_its_stage():
    keras.utils.set_random_seed(0)
    table = keras.layers.Dense(2, trainable=False, name="table")
    network = keras.Sequential([keras.Input((2,)), table, keras.layers.Dense(1)])
    network.compile("sgd", "mse")
    before, begun = weights_of(table), []

    def score(network):
        begun.append(weights_of(table))
        return len(begun)

    fit_stages(network, [FIRST, replace(SECOND, thawed=("table",))], score, SETTINGS, "toy")
    assert_same(begun[1], before)
    assert not np.allclose(begun[2][0], before[0]) and not np.allclose(begun[3][0], begun[2][0])


def at_the_beginning(network, tell, monkeypatch):
    """Call `tell(network)` before each stage is fitted."""
    fit_network = network.fit

    def fit(*args, **kwargs):
        tell(network)
        return fit_network(*args, **kwargs)

    monkeypatch.setattr(network, "fit", fit)
    return network


def test_a_worse_stage_in_the_middle_is_forgotten_and_a_later_one_starts_from_the_best(monkeypatch):
    seen, begun = [], []
    network = at_the_beginning(line(), lambda network: begun.append(weights_of(network)), monkeypatch)
    scores = scripted([0.8, 0.6, 0.5, 0.4, 0.1, 0.7], seen)
    fit_stages(network, [FIRST, SECOND, replace(SECOND, name="third")], scores, SETTINGS, "toy")
    assert len(begun) == 3
    for weights in (begun[1], begun[2], network.get_weights()):
        assert_same(weights, seen[0])


def test_a_stage_without_epochs_is_left_out():
    network, alone = line(), line()
    stages = [replace(FIRST, name="none", epochs=0), FIRST, replace(SECOND, epochs=0)]
    log = fit_stages(network, stages, scripted([0.1, 0.2]), SETTINGS, "toy")
    fit_stages(alone, [FIRST], scripted([0.1, 0.2]), SETTINGS, "toy")
    assert set(log["stage"]) == {"first"}
    assert_same(network.get_weights(), alone.get_weights())


def test_the_log_tells_every_epoch_of_every_stage():
    log = fit_stages(line(), [FIRST, replace(SECOND, epochs=1)], scripted([0.3, 0.9, 0.5]), SETTINGS, "toy")
    assert set(log.columns) == {"stage", "epoch", "loss", "score", "learning_rate"}
    assert log.index.tolist() == [0, 1, 2]
    assert log["stage"].tolist() == ["first", "first", "second"] and log["epoch"].tolist() == [1, 2, 1]
    assert log["score"].tolist() == [0.3, 0.9, 0.5]
    np.testing.assert_allclose(log["learning_rate"], [0.1, 0.1, 0.01], rtol=1e-5)
    assert np.isfinite(log["loss"]).all()


def test_a_stage_that_stops_early_is_followed_by_the_next():
    settings = SimpleNamespace(**{**vars(SETTINGS), "stop_patience": 1})
    log = fit_stages(line(), [replace(FIRST, epochs=9), SECOND], scripted([0.5, 0.4, 0.3, 0.6]), settings, "toy")
    assert log["stage"].tolist() == ["first", "first", "second", "second"]


def test_each_stage_begins_with_a_new_optimiser_and_its_own_loss_and_rate(monkeypatch):
    begun, steps = [], []

    def tell(network):
        optimizer = network.optimizer
        begun.append((optimizer, int(optimizer.iterations), float(optimizer.learning_rate), network.loss))

    def score(network):
        steps.append(int(network.optimizer.iterations))
        return float(len(steps))

    fit_stages(at_the_beginning(line(), tell, monkeypatch), [FIRST, SECOND], score, SETTINGS, "toy")
    (first, *of_first), (second, *of_second) = begun
    assert first is not second and isinstance(second, keras.optimizers.AdamW)
    assert of_first == [0, pytest.approx(0.1), "mse"] and of_second == [0, pytest.approx(0.01), "mae"]
    assert steps == [STEPS, 2 * STEPS] * 2


def test_a_stage_is_the_same_after_another_one_as_alone():
    after, alone = line(), line()
    nothing = replace(FIRST, learning_rate=0.0, epochs=1)  # it only fills the momenta
    fit_stages(after, [nothing, SECOND], scripted([0.1, 0.2, 0.3]), SETTINGS, "toy")
    fit_stages(alone, [SECOND], scripted([0.2, 0.3]), SETTINGS, "toy")
    assert_same(after.get_weights(), alone.get_weights())


def test_the_progress_bar_names_the_stage(capsys):
    fit_stages(line(), [FIRST, SECOND], scripted([0.1, 0.2, 0.3, 0.4]), SETTINGS, "toy")
    lines = capsys.readouterr().err
    assert "toy, first" in lines and "toy, second" in lines
