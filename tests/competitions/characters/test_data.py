import numpy as np
import pytest

from common.errors import ConfigError, DataError
from common.images import idx
from competitions.characters import data
from competitions.characters.config import Config
from tests.common.images.writing.faces import bars, write_font

LETTERS = list("ABC")


def images(count=6):
    """Pictures of bright bars on black, another one for each class of three."""
    pixels = np.zeros((count, 8, 8), np.uint8)
    for row in range(count):
        pixels[row, 2:6, 2 + row % 3] = 200
    return pixels


def write(folder, part="train", **changes):
    arrays = {"images": images(), "labels": np.arange(6) % 3, "characters": np.array(LETTERS)} | changes
    folder.mkdir(exist_ok=True)
    np.savez(folder / f"{part}.npz", **{name: array for name, array in arrays.items() if array is not None})
    return Config(data=folder)


def test_images_of_any_kind_of_number_are_the_same_bytes(tmp_path):
    plain = data.load(write(tmp_path / "a") and write(tmp_path / "a", "test"))
    for name, pixels in (("floats", (images() / 255).astype("float32")[..., None]), ("integers", images().astype(int))):
        write(tmp_path / name, "test")
        found = data.load(write(tmp_path / name, images=pixels))
        np.testing.assert_array_equal(found.train.pixels, plain.train.pixels)
        np.testing.assert_array_equal(found.train.labels, plain.train.labels)


def test_labels_that_are_characters_are_looked_up(tmp_path):
    write(tmp_path, labels=np.array(LETTERS * 2))
    assert data.load(write(tmp_path, "test")).train.labels.tolist() == [0, 1, 2] * 2


def test_a_test_part_may_list_the_characters_in_another_order_and_lack_labels(tmp_path):
    write(tmp_path, "test", characters=np.array(list("CABX")), labels=np.array([1, 2, 0, 1, 2, 0]))
    assert data.load(write(tmp_path)).test.labels.tolist() == [0, 1, 2] * 2
    write(tmp_path, "test", labels=None)
    assert data.load(write(tmp_path)).test.labels is None
    write(tmp_path, "test", characters=np.array(list("ABX")))
    with pytest.raises(DataError, match=r"images of X, which train\.npz does not name"):
        data.load(write(tmp_path))


def test_print_on_paper_is_inverted_and_said(tmp_path, capsys):
    write(tmp_path, "test", images=255 - images())
    np.testing.assert_array_equal(data.load(write(tmp_path)).test.pixels, images())
    assert "test.npz: dark ink on bright paper; its 6 images are inverted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"characters": np.array(LETTERS, object)}, "'characters' holds Python objects.*np.array"),
        ({"labels": np.arange(6) % 3 + 1}, "label 3 is none of the 3 characters.*begin at 0"),
        ({"labels": np.arange(6) % 3 - 1}, "label -1 is none of the 3 characters"),
        ({"labels": np.array(list("ABCABX"))}, "'labels' has X"),
        ({"labels": np.ones(6)}, "'labels' are of type float64"),
        ({"labels": np.arange(5) % 3}, r"6 images and 'labels' of shape \(5,\)"),
        ({"labels": None}, "has no array 'labels'"),
        ({"characters": None}, "has no array 'characters'"),
        ({"characters": np.array(list("ABA"))}, "names A twice"),
        ({"characters": np.arange(3)}, "expected a list of texts"),
        ({"images": images().astype("float32") * 2}, "range from 0.0 to 400.0"),
        ({"images": np.full((6, 8, 8), np.nan)}, "range from nan"),
        ({"images": images()[:, 0]}, r"'images' has the shape \(6, 8\)"),
        ({"writers": np.arange(5)}, "'writers' of shape"),
        ({"writers": np.arange(6), "faces": np.array(["one"])}, "must be places in 'faces'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, changes, message):
    with pytest.raises(DataError, match=message):
        data.load(write(tmp_path, **changes))


def test_a_file_that_is_no_npz_is_named(tmp_path):
    (tmp_path / "train.npz").write_text("<html>")
    with pytest.raises(DataError, match=r"train\.npz is no npz file"):
        data.load(Config(data=tmp_path))


def test_writers_are_groups_and_some_are_cut_off_where_there_is_no_test_part(tmp_path, capsys):
    writers = np.repeat(np.arange(10), 6)
    found = data.load(write(tmp_path, images=images(60), labels=np.arange(60) % 3, writers=writers))
    assert set(found.train.groups) | set(found.test.groups) == set(range(10))
    assert not set(found.train.groups) & set(found.test.groups) and len(set(found.test.groups)) == 2
    assert "12 of 60 images are cut off for it, those of" in capsys.readouterr().out


def test_families_of_faces_are_groups(tmp_path):
    arrays = {"writers": np.arange(6) % 2, "faces": np.array(["Kai Light", "Kai Bold"]), "families": np.array(["Kai"] * 2)}
    write(tmp_path, "test")
    train = data.load(write(tmp_path, **arrays)).train
    assert train.faces == ("Kai Light", "Kai Bold") and set(train.groups) == {"Kai"}


def test_idx_files_with_digits_or_a_list_of_characters(tmp_path):
    for part, count in (("train", 6), ("t10k", 3)):
        idx.write(tmp_path / f"{part}-images-idx3-ubyte.gz", images(count))
        idx.write(tmp_path / f"{part}-labels-idx1-ubyte", np.arange(count) % 3)
    found = data.load(Config(data=tmp_path))
    assert found.characters == tuple("0123456789") and found.test.labels.tolist() == [0, 1, 2]
    (tmp_path / "characters.txt").write_text("甲\n乙\n")
    with pytest.raises(DataError, match="label 2 is none of the 2 characters"):
        data.load(Config(data=tmp_path))
    idx.write(tmp_path / "train-labels-idx1-ubyte", np.zeros(4, np.uint8))
    with pytest.raises(DataError, match=r"has 4 labels, train-images-idx3-ubyte\.gz has 6 images"):
        data.load(Config(data=tmp_path))
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"needs train\.npz, fonts/ or one file train-labels-idx"):
        data.load(Config(data=tmp_path))


def test_fonts_are_drawn_once_and_split_by_face(tmp_path, capsys):
    (tmp_path / "fonts").mkdir()
    for number in range(3):
        glyphs = {character: [(0, 0, 100 + 100 * number, 100), *bars(place + 1)] for place, character in enumerate("一二三")}
        write_font(tmp_path / "fonts" / f"{number}.ttf", f"F{number}", glyphs)
    (tmp_path / "alphabet.txt").write_text("一 二\n三四\n")
    config = Config(data=tmp_path, alphabet=str(tmp_path / "alphabet.txt"), sizes=(20, 40))
    found = data.load(config)
    assert found.characters == tuple("一二三四")
    assert (len(found.train.labels), len(found.test.labels)) == (12, 6) and set(found.train.groups) & set(
        found.test.groups
    ) == set()
    shown = capsys.readouterr().out
    assert "F0: 6 glyphs, no sample of 1 not in the font (四)" in shown and "cut off" in shown
    given = Config(fonts=(str(tmp_path / "fonts/0.ttf"),), unseen=(str(tmp_path / "fonts/1.ttf"),), alphabet=config.alphabet)
    assert given.data == tmp_path / "fonts" and data.load(given).test.faces == ("F1",)
    capsys.readouterr()
    data.load(given)
    assert "glyphs" not in capsys.readouterr().out, "kept"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": ("resnet",)}, "There is no model 'resnet'"),
        ({"widths": (8, 16)}, "filters of three stages"),
        ({"sizes": (4,)}, "sizes of 8 pixels"),
        ({"unseen": ("a.ttf",)}, "fonts= must name"),
        ({"noise": 1.5}, "noise=1.5"),
    ],
)
def test_settings_that_nothing_could_be_done_with(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config(**settings)
