import matplotlib.pyplot as plt

from common.report import fonts


def test_the_font_has_chinese_letters(tmp_path):
    figure, axis = plt.subplots()
    axis.set_title("谁写了《红楼梦》？", fontproperties=fonts.chinese())
    figure.savefig(tmp_path / "picture.png")  # a missing letter is a warning, and warnings of matplotlib come through
    plt.close(figure)
    path = fonts.chinese().get_file()
    if path:
        from matplotlib.ft2font import FT2Font

        assert FT2Font(path).get_char_index(ord("谁")) > 0


def test_letters_that_a_font_lacks_are_known():
    font = fonts.chinese()
    assert fonts.has_letter(font, "谁") and fonts.has_letter(font, "A") and not fonts.has_letter(font, "😀")


def test_without_an_installed_font_the_package_has_one(monkeypatch):
    monkeypatch.setattr(fonts, "INSTALLED", ())
    assert fonts.chinese().get_file().endswith("NotoSansCJKsc-Regular.otf")
