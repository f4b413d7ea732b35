import numpy as np
from PIL import Image

from common.report import coloured
from common.report.coloured import Coloured

TEXT = "好 & <b>\ud800 $5"
SHARES = [(0, 1, 0.5), (2, 3, -0.25), (4, 7, 0.0)]


def test_pieces_are_the_text_with_shares_relative_to_the_greatest():
    pieces = Coloured("", TEXT, SHARES).pieces()
    assert "".join(piece for piece, _ in pieces) == TEXT
    assert pieces[0] == ("好", 1.0) and pieces[2] == ("&", -0.5)
    assert Coloured("", "abc", []).pieces() == [("abc", 0.0)] and Coloured("", "", []).pieces() == []


def test_a_page_escapes_and_colours(tmp_path):
    coloured.write_html(tmp_path / "page.html", "1 < 2", [Coloured("pos 0.9", TEXT, SHARES)])
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "1 &lt; 2" in page and "&lt;b&gt;" in page and "rgba(214,39,40,0.75)" in page and "rgba(31,119,180,0.38)" in page


def test_lines_hold_all_of_a_text_within_the_width(tmp_path):
    def width(piece):
        return 0.1 * len(piece)

    pieces = [("word " * 50, 0.0), ("x" * 250, 1.0), ("好", -1.0)]
    lines = coloured.broken(pieces, width)
    assert "".join(piece for line in lines for piece, _, _ in line) == "".join(piece for piece, _ in pieces)
    assert all(left + width(piece) <= coloured.WIDTH for line in lines for piece, _, left in line)
    coloured.draw(tmp_path / "a.png", "很长 $", [Coloured("neg", TEXT.replace("\ud800", "") + "长" * 900, SHARES)])
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    assert ((picture[..., 0] - picture[..., 2]) > 80).any() and ((picture[..., 2] - picture[..., 0]) > 40).any()
