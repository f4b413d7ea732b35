import numpy as np
import pytest
from PIL import Image

from common.errors import DataError
from common.images import idx, sets

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 4), dtype=np.uint8)
LABELS = np.array([10, 2, 2, 10, 9, 9], np.uint8)


def idx_files(folder, **changes):
    files = {"train-images": IMAGES, "train-labels": LABELS, "t10k-images": IMAGES[:2], "t10k-labels": LABELS[:2]} | changes
    for name, array in files.items():
        if array is not None:
            idx.write(folder / f"{name}-idx{array.ndim}-ubyte.gz", array)
    return folder


def table(path, rows, header="", end="\n"):
    lines = ([header] if header else []) + [",".join(map(str, row)) for row in rows]
    path.write_bytes(end.join([*lines, ""]).encode("utf-8-sig" if header else "utf-8"))


def rows(images=IMAGES, labels=LABELS):
    return [[label, *image.ravel()] for image, label in zip(images, labels, strict=True)]


NAMES = ",".join(f"pixel{number}" for number in range(16))


def test_idx_files_and_the_parts_that_may_lack(tmp_path):
    found = sets.load(idx_files(tmp_path))
    assert found.classes == ("2", "9", "10"), "by their numbers"
    assert found.train.labels.tolist() == [2, 0, 0, 2, 1, 1] and found.test.labels.tolist() == [2, 0]
    np.testing.assert_array_equal(found.test.images, IMAGES[:2])
    assert found.test.ids == ("0", "1") and len(found.sources) == 4
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert sets.load(tmp_path).test.labels is None
    (tmp_path / "t10k-images-idx3-ubyte.gz").unlink()
    assert sets.load(tmp_path).test is None


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"train-labels": LABELS[:5]}, "has 6 pictures, but .*labels.* 5 labels"),
        ({"train-labels": None}, "no file of labels beside it; expected train-labels-idx1-ubyte"),
        ({"t10k-labels": np.array([2, 7], np.uint8)}, "picture 1 has the label '7', which training has not: 2, 9, 10"),
        ({"t10k-images": IMAGES[:2, :3]}, "has pictures of 4 x 4 pixels, but .*t10k.* of 3 x 4"),
        ({"train-images": IMAGES[:0], "train-labels": LABELS[:0]}, "train-images.* holds no picture"),
        ({"t10k-images": IMAGES[:0], "t10k-labels": LABELS[:0]}, "t10k-images.* holds no picture; without a test part"),
    ],
)
def test_idx_files_that_do_not_fit_together_are_named(changes, message, tmp_path):
    with pytest.raises(DataError, match=message):
        sets.load(idx_files(tmp_path, **changes))


def test_a_folder_without_any_layout_is_told_what_to_hold(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"holds no set of pictures; expected one of\n.*train-images-idx3-ubyte"):
        sets.load(tmp_path)


def test_tables_with_and_without_a_header_give_the_same_pictures(tmp_path):
    table(tmp_path / "train.csv", rows())
    table(tmp_path / "test.csv", IMAGES.reshape(6, -1))
    plain = sets.load(tmp_path)
    np.testing.assert_array_equal(plain.train.images, IMAGES)
    np.testing.assert_array_equal(plain.test.images, IMAGES)
    assert plain.classes == ("2", "9", "10") and plain.test.labels is None and plain.test.ids[:2] == ("0", "1")

    last = [
        [f"{place}x", *image.ravel(), float(label)] for place, (image, label) in enumerate(zip(IMAGES, LABELS, strict=True))
    ]
    table(tmp_path / "train.csv", last, f"Id,{NAMES},Label", end="\r\n")
    table(tmp_path / "test.csv", [row[:-1] for row in last], f"Id,{NAMES}", end="\r\n")
    named = sets.load(tmp_path)
    np.testing.assert_array_equal(named.train.images, IMAGES)
    assert named.train.labels.tolist() == plain.train.labels.tolist() and named.classes == plain.classes
    assert named.test.ids[:2] == ("0x", "1x") and "ids are those of its column" in named.notes[0]


def test_pixels_up_to_one_are_scaled_and_it_is_said(tmp_path):
    table(tmp_path / "train.csv", rows((IMAGES / 255).round(4)), f"label,{NAMES}")
    found = sets.load(tmp_path)
    np.testing.assert_array_equal(found.train.images, IMAGES)
    assert "scaled to 255" in found.notes[0]


@pytest.mark.parametrize(
    "line, change, message",
    [
        (1, lambda row: row[:-1], "line 3: 16 columns instead of 17"),
        (1, lambda row: [*row, 1], "line 3: 18 columns instead of 17"),
        (1, lambda row: [], "line 3: 0 columns"),
        (0, lambda row: ["", *row[1:]], "line 2: no label"),
        (5, lambda row: [*row[:-1], 256], "line 7: column 17 holds '256'; expected a pixel from 0 to 255"),
        (5, lambda row: [*row[:-1], -1], "line 7: column 17 holds '-1'"),
        (2, lambda row: [row[0], "x", *row[2:]], "line 4: column 2 holds 'x'"),
        (2, lambda row: [row[0], "nan", *row[2:]], "line 4: column 2 holds 'nan'"),
    ],
)
def test_a_bad_line_of_a_table_is_named(line, change, message, tmp_path):
    lines = rows()
    lines[line] = change(lines[line])
    table(tmp_path / "train.csv", lines, f"label,{NAMES}")
    with pytest.raises(DataError, match=rf"train\.csv {message}"):
        sets.load(tmp_path)


@pytest.mark.parametrize(
    "header, content, message",
    [
        (
            f"kind,{NAMES}",
            rows(),
            r"has the columns kind, pixel0, pixel1 ... pixel15; .* 17, which is no square.*label or class",
        ),
        ("", [row[:-1] for row in IMAGES.reshape(6, -1)], "has 15 columns and no header"),
        (NAMES, IMAGES.reshape(6, -1), "has no labels: expected a column named label or class"),
        ("", [], "is empty"),
        (f"label,{NAMES}", [], "has no line with 17 columns"),
    ],
)
def test_tables_of_another_shape_are_explained(header, content, message, tmp_path):
    table(tmp_path / "train.csv", content, header)
    with pytest.raises(DataError, match=message):
        sets.load(tmp_path)


def picture(path, value, size=(4, 4), kind="PNG"):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.zeros(size, np.uint8)
    image[1:-1, 1:-1] = value
    Image.fromarray(image).save(path, kind)


def test_folders_of_pictures_of_any_suffix_and_size(tmp_path):
    for place, (name, kind) in enumerate([("10.png", "PNG"), ("2.JPG", "PNG"), ("no-suffix", "BMP"), ("3.jpeg", "TIFF")]):
        picture(tmp_path / "train" / "boot" / name, 50 * place, kind=kind)
    picture(tmp_path / "train" / "bag" / "long.png", 200, size=(4, 8))
    (tmp_path / "train" / "bag" / "text.jpg").write_text("no picture")
    (tmp_path / "train" / "bag" / ".hidden").write_text("")
    picture(tmp_path / "test" / "2.png", 100)
    picture(tmp_path / "test" / "10.png", 150)
    found = sets.load(tmp_path, side=4)
    assert found.classes == ("bag", "boot") and found.train.labels.tolist() == [0, 1, 1, 1, 1]
    assert found.train.ids == ("bag/long.png", "boot/2.JPG", "boot/3.jpeg", "boot/10.png", "boot/no-suffix")
    assert [image[2, 2] for image in found.train.images[1:]] == [50, 150, 0, 100]
    assert not found.train.images[0][[0, 3]].any() and found.train.images[0][1:3].max() > 100, "scaled as a whole"
    assert found.test.ids == ("2.png", "10.png") and found.test.labels is None
    left_out, fitted = found.notes
    assert "text.jpg is no picture" in left_out and "1 of 5 pictures were not 4 x 4" in fitted

    (tmp_path / "test" / "3.png").write_text("")
    with pytest.raises(DataError, match=r"1 of 3 pictures to be answered cannot be read: .*3\.png"):
        sets.load(tmp_path, side=4)


def test_a_folder_of_classes_without_train_and_labelled_test_pictures(tmp_path):
    for name in ("b", "a", "test/a"):
        picture(tmp_path / name / "1.png", 9)
    found = sets.load(tmp_path, side=4)
    assert found.classes == ("a", "b") and found.test.labels.tolist() == [0]


def test_folders_are_inverted_where_their_background_is_light_and_nothing_is_lost_without_a_word(tmp_path):
    for name, ink, paper in (("train/a/dark.png", 200, 0), ("train/b/light.png", 55, 255), ("train/loose.png", 9, 9)):
        picture = np.full((8, 8), paper, np.uint8)
        picture[2:6, 2:6] = ink
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / name)
    found = sets.load(tmp_path, side=8)
    np.testing.assert_array_equal(found.train.images[0], found.train.images[1])
    assert found.train.images[0, 0, 0] == 0 and found.train.images[0, 3, 3] == 200
    assert any("1 of 2 pictures have a light background and were inverted" in note for note in found.notes)
    assert any("left out: 1 files in" in note and "loose.png" in note for note in found.notes)
    (tmp_path / "test").mkdir()
    with pytest.raises(DataError, match="test holds no picture"):
        sets.load(tmp_path, side=8)
