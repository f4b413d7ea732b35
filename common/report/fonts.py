"""A font for pictures with Chinese text: matplotlib's own has no Chinese letter and draws boxes."""

from importlib.resources import files

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

INSTALLED = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei")


def has_letter(font, letter):
    """Whether a font (properties, as of `chinese`) has a picture of a character, so that it is not drawn as a box."""
    return FT2Font(font_manager.findfont(font)).get_char_index(ord(letter)) > 0


def chinese():
    """Font properties of a font with Chinese letters, for the argument `fontproperties` or `prop` of matplotlib.

    An installed one if there is any, else Noto Sans CJK (SIL Open Font License) from the package `mpl-font`.
    """
    known = {font.name for font in font_manager.fontManager.ttflist}
    name = next((name for name in INSTALLED if name in known), None)
    if name:
        return font_manager.FontProperties(family=name)
    return font_manager.FontProperties(fname=str(files("mpl_font") / "fonts" / "noto" / "NotoSansCJKsc-Regular.otf"))
