"""Layouts that are read, and what is said of those that are not."""

import json
import tarfile
from dataclasses import replace

import pytest

from common.errors import DataError
from competitions.web_text import data
from competitions.web_text.config import Config


def write(folder, pages=("a",), kind="text", golds=None, index="id\tsite\n", lines=None):
    """A set of pages; `golds` by id."""
    (folder / "html").mkdir(parents=True)
    (folder / kind).mkdir()
    (folder / "index.tsv").write_text(index + "".join(lines or (f"{page}\tsite.example\n" for page in pages)), encoding="utf-8")
    for page in pages:
        (folder / "html" / f"{page}.html").write_bytes(b"<p>x</p>")
    for page, gold in (golds if golds is not None else dict.fromkeys(pages, "gold")).items():
        (folder / kind / f"{page}{data.GOLDS[kind]}").write_text(gold, encoding="utf-8")


def load(folder, **settings):
    return data.load(replace(Config(), data=folder, **settings))


def test_sets_are_folders_or_archives_and_tests_need_no_truth(tmp_path):
    write(tmp_path / "one", ("a", "b"))
    write(tmp_path / "made" / "two", ("c",), "posts", {"c": json.dumps([{"post_text": "x", "user": 'a "quoted" name'}])})
    with tarfile.open(tmp_path / "two.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "made" / "two", "two")
    write(tmp_path / "test" / "two", ("d",), "posts", {})
    dataset = load(tmp_path)
    assert [(record.set, record.id, record.kind) for record in dataset.train] == [
        ("one", "a", "text"),
        ("one", "b", "text"),
        ("two", "c", "posts"),
    ]
    assert [(record.id, record.kind, record.gold) for record in dataset.test] == [("d", "posts", None)]
    assert {record.set for record in load(tmp_path, sets=("one",)).train} == {"one"}
    assert load(tmp_path / "one").train[0].set == "one"


def test_the_layout_of_cleaneval_is_read_with_its_marks_and_wrappers(tmp_path):
    wrapped = '<text id="http://www.site.example/x" title="t" encoding="unset">\n<p>x</p>\n</text>\n'
    for name, text in (("en_original/1.html", wrapped),
                       ("en_original/2.html", "<p>y</p>"), ("en_cleaned/1-cleaned.txt", "URL: http://x\n<p>x &amp; y"),
                       ("en_cleaned/9-cleaned.txt", "z")):  # fmt: skip
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_text(text, encoding="utf-8")
    dataset = load(tmp_path)
    (record,) = dataset.train
    assert (record.site, record.html, record.gold.strip()) == ("www.site.example", b"\n<p>x</p>\n", "x & y")
    assert record.marked.startswith("URL")
    assert "1 pages have no cleaned text" in dataset.notes[0] and "9-cleaned.txt" in dataset.notes[1]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"index": "id,site\n"}, "line 1"),
        ({"lines": ["a\tx\n", "a\tx\n"]}, "line 3"),
        ({"lines": ["a\tx\n", "gone\tx\n"]}, "no html/gone.html"),
        ({"golds": {}}, "no truth"),
        ({"kind": "posts", "golds": {"a": "[1]"}}, "posts/a.json"),
        ({"kind": "segments", "golds": {"a": '{"with": []}'}}, "segments/a.json"),
    ],
)
def test_a_set_that_is_not_as_described_is_named(tmp_path, more, says):
    write(tmp_path / "set", **more)
    with pytest.raises(DataError, match=says):
        load(tmp_path)


def test_a_truth_without_a_page_is_told_and_no_sets_or_a_broken_archive_refused(tmp_path):
    write(tmp_path / "set", ("a",), golds={"a": "x", "b": "y"})
    assert "belong to no page" in load(tmp_path).notes[0]
    with pytest.raises(DataError, match="sets=other"):
        load(tmp_path, sets=("other",))
    (tmp_path / "bad.tar.xz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="no sound tar archive"):
        load(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no sets"):
        load(tmp_path / "empty")
