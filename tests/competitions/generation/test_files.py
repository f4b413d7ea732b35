import numpy as np
import pytest

from common.errors import DataError
from competitions.generation import data, files

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (20, 6, 5), dtype=np.uint8)
PICTURES = data.Dataset("pictures", IMAGES[:10] // 2, IMAGES[:10] // 3, None, None, ("0", "1"), "", ())
SENTENCES = data.Dataset("sentences", ("a b", "c d", "e f"), ("g",), None, None, (), "", ())
FLOATS = IMAGES.astype("float32")


@pytest.mark.parametrize(
    "form",
    [IMAGES, IMAGES[..., None], IMAGES[:, None], IMAGES.reshape(20, -1), IMAGES.astype("int64"), FLOATS],
    ids=("bytes", "channel last", "channel first", "flat", "int64", "whole floats"),
)
def test_the_same_pictures_in_another_form_are_the_same(form, tmp_path):
    np.savez(tmp_path / "own.npz", samples=form)
    np.testing.assert_array_equal(files.read(tmp_path / "own.npz", PICTURES), IMAGES)
    np.savez(tmp_path / "unnamed.npz", form)
    np.save(tmp_path / "plain.npy", form)
    for name in ("unnamed.npz", "plain.npy"):
        np.testing.assert_array_equal(files.read(tmp_path / name, PICTURES), IMAGES)


@pytest.mark.parametrize(
    "form, message",
    [
        (FLOATS / 255, "float32 from 0 to 1; expected whole numbers from 0 to 255"),
        (FLOATS / 127.5 - 1, "float32 from -1"),
        (np.where(np.arange(5) == 2, np.nan, FLOATS), "values that are no numbers"),
        (IMAGES.astype("int16") - 128, "int16 from -128"),
        (IMAGES > 127, "an array of type bool; expected bytes"),
        ((IMAGES > 127).astype("uint8"), "uint8 from 0 to 1"),
        (np.pad(IMAGES, ((0, 0), (1, 1), (1, 1))), r"has the shape \(20, 8, 7\); expected \(samples, 6, 5\)"),
        (IMAGES[:1], "has 1 samples"),
        (IMAGES[:0], "has 0 samples"),
        (np.array(["a", "b"]), "type <U1"),
    ],
)
def test_what_is_no_picture_is_refused_by_its_own_reason(form, message, tmp_path):
    np.savez(tmp_path / "bad.npz", samples=form)
    with pytest.raises(DataError, match=message):
        files.read(tmp_path / "bad.npz", PICTURES)


def test_files_that_hold_no_samples(tmp_path):
    np.savez(tmp_path / "two.npz", first=IMAGES, second=IMAGES)
    (tmp_path / "text.npz").write_text("not an archive")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    for name, message in (
        ("two.npz", "holds the arrays first, second; expected one"),
        ("text.npz", "no file of arrays"),
        ("empty.npz", "no file of arrays"),
        ("objects.npy", "no file of arrays"),
        ("missing.npz", "does not exist"),
    ):
        with pytest.raises(DataError, match=message):
            files.read(tmp_path / name, PICTURES)


def test_faults_of_a_submission():
    assert files.faults(IMAGES, PICTURES, 20) == []
    assert files.faults(IMAGES, PICTURES, 10_000) == ["20 samples; expected 10,000"]
    (fault,) = files.faults(np.concatenate([IMAGES[:15], PICTURES.train[:5]]), PICTURES, 20)
    assert fault.startswith("25.0% of the samples are copies")
    assert files.faults(["a b", "x y", "z", ""], SENTENCES, 4) == ["line 4: 0 characters; expected 1 to 1,000"]
    assert files.faults(["a b", "c d", "e f"], SENTENCES, 3) == [
        "100.0% of the samples are copies of training records; at most 50% are allowed"
    ]
