"""Pages as they come: lying encodings, broken markup, deep trees; what is seen is read, and nothing else."""

import pytest

from common.errors import DataError
from common.web import page
from common.web.decoding import decode, known
from common.web.page import read

SIMPLE = "镇上的粮仓改作图书馆，周末下午三点有人来讲古书的修补，天窗下的座位要早到才有。"
RARE = "朱镕基题字，𠮷野家在隔壁。"
CANTON = "佢喺圖書館度睇書，嘅話就唔使買，食咗飯先至嚟。"


def html(text, charset="", before=""):
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{before}{meta}<title>t</title></head><body><p>{text}</p></body></html>"


def texts(source, **more):
    return [block.text for block in read(source, **more).blocks]


@pytest.mark.parametrize(
    ("data", "header", "expected", "noted"),
    [
        (html(SIMPLE, "utf-8").encode(), "", SIMPLE, False),
        (html(RARE, "gb2312").encode("gb18030"), "", RARE, False),  # gb2312 means gb18030
        (html(SIMPLE).encode("gb18030"), "", SIMPLE, False),  # nothing declared
        (html(SIMPLE, "gb2312").encode(), "", SIMPLE, True),
        (html(SIMPLE, "utf-8").encode("gbk"), "", SIMPLE, True),
        (html(SIMPLE, "iso-8859-1").encode("gbk"), "", SIMPLE, True),
        (html(SIMPLE, "x-gbk").encode("gbk"), "", SIMPLE, False),
        (html(CANTON, "csbig5").encode("big5hkscs"), "", CANTON, False),
        (html(CANTON, "gbk").encode("big5hkscs"), "text/html; charset=big5", CANTON, False),  # the header wins
        (html(SIMPLE, "gbk", "<!-- <meta charset=big5> -->").encode("gbk"), "", SIMPLE, False),
        (html(SIMPLE, "gbk", "<!-- -->" + " " * 3000).encode("gbk"), "", SIMPLE, False),  # browsers look no further than 1,024
        (b"\xef\xbb\xbf" + html(SIMPLE, "gbk").encode(), "", SIMPLE, True),
        (b"\xff\xfe" + html(SIMPLE, "utf-8").encode("utf-16-le"), "", SIMPLE, True),
        (html("“smart” – quotes, caf\xe9", "iso-8859-1").encode("cp1252"), "", "“smart” – quotes, caf\xe9", False),
        (html("Schöne Grüße aus Köln, für Bär und Maß").encode("latin-1"), "", "Schöne Grüße aus Köln, für Bär und Maß", False),
        (
            html(SIMPLE, "gb2312").encode("gbk").decode("iso8859-15").encode(),
            "",
            SIMPLE,
            True,
        ),  # taken for Western, saved again
        (html(SIMPLE, "gbk").encode("gbk").decode("iso8859-15").encode().decode("latin-1").encode(), "", SIMPLE, True),  # twice
        (html("Привет из библиотеки", "windows-1251").encode("cp1251"), "", "Привет из библиотеки", False),
    ],
)
def test_bytes_are_read_as_browsers_read_them_and_past_that_as_they_decode(data, header, expected, noted):
    found = decode(data, header)
    assert expected in found.text
    assert bool(found.note) == noted
    assert texts(data, header=header) == [expected]


def test_a_broken_byte_costs_that_byte():
    data = html(SIMPLE, "gbk").encode("gbk").replace("周末".encode("gbk"), b"\xff")
    assert decode(data).text.count("\ufffd") == 1
    assert known("base64") == "base64" and decode(b'<meta charset="base64">\xe9').encoding == "cp1252"


@pytest.mark.parametrize(
    "source",
    [
        "<p>one</p></body></html><p>two</p></html>",
        "<?xml version='1.0' encoding='gbk'?><html><p>one</p><p>two</p>",
        "<p>o\x00ne\x0c</p>\ufeff<p>two",
        "<p>one</p><!-- never closed --!><p>two</p><!-- <p>three</p>",
        "<script>document.write('<p>no</p>')</script><html><head><title>t</title></head><body>one<br>two",
        "<form><form><p>one<p>two</form></form>",
        "<div>one<div hidden>no</div><div style='display: none'>no</div></div><template>no</template>two<style>no</style>",
        "<html><head><title><body><p>one</p><p>two</p>",
        '<!DOCTYPE html>\n<html xmogo.jpg" alt="a &amp; b" border="0" /></a></td><p>one</p><p>two</p></html>',
        "<p>one</p><![CDATA[no]]><noscript>no</noscript><p>two</p>",
        "<div>" * 5000 + "<p>one</p>" + "</div>" * 5000 + "<p>two</p>",
        "<p>" + "<font>" * 3000 + "one</p><p>two",
        "<html><body><p>one</p></body></html><html><body><p>two</p></body></html>",
    ],
)
def test_broken_markup_loses_no_text(source):
    assert texts(source) == ["one", "two"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"", "is empty"),
        (b" \n\x00 ", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "no web page"),
        ("<frameset><frame src='menu.html'><frame src='main.html'></frameset>", "menu.html, main.html"),
    ],
)
def test_what_shows_nothing_is_named(source, says):
    with pytest.raises(DataError, match=says):
        read(source)


def test_a_page_is_read_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(page, "LONGEST", 1000)
    found = read("<p>one</p>" + "<p>more</p>" * 1000)
    assert "only the first 1000 characters" in found.notes[0]
    assert 80 < len(found.blocks) < 92


def test_a_page_that_a_script_writes_is_read_as_those_without_scripts_see_it():
    found = read(f"<body><p>Loading</p><noscript><p>{SIMPLE}</p></noscript></body>")
    assert found.blocks[-1].text == SIMPLE and "script" in found.notes[0]


def test_blocks_know_their_place_words_and_links():
    first, second, third = read(
        '<body><div><a href="/u">go on</a>: a b</div><p>今天，<b>好</b></p><ul><li><a href="/x">x</a></li></ul></body>'
    ).blocks
    assert (first.path, first.words, first.linked, first.link) == ("html/body/div", 4, 2, "/u")
    assert (second.text, second.words, second.marks, second.link_share) == ("今天，好", 3, 1, 0)
    assert third.path.endswith("ul/li") and third.link_share == 1
    assert first.depth_first < third.depth_first
    assert second.depth_first == first.depth_first  # p and b only format
