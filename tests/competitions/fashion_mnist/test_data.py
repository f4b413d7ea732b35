import numpy as np
import pytest

from common.errors import ConfigError, DataError
from common.images import idx
from competitions.fashion_mnist import data, sample
from competitions.fashion_mnist.config import NAMES, Config


@pytest.fixture
def folder(tmp_path):
    sample.write(tmp_path / "set", 60, seed=1)
    return tmp_path / "set"


def test_the_sample_has_the_official_layout_and_every_class(folder, capsys):
    dataset = data.load(Config(data=folder))
    assert dataset.train.images.shape == (60, 28, 28) and len(dataset.test.images) == 30
    assert dataset.names == NAMES and dataset.labels == tuple("0123456789")
    assert np.bincount(dataset.train.labels).tolist() == [6] * 10 and np.bincount(dataset.test.labels).tolist() == [3] * 10
    data.main(Config(data=folder))
    shown = capsys.readouterr().out
    assert "train: 60 pictures of 28 x 28: T-shirt 6, trouser 6" in shown and "zalandoresearch" in shown
    assert not any((one == other).all() for one in dataset.test.images for other in dataset.train.images)


def test_a_seed_repeats_the_sample(folder, tmp_path):
    sample.write(tmp_path / "again", 60, seed=1)
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "labels, names, shown",
    [
        ([3, 0, 3], NAMES, ("T-shirt", "dress")),
        ([3, 0, 3], (), ("0", "3")),
        ([3, 10, 3], NAMES, ("3", "10")),
        ([1, 0, 1], ("cat", "dog"), ("cat", "dog")),
    ],
)
def test_classes_are_named_where_every_label_has_a_name(labels, names, shown, tmp_path):
    idx.write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 28, 28)))
    idx.write(tmp_path / "train-labels-idx1-ubyte", labels)
    dataset = data.load(Config(data=tmp_path, names=names))
    assert dataset.names == shown
    assert bool(dataset.notes) == (10 in labels), "it is said where names do not fit"


def test_one_class_is_not_enough(tmp_path):
    idx.write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 28, 28)))
    idx.write(tmp_path / "train-labels-idx1-ubyte", [4, 4, 4])
    with pytest.raises(DataError, match="has only the class '4'"):
        data.load(Config(data=tmp_path))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"model": ("resnet",)}, "wide_resnet"),
        ({"model": ()}, "model= is empty"),
        ({"orthogonal": "all"}, "There is no way 'all'. Ways: centred, module, none, weights"),
        ({"widths": ()}, "widths=: expected whole numbers"),
        ({"erase": 1.5}, "erase=1.5: expected at most 1"),
        ({"epochs": 0}, "epochs=0"),
    ],
)
def test_impossible_settings_are_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        Config(**wrong)
