"""The pages of the repository as a site: make docs [html=FOLDER]

Zensical, the successor of mkdocs-material by the same authors, which is no longer developed; mkdocstrings makes pages of the
docstrings. Pages are taken where they lie, READMEs of contests among them: they are laid out in a temporary folder as in the
repository, so that a link works in both. A link to a file of code becomes one to a page that shows it. The site needs no
network: open its index.html from disk.
"""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from common import paths, run
from common.config import override
from common.errors import ConfigError


@dataclass(frozen=True)
class Settings:
    """What may be said on the command line."""

    html: Path = Path("site")  # folder of the site


ROOT = Path(__file__).parents[1]
PAGES = ("*.md", "docs/**/*.md", "competitions/*/*.md", "bench/*/*.md", "tests/toy_contest/*.md")
LINK = re.compile(r"(?<=\]\()(?!https?:)([^)\s#]+)")
CHINESE = r"[\u3000-\u9fff\uff00-\uffef]"  # letters and punctuation
WRAPPED = re.compile(rf"(?<={CHINESE})\n(?={CHINESE})")  # lines that are joined without a blank
SHOWN_AS = {".py": "python", ".toml": "toml", "Makefile": "make"}
SHIM = "iframe-worker.js"  # Zensical would have each page fetch it from elsewhere
MARK = "objects.inv"  # a file that every site of mkdocstrings has
KEPT = {".png"}  # files of pages that are no pages

DOCSTRINGS = {
    "docstring_style": "google",
    "docstring_options": {"warn_unknown_params": False, "warn_missing_types": False},
    "filters": ["!^_"],
    "heading_level": 2,
    "show_root_heading": True,
    "show_root_full_path": True,
    "show_source": True,
    "show_if_no_docstring": False,
    "members_order": "source",
    "separate_signature": True,
}
FIRST = ("README.md", "docs/start.md", "docs/articles.md", "docs/what_helped.md")
# others follow these
HOW = ("docs/how_to.md", "docs/demo.md", "docs/library.md", "docs/training.md", "docs/recipes.md", "docs/reuse.md")


def pages():
    """The pages of the repository, as paths from its root."""
    return sorted(path.relative_to(ROOT) for pattern in PAGES for path in ROOT.glob(pattern))


def lay_out(folder):
    """Copy the pages and what they show into `folder`, links to code turned into links to pages of it."""
    for page in pages():
        text = WRAPPED.sub("", (ROOT / page).read_text(encoding="utf-8"))
        write(folder / page, LINK.sub(lambda link, page=page: shown(link[1], page, folder), text))
    shutil.copyfile(ROOT / "docs" / SHIM, folder / SHIM)
    for package, modules in parts().items():
        lines = [f"# {package}", "", said(package) if modules != [package] else "", *(f"::: {module}\n" for module in modules)]
        write(folder / f"reference/{package}.md", "\n".join(lines))


def shown(link, page, folder):
    """The target of a link of a page in the site; what it points at is brought there."""
    target = (ROOT / page.parent / link).resolve()
    path = target.relative_to(ROOT)
    if target.is_dir():
        raise ConfigError(f"{page}: {link} is a folder, which a site cannot show; link to one of its files")
    language = SHOWN_AS.get(path.suffix or path.name)
    if language:
        code = target.read_text(encoding="utf-8")
        write(folder / f"{path}.md", f"# {path}\n\n````{language}\n{code}\n````\n")
        return f"{link}.md"
    if path.suffix in KEPT:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, folder / path)
    return link


def write(path, text):
    """Write a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def parts():
    """`{package: its modules}` of `common`; a module beside the packages is its own only one."""
    folder = ROOT / "common"
    packages = {f"common.{path.parent.name}": path.parent for path in folder.glob("*/__init__.py")}
    found = {name: [f"{name}.{path.stem}" for path in sorted(path.glob("[!_]*.py"))] for name, path in packages.items()}
    found |= {name: [name] for name in (f"common.{path.stem}" for path in folder.glob("[!_]*.py"))}
    return dict(sorted(found.items()))


def said(package):
    """The docstring of a package."""
    return ast.get_docstring(ast.parse((ROOT / Path(*package.split(".")) / "__init__.py").read_text(encoding="utf-8")))


def navigation():
    """What stands at the top and at the side."""

    def of_contests(name):
        return [{contest: f"competitions/{contest}/{name}"} for contest in paths.contests()]

    of_docs = [str(page) for page in pages() if page.parent == Path("docs") and str(page) not in FIRST]
    how = sorted(of_docs, key=lambda page: HOW.index(page) if page in HOW else len(HOW))
    chinese = sorted((str(page) for page in pages() if page.parent == Path("docs/zh")), reverse=True)  # start before articles
    return [
        {"Podium": list(FIRST)},
        {"Contests": of_contests("README.md")},
        {"How to": ["CONTRIBUTING.md", *how]},
        {"Parts": [f"reference/{name}.md" for name in parts()]},
        {"中文": ["README.zh.md", *chinese, {"竞赛": of_contests("README.zh.md")}]},
    ]


def configuration():
    """Zensical's settings."""
    return {
        "site_name": "Podium",
        "docs_dir": "pages",
        "site_dir": "site",
        "use_directory_urls": False,  # index.html of a folder is found by a server alone
        "nav": navigation(),
        "theme": {
            "font": False,  # those of the system: nothing is fetched
            "features": ["navigation.tabs", "navigation.top", "content.code.copy", "toc.follow"],
            "palette": [
                {"media": f"(prefers-color-scheme: {scheme})", "scheme": name}
                for scheme, name in (("light", "default"), ("dark", "slate"))
            ],
        },
        "extra": {
            "polyfills": [SHIM],
            "alternate": [
                {"name": "English", "link": "./index.html", "lang": "en"},
                {"name": "中文", "link": "./README.zh.html", "lang": "zh"},
            ],
        },
        "plugins": [
            "search",
            "offline",
            {"mkdocstrings": {"handlers": {"python": {"paths": [str(ROOT)], "options": DOCSTRINGS}}}},
        ],
        "markdown_extensions": ["tables", "attr_list", "toc", "pymdownx.highlight", "pymdownx.superfences"],
    }


def build(site):
    """Build the site into a folder, which is made anew.

    Raises:
        ConfigError: the folder holds something else, Zensical is not installed, or it has something to say of a page.
    """
    if missing := [name for name in ("zensical", "mkdocstrings_handlers.python") if not installed(name)]:
        raise ConfigError(f"{' and '.join(missing)} not installed: {sys.executable} -m pip install -e .[docs]")
    if site.exists() and not (site / MARK).is_file():
        raise ConfigError(f"html={site}: there is something else; name a new folder")
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder) / "pages")
        file = Path(folder) / "mkdocs.yml"
        file.write_text(json.dumps(configuration()), encoding="utf-8")  # JSON is YAML
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"})
        if done.returncode:
            said = (done.stdout + done.stderr).partition("Traceback")[0]
            raise ConfigError(f"The site was not built:\n{said}")
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(Path(folder) / "site", site)
    print(f"Wrote {site / 'index.html'}")


def installed(module):
    """Whether a module can be imported; its parents are."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def main(arguments):
    """Build what the command line asks for."""
    build(override(Settings, arguments).html)


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
