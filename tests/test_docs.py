"""The examples of the pages run, and what the pages claim is so."""

import gzip
import os
import re
import sys

import pytest

from common import paths, run
from docs import site
from tests.conftest import REPOSITORY

PAGES = [page for page in (REPOSITORY / path for path in site.pages()) if "```python" in page.read_text(encoding="utf-8")]
LAWS = "国家依法保护自然资源。\n依法保护公民的权利。\n国家保护环境。\n公民依法享有权利。\n自然资源的利用须依法进行。\n"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def what_an_example_reads(text):
    """Write the files that the examples of a page name into the working folder, and return the variables that they take."""
    if "laws.txt.gz" in text:
        with gzip.open("laws.txt.gz", "wt", encoding="utf-8") as file:
            file.write(LAWS * 30)
    if "star-classifier" not in text:
        return {}
    from competitions.lamost import data

    plan = ["model=lightgbm", "sample_size=60", "folds=1", "tree_rounds=2"]
    for stage in ("train", "ensemble"):
        run.run_stage("lamost", stage, plan)
    run.run_stage("lamost", "export", ["to=star-classifier"])
    return {"flux": data.load(paths.sample("lamost"), workers=1).test.flux}


@pytest.mark.backend
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    """In order and in one namespace; their own asserts prove what the page says."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": "docs"} | what_an_example_reads(text)
    for block in BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        exec(compile("\n" * lines_before + block[1], page, "exec"), namespace)  # a traceback names the line of the page


@pytest.fixture(scope="module")
def recovery():
    """Everything that the page's pieces of Python define."""
    page = (REPOSITORY / "docs" / "deleted_files.md").read_text(encoding="utf-8")
    defined = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, defined)
    return defined


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/PID/fd")
def test_a_deleted_file_that_is_open_is_found_and_copied_whole(recovery, tmp_path):
    path, content = tmp_path / "星 log.txt", os.urandom(100_000)
    path.write_bytes(content)
    with open(path, "rb"), open(tmp_path / "still there", "w"):
        path.unlink()
        found = [(entry, name) for entry, name in recovery["deleted_but_open"](os.getpid()) if name.startswith(str(tmp_path))]
        assert [name for _, name in found] == [str(path)]
        assert found[0][0].read_bytes() == content
    assert str(path) not in dict(recovery["deleted_but_open"](os.getpid())).values()


def test_the_printable_part_of_rubbish_is_the_text(recovery):
    lines = "The first line, long enough to be one\n\tand a second\n红楼梦的作者是曹雪芹，这一行也足够长了吧。"
    rubbish = bytes(range(128, 192)) * 3 + b"\x00\x01short\x02"
    carved = rubbish + lines.encode() + rubbish + "another run of text, 足够长".encode() + b"\xff" + rubbish
    assert recovery["printable"](carved) == f"{lines}\nanother run of text, 足够长"
    assert recovery["printable"](b"") == "" == recovery["printable"](rubbish)
