"""Training of sentiment through the frame: a language model first, soft labels, answers that are explained."""

import json

import numpy as np
import pytest

from common import experiment, paths, run
from common.errors import ConfigError, DataError
from common.experiment.runs import newest_ensemble
from tests.conftest import eager

QUICK = ("folds=1", "units=6", "dim=8", "epochs=1", "batch_size=16", "language_epochs=1", "read_words=6", "explained=1")
SETTINGS = (*QUICK, "sample_size=60", "labels=40", "language_steps=8", "candidates=32")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home in which `taught` and the protocol of 4374 were trained on 40 labels, with a round of self-training."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch, eager():
        patch.setenv("PODIUM_HOME", str(folder))
        run.run_stage("sentiment", "submit", ("model=taught,pretrained", "article=true", "self_training=1", *SETTINGS))
    return folder


@pytest.fixture
def trained(home, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(home))
    return newest_ensemble("sentiment")


def test_the_language_model_is_kept_with_its_perplexity_and_stored_answers_come_back(trained):
    (member,) = [member for member in trained.members if member.model == "pretrained"]
    report = json.loads((member.path / "pretrained" / "language_model.json").read_text())
    assert report["texts"] == 120 and report["perplexity"] > 1 and 1 < report["unigram"] < report["words"]
    lines = (paths.sample("sentiment") / "test.tsv").read_text(encoding="utf-8").splitlines()
    answered = experiment.load(trained.path).predict([line.split("\t")[1] for line in lines])
    np.testing.assert_allclose(answered, trained.load_arrays("test")["probability"], atol=1e-5)
    assert {path.name for path in member.plots.glob("words_*")} == {
        f"words_{w}.{e}" for w in ("integrated", "signed") for e in ("png", "html")
    }


def test_a_frozen_encoder_is_that_of_the_language_model(trained):
    (member,) = [member for member in trained.members if member.model == "pretrained"]
    from competitions.sentiment import inference

    fitted = inference.load(member.folds[0], "pretrained", None)
    with np.load(member.path / "pretrained" / "encoder.npz") as kept:
        for name in ("vectors", "states"):
            for place, weights in enumerate(fitted.network.get_layer(name).get_weights()):
                np.testing.assert_array_equal(weights, kept[f"{name}{place}"])


def test_an_answer_is_explained_by_the_blend_or_by_a_network(trained, tmp_path, capsys):
    page = tmp_path / "page.html"
    with eager():
        run.run_stage("sentiment", "predict", ("text=手机很失望\ud800 😀", f"html={page}"))
        run.run_stage("sentiment", "predict", ("text=手机 is excellent", "saliency=signed", f"output={tmp_path / 'a.jsonl'}"))
    answer = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))
    assert answer["label"] in ("neg", "pos") and answer["neg"] + answer["pos"] == pytest.approx(1, abs=1e-4) and answer["words"]
    shown = capsys.readouterr().out
    assert "leave_one_out of the blend" in shown and "signed of pretrained" in shown and "for it: " in shown
    assert "手机" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((), ConfigError, "expected one of text"),
        (("text=a", "input=b"), ConfigError, "expected one of text"),
        (("text= ",), DataError, "text= is empty"),
        (("text=a", "saliency=magic"), ConfigError, "no way 'magic'"),
        (("input=nowhere.txt",), DataError, "does not exist"),
    ],
)
def test_what_predict_cannot_answer_is_said(given, error, message, trained):
    with pytest.raises(error, match=message):
        run.run_stage("sentiment", "predict", given)
