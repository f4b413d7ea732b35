import io

import numpy as np
import pytest
from PIL import Image

from common.errors import DataError
from common.images import pictures

GREY = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)


def saved(image, format="PNG", **options):
    held = io.BytesIO()
    image.save(held, format, **options)
    return held.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {6: Image.Transpose.ROTATE_90, 3: Image.Transpose.ROTATE_180, 5: Image.Transpose.TRANSPOSE}[orientation]
    return saved(Image.fromarray(GREY).transpose(back), exif=exif)


def shuffled_palette():
    order = np.random.default_rng(0).permutation(256)
    image = Image.fromarray(np.argsort(order)[GREY].astype(np.uint8), "P")
    image.putpalette(np.repeat(order.astype(np.uint8), 3).tobytes())
    return saved(image)


@pytest.mark.parametrize(
    "content",
    [
        saved(Image.fromarray(GREY)),
        saved(Image.fromarray(GREY.astype(np.uint16) * 257)),
        saved(Image.fromarray(GREY).convert("RGB")),
        saved(Image.fromarray(GREY).convert("RGBA")),
        saved(Image.fromarray(GREY), "TIFF"),
        saved(Image.fromarray(GREY), "GIF"),
        saved(Image.fromarray(GREY), "GIF", save_all=True, append_images=[Image.fromarray(255 - GREY)]),
        saved(Image.fromarray(GREY), "WEBP", lossless=True),
        shuffled_palette(),
        *(turned(orientation) for orientation in (3, 5, 6)),
    ],
    ids=range(12),
)
def test_a_picture_is_read_alike_from_every_kind_of_file(content):
    np.testing.assert_array_equal(pictures.read_picture(content), GREY)


def test_colours_transparency_and_one_bit():
    red = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    red.putpixel((1, 0), (0, 0, 0, 0))
    np.testing.assert_array_equal(pictures.read_picture(saved(red), "RGB"), [[[255, 0, 0], [255, 255, 255]]])
    assert pictures.read_picture(saved(red), background=0)[0, 1] == 0
    assert pictures.read_picture(saved(Image.new("1", (3, 2), 1))).tolist() == [[255] * 3] * 2
    assert pictures.read_picture(saved(Image.new("CMYK", (3, 2), (0, 0, 0, 0)), "JPEG")).min() > 250


def test_what_is_no_picture_is_named(tmp_path):
    path = tmp_path / "photo.png"
    path.write_text("no picture")
    with pytest.raises(DataError, match=r"photo\.png is no picture that can be read"):
        pictures.read_picture(path)
    with pytest.raises(DataError, match="no picture"):
        pictures.read_picture(saved(Image.fromarray(np.tile(GREY, (50, 50))), "JPEG")[:-400])
    with pytest.raises(DataError, match="32 bits a pixel"):
        pictures.read_picture(saved(Image.fromarray(GREY.astype(np.float32)), "TIFF"))
    with pytest.raises(DataError, match=r"b\.png has 8000 x 8000 pixels"):
        pictures.read_picture(saved(Image.new("1", (8000, 8000))), name="b.png")
    with pytest.raises(DataError, match="too many pixels"):
        pictures.read_picture(saved(Image.new("1", (20_000, 20_000))))
