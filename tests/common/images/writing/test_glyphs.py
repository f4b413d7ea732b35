from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from common.errors import DataError
from common.images.writing.glyphs import dark_on_bright, find_faces, normalise, render
from tests.common.images.writing.faces import bars, write_font


@pytest.fixture(scope="module")
def noto():
    (face,) = find_faces([files("mpl_font") / "fonts" / "noto" / "NotoSansCJKsc-Regular.otf"])
    return face


def test_only_what_a_face_truly_draws_becomes_a_sample(tmp_path):
    glyphs = {character: bars(place + 1) for place, character in enumerate("abcd")}
    box, blank = ((100, 0, 900, 800),), ()
    write_font(tmp_path / "boxes.ttf", "Boxes", glyphs | {"日": bars(9), "月": bars(9), "木": box, "水": blank})
    (face,) = find_faces([tmp_path])
    characters = "abcd日月木水火"
    images, places, without = render(face, characters, (20, 40), 24)
    assert places.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert images.shape == (8, 24, 24) and (images.max(axis=(1, 2)) == 255).all()
    assert without["not in the font"] == ["火"] and without["no ink"] == ["水"]
    assert sorted(without["a box, or the picture of another character"]) == sorted("日月木")
    again, *_ = render(face, characters, (20, 40), 24)
    np.testing.assert_array_equal(again, images)


def test_slices_of_one_font_are_one_face_and_weights_one_family(tmp_path):
    write_font(tmp_path / "one.ttf", "Cut", {"a": bars(1)})
    write_font(tmp_path / "two.ttf", "Cut", {"b": bars(2)})
    (tmp_path / ".hidden.ttf").write_bytes(b"")
    (face,) = find_faces([tmp_path])
    assert (face.name, face.family, set(face.files)) == ("Cut", "Cut", {"a", "b"})
    assert len(render(face, "ab", (20,), 24)[0]) == 2


def test_what_is_no_font_is_named(tmp_path):
    (tmp_path / "bad.ttf").write_text("no font")
    (tmp_path / "empty").mkdir()
    for place, message in (
        ("bad.ttf", "no font that can be read"),
        ("empty", "holds no font"),
        ("missing.ttf", "does not exist"),
    ):
        with pytest.raises(DataError, match=message):
            find_faces([tmp_path / place])


def test_place_size_and_darkness_of_a_glyph_make_no_difference(noto):
    for character in "日永鑫aW":
        glyph = noto.draw(character, 90)
        normal = normalise(glyph, 48)
        rows, columns = np.flatnonzero(normal.max(axis=1)), np.flatnonzero(normal.max(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 40, "the longer side fills the frame, four points stay free"
        assert normal.max() == 255
        np.testing.assert_array_equal(normalise(np.pad(glyph, ((7, 3), (0, 20))), 48), normal)
        assert np.abs(normalise(normal, 48).astype(int) - normal).mean() < 1, "once normalised, it stays"
        assert np.abs(normalise(glyph // 2, 48).astype(int) - normal).mean() < 4
        larger = np.asarray(Image.fromarray(glyph).resize(np.array(glyph.shape[::-1]) * 2))
        assert np.abs(normalise(larger, 48).astype(int) - normal).mean() < 12
    wide, high = normalise(noto.draw("一", 90), 48), normalise(noto.draw("1", 90), 48)
    assert np.ptp(np.flatnonzero(wide.max(axis=1))) < 10 and np.ptp(np.flatnonzero(high.max(axis=0))) < 30, "proportions stay"


def test_a_glyph_without_ink_stays_black():
    assert not normalise(np.zeros((5, 9), np.uint8), 24).any()


def test_print_on_paper_is_told_from_ink_on_black():
    images = np.zeros((3, 8, 8), np.uint8)
    images[:, 2:6, 2:6] = 255
    assert not dark_on_bright(images) and dark_on_bright(255 - images)
