import gzip

import numpy as np
import pytest

from bench import centre_loss
from common.errors import ConfigError
from tests.conftest import eager


def write(folder, part, labels):
    """IDX files of pictures whose bright corner tells their class."""
    images = np.zeros((len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 8] = 255
    (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + images.tobytes()))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + labels.astype(np.uint8).tobytes()))


def test_accuracies_and_gains_of_every_weight_are_shown(tmp_path, monkeypatch, capsys):
    write(tmp_path, "train", np.arange(60) % 10)
    write(tmp_path, "t10k", np.arange(20) % 10)
    for name, value in {"EPOCHS": 4, "SEEDS": 2, "WEIGHTS": (0, 0.2), "IMAGES": 50}.items():
        monkeypatch.setattr(centre_loss, name, value)
    with eager():
        centre_loss.main([f"data={tmp_path}"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.split()[:1] in (["0"], ["0.2"])]
    (_, plain, _), (_, drawn, gain, *_, _) = rows
    assert float(plain) > 0.2 and float(drawn) > 0.2  # above chance
    assert float(gain.strip(",")) == pytest.approx(float(drawn) - float(plain), abs=2e-3)


def test_other_settings_are_refused():
    with pytest.raises(ConfigError, match=r"expected data=FOLDER .* found nothing"):
        centre_loss.main([])
