"""The command line that Make calls.

    python -m common.run help
    python -m common.run CONTEST STAGE [setting=value ...]
    python -m common.run CONTEST export to=FOLDER [run=NAME] [data=FOLDER]
    python -m common.run CONTEST report [html=FILE] [run=NAME] [data=FOLDER]
    python -m common.run CONTEST tune [trials=20] [setting=value ...]
    python -m common.run leaderboard [comp=CONTEST] [html=FILE]
    python -m common.run demo [from=FOLDER] [port=7860] [host=127.0.0.1]
    python -m common.run communities input=GRAPH [output=CSV] [picture=PNG] [setting=value ...]
    python -m common.run fetch input=ADDRESS to=FOLDER [setting=value ...]
    python -m common.run smoke
    python -m common.run clean [yes=1 [days=7] | undo=1]

A stage is a file: `train` of `lamost` is `competitions/lamost/train.py` with `main(config, **inputs)`. Nothing is registered.
"""

import ast
import contextlib
import dataclasses
import importlib
import importlib.util
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from common import answers, locate, paths, quiet, removal, targets
from common.config import unknown_name
from common.errors import ConfigError, PodiumError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GOMP_SPINCOUNT", "3000")  # threads that spin for longer as they wait stall LightGBM on a busy machine
logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of every new length that it prepares itself for
quiet.install()  # and greets with notes about the processor

STAGES = ("data", "features", "train", "ensemble", "submit", "evaluate", "predict")
TARGETS = {
    "help": "this list",
    "data": "where the official files come from, and whether those at hand are sound",
    "features": "raw files to arrays on disk",
    "train": "features if they are stale, then every default model, cross-validated",
    "ensemble": "blend the runs on their out-of-fold predictions",
    "submit": "predict the test set, check, write submissions/",
    "evaluate": "score a finished run against labels that are at hand",
    "predict": "the contest's models on your own input",
    "export": "what was learnt as one folder, to be loaded elsewhere by `common`: to=FOLDER",
    "tune": "search the settings that have ranges, on the training part alone: trials=20, model=NAME",
    "report": "one HTML page of a plan: scores with intervals, curves, confusions, mistakes; html=FILE",
    "leaderboard": "all runs, or those of COMP, beside the published scores; html=FILE writes a page",
    "communities": "the modules of your own graph: input=FILE [output=CSV] [picture=PNG]",
    "fetch": "pages of the web into a folder, by robots.txt: input=ADDRESS|FILE to=FOLDER [delay=2]",
    "demo": "a page to try every contest that has a finished ensemble, on this machine alone; from=FOLDER, port=, host=",
    "tensorboard": "the curves of what was trained with log=tensorboard, in a browser",
    "smoke": "every contest through all stages on tiny samples",
    "docs": "these pages and all docstrings as a site that needs no network: html=FOLDER, else site/",
    "test": "all tests on TensorFlow, then layers, losses and models on JAX",
    "torture": "break files, runs, processes and command lines in many ways; inputs=10000 of each reader",
    "lint": "ruff, mypy, and which part may import which",
    "audit": "known weaknesses of the packages in requirements.lock; asks the package index",
    "bench": "our models beside their peers, in one run",
    "lock": "write requirements.lock from pyproject.toml",
    "clean": "show what can be made again: caches, features, samples; yes=1 moves it to .trash/, undo=1 brings it back",
}
OF_REPOSITORY = {  # targets whose files no package holds, and what to call where there is no make
    "docs": "python -m docs.site",
    "test": "python -m pytest",
    "torture": "python -m pytest tests/torture",
    "lint": "python -m ruff check .",
    "audit": "python -m uv tool run pip-audit --strict --requirement requirements.lock --no-deps --disable-pip",
    "bench": "python -m bench.CONTEST",
    "lock": "python -m uv pip compile pyproject.toml --universal --extra dev --extra bench --output-file requirements.lock",
}
CONTEST = "lamost"  # where none is given, as in the Makefile
TRAINING = ("train", "ensemble", "submit")  # these may train, and take log=
WRITING = ("features", "train", "ensemble", "submit", "tune")  # these write what took long: that they can is seen to first
STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # by the keyboard, by a scheduler, by a terminal that goes away
LONGEST_LINE = 2_000  # characters of a message


def podium():
    """The command that `pip install .` gives: `podium TARGET [CONTEST] [setting=value ...]`, the same as Make's targets."""
    sys.exit(main(sys.argv[1:], of_podium))


def of_podium(arguments):
    """Run one command, spelt as for Make; the contest may stand behind the target, with or without `COMP=`.

    Raises:
        ConfigError: an unknown target, or one that needs the repository.
    """
    target, *rest = arguments
    if target in ("help", "-h", "--help"):
        print(help_text("podium"))
        return
    if target in OF_REPOSITORY:
        raise ConfigError(f"{target} is of the repository, not of its package. In its folder: {OF_REPOSITORY[target]}")
    if target not in TARGETS:
        raise ConfigError(unknown_name(target, TARGETS, "target"))
    if target in (*STAGES, *targets.OF_CONTEST):
        contests = [text.removeprefix("COMP=") for text in rest if text.startswith("COMP=") or "=" not in text]
        settings = [text for text in rest if "=" in text and not text.startswith("COMP=")]
        if len(contests) > 1:
            raise ConfigError(f"expected one contest, but got {' '.join(contests)}")
        run_command([*(contests or [CONTEST]), target, *settings])
    else:
        run_command(arguments)


def main(arguments, command=None):
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a letter that the console cannot show must not end a command
    return guarded(command or run_command, arguments or ["help"])


def run_command(arguments):
    """Run one command."""
    command, *rest = arguments
    if command in ("help", "-h", "--help"):
        print(help_text("make"))
    elif command in targets.OF_ALL:
        targets.OF_ALL[command](rest)
    elif command == "smoke":
        smoke(rest)
    else:
        run_stage(command, rest[0] if rest else "", rest[1:])


class Stopped(KeyboardInterrupt):
    """A stop from outside.

    Args:
        number: of the signal.
    """

    def __init__(self, number):
        super().__init__(number)
        self.number, self.status = number, 128 + number  # as shells have it


@contextlib.contextmanager
def stoppable():
    """Have every stop end the block as Ctrl-C does: what is half written is removed. What `nohup` ignores stays ignored."""
    before, hook = {}, sys.unraisablehook

    def stop(number, frame):
        raise Stopped(number)

    def again(lost):
        """What is raised while garbage is collected is lost there: the stop comes a little later."""
        if isinstance(lost.exc_value, Stopped):
            threading.Timer(0.05, os.kill, (os.getpid(), lost.exc_value.number)).start()
        else:
            hook(lost)

    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in STOPS if hasattr(signal, name)):
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, stop)
        sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def guarded(function, arguments):
    """Call `function(arguments)` and return an exit status; what a person can mend is printed without a traceback."""
    try:
        with stoppable():
            function(arguments)
    except BrokenPipeError:
        answers.abandon_screen()
        return 141  # as the shell says of a program that writes into a closed pipe
    except KeyboardInterrupt as stop:
        tell("\nStopped. The same command continues where it stopped.")
        return getattr(stop, "status", 130)
    except (PodiumError, OSError) as error:
        message = said(error)
        if message is None:
            raise
        tell(f"error: {message}")
        return 2
    return 0


def tell(message):
    """Print to standard error, as long as somebody reads it."""
    with contextlib.suppress(OSError):
        print(message, file=sys.stderr, flush=True)


def said(error):
    """What a person is told of an error that a person can mend; `None` of any other."""
    message = message_of(error)
    return None if message is None else "\n".join(map(shortened, message.split("\n")))


def message_of(error):
    """The same, however long."""
    if isinstance(error, PodiumError):
        return str(error)
    if isinstance(error, OSError) and paths.disk_is_full(error, paths.home()):
        return error.strerror if error.strerror and not error.filename else f"The disk is full: {error.filename or error}"
    if isinstance(error, OSError) and error.filename and error.strerror:  # a folder, a link to nothing, gone meanwhile
        return f"{error.filename} cannot be read or written: {error.strerror}"
    return None


def shortened(line):
    """A line that can be read: what stands in a damaged file may have millions of characters."""
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE // 2]} ... {line[-LONGEST_LINE // 4 :]}"


def stage(specification):
    """Entry point of a stage's own file, so that `python -m competitions.lamost.train epochs=2` does the same as Make.

    Args:
        specification: the stage's `__spec__`.
    """
    _, contest, name = specification.name.split(".")
    sys.exit(main([contest, name, *sys.argv[1:]]))


def help_text(command):
    """Every target of `make` or `podium` and every contest, each with its line. Uses nothing but the standard library."""
    make = command == "make"
    lines = [f"{command} TARGET {'[COMP=contest]' if make else '[contest]'} [setting=value ...]", ""]
    lines += [f"  {target:<12} {says}" for target, says in TARGETS.items() if make or target not in OF_REPOSITORY]
    lines += ["", f"{'COMP' if make else 'contest'} is one of ({CONTEST} where it is not given)"]
    contests = paths.contests()
    width = max(map(len, contests))
    for contest in contests:
        source = (paths.CONTESTS / contest / "__init__.py").read_text(encoding="utf-8")
        lines.append(f"  {contest:<{width}} {(ast.get_docstring(ast.parse(source)) or '').splitlines()[0]}")
    lines += [
        "",
        "Settings are the fields of competitions/COMP/config.py, for example: "
        + ("make train COMP=lamost epochs=2 folds=1" if make else "podium train lamost epochs=2 folds=1"),
    ]
    return "\n".join(lines)


def run_stage(contest, name, assignments):
    """Build the contest's config from the assignments, find its data and call the stage's `main`.

    Raises:
        ConfigError: an unknown contest, stage or setting, or a value of the wrong type.
        DataError: the data folder does not exist.
    """
    targets.require_contest(contest)
    written = paths.runs(contest), paths.cache(contest), paths.sample(contest).parent, paths.submission(contest, "").parent
    removal.discard_leftovers(*written)
    if name in WRITING:
        paths.require_writable(*written)
    if name in targets.OF_CONTEST:
        targets.OF_CONTEST[name](contest, assignments)
        return
    module_name = f"competitions.{contest}.{name}"
    if name not in STAGES or importlib.util.find_spec(module_name) is None:
        has = [stage for stage in STAGES if importlib.util.find_spec(f"competitions.{contest}.{stage}")]
        raise ConfigError(f"{contest} has no stage '{name}'. Its stages: {', '.join(has)}")
    config_class = importlib.import_module(f"competitions.{contest}.config").Config
    if name == "predict":
        predict(contest, config_class, module_name, assignments)
    else:
        with logged(name, assignments) as settings:
            config = locate.located(contest, name, config_class, settings)
            importlib.import_module(module_name).main(config)


@contextlib.contextmanager
def logged(name, assignments):
    """Have what is trained inside the block log as `log=` says; gives the other assignments.

    Raises:
        ConfigError: it names no known log, or what it needs is not installed.
    """
    given = [text for text in assignments if text.startswith("log=")] if name in TRAINING else []
    if not given:
        yield assignments
        return
    name = given[0].removeprefix("log=")
    if len(given) > 1 or name not in targets.LOGS:
        raise ConfigError(f"{' '.join(given)}: expected {' or '.join(f'log={log}' for log in targets.LOGS)}")
    targets.require_log(name)
    os.environ["PODIUM_LOG"] = name
    try:
        yield [text for text in assignments if text not in given]
    finally:
        os.environ.pop("PODIUM_LOG")


def predict(contest, config_class, module_name, assignments):
    """The one stage that takes a person's own input beside the settings: from files or a pipe, to the screen, a file or a pipe.

    Raises:
        ConfigError, DataError: what is wrong with an input or a setting.
    """
    of_stage = inputs_of(module_name)
    settings, inputs = split_inputs(config_class, of_stage, assignments)
    output = answers.Output(**{name: inputs.pop(name) for name in answers.OWN if name in inputs and name not in of_stage})
    with output.hush():
        config = locate.located(contest, "predict", config_class, settings)
        if inputs.get("input") == "-":
            inputs["input"] = answers.standard_input(contest)
        found = importlib.import_module(module_name).main(config, **inputs)
    output.write(contest, found)


def inputs_of(module_name):
    """What `main` of a stage takes beside the config, `{name: whether it must be given}`; read, for an import takes seconds."""
    source = Path(importlib.util.find_spec(module_name).origin).read_text(encoding="utf-8")
    (main,) = (part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef) and part.name == "main")
    names = [argument.arg for argument in main.args.args]
    required = len(names) - len(main.args.defaults)
    return {name: place < required for place, name in enumerate(names) if place}


def split_inputs(config_class, of_stage, assignments):
    """Split assignments into settings and the inputs of a stage that `inputs_of` gives, such as `input=` of `predict`.

    A parameter `from_` is written `from=`.

    Raises:
        ConfigError: an input that the stage needs is not there, or a name is neither setting nor input.
    """
    fields = {field.name for field in dataclasses.fields(config_class)}
    of_inputs = {name.removesuffix("_"): name for name in of_stage}
    optional = answers.OWN.keys() - of_inputs.keys()
    known = fields | of_inputs.keys() | optional
    settings, inputs = [], {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if name not in known:
            raise ConfigError(unknown_name(name, known))
        if name in fields or not separator:
            settings.append(assignment)
        else:
            inputs[of_inputs.get(name, name)] = text
    missing = [name for name, parameter in of_inputs.items() if of_stage[parameter] and parameter not in inputs]
    if missing:
        raise ConfigError(f"This stage needs {' and '.join(f'{name}=...' for name in missing)}")
    return settings, inputs


def smoke(assignments):
    """Take every contest through all its stages on a tiny sample, in a temporary folder.

    A contest's `config.py` holds `SMOKE`, the settings that make it quick, and `SMOKE_INPUTS`, what its `predict` reads, with
    `{data}` for the sample's folder.

    Raises:
        PodiumError: a stage failed.
    """
    if assignments:
        raise ConfigError(f"smoke takes no settings, but got {' '.join(assignments)}")
    before = os.environ.get("PODIUM_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PODIUM_HOME"] = folder
        try:
            for contest in paths.contests():
                settings = importlib.import_module(f"competitions.{contest}.config")
                for name in STAGES:
                    if importlib.util.find_spec(f"competitions.{contest}.{name}") is None:
                        continue
                    inputs = settings.SMOKE_INPUTS if name == "predict" else ()
                    run_stage(contest, name, [text.format(data=paths.sample(contest)) for text in (*settings.SMOKE, *inputs)])
        finally:
            os.environ.pop("PODIUM_HOME")
            if before is not None:
                os.environ["PODIUM_HOME"] = before
    print("smoke: every stage of every contest ran")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
