"""A person's own pages: one, a folder, standard input; and what is kept of the classifier's blocks."""

import itertools
import json

import numpy as np
import pytest

from common.errors import ConfigError, DataError
from competitions.web_text import inference, predict
from competitions.web_text.config import Config

BODY = "镇上的粮仓上周改作了图书馆，一共两层，书有一万二千册，大半是居民捐的。"
PAGE = f"<title>t</title><ul><li><a href=/>首页</a></li></ul><h1>粮仓</h1><p>{BODY}</p><div><a href=/a>关于</a></div>"


def answer(capsys, given, **more):
    predict.main(Config(), str(given), way="density", **more)
    return capsys.readouterr()


def test_a_page_comes_in_every_format(tmp_path, capsys):
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    assert answer(capsys, path).out == f"粮仓\n{BODY}\n"
    assert answer(capsys, path, format="markdown").out == f"# 粮仓\n\n{BODY}\n"
    assert f"<p>{BODY}</p>" in answer(capsys, path, format="html").out
    assert json.loads(answer(capsys, path, format="json").out)["title"] == "t"
    path.write_text(f"<div class=p><a href=/user/1>甲乙</a> 2015-3-2 10:11<div>{BODY}</div></div>", encoding="utf-8")
    (post,) = map(json.loads, answer(capsys, path, format="posts").out.splitlines())
    assert (post["post_text"], post["time"]) == (BODY, "2015-03-02T10:11:00")


def test_every_block_is_explained_and_records_come_back(tmp_path, capsys):
    path = tmp_path / "page.html"
    path.write_bytes(PAGE.encode("gb18030"))
    (record,) = predict.main(Config(), str(path), way="density")
    assert (record["name"], record["text"], record["posts"]) == ("page.html", f"粮仓\n{BODY}", [])
    shown = answer(capsys, path, explain="true").out
    assert "headline" in shown and "before the text" in shown and "gb18030" in shown


@pytest.mark.parametrize(
    "remark",
    [
        "<div class=comments><p>{said}</p></div>",
        "".join(f"<div><b>某{n}</b> 2015-3-{n} 10:11<div>{{said}}</div></div>" for n in (1, 2, 3)),
    ],
)
def test_readers_comments_come_apart_from_the_article(tmp_path, capsys, remark):
    path = tmp_path / "page.html"
    said = "我小时候住在那里，粮仓边上还有一口井。"
    path.write_text(f"{PAGE}{remark.format(said=said)}<a href=/r>回复</a>", encoding="utf-8")
    found = json.loads(answer(capsys, path, format="json").out)
    assert BODY in found["text"] and set(found["comments"].split("\n")) == {said}
    assert ("readers' comments" in answer(capsys, path, explain="true").out) == ("comments" in remark)


def test_a_folder_is_one_site_and_a_bad_page_does_not_stop_it(tmp_path, capsys):
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "empty.html").write_bytes(b"")
    found = answer(capsys, tmp_path)
    assert BODY in found.out
    assert "left out: empty.html is empty" in found.err and "without a template" in found.err


def test_the_original_subtracts_the_next_page_and_cuts_posts_at_peaks(tmp_path, capsys):
    other = BODY.replace("粮仓", "码头")
    for name, body in (("a", BODY), ("b", other)):
        (tmp_path / f"{name}.html").write_text(PAGE.replace(BODY, body), encoding="utf-8")
    one, two = predict.main(Config(), str(tmp_path), way="original")
    assert (one["text"], two["text"]) == (BODY, other)
    assert [post["post_text"] for post in one["posts"]] == [BODY]


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ({"input": "gone.html"}, DataError, "no such file"),
        ({"input": "empty"}, DataError, "holds no page"),
        ({"input": "bad.html"}, DataError, "is empty"),
        ({"input": "bad.html", "format": "pdf"}, ConfigError, "format"),
        ({"input": "bad.html", "way": "magic"}, ConfigError, "way"),
    ],
)
def test_what_cannot_be_answered_is_named(tmp_path, monkeypatch, more, error, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.html").write_bytes(b" ")
    with pytest.raises(error, match=says):
        predict.main(Config(), **({"way": "density"} | more))


def test_what_is_kept_makes_the_expected_f_greatest():
    random = np.random.default_rng(0)
    for _ in range(50):
        probability, words = random.random(6), random.integers(1, 20, 6).astype(float)
        kept = probability >= inference.least_kept(probability, words)

        def expected(chosen, probability=probability, words=words):
            return 2 * (probability * words)[chosen].sum() / (words[chosen].sum() + (probability * words).sum())

        every = [np.array(bits, bool) for bits in itertools.product((0, 1), repeat=6) if any(bits)]
        assert expected(kept) == pytest.approx(max(map(expected, every)))
    assert inference.least_kept(np.zeros(3), np.zeros(3)) > 0
