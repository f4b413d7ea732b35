"""Training of Fashion-MNIST through the frame: pictures in folders."""

import numpy as np
import pytest
from PIL import Image

from common import paths, run
from common.errors import DataError
from competitions.fashion_mnist import sample
from tests.conftest import eager

QUICK = ("widths=4,8", "blocks=1", "batch_size=16", "epochs=1", "warm_up_epochs=0", "model=wide_resnet")


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
