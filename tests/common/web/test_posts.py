"""Threads rendered into the skeletons of real forums: every post, in order, with author and time."""

from datetime import datetime

import numpy as np
import pytest

from common.web import posts, scorers
from common.web.page import read
from common.web.times import find, moment
from competitions.web_text import sample


@pytest.mark.parametrize("forum", sample.FORUMS)
@pytest.mark.parametrize("count", [1, 2, 7, 50])
def test_every_post_of_a_chinese_thread_is_found_in_order(forum, count):
    generator = np.random.default_rng([count, *map(ord, forum)])
    for wrappers in (0, 2):
        source, gold = sample.thread(forum, count, generator, wrappers)
        found = posts.find(read(source))
        matched = scorers.match_posts([post.to_dict() for post in found], gold)
        assert matched.all_right
        assert matched.time == count
        assert matched.author >= 0.8 * count or count == 1


def test_what_several_posts_quote_stays_in_each():
    quoted = "<blockquote>某人1 发表于 2015-3-2 10:11<br>原来的话，引在这里。</blockquote>"
    body = "".join(
        f'<div class="post"><a class="author" href="/user/{n}">某人{n}</a> <span>2015-3-{n + 2} 10:11</span>'
        f'<div class="content">{quoted if n in (2, 4) else ""}第{n}句，没有别的话了。</div></div>'
        for n in range(6)
    )
    found = posts.find(read(f"<body>{body}</body>"))
    assert [len(post.quotes) for post in found] == [0, 0, 1, 0, 1, 0] and "原来的话" in found[4].text


def test_a_post_of_many_parts_stays_one_and_quotes_stay_in_it():
    parts = "".join(f"<p>第{n}段，说的是同一件事的另一面。</p>" for n in range(20))
    table = "<table><tr><td>甲</td><td>乙</td></tr></table>"
    rich = f"{parts}{table}<ul><li>一条，两条。</li></ul><blockquote>原来的话，引在这里。</blockquote>"
    body = "".join(
        f'<div class="post"><a class="author" href="/user/{n}">某人{n}</a> <span>2015-3-{n + 2} 10:11</span>'
        f'<div class="content">{text}</div></div>'
        for n, text in enumerate(["短短一句，没有别的。", rich, "最后一句，也没有别的。"])
    )
    found = posts.find(read(f"<body>{body}</body>"))
    assert len(found) == 3
    assert len(found[1].text.split("\n")) == 24
    assert found[1].quotes == ("原来的话，引在这里。",)
    assert (found[1].author, found[1].link, found[1].time) == ("某人1", "/user/1", datetime(2015, 3, 3, 10, 11))


@pytest.mark.parametrize(
    "names",
    [
        ['<b class="user"><a href="/u/1">likewise</a> <i>{n} posts</i></b>'] * 4,  # one author, a title beside the name
        [
            '<h1><a href="/u/1">likewise</a></h1>',
            *['<div class="by"><a href="/u/1">likewise</a></div>'] * 3,
        ],  # the first differs
        ['<a class="nick" href="/u/1">likewise</a>', '<p><a class="nick" href="/u/1">likewise</a></p>'] * 2,
    ],
)
def test_an_author_is_the_name_alone_wherever_it_stands(names):
    body = "".join(
        f'<div class="post">{name.format(n=n)}<span>2015-3-{n + 2} 10:11</span><div>第{n}句，没有别的话了。</div></div>'
        for n, name in enumerate(names)
    )
    assert [(post.author, post.link) for post in posts.find(read(f"<body>{body}</body>"))] == [("likewise", "/u/1")] * 4


def test_without_dates_rows_that_name_their_authors_are_posts():
    body = "<div class='c'>第{n}句，没有别的话了。</div>"
    row = f"<div class='post'>{{name}}{body}</div>"
    names = [f"<a class='nick' href='/user/{n}'>某人{n}</a>" for n in range(3)]
    found = posts.find(read("".join(row.format(n=n, name=name) for n, name in enumerate(names))))
    assert [(post.author, post.text, post.date, post.time) for post in found] == [
        (f"某人{n}", f"第{n}句，没有别的话了。", "", None) for n in range(3)
    ]
    assert posts.find(read("".join(row.format(n=n, name="") for n in range(3)))) == []
    assert posts.find(read("<p>nothing is dated here</p>")) == []


def test_the_originals_blocks_are_cut_where_the_difference_peaks():
    page = read("<div>a<div>b</div><ul><li></li><li></li><li></li><li>c</li></ul></div><div>d</div>")
    places = [block.depth_first for block in page.blocks]
    assert np.diff(places).tolist() == [1, 5, 1]
    assert posts.peaks(page, np.ones(4, bool)) == [[0, 1], [2, 3]]
    assert posts.peaks(page, np.zeros(4, bool)) == [] and posts.peaks(page, np.eye(4, dtype=bool)[0]) == [[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发表于 2015-3-2 10:11", datetime(2015, 3, 2, 10, 11)),
        ("2012年08月09日 星期四 上午 7时05分", datetime(2012, 8, 9, 7, 5)),
        ("19.11.2019, 16:38", datetime(2019, 11, 19, 16, 38)),
        ("04-23-2020 at 3:40 pm", datetime(2020, 4, 23, 15, 40)),
        ("Sun Dec 15, 2019 4:58 pm", datetime(2019, 12, 15, 16, 58)),
        ("12. März 2019, 16:38 Uhr", datetime(2019, 3, 12, 16, 38)),
        ("le 3 août 2011 à 9h05", datetime(2011, 8, 3, 9, 5)),
        ("Tue 16-Jun-20 16:12:14", datetime(2020, 6, 16, 16, 12)),
        ("Jun 18 '05, 10:24 AM", datetime(2005, 6, 18, 10, 24)),
        ("2020-04-23T09:16:04Z", datetime(2020, 4, 23, 9, 16)),
        ("12:30 am, 1 May 2020", datetime(2020, 5, 1, 0, 30)),
        ("31 February 2015", None),
        ("3 hours ago", None),
        ("no date", None),
    ],
)
def test_times_are_read_as_people_write_them(text, expected):
    assert moment(text) == expected


def test_relative_times_need_to_know_the_hour():
    now = datetime(2020, 5, 10, 12, 0)
    assert moment("3 hours ago", now) == datetime(2020, 5, 10, 9, 0)
    assert moment("昨天 10:11", now) == datetime(2020, 5, 9, 10, 11)
    assert moment("vor 2 Tagen", now) == datetime(2020, 5, 8, 12, 0)
    assert find("昨天 10:11") and find("5分钟前")
