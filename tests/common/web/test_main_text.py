"""Templates, main texts and what comes out: on pages of a few lines, and on the shapes that break others."""

import numpy as np
import pytest

from common.web import features, main_text, output, subtraction, truth
from common.web.page import read
from common.web.template import Template

MENU = "<ul>" + "".join(f"<li><a href=/{n}>栏目{name}</a></li>" for n, name in enumerate("甲乙丙丁戊己")) + "</ul>"
FOOT = "<div><p>版权所有，未经许可不得转载本站的任何内容，违者必究，解释权归本站。</p><p>已有 {count} 人读过</p></div>"
BODIES = (
    "镇上的粮仓上周改作了图书馆，一共两层，书有一万二千册，大半是居民捐的。",
    "河堤加高的工程昨天完工，比原来高了半米，负责的人说可以防五十年一遇的洪水。",
    "县里的中学今年多收三个班，新教室在操场的南面，九月以前要装好桌椅和黑板。",
)


def page(body, count=3, title=""):
    return read(f"<html><title>{title}</title><body>{MENU}<div>{body}</div>{FOOT.format(count=count)}</body></html>")


def texts(extraction):
    return [block.text for block in extraction.blocks]


def site(count=3):
    return [
        page(f"<h1>标题{name}</h1><p>{text}</p>", count=n) for n, (name, text) in enumerate(zip("一二三", BODIES, strict=True))
    ][:count]


def test_a_template_from_two_pages_leaves_exactly_what_differs():
    pages = site(2)
    template = Template.of(pages)
    for found, body in zip(pages, BODIES, strict=False):
        left = [block.text for block, gone in zip(found.blocks, template.covers(found), strict=True) if not gone]
        assert left[1:] == [body] and left[0].startswith("标题")


def test_the_order_of_pages_does_not_matter_and_a_page_alone_has_no_template():
    pages = site()
    for order in ([0, 1, 2], [2, 0, 1]):
        template = Template.of([pages[n] for n in order])
        assert [template.covers(one).tolist() for one in pages] == [Template.of(pages).covers(one).tolist() for one in pages]
    assert not Template.of(pages[:1]).covers(pages[0]).any()


def test_copies_of_a_page_do_not_delete_it_and_a_quoted_sentence_stays():
    article = f"<p>{BODIES[0]}</p><p>{BODIES[1]}</p>"
    pages = [
        page(article),
        page(article),
        page(f"<p>{BODIES[2]}</p>"),
        page(f"<li>{BODIES[0]}</li><p>{BODIES[2]}又一句，不同。</p>"),
    ]
    template = Template.of(pages)
    assert BODIES[0] in texts(main_text.extract(pages[0], template))
    assert "版权" not in "".join(texts(main_text.extract(pages[0], template)))
    same = "".join(f"<p>{text}又一句，第{n}句。</p>" for n, text in enumerate(BODIES + BODIES))  # under titles of their own
    copies = [
        read(f"<html><title>{title}</title><body>{MENU}<div>{same}</div></body></html>") for title in ("", "甲", "乙", "乙")
    ]
    assert all(len(texts(main_text.extract(copy, Template.of(copies)))) == 6 for copy in copies)


def test_the_original_subtracts_pairs_and_another_page_never_enlarges_its_template():
    pages = site()
    two, three = subtraction.shared(pages[:2]), subtraction.shared(pages)
    assert three <= two
    left = [block.text for block, keep in zip(pages[0].blocks, subtraction.kept(pages[0], two), strict=True) if keep]
    assert left == ["标题一", BODIES[0], "已有 0 人读过"]  # a counter escapes it
    np.testing.assert_array_equal(subtraction.kept_of_site(pages[0], pages), subtraction.kept(pages[0], two))
    np.testing.assert_array_equal(subtraction.kept_of_site(pages[0], pages[:1]), subtraction.kept(pages[0], frozenset()))
    assert (
        subtraction.is_language("on 2015-3-2") and subtraction.is_language("user_1") and not subtraction.is_language("a b c d")
    )


def test_the_run_with_the_greatest_sum():
    assert main_text.region([-1, 2, -1, 3, -9, 4]) == (1, 4)
    assert main_text.region([-1, -2]) == main_text.region([]) == (0, 0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            f"<h1>怎样洗旧书</h1><p>{BODIES[0]}</p><ol><li><span>把书分成三堆，先擦掉封面的灰。</span></li><li>晾一个小时，不能晒太阳。</li></ol>",
            4,
        ),
        (f"<table><tr><td><table><tr><td>&nbsp;</td><td>{BODIES[0]}<br><br>{BODIES[1]}</td></tr></table></td></tr></table>", 2),
        ("".join(f"<figure><figcaption>图：{text}</figcaption></figure>" for text in BODIES), 3),
        (f"{BODIES[0]}<br>{BODIES[1]}", 2),
    ],
)
def test_a_page_alone_gives_its_text_without_menu_and_notice(body, expected):
    found = main_text.extract(read(f"<title>怎样洗旧书</title>{MENU}{body}<div><a href=/a>关于</a> <a href=/b>地图</a></div>"))
    assert len(texts(found)) == expected
    assert len(found.reasons) == len(found.page.blocks)
    assert all((reason in ("text", "headline")) == keep for reason, keep in zip(found.reasons, found.kept, strict=True))


def test_lists_and_tables_of_data_stay_and_layout_does_not():
    table = "<table><tr><th>书名</th><th>册数</th></tr><tr><td><a href=/1>县志</a></td><td>2</td></tr></table>"
    layout = f"<table><tr><td>&nbsp;</td><td>{BODIES[1]}</td></tr></table>"
    found = main_text.extract(
        read(f"{MENU}<h2>名册_1</h2><p>{BODIES[0]}</p>{table}<ol><li>先擦灰，再晾干，然后夹纸。</li></ol>{layout}")
    )
    assert output.text(found.blocks).split("\n")[2:4] == ["书名 册数", "县志 2"]
    lines = output.markdown(found.blocks).split("\n")
    assert "## 名册\\_1" in lines and "| 书名 | 册数 |" in lines and "| 县志 | 2 |" in lines
    assert "1. 先擦灰，再晾干，然后夹纸。" in lines and BODIES[1] in lines
    written = output.html(found.blocks)
    assert written.count("<table>") == written.count("</table>") == 1 and "<ol>\n<li>" in written
    assert [block.text for block in read(written).blocks] == [block.text for block in found.blocks]


def test_figures_of_blocks_have_their_names_and_see_the_template():
    pages = site()
    template = Template.of(pages)
    shares, covered = template.shares(pages[0]), template.covers(pages[0])
    table = features.table(pages[0], shares, covered, template.witnesses(pages[0]))
    assert table.shape == (len(pages[0].blocks), len(features.NAMES))
    body = next(block.number for block in pages[0].blocks if block.text == BODIES[0])
    row = dict(zip(features.NAMES, table[body], strict=True))
    assert (row["words"], row["share"], row["covered"], row["witnesses"], row["region"]) == (
        pages[0].blocks[body].words,
        0,
        0,
        2,
        1,
    )
    assert row["words_-1"] == pages[0].blocks[body - 1].words and np.isnan(table[-1][features.NAMES.index("words_+1")])
    assert features.table(read("<title>nothing</title>"), np.zeros(0), np.zeros(0), 0).shape == (0, len(features.NAMES))


def test_labels_are_shares_of_the_truth_and_scraps_count_between_its_sentences():
    texts = [
        "Home",
        "one two three four five",
        "Home",
        "six seven eight nine ten",
        "x",
        "Home",
        "a b c d e f",
        "y",
        "z",
        "Home",
    ]
    gold = "one two three four five Home six seven eight nine ten"
    assert truth.shares(texts, gold) == [1, 1, 1, 1, 0, 1, 0, 0, 0, 0]
