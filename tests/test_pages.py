"""What the pages point at is there, and what they tell people to type is understood."""

import ast
import dataclasses
import importlib
import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import pytest

from common import locate, paths, run
from common.config import override
from common.errors import ConfigError
from common.graph import command as graph_command
from common.targets import OF_CONTEST
from common.web import command as web_command
from docs import site
from tests.conftest import REPOSITORY

PAGES = [REPOSITORY / path for path in site.pages()]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
WORD = r"""\w+=(?:[^\s"',;]|,(?=\S)|"[^"]*"|'[^']*')*"""  # a setting; text and punctuation behind it are none
COMMAND = re.compile(rf"(make|podium|python -m bench\.\w+)((?: [a-z_]+(?![\w=.]))*)((?: {WORD})*)")
PATTERN = re.compile(r"\b(?:CONTEST|CHANGE|TARGET)\b|\.\.\.|<|\{")  # such a command is one to fill in, not one to type
ARTICLES = """3414 3831 3863 4122 4245 4293 4374 4402 4413 4422 4430 4439 4491 4493 4503 4515 4521 4540 4556 4582 5409 5505 5716
    5743 5776 5807 6016 6051 6311 6418 6540 6671 6705 6985 7006 7169 7381"""  # of kexue.fm, all that is re-implemented here
CHEAP = ("help", "leaderboard", "communities", "clean")


def anchors(page):
    """The names that headings of a page can be linked by, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def named(page):
    return str(page.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        assert target.resolve().is_relative_to(REPOSITORY) and target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page}: {link}, but its headings are {sorted(anchors(target))}"


def commands(text):
    """The commands that a page shows, in blocks and within lines, each as `(program, targets, settings)`."""
    blocks = [re.sub(r" *\\\n *", " ", block) for language, block in FENCE.findall(text) if not language]
    inline = [" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", FENCE.sub("", text))]
    for line in [line for block in blocks for line in block.splitlines()] + inline:
        for piece in re.split(r"(?:^|   +|[|;] )(?:[A-Z_]+=\S+ )*(?=make |podium |python -m bench)", line.strip()):
            piece = re.split(r" {2,}| #", piece)[0]  # what stands behind says what it does
            found = COMMAND.match(piece)
            if found and not PATTERN.search(piece):
                program, targets, settings = found[1], found[2].split(), shlex.split(found[3])
                if targets or program.startswith("python"):
                    yield program, targets, settings


class Understood(Exception):
    """A command got as far as to do what it says."""


def understand(program, targets, settings):
    """Take a command through the real command line to where it would begin to work."""
    contest = next((text.removeprefix("COMP=") for text in settings if text.startswith("COMP=")), run.CONTEST)
    settings = [text for text in settings if not text.startswith("COMP=")]
    if program.startswith("python") or targets[0] == "bench":
        name = program.rpartition(".")[2] if program.startswith("python") else contest
        scale = "part=scale" in settings  # every contest's by one file
        bench_takes("scale" if scale else name, [text for text in settings if text != "part=scale"], contest)
    elif program == "podium":
        run.of_podium([*targets, *settings])
    elif not settings and targets[0] in run.TARGETS:
        assert contest in paths.contests()  # it is mentioned by its name, with what it needs left out
    elif targets[0] in (*run.STAGES, *OF_CONTEST):
        run.run_command([contest, targets[0], *settings])
    elif targets[0] == "communities":
        override(graph_command.Settings, settings)
    elif targets[0] == "fetch":
        override(web_command.Settings, settings)
    elif targets[0] == "torture":
        assert contest in paths.contests() and all(re.fullmatch(r"inputs=\d+", text) for text in settings)
    elif targets[0] in run.OF_REPOSITORY:
        assert targets[0] == "docs" or not settings
        override(site.Settings, settings)
    else:
        run.run_command([targets[0], *settings])
    raise Understood


def bench_takes(name, settings, contest):
    """Check a benchmark's settings by the words in its file and the fields of its contests, without importing its peers."""
    source = (REPOSITORY / "bench" / f"{name}.py").read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    known = {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    known |= {node.value.rstrip("=") for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    contests = [contest] if name == "scale" else re.findall(r"competitions\.(\w+)", source)
    for contest in set(contests):
        config = importlib.import_module(f"competitions.{contest}.config").Config
        known |= {field.name for field in dataclasses.fields(config)}
    unknown = {text.partition("=")[0] for text in settings} - known
    assert not unknown, f"bench.{name} does not take {unknown}"


def understood(*arguments, **named):
    raise Understood


def located(contest, name, config_class, assignments):
    override(config_class, assignments)
    raise Understood


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "CHANGELOG.md" and "toy" not in page.parent.name], ids=named
)
def test_commands_are_understood(page, monkeypatch):
    """Known target, known contest, known settings with values of their type; nothing is trained."""
    monkeypatch.setattr(locate, "located", located)
    monkeypatch.setattr("common.targets.require_log", lambda name: None)  # whether an extra is installed is another matter
    monkeypatch.setattr(run, "smoke", understood)
    for name in ("survey", "undo"):
        monkeypatch.setattr(run.removal, name, understood)
    for name in ("experiment.export", "experiment.report.write", "experiment.leaderboard.show", "experiment.leaderboard.write"):
        monkeypatch.setattr(f"common.{name}", understood)
    for name in ("exported", "finished"):
        monkeypatch.setattr(f"common.demo.server.{name}", understood)
    for program, targets, settings in commands(page.read_text(encoding="utf-8")):
        with pytest.raises(Understood):
            print(program, *targets, *settings)  # what pytest shows of the one that is not
            understand(program, targets, settings)


def test_commands_are_found_with_their_settings_and_without_what_is_said_of_them():
    shown = """
```
make train COMP=lamost model=dilated epochs=2      any field of config.py
cat a.png | make predict COMP=fashion_mnist input=- quiet=true        in a pipe
make test   make lint
make predict COMP=webqa question="谁 写" input=a.txt
make train COMP=x \\
  noise=1
```
`KERAS_BACKEND=jax make train ...` or `make train COMP=webqa folds=1`, but not `make train COMP=CONTEST`.
"""
    assert list(commands(shown)) == [
        ("make", ["train"], ["COMP=lamost", "model=dilated", "epochs=2"]),
        ("make", ["predict"], ["COMP=fashion_mnist", "input=-", "quiet=true"]),
        ("make", ["test"], []),
        ("make", ["lint"], []),
        ("make", ["predict"], ["COMP=webqa", "question=谁 写", "input=a.txt"]),
        ("make", ["train"], ["COMP=x", "noise=1"]),
        ("make", ["train"], ["COMP=webqa", "folds=1"]),
    ]
    assert sum(len(list(commands(page.read_text(encoding="utf-8")))) for page in PAGES) > 200


SLIPS = """make train COMP=lamots folds=1
make train COMP=lamost epoch=2
make train COMP=lamost epochs=two
make trian folds=1
make bench COMP=lamost dat=DATA
make predict COMP=webqa questoin=a input=b
make test folds=1
podium trian lamost"""


@pytest.mark.parametrize("typed", SLIPS.splitlines())
def test_a_slip_in_a_command_is_noticed(typed, monkeypatch):
    monkeypatch.setattr(locate, "located", located)
    [(program, targets, settings)] = commands(f"`{typed}`")
    with pytest.raises((ConfigError, AssertionError)):
        understand(program, targets, settings)


def test_the_cheap_commands_of_readme_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "links.csv").write_text("a,b\nb,c\nc,a\nc,d\nd,e\ne,f\nf,d\n")
    typed = [(targets, settings) for _, targets, settings in commands((REPOSITORY / "README.md").read_text(encoding="utf-8"))]
    cheap = [[*targets, *settings] for targets, settings in typed if targets[0] in CHEAP]
    cheap = [words for words in cheap if "yes=1" not in words and words != ["communities"]]
    assert {words[0] for words in cheap} == set(CHEAP)
    for words in cheap:
        assert run.main(words) == 0, (words, capsys.readouterr())
    assert (tmp_path / "links.png").stat().st_size > 1000 and (tmp_path / "FILE").stat().st_size > 1000


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_a_readme_is_read_on_two_screens(name):
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
    picture = next(place for place, line in enumerate(lines) if line.startswith("!["))
    assert picture < 20 and (REPOSITORY / LINK.findall(lines[picture])[0]).stat().st_size < 100_000
    linked = {Path(link).parent.name for link in LINK.findall("\n".join(lines)) if link.startswith("competitions/")}
    assert linked == set(paths.contests())


@pytest.mark.parametrize("name", ["docs/articles.md", "docs/zh/articles.md"])
def test_every_article_has_its_place(name):
    """Each is linked where it is read, and said to be somewhere in the code."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert set(re.findall(r"https://kexue\.fm/archives/(\d+)", text)) == set(ARTICLES.split())
    for part in re.split(r"^(?:### |\| \[\d)", text, flags=re.MULTILINE)[1:]:
        if "kexue.fm/archives" in part:
            assert re.search(r"\]\((?!https?:)[^)#]+\.(?:py|md)", part), part


NUMBER = re.compile(r"(?<![\d.,:=/-])\d+(?:,\d{3})*\.\d+(?![\d.]*\d)")  # no version, no setting


def numbers(*paths):
    """The decimal numbers of files."""
    return {text.replace(",", "") for path in paths for text in NUMBER.findall(path.read_text(encoding="utf-8"))}


def measured(contest):
    """The numbers that the page of a contest, its benchmark and its published scores have."""
    folder = REPOSITORY / "competitions" / contest
    return numbers(folder / "README.md", folder / "published.csv", *(REPOSITORY / "bench/results").glob(f"{contest}*.md"))


def missing(text, known):
    """The decimal numbers of a text that are none of the known ones, rounded."""
    found = {number.replace(",", "") for number in NUMBER.findall(text)}
    half = {one: 0.5001 * 0.1 ** len(one.partition(".")[2]) for one in found}
    return {one for one in found if not any(abs(float(other) - float(one)) <= half[one] for other in known)}


def test_a_number_is_rounded_and_any_other_is_missing():
    assert missing("0.837, 0.84 and 12,345.5 of 3.13", {"0.8366", "12345.5"}) == {"3.13"}
    assert missing("tcp://host:8.5 grid=0.5 0.838", {"0.8366"}) == {"0.838"}


@pytest.mark.parametrize("contest", paths.contests())
def test_the_short_pages_have_the_numbers_of_the_contest(contest):
    known = measured(contest)
    assert not missing((REPOSITORY / f"competitions/{contest}/README.zh.md").read_text(encoding="utf-8"), known)
    for name in ("README.md", "README.zh.md"):
        [row] = re.findall(rf"^\| \[{contest}\].*$", (REPOSITORY / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert not missing(row, known), name


def test_what_is_gathered_stands_where_it_was_gathered_from():
    """Each section of the articles has the numbers of the pages it links, each row of what helped those of what it names."""
    docs = REPOSITORY / "docs"
    text = (docs / "articles.md").read_text(encoding="utf-8")
    overview, *sections = re.split("^##+ ", text, flags=re.MULTILINE)
    assert not missing(overview, set(NUMBER.findall("".join(sections))))
    for section in sections:
        linked = [
            (docs / link.partition("#")[0]).resolve().relative_to(REPOSITORY)
            for link in LINK.findall(section)
            if ":" not in link
        ]
        contests = {path.parts[1] for path in linked if path.parts[0] == "competitions"}
        known = numbers(*(REPOSITORY / path for path in linked if path.suffix == ".md")).union(*map(measured, contests))
        assert not missing(section, known), section
    assert not missing((docs / "zh/articles.md").read_text(encoding="utf-8"), numbers(docs / "articles.md"))
    for row in re.split(r"^(?=\||- )", (docs / "what_helped.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        known = set().union(*(measured(contest) for contest in paths.contests() if contest in row))
        assert not missing(row, known | numbers(docs / "training.md", docs / "recipes.md")), row


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, built without a warning."""
    for module in ("zensical", "mkdocstrings_handlers"):
        pytest.importorskip(module, reason="make docs is not installed: pip install -e .[docs]")
    folder = tmp_path_factory.mktemp("site") / "site"
    site.build(folder)
    return folder


def test_the_site_shows_every_page_and_fetches_nothing(built):
    pages = [*built.rglob("*.html")]
    for page in pages:
        loaded = re.findall(
            r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?([^\"' >]+)", page.read_text(encoding="utf-8")
        )
        assert not [link for link in loaded if re.match(r"(?:https?:)?//", link)], page
    for style in built.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style
    names = {str(page.relative_to(built)) for page in pages}
    for page in site.pages():
        at = page.with_name("index.md") if page.name == "README.md" else page
        assert str(at.with_suffix(".html")) in names, page
    losses = (built / "reference/common.losses.html").read_text(encoding="utf-8")
    assert "AMSoftmax" in losses and "Additive margin" in losses


def test_a_folder_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    pytest.importorskip("zensical", reason="make docs is not installed: pip install -e .[docs]")
    with pytest.raises(ConfigError, match="something else"):
        site.build(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"
