"""Fetching is polite and bounded, and reads what was saved; no test opens a socket."""

import io
import re
import urllib.error
import urllib.request

import pytest

from common.errors import ConfigError, DataError
from common.web import command, fetch

ROBOTS = b"User-agent: *\nDisallow: /private/\nCrawl-delay: 5\n"


class Answer(io.BytesIO):
    @property
    def headers(self):
        return {"Content-Type": "text/html; charset=gbk"}


@pytest.fixture
def web(monkeypatch):
    """A web of one site that counts its requests, and a clock that sleeps at once."""
    asked, slept, now = [], [], [0.0]

    def urlopen(request, timeout):
        asked.append(request.full_url)
        if request.full_url.startswith("https://bare.example/robots"):
            raise urllib.error.HTTPError(request.full_url, 404, "Not Found", {}, None)
        if "down" in request.full_url:
            raise urllib.error.URLError("no answer")
        return Answer(ROBOTS if request.full_url.endswith("robots.txt") else b"x" * 100)

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(fetch.time, "sleep", sleep)
    monkeypatch.setattr(fetch.time, "monotonic", lambda: now[0])
    return asked, slept


def test_a_page_is_asked_for_once_and_then_read_from_its_folder(web, tmp_path):
    asked, _ = web
    fetcher = fetch.Fetcher(tmp_path)
    first = fetcher.get("https://site.example/1")
    assert first == (b"x" * 100, "text/html; charset=gbk")
    assert fetch.Fetcher(tmp_path, offline=True).get("https://site.example/1") == first
    assert asked == ["https://site.example/robots.txt", "https://site.example/1"]
    with pytest.raises(DataError, match="not among the saved pages"):
        fetch.Fetcher(tmp_path, offline=True).get("https://site.example/2")


def test_robots_are_kept_and_the_host_is_left_in_peace(web, tmp_path):
    asked, slept = web
    fetcher = fetch.Fetcher(tmp_path, delay=1, largest=30)
    with pytest.raises(DataError, match="forbids it"):
        fetcher.get("https://site.example/private/1")
    assert len(fetcher.get("https://site.example/1")[0]) == 30
    fetcher.get("https://site.example/2")
    assert slept == [5]  # what robots.txt asks for, not the shorter one
    assert fetcher.get("https://bare.example/1")[0] and "https://site.example/private/1" not in asked


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x.example", "x.html", "https://down.example/1"])
def test_what_cannot_be_fetched_is_named(web, tmp_path, address):
    with pytest.raises(DataError, match=re.escape(address)):
        fetch.Fetcher(tmp_path).get(address)
    assert not list(tmp_path.iterdir())


def test_the_command_saves_a_list_of_addresses_and_names_what_fails(web, tmp_path, capsys):
    listed, pages = tmp_path / "addresses.txt", tmp_path / "pages"
    listed.write_text("# two that answer\nhttps://site.example/1\n\nhttps://site.example/private/1\nhttps://bare.example/2\n")
    command.main([f"input={listed}", f"to={pages}", "delay=0"])
    said = capsys.readouterr()
    assert "2 of 3 pages" in said.out and "private/1: robots.txt" in said.err and len(list(pages.glob("*.html"))) == 2
    asked = len(web[0])
    command.main([f"input={listed}", f"to={pages}", "offline=true"])
    assert len(web[0]) == asked and "2 of 3 pages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"input": ""}, ConfigError, "input=addresses.txt to=pages"),
        ({"delay": "-1"}, ConfigError, "delay >= 0"),
        ({"input": "https://down.example/1"}, DataError, "none of 1 addresses"),
    ],
)
def test_what_the_command_cannot_do_is_named(web, tmp_path, settings, error, says):
    given = {"input": "https://site.example/1", "to": tmp_path} | settings
    with pytest.raises(error, match=says):
        command.main([f"{name}={value}" for name, value in given.items()])
