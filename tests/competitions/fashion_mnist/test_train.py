"""Training of Fashion-MNIST through the frame: several folds, the same answers again, pictures in folders."""

import numpy as np
import pytest
from PIL import Image

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.runs import newest_ensemble
from competitions.fashion_mnist import data, sample
from competitions.fashion_mnist.config import Config
from tests.conftest import eager

QUICK = ("widths=4,8", "blocks=1", "batch_size=16", "epochs=1", "warm_up_epochs=0", "model=wide_resnet")


def test_a_network_goes_through_two_folds_and_answers_the_test_pictures_as_stored(capsys):
    with eager():
        run.run_stage("fashion_mnist", "submit", (*QUICK, "sample_size=50", "folds=2"))
        blended = newest_ensemble("fashion_mnist")
        (member,) = blended.members
        assert set(member.load_arrays("oof")["fold"]) == {0, 1}
        plots = {path.name for path in member.plots.glob("*.png")}
        test = data.load(Config(data=paths.sample("fashion_mnist"))).test
        stored = blended.load_arrays("test")["probability"]
        answered = experiment.load(blended.path).predict(test.images)
    np.testing.assert_allclose(answered, stored, atol=1e-5)
    assert plots >= {"confusion_matrix.png", "confident_mistakes.png", "features.png", "saliency.png", "learning_curves.png"}
    assert "could not be drawn" not in capsys.readouterr().out
    lines = (paths.home() / "submissions" / "fashion_mnist.csv").read_text().splitlines()
    assert lines[0] == "id,label" and [line.split(",")[0] for line in lines[1:]] == list(map(str, range(25)))


def test_folders_of_pictures_without_a_test_part(tmp_path, capsys):
    generator = np.random.default_rng(0)
    for label, name in enumerate(("shirt", "trouser")):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(20):
            Image.fromarray(sample.drawn(label, generator)).save(tmp_path / "set" / name / f"{number}.png")
    with eager():
        run.run_stage("fashion_mnist", "submit", (*QUICK, f"data={tmp_path / 'set'}", "folds=1"))
        with pytest.raises(DataError, match="no labelled test pictures"):
            run.run_stage("fashion_mnist", "evaluate", (*QUICK, f"data={tmp_path / 'set'}", "folds=1"))
    assert "the submission answers the validation part" in capsys.readouterr().out
    lines = (paths.home() / "submissions" / "fashion_mnist.csv").read_text().splitlines()[1:]
    assert all(line.split(",")[0].endswith(".png") and line.split(",")[1] in ("shirt", "trouser") for line in lines)
