"""Which Unicode characters are which: ranges of code points `(first, end)`."""

POINTS = 0x110000  # code points that Unicode has
WIDER = 0xFEE0  # from an ASCII character to its full-width form
HAN = (
    (0x3007, 0x3008),  # 〇
    (0x3400, 0x4DC0),  # extension A
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),  # compatibility
    (0x20000, 0x40000),  # planes 2 and 3: extensions B and later
)
DIGITS_AND_LETTERS = ((0x30, 0x3A), (0x41, 0x5B), (0x61, 0x7B))
FULL_WIDTH = tuple((first + WIDER, end + WIDER) for first, end in DIGITS_AND_LETTERS)
ROMAN_NUMERALS = ((0x2160, 0x2189),)


def any_of(ranges):
    """The regular expression of one character of some ranges."""
    return "[" + "".join(f"{chr(first)}-{chr(end - 1)}" for first, end in ranges) + "]"
