from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from common import progress
from common.training import Stage, Trainer, fit_stages, precision, stages, standard_callbacks
from common.training.adversarial import FastGradient, RDrop
from common.training.callbacks import AveragedWeights
from common.training.trainer import averaged

pytestmark = pytest.mark.backend
STEPS = 4  # batches of an epoch


def line(normalised=False):
    """A linear model of two inputs, with a batch normalisation where asked for."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.BatchNormalization()] if normalised else []
    return keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])


def batches():
    random = np.random.default_rng(0)
    x = random.normal(size=(8 * STEPS, 2)).astype("float32")
    return x, (x @ [[1.0], [-2.0]] + 3).astype("float32")


def trainer_of(network, momentum=0.9, rate=0.1, **settings):
    trainer = Trainer(network, momentum)
    trainer.compile(keras.optimizers.SGD(rate), "mse", **settings)
    return trainer


def fit(trainer, callbacks, epochs=1, rate=0.1, warm_up_steps=0):
    x, y = batches()
    trainer.begin(rate, warm_up_steps)
    return trainer.fit(x, y, batch_size=8, shuffle=False, epochs=epochs, callbacks=callbacks, verbose=0).history


def weights_of(model):
    return [weight.copy() for weight in model.get_weights()]


def assert_same(found, expected, **tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **{"rtol": 1e-4, "atol": 1e-6, **tolerance})


class Watch(keras.callbacks.Callback):
    """Keeps the network's weights and the learning rate after every batch, and the weights at both ends of every epoch."""

    def __init__(self):
        super().__init__()
        self.after_batch, self.at_end, self.at_begin, self.rates = [], [], [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.at_begin.append(weights_of(self.model.network))

    def on_train_batch_end(self, batch, logs=None):
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()
        self.after_batch.append(weights_of(self.model.network))
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.at_end.append(weights_of(self.model.network))


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("momentum", [0.99, 0.3])  # the ramp alone, and the momentum after a ramp
def test_averages_are_what_the_formula_says(momentum, normalised):
    network = line(normalised=normalised)
    averages, watch = weights_of(network), Watch()
    fit(trainer_of(network, momentum), [AveragedWeights(), watch], epochs=2)
    for step, weights in enumerate(watch.after_batch, start=1):
        moved = 1 - min(momentum, (1 + step) / (10 + step))
        averages = [average + moved * (weight - average) for average, weight in zip(averages, weights, strict=True)]
        if step % STEPS == 0:
            assert_same(watch.at_end[step // STEPS - 1], averages, rtol=1e-6)
    assert_same(network.get_weights(), averages, rtol=1e-6)


def test_steps_that_run_together_are_averaged_as_one_by_one():
    found = []
    for together in (1, 2, 3):  # of four batches
        network = line(normalised=True)
        fit(stages.compiled(network, replace(FIRST, together=together), SETTINGS), [AveragedWeights()], epochs=2)
        found.append(network.get_weights())
    assert_same(found[1], found[0], rtol=1e-6)
    assert_same(found[2], found[0], rtol=1e-6)


def test_gradients_that_add_up_are_averaged_and_warmed_up_by_the_update():
    network, watch, accumulated = line(), Watch(), 2
    averages = weights_of(network)
    trainer = stages.compiled(network, replace(FIRST, accumulated=accumulated), SETTINGS)
    fit(trainer, [AveragedWeights(), watch], epochs=2, warm_up_steps=3)
    for batch, weights in enumerate(watch.after_batch, start=1):
        if update := batch // accumulated if batch % accumulated == 0 else 0:
            moved = 1 - min(SETTINGS.momentum, (1 + update) / (10 + update))
            averages = [average + moved * (weight - average) for average, weight in zip(averages, weights, strict=True)]
            assert not np.allclose(weights[0], watch.after_batch[batch - 2][0])
        elif batch > 1:
            assert_same(weights, watch.after_batch[batch - 2])
    np.testing.assert_allclose(watch.rates[:8], 0.1 * np.minimum(1, np.array([1, 1, 2, 2, 3, 3, 4, 4]) / 3), rtol=1e-6)
    assert_same(network.get_weights(), averages, rtol=1e-6)


def test_training_goes_on_from_the_raw_weights_and_is_not_changed_by_averaging():
    with_averages, without = Watch(), Watch()
    fit(trainer_of(line()), [AveragedWeights(), with_averages], epochs=3)
    fit(trainer_of(line()), [without], epochs=3)
    for found, expected in zip(with_averages.after_batch, without.after_batch, strict=True):
        assert_same(found, expected)
    for epoch in (1, 2):
        assert_same(with_averages.at_begin[epoch], with_averages.after_batch[epoch * STEPS - 1])
        assert not np.allclose(with_averages.at_begin[epoch][0], with_averages.at_end[epoch - 1][0])


class Counter(keras.layers.Layer):
    """Counts the training batches, as some layers of Keras do."""

    def build(self, input_shape):
        self.count = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.count.assign_add(1)
        return inputs


def test_whole_numbers_among_the_weights_are_left_alone():
    counter = Counter()
    watch = Watch()
    fit(trainer_of(keras.Sequential([keras.Input((2,)), counter, keras.layers.Dense(1)])), [AveragedWeights(), watch])
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


def train(scores, epochs=None, greater=True, seen=None, drop_patience=100, stop_patience=100, watch=None):
    network = line()
    recipe = standard_callbacks(
        scripted(scores, seen), drop_patience=drop_patience, stop_patience=stop_patience, greater=greater
    )
    return network, fit(trainer_of(network), [*recipe, *([watch] if watch else [])], epochs or len(scores))


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


@pytest.mark.parametrize(
    ("steps", "rates"), [(5, [0.04, 0.08, 0.12, 0.16, 0.2, 0.2, 0.2, 0.2]), (0, [0.2] * 8), (2, [0.1, *[0.2] * 7])]
)
def test_the_learning_rate_rises_in_a_straight_line_in_every_fit(steps, rates):
    trainer = trainer_of(line())
    for _ in range(2):
        watch = Watch()
        fit(trainer, [watch], epochs=2, rate=0.2, warm_up_steps=steps)
        np.testing.assert_allclose(watch.rates, rates, rtol=1e-5)


def test_a_schedule_is_followed_as_it_is():
    watch, schedule = Watch(), keras.optimizers.schedules.PolynomialDecay(0.1, STEPS, 0.0)
    fit(trainer_of(line(), rate=schedule), [watch], rate=schedule)
    np.testing.assert_allclose(watch.rates, [0.075, 0.05, 0.025, 0], atol=1e-7)


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
    recipe = standard_callbacks(lambda network: 0.0, drop_patience=9, stop_patience=9)
    with pytest.raises(FloatingPointError, match=r"The loss of epoch \d is (nan|inf): the learning rate is too high"):
        fit(trainer_of(line()), recipe, epochs=20, rate=1e30)


def test_without_a_score_the_network_ends_with_the_averages_of_the_last_epoch():
    network, watch = line(), Watch()
    recipe = standard_callbacks(None)
    assert not any(isinstance(callback, keras.callbacks.EarlyStopping) for callback in recipe)
    history = fit(trainer_of(network), [*recipe, watch], epochs=3)
    assert "score" not in history and len(history["loss"]) == 3
    other = line()
    fit(trainer_of(other), [AveragedWeights()], epochs=3)
    assert_same(network.get_weights(), other.get_weights())
    assert_same(network.get_weights(), watch.at_end[-1])


def test_a_frozen_table_is_left_out_and_statistics_are_averaged():
    keras.utils.set_random_seed(0)
    frozen = keras.layers.Dense(2, trainable=False)
    inner = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1), keras.layers.Dropout(0.1)])
    network = keras.Sequential([keras.Input((2,)), frozen, inner])
    before = weights_of(frozen)
    fit(trainer_of(network), [AveragedWeights()], epochs=2)
    assert_same(frozen.get_weights(), before)
    names = [weight.path.split("/")[-1] for weight in averaged(network)]
    assert sorted(names) == ["beta", "bias", "gamma", "kernel", "moving_mean", "moving_variance"]


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
    before, begun = weights_of(table), []

    def score(network):
        begun.append(weights_of(table))
        return len(begun)

    fit_stages(network, [FIRST, replace(SECOND, thawed=("table",))], score, SETTINGS, "toy")
    assert_same(begun[1], before)
    assert not np.allclose(begun[2][0], before[0]) and not np.allclose(begun[3][0], begun[2][0])


def at_the_beginning(tell, monkeypatch):
    """Call `tell(trainer)` before each stage is fitted."""
    fit_trainer = Trainer.fit

    def fit(self, *args, **kwargs):
        tell(self)
        return fit_trainer(self, *args, **kwargs)

    monkeypatch.setattr(Trainer, "fit", fit)


def test_a_worse_stage_in_the_middle_is_forgotten_and_a_later_one_starts_from_the_best(monkeypatch):
    seen, begun, network = [], [], line()
    at_the_beginning(lambda trainer: begun.append(weights_of(trainer.network)), monkeypatch)
    scores = scripted([0.8, 0.6, 0.5, 0.4, 0.1, 0.7], seen)
    fit_stages(network, [FIRST, SECOND, replace(SECOND, name="third")], scores, SETTINGS, "toy")
    assert len(begun) == 3
    for weights in (begun[1], begun[2], network.get_weights()):
        assert_same(weights, seen[0])


def test_epochs_of_the_first_training_are_told_outside_and_the_listener_may_end_it(tmp_path):
    heard = []

    def listener(epoch, score):
        heard.append((epoch, score))
        if epoch == 3 and len(heard) > 4:
            raise progress.BrokenOff

    def fit(name):
        scores = scripted([0.1, 0.2, 0.3, 0.4])
        fit_stages(line(), [FIRST, SECOND], scores, SETTINGS, "toy", checkpoint=tmp_path / f"{name}.joblib")

    with progress.listening(listener):
        fit("fold0-copy0")
        assert heard == [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)], "over both stages"
        fit("fold1-copy0")
        fit("fold0-copy1")
        assert len(heard) == 4, "other folds and copies are not told"
        (tmp_path / "fold0-copy0.joblib").unlink(missing_ok=True)
        with pytest.raises(progress.BrokenOff):
            fit("fold0-copy0")
    assert len(heard) == 7
    fit("fold0-copy0")
    assert len(heard) == 7, "nobody listens any more"


def test_a_stage_has_rates_and_an_attack_of_its_own():
    def trained(**more):
        keras.utils.set_random_seed(0)
        ids = keras.Input((2,), dtype="int32")
        vectors = keras.layers.Embedding(9, 2, name="vectors")(ids)
        network = keras.Model(ids, keras.layers.Dense(1, name="out")(keras.layers.Flatten()(vectors)))
        start = weights_of(network)
        fit_stages(network, [Stage("only", Pairs(), "mse", 1, 0.1, **more)], scripted([0.5]), SETTINGS, "toy")
        return start, network.get_weights()

    start, found = trained(rates={"(^|/)vectors/": 0.0})
    assert_same([found[0]], [start[0]], atol=0, rtol=0)
    assert not np.allclose(found[1], start[1])
    plain, attacked = trained()[1], trained(attack=FastGradient("vectors", 0.5))[1]
    assert not np.allclose(plain[0], attacked[0])


class Pairs(keras.utils.PyDataset):
    """Pairs of numbers and their sums."""

    def __len__(self):
        return STEPS

    def __getitem__(self, index):
        ids = np.random.default_rng(index).integers(0, 9, (8, 2)).astype("int32")
        return ids, ids.sum(axis=1, keepdims=True).astype("float32")


FALLING = keras.optimizers.schedules.PolynomialDecay(0.05, 2 * STEPS, 0.01)


@pytest.mark.parametrize(
    ("name", "rate", "optimizer", "tolerance"),
    [("bfloat16", 0.05, "AdamW", 0.02), ("float16", FALLING, "LossScaleOptimizer", 0.5)],
)
def test_in_half_precision_layers_calculate_and_all_else_stays_float32(name, rate, optimizer, tolerance, monkeypatch):
    def trained(name):
        keras.utils.set_random_seed(0)
        with precision(name):
            network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), keras.layers.Dense(1, dtype="float32")])
        stages = [replace(FIRST, learning_rate=rate), replace(SECOND, attack=RDrop(0.0))]
        return network, fit_stages(network, stages, scripted([0.1, 0.2, 0.3, 0.4]), SETTINGS, "toy")["loss"]

    _, expected = trained("float32")
    seen = []
    at_the_beginning(lambda trainer: seen.append(type(trainer.optimizer).__name__), monkeypatch)
    network, losses = trained(name)
    assert seen == [optimizer] * 2, "float16 needs a loss that is scaled, and begins with steps that it leaves out"
    assert [layer.compute_dtype for layer in network.layers] == [name, "float32"]
    assert {weight.dtype for weight in network.weights} == {"float32"}
    assert keras.backend.standardize_dtype(network(batches()[0]).dtype) == "float32"
    np.testing.assert_allclose(losses, expected, rtol=tolerance)
    assert not np.allclose(losses, expected, rtol=1e-6)
    assert keras.config.dtype_policy().name == "float32"


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


@pytest.mark.parametrize("same_loss", [False, True])
def test_each_stage_begins_anew_and_a_step_with_the_same_loss_is_compiled_once(monkeypatch, same_loss):
    begun, second = [], replace(SECOND, loss="mse") if same_loss else SECOND

    def tell(trainer):
        momenta = sum(np.abs(keras.ops.convert_to_numpy(one)).sum() for one in trainer.optimizer.variables[2:])
        rate, steps = float(trainer.optimizer.learning_rate), int(trainer.optimizer.iterations)
        begun.append((trainer, trainer.loss, steps, rate, int(trainer.step), float(momenta)))

    at_the_beginning(tell, monkeypatch)
    fit_stages(line(), [FIRST, second], scripted([0.1, 0.2, 0.3, 0.4]), SETTINGS, "toy")
    (first, *of_first), (second, *of_second) = begun
    assert (first is second) == same_loss and isinstance(second.optimizer, keras.optimizers.AdamW)
    assert of_first == ["mse", 0, pytest.approx(0.1), 0, 0]
    assert of_second == ["mse" if same_loss else "mae", 0, pytest.approx(0.01), 0, 0]


@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_a_stage_is_the_same_after_another_one_as_alone(loss):
    after, alone = line(), line()
    nothing = replace(FIRST, loss=loss, learning_rate=0.0, epochs=1)  # it only fills the momenta
    fit_stages(after, [nothing, SECOND], scripted([0.1, 0.2, 0.3]), SETTINGS, "toy")
    fit_stages(alone, [SECOND], scripted([0.2, 0.3]), SETTINGS, "toy")
    assert_same(after.get_weights(), alone.get_weights())


def test_the_progress_bar_names_the_stage(capsys):
    fit_stages(line(), [FIRST, SECOND], scripted([0.1, 0.2, 0.3, 0.4]), SETTINGS, "toy")
    lines = capsys.readouterr().err
    assert "toy, first" in lines and "toy, second" in lines


def test_a_stage_of_one_cosine_rises_for_half_of_its_epochs_at_most():
    rates = [Stage.cosine("one", range(10), "mse", epochs, 0.1, 2).learning_rate for epochs in (2, 8)]
    assert [float(rate(steps)) for rate, steps in zip(rates, (10, 20), strict=True)] == pytest.approx([0.1, 0.1])
    assert [float(rate(steps)) for rate, steps in zip(rates, (20, 80), strict=True)] == pytest.approx([0, 0], abs=1e-6)
    assert Stage.cosine("one", range(10), "mse", 8, 0.1, 2, undecayed=("bias$",)).undecayed == ("bias$",)
