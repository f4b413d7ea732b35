"""Plans, ensembles and what they have learnt, on a contest of two models that fit in a line."""

import dataclasses
import errno
import importlib.machinery
import sys
import types

import numpy as np
import pandas as pd
import pytest

from common import experiment
from common.config import setting
from common.errors import RunError
from common.experiment import Blend, Metric, Plan
from common.experiment import plan as plans
from common.experiment.blend import Stacked, of_probabilities
from common.experiment.ensemble import choose, combine, cross_fit
from common.experiment.evaluate import margin
from common.experiment.metric import bootstrap
from common.report import plots

ROWS = 60
ACCURACY = Metric("accuracy", lambda labels, found: labels == found.argmax(axis=1), lambda right: float(right.mean()))


@dataclasses.dataclass(frozen=True)
class Config:
    data: str = setting("here", identity=False)
    model: tuple[str, ...] = setting(("sharp", "net"), identity=False)
    members: tuple[str, ...] = setting((), identity=False)
    folds: int = 3
    seed: int = 0
    copies: int = setting(1, of=("net",))
    width: int = setting(1, of=("net",))


@dataclasses.dataclass(frozen=True)
class Model:
    """Class 1 with the probability that x plus a shift lies above 0."""

    shift: float
    scale: float

    def predict(self, records, rows=slice(None)):
        probability = 1 / (1 + np.exp(-self.scale * (records[rows] + self.shift)))
        return np.stack([1 - probability, probability], axis=1)

    def save(self, folder):
        np.save(folder / "model.npy", [self.shift, self.scale])


def load(folder, name, config):
    return Model(*np.load(folder / "model.npy"))


def problem():
    random = np.random.default_rng(0)
    x = random.normal(size=ROWS + 20)
    labels = (x + 0.4 * random.normal(size=len(x)) > 0).astype(int)
    return x[:ROWS], labels[:ROWS], x[ROWS:], labels[ROWS:]


def make_plan(config, calls=None, **changes):
    x, labels, test, _ = problem()

    def fit(name, plan, fold):
        if calls is not None:
            calls.append((name, fold.number, fold.copy))
        random = np.random.default_rng(fold.seed(plan.config.seed))
        model = Model(x[fold.train].mean() + (random.normal() if name == "net" else 0), 5.0 if name == "sharp" else 1.0)
        return model, pd.DataFrame({"epoch": [1], "loss": [1.0], "score": [0.5]}) if name == "net" else None

    given = {
        "contest": "fake",
        "config": config,
        "fingerprint": "abc",
        "metric": ACCURACY,
        "truth": labels,
        "records": lambda: {"train": x, "test": test},
        "fits": {name: (lambda plan, fold, name=name: fit(name, plan, fold)) for name in ("sharp", "net")},
        "networks": ("net",),
    }
    return Plan(**given | changes)


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """The contest's modules, as `load` finds them."""
    modules = {"config": {"Config": Config}, "inference": {"load": load}, "train": {"plan": make_plan}}
    monkeypatch.setitem(sys.modules, "competitions.fake", types.ModuleType("competitions.fake"))
    for name, content in modules.items():
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, f"competitions.fake.{name}", module)
    yield
    plans._PLANS.clear()


def test_every_record_is_predicted_by_a_fold_that_did_not_see_it_and_nothing_is_trained_twice(capsys):
    calls = []
    plan = make_plan(Config(), calls)
    sharp, net = experiment.train(plan)
    assert calls == [(name, fold, 0) for name in ("sharp", "net") for fold in range(3)]
    x, labels, test, _ = problem()
    oof = sharp.load_arrays("oof")
    for number, folder in enumerate(sharp.folds):
        model, inside = load(folder, "sharp", None), oof["fold"] == number
        assert model.shift == pytest.approx(x[~inside].mean()) and (folder / "log.csv").exists()
        np.testing.assert_allclose(oof["probability"][inside], model.predict(x[inside]), rtol=1e-6)
    means = np.mean([load(folder, "sharp", None).predict(test) for folder in sharp.folds], axis=0)
    np.testing.assert_allclose(sharp.load_arrays("test")["probability"], means)
    metrics = sharp.metrics
    assert pd.read_csv(sharp.path / "log.csv")["score"].tolist() == metrics["folds"], "the log of a model without epochs"
    assert metrics["score"] == ACCURACY.of(labels, oof["probability"]) and len(metrics["folds"]) == 3
    assert metrics["spread"] == pytest.approx(np.std(metrics["folds"]))
    assert experiment.train(make_plan(Config(), calls)) == [sharp, net] and len(calls) == 6
    assert f"{net.name}: finished before, accuracy {net.metrics['score']:.4f}" in capsys.readouterr().out


def test_copies_of_a_network_are_other_seeds_and_their_mean_is_the_model():
    calls = []
    sharp, net = experiment.train(make_plan(Config(copies=3), calls))
    assert calls == [("sharp", f, 0) for f in range(3)] + [("net", f, c) for f in range(3) for c in range(3)]
    (alone,) = experiment.train(make_plan(Config(model=("sharp",))))
    assert alone == sharp, "a run that reads no copies is the same"
    test = problem()[2]
    folders = [folder for fold in net.folds for folder in (fold, *sorted(fold.glob("copy*")))]
    models = [load(folder, "net", None) for folder in folders]
    assert len({model.shift for model in models}) == 9
    expected = np.mean([model.predict(test) for model in models], axis=0)
    np.testing.assert_allclose(net.load_arrays("test")["probability"], expected)


def test_the_backend_is_part_of_a_network_and_of_nothing_else(monkeypatch):
    names = {}
    for backend in ("tensorflow", "jax"):
        monkeypatch.setattr("common.experiment.runs.backend", lambda backend=backend: backend)
        names[backend] = [run.name for run in experiment.train(make_plan(Config()))]
    assert names["tensorflow"][0] == names["jax"][0] and names["tensorflow"][1] != names["jax"][1]


def test_a_run_that_is_continued_says_with_what():
    def stop(plan, fold):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment.train(make_plan(Config(model=("sharp",)), fits={"sharp": stop}))
    (run,) = experiment.train(make_plan(Config(model=("sharp",))))
    environment = run.read_json("environment.json")
    assert len(environment["resumed"]) == 1 and {"command", "packages"} <= environment["resumed"][0].keys()


def test_a_picture_that_cannot_be_drawn_costs_no_training(capsys):
    def draw(plan, run):
        raise ZeroDivisionError("no data")

    (run,) = experiment.train(make_plan(Config(model=("sharp",)), pictures=draw))
    assert run.finished and "pictures of the run could not be drawn (ZeroDivisionError: no data)" in capsys.readouterr().out
    for error in (KeyboardInterrupt(), OSError(errno.ENOSPC, "disk full")):
        with pytest.raises(type(error)), plots.drawing("a picture"):
            raise error
    with plots.drawing("a picture"):
        raise FileNotFoundError("no such font")
    assert "a picture could not be drawn (FileNotFoundError: no such font)" in capsys.readouterr().out


def test_a_damaged_prediction_of_a_fold_is_named():
    plan = make_plan(Config(model=("sharp",)))
    (run,) = experiment.train(plan)
    (run.path / "metrics.json").unlink()
    path = run.path / "fold1" / "predictions" / "oof.npz"
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"fold1.predictions.oof\.npz cannot be read .*Move the folder"):
        experiment.train(plan)


def blended(config):
    return experiment.ensemble(make_plan(config), of_probabilities(ACCURACY, config.seed, gain=0.01))


def test_what_an_ensemble_has_learnt_answers_as_it_did_when_it_was_scored(tmp_path):
    run = blended(Config())
    test = problem()[2]
    expected = run.load_arrays("test")["probability"]
    np.testing.assert_allclose(experiment.load(run.path).predict(test), expected, rtol=1e-6)
    folder = experiment.export("fake", tmp_path / "carried")
    for member in run.members:
        (member.path / "config.json").unlink()
    np.testing.assert_allclose(experiment.load(folder).predict(test), expected, rtol=1e-6)
    assert not list(folder.rglob("oof.npz")) and not list(folder.rglob("plots"))
    (folder / "learnt.joblib").write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"learnt\.joblib is damaged or of another run\. Carry the folder here again"):
        experiment.load(folder).predict(test)


def test_runs_to_blend_can_be_chosen_but_not_mixed():
    net = [experiment.train(make_plan(Config(model=("net",), width=width)))[0] for width in (1, 2)]
    run = blended(Config(members=tuple(member.name for member in net)))
    assert [member.name for member in run.members] == [member.name for member in net]
    (other,) = experiment.train(make_plan(Config(model=("net",)), fingerprint="abd"))
    (fewer,) = experiment.train(make_plan(Config(model=("net",), folds=2)))
    for name, message in ((other.name, "is of other data"), (fewer.name, "has folds=2"), (run.name, "is blended already")):
        with pytest.raises(RunError, match=message):
            blended(Config(members=(name,)))
    with pytest.raises(RunError, match=r"There is no run .*Finished runs: ensemble-"):
        blended(Config(members=("net-0",)))


def test_cross_fitting_answers_no_record_by_what_was_learnt_on_it():
    found, truth, parts = Stacked(np.arange(12.0).reshape(1, 6, 2)), np.arange(6), np.array([0, 1, 2, 0, 1, 2])

    def learn(own, labels):
        seen = set(labels.tolist())
        return lambda others: np.array([[float(value[0] // 2 in seen)] for value in others.values[0]])

    np.testing.assert_array_equal(cross_fit(learn, found, truth, parts), np.zeros((6, 1)))
    as_list = cross_fit(lambda own, labels: lambda others: [value[0] for value in others.values[0]], found, truth, parts)
    assert as_list == [0, 2, 4, 6, 8, 10], "each answer in the place of its record"


@pytest.mark.parametrize(
    ("scores", "greater", "chosen"),
    [
        ({"mean": 0.80, "stack": 0.805}, True, "mean"),
        ({"mean": 0.80, "stack": 0.82}, True, "stack"),
        ({"mean": 0.80, "vote": 0.81, "stack": 0.815}, True, "vote"),
        ({"mean": 0.80, "stack": 0.82}, False, "mean"),
        ({"mean": 0.80, "stack": 0.78}, False, "stack"),
        ({"mean": 0.80, "stack": 0.795}, False, "mean"),
    ],
)
def test_the_best_plain_way_stays_unless_another_is_clearly_better(scores, greater, chosen):
    blend = Blend(ways={}, plain=("mean", "vote"), gather=None, split=None, gain=0.01)
    assert choose(scores, blend, dataclasses.replace(ACCURACY, greater=greater)) == chosen


@dataclasses.dataclass(frozen=True)
class Guess:
    """A way that learns nothing and knows nothing; records are their own numbers."""

    seed: int

    def __call__(self, found):
        return np.random.default_rng(self.seed).random(size=(ROWS, 2))[found.values[0, :, 0].astype(int)]


def test_the_reported_score_pays_for_the_choice():
    ways = {f"guess {seed}": (lambda found, truth, seed=seed: Guess(seed)) for seed in range(40)}
    numbers = np.stack([np.arange(ROWS)] * 2, axis=1).astype(float)[None]
    blend = Blend(
        ways=ways,
        plain=tuple(ways),
        gather=lambda part, members, rows: Stacked(numbers[:, rows]),
        split=lambda found, truth: np.arange(len(truth)) % 5,
    )
    plan = make_plan(Config(model=("sharp",)), records=lambda: {"train": problem()[0]})
    metrics = experiment.ensemble(plan, blend).metrics
    best = max(row["score"] for row in metrics["compared"] if row["name"] != "nested choice")
    assert metrics["score"] < best - 0.05, "the best of many guesses looks better than it is"


def test_members_that_were_validated_on_other_rows_are_named(tmp_path):
    def member(name, fold):
        (tmp_path / name).mkdir()
        return types.SimpleNamespace(path=tmp_path / name, load_arrays=lambda part: {"fold": np.array(fold)})

    members = [member("older", [0, 0, -1]), member("newer", [0, -1, 0])]
    with pytest.raises(RunError, match=r"newer was not validated on the rows of .*older: move .*older away and repeat"):
        combine(None, None, None, members)


def test_intervals_are_paired_and_groups_are_drawn_whole():
    _, labels, *_ = problem()
    sure, unsure = np.eye(2)[labels], np.eye(2)[np.where(np.arange(ROWS) < 6, 1 - labels, labels)]
    difference, low, high = margin(ACCURACY, labels, sure, unsure, seed=0)
    assert difference == pytest.approx(0.1) and 0 < low < 0.1 < high
    right = ACCURACY.count(labels, unsure)
    groups = np.arange(ROWS) // 6
    of_groups = bootstrap(ACCURACY, right, 0, groups) * 10
    np.testing.assert_allclose(of_groups, of_groups.round(), atol=1e-9)
    assert bootstrap(ACCURACY, right, 0).std() < of_groups.std() / 10 / 1.5, "wholes vary more than their parts"
