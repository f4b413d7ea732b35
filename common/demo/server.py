"""Serves the page of `common.demo` on this machine: plain forms, answered one after the other; nothing comes from elsewhere.

make demo                     a tab for each contest with a finished ensemble under runs/
make demo from=FOLDER         one tab, of what `make export` wrote
make demo port=8000 host=0.0.0.0
"""

import ast
import base64
import contextlib
import importlib
import importlib.util
import socket
import threading
import traceback
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from common import experiment, locate, paths, run
from common.config import override, unknown_name
from common.demo.tab import Given
from common.errors import ConfigError, RunError
from common.experiment.runs import ENSEMBLE, all_runs
from common.report import page

LOCAL = "127.0.0.1"
HERE = (LOCAL, "localhost")  # names of this machine alone
PORT = 7860
MOST_BYTES = 20 << 20  # of an upload: a photo, a spectrum, a saved page
LABEL = 40  # characters of an example on its button
FOLDER = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'self'; form-action 'self'; base-uri 'none'"


@dataclass(frozen=True)
class Opened:
    """A contest's tab and what answers in it, loaded when they are first asked for.

    Attributes:
        contest: its name.
        path: of the finished run, or of an exported folder.
    """

    contest: str
    path: Path

    @cached_property
    def learnt(self):
        """The `experiment.Learnt`; its models are not read yet."""
        return experiment.load(self.path)

    @cached_property
    def tab(self):
        """What the contest declares."""
        return importlib.import_module(f"competitions.{self.contest}.demo").tab(self.learnt, sample_of(self.contest))

    @property
    def heading(self):
        """The contest's line, as `make help` has it."""
        source = (paths.CONTESTS / self.contest / "__init__.py").read_text(encoding="utf-8")
        return (ast.get_docstring(ast.parse(source)) or self.contest).splitlines()[0]

    @property
    def of_sample(self):
        """Whether it was trained on the built-in sample."""
        return "(built-in sample)" in self.learnt.run.metrics.get("data", "")


def main(assignments):
    """Serve the page until it is stopped.

    Raises:
        ConfigError: an unknown setting, a port that is taken or no number, or a contest that has no tab.
        RunError: there is nothing to show, or `from=` is no finished ensemble.
    """
    given = {"from": "", "host": LOCAL, "port": str(PORT)}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in given:
            raise ConfigError(unknown_name(name, given))
        given[name] = text
    opened = [exported(given["from"])] if given["from"] else finished()
    server = serving(opened, given["host"], given["port"])
    names = ", ".join(one.contest for one in opened)
    print(f"http://{given['host']}:{server.port}  ({names}). Ctrl-C ends it.", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


def finished():
    """`Opened` of every contest that has a tab and a finished ensemble; of one that makes no ensembles, a finished model.

    Raises:
        RunError: there is none.
    """
    found = [Opened(contest, one.path) for contest in paths.contests() if (one := newest_of(contest))]
    if not found:
        raise RunError(
            f"No finished ensemble of a contest that has a tab under {paths.home() / 'runs'}. Make one: make ensemble "
            f"COMP={run.CONTEST}"
        )
    return found


def newest_of(contest):
    """The run that answers in a contest's tab; `None` where there is none, or no tab."""
    if not has(contest, "demo"):
        return None
    blends = has(contest, "ensemble")
    apart = () if blends else getattr(importlib.import_module(f"competitions.{contest}.config").Config, "APART", ())
    runs = (one for one in all_runs(contest) if one.finished and one.model not in apart)
    return next((one for one in runs if not blends or one.model == ENSEMBLE), None)


def has(contest, module):
    """Whether a contest has a file of that name."""
    return importlib.util.find_spec(f"competitions.{contest}.{module}") is not None


def exported(folder):
    """`Opened` of a folder that `make export` wrote.

    Raises:
        ConfigError: its contest has no tab.
        RunError: it is no finished ensemble.
    """
    path = Path(folder).expanduser()
    contest = experiment.load(path).run.stored["contest"]
    if not has(contest, "demo"):
        raise ConfigError(f"from={folder}: {contest} has no tab, competitions/{contest}/demo.py")
    return Opened(contest, path)


def sample_of(contest):
    """Folder of the built-in sample, for examples: the one that is there, or else a small one, made once."""
    if paths.is_sample(paths.sample(contest)):
        return paths.sample(contest)
    folder, settings = paths.cache(contest) / "examples", importlib.import_module(f"competitions.{contest}.config")
    if not folder.exists():
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another request may be faster
            size = override(settings.Config, settings.SMOKE).sample_size
            importlib.import_module(f"competitions.{contest}.sample").write(temporary, size, locate.SAMPLE_SEED)
    return folder


def serving(opened, host=LOCAL, port=PORT):
    """A server for the tabs, which waits for `serve_forever`.

    Raises:
        ConfigError: the port is no number or taken, or the host is not this machine's.
    """
    number = int(port) if str(port).isascii() and str(port).isdigit() and int(port) < 1 << 16 else None
    if number is None:
        raise ConfigError(f"port={port}: expected a whole number below 65536, or 0 for any that is free")
    try:
        place = socket.create_server((host, number))
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"host={host} port={port} cannot be used ({error}); name another one") from error
    if host not in HERE:
        print(
            f"warning: host={host}: whoever reaches this machine can use the page and send it files; there is no password. "
            "Only in a network that you trust"
        )
    with place:
        return make_server(host, number, page_of(opened, host), threaded=True, request_handler=Quiet, fd=place.detach())


class Quiet(WSGIRequestHandler):
    """Prints no line for each request."""

    def log_request(self, code="-", size="-"):
        """Nothing."""


def page_of(opened, host=LOCAL):
    """The Flask application of the tabs.

    Args:
        opened: list of `Opened`.
        host: where it will be served; on this machine alone it answers to no other name, whatever a page elsewhere asks for.
    """
    application = Flask("common.demo", template_folder=FOLDER, static_folder=None)
    application.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, MAX_FORM_MEMORY_SIZE=MOST_BYTES)
    if host in HERE:
        application.config["TRUSTED_HOSTS"] = list(HERE)
    tabs, one_at_a_time = {one.contest: one for one in opened}, threading.Lock()

    def shown(contest, given=None, answer=(), error="", status=200):
        one, tab = tabs[contest], None
        try:
            tab = one.tab
        except Exception as problem:
            error, status = explained(problem)
        examples = tab.examples if tab else []
        filled = {
            "given": (examples[0] if examples else {}) if given is None else given,
            "answer": answer,
            "error": error,
            "examples": [on_button(example) for example in examples],
            "style": page.STYLE,
        }
        return render_template("page.html", shown=one, tab=tab, contests=list(tabs), **filled), status

    @application.get("/")
    def first():
        return redirect(f"/{opened[0].contest}")

    @application.get("/demo.js")
    def script():
        return (FOLDER / "demo.js").read_text(encoding="utf-8"), {"Content-Type": "text/javascript; charset=utf-8"}

    @application.get("/<contest>")
    def empty(contest):
        return shown(contest) if contest in tabs else abort(404)

    @application.post("/<contest>")
    def answered(contest):
        if contest not in tabs:
            abort(404)
        given, answer, error, status = {}, (), "", 200
        try:
            with one_at_a_time:
                given = asked(tabs[contest].tab)
                answer = tabs[contest].tab.answered(given)
        except HTTPException:
            raise
        except Exception as problem:
            error, status = explained(problem)
        return shown(contest, given, answer, error, status)

    @application.errorhandler(413)
    def too_large(_):
        return shown(request.view_args["contest"], {}, error=f"At most {MOST_BYTES >> 20} MB are read here.", status=413)

    @application.after_request
    def nothing_from_elsewhere(response):
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    return application


def asked(tab):
    """What a request gives, name to text or `Given`: an example of its number, or what stands in the fields."""
    number = request.form.get("example", "")
    if number.isascii() and number.isdigit() and int(number) < len(tab.examples):
        return tab.examples[int(number)]
    given = {}
    for name, field in tab.fields.items():
        if field.kind != "file":
            given[name] = request.form.get(name, "").replace("\r\n", "\n")
        elif (file := request.files.get(name)) and file.filename:
            given[name] = Given(file.filename, file.read())
    return given


def explained(problem):
    """What the page says of an error, the same as the command line, and the status; the unforeseen stands on the console."""
    if (message := run.said(problem)) is not None:
        return message, 400
    traceback.print_exception(problem)
    return "The program failed on this input; what happened stands where `make demo` runs.", 500


def on_button(example):
    """What stands on an example's button, and the addresses of the pictures that it holds."""
    values = example.values()
    names = (one.name if isinstance(one, Given) else " ".join(one.split()) for one in values)
    text = " · ".join(filter(None, names))
    pictures = [one.content for one in values if isinstance(one, Given) and one.name.endswith(".png")]
    addresses = [f"data:image/png;base64,{base64.b64encode(content).decode()}" for content in pictures]
    return (f"{text[:LABEL]}…" if len(text) > LABEL else text), addresses
