"""Reads one picture from a file, whatever its suffix, colours, bit depth or orientation."""

import hashlib
import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import DataError

MOST_PIXELS = 40_000_000  # a phone's photo has 12 to 48 million; what claims more may fill the memory
SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")


def read_picture(source, colours="L", background=255, name=None):
    """The pixels of a picture as bytes.

    An EXIF orientation is applied, transparent parts show `background`, 16 bits are scaled to 8, and of a moving picture the
    first frame counts.

    Args:
        source: path, or the bytes of a file.
        colours: `"L"` for grey, `(height, width)`, or `"RGB"`, `(height, width, 3)`.
        background: grey value, 0 to 255, behind transparent pixels.
        name: what a message calls the file; the path where it is not given.

    Raises:
        DataError: the file is no picture, is cut short, has more than 40 million pixels or 32 bits a colour.
    """
    name = name or (f"picture of {len(source)} bytes" if isinstance(source, bytes) else source)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image,
        ):
            if image.width * image.height > MOST_PIXELS:
                raise DataError(
                    f"{name} has {image.width} x {image.height} pixels; at most {MOST_PIXELS:,} are read. Scale it down"
                )
            return np.asarray(_plain(ImageOps.exif_transpose(image), background, name).convert(colours))
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise DataError(f"{name} has too many pixels; at most {MOST_PIXELS:,} are read. Scale it down") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise DataError(
            f"{name} is no picture that can be read ({error}); expected PNG, JPEG, GIF, BMP, TIFF or WebP"
        ) from error


def png(pixels):
    """The bytes of a PNG of pixels, bytes `(height, width)` or `(height, width, 3)`."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


def same_pixels(images):
    """A number for each picture, the same for those of the same pixels, which must share a fold; `None` where all differ."""
    digests = [hashlib.md5(image.tobytes(), usedforsecurity=False).hexdigest() for image in images]
    known, numbers = np.unique(digests, return_inverse=True)
    if len(known) == len(digests):
        return None
    print(f"{len(digests) - len(known)} pictures show again what another shows; they share its fold")
    return numbers


def _plain(image, background, name):
    """A picture with 8 bits a colour and without transparent parts."""
    if image.mode in SIXTEEN_BITS or (image.mode == "I" and image.format == "PNG"):
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))  # convert("L") would cut to white
    if image.mode in ("I", "F"):
        raise DataError(f"{name} has 32 bits a pixel, mode {image.mode}; save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, (background,) * 3 + (255,)), image).convert("RGB")
    return image
