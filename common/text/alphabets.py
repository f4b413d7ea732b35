"""Lists of characters by name: digits and Latin letters, the first level of GB 2312, or what a text file holds."""

import string
from pathlib import Path

from common.errors import DataError
from common.text.corpus import read

LEVEL_1 = [bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF if high < 0xD7 else 0xFA)]
ALPHABETS = {
    "latin": string.digits + string.ascii_letters,
    "gb2312": string.digits + string.ascii_letters + b"".join(LEVEL_1).decode("gb2312"),  # level 1: 3,755 characters
}


def alphabet_of(name):
    """The characters of a named alphabet, or all of a text file, in its order, a tuple.

    Raises:
        DataError: there is neither.
    """
    if name in ALPHABETS:
        return tuple(ALPHABETS[name])
    path = Path(name).expanduser()
    if not path.is_file():
        raise DataError(f"alphabet={name}: expected {', '.join(ALPHABETS)} or a text file with the characters")
    found = dict.fromkeys(character for line in read([path]) for character in line if not character.isspace())
    if not found:
        raise DataError(f"alphabet={name} holds no character")
    return tuple(found)
