"""The command line that Make calls.

    python -m common.run help
    python -m common.run CONTEST STAGE [setting=value ...]
    python -m common.run CONTEST export to=FOLDER [run=NAME] [data=FOLDER]
    python -m common.run CONTEST report [html=FILE] [run=NAME] [data=FOLDER]
    python -m common.run CONTEST tune [trials=20] [setting=value ...]
    python -m common.run leaderboard [html=FILE]
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
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from common import answers, paths, quiet, removal
from common.config import from_dict, override, shown, to_dict, unknown_name
from common.errors import ConfigError, DataError, PodiumError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
    "leaderboard": "all runs beside the published scores; html=FILE writes a page",
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
    "audit": "python -m uv tool run pip-audit --requirement requirements.lock --no-deps --disable-pip",
    "bench": "python -m bench.CONTEST",
    "lock": "python -m uv pip compile pyproject.toml --universal --extra dev --extra bench --output-file requirements.lock",
}
CONTEST = "lamost"  # where none is given, as in the Makefile
TRAINING = ("train", "ensemble", "submit")  # these may train, and take log=
LOGS = {"tensorboard": "TensorBoard", "mlflow": "MLflow"}  # what log= may name
WRITING = ("features", "train", "ensemble", "submit", "tune")  # these write what took long: that they can is seen to first
AFTER_TRAINING = ("ensemble", "submit", "evaluate", "predict")  # these take the data of the newest run
TRIALS = 20  # of `tune`, for each model
STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # by the keyboard, by a scheduler, by a terminal that goes away
LONGEST_LINE = 2_000  # characters of a message
SAMPLE_SEED = 42  # not the setting: runs with different seeds must be comparable


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
    if target in (*STAGES, *BESIDE_STAGES):
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
    elif command == "clean":
        clean(rest)
    elif command == "leaderboard":
        leaderboard(rest)
    elif command == "communities":
        importlib.import_module("common.graph.command").main(rest)
    elif command == "fetch":
        importlib.import_module("common.web.command").main(rest)
    elif command == "tensorboard":
        tensorboard(rest)
    elif command == "demo":
        demo(rest)
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
    for contest in paths.contests():
        source = (paths.CONTESTS / contest / "__init__.py").read_text(encoding="utf-8")
        lines.append(f"  {contest:<12} {(ast.get_docstring(ast.parse(source)) or '').splitlines()[0]}")
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
    if contest not in paths.contests():
        raise ConfigError(f"There is no contest '{contest}'. COMP is one of: {', '.join(paths.contests())}")
    written = paths.runs(contest), paths.cache(contest), paths.sample(contest).parent, paths.submission(contest, "").parent
    removal.discard_leftovers(*written)
    if name in WRITING:
        paths.require_writable(*written)
    if name in BESIDE_STAGES:
        BESIDE_STAGES[name](contest, assignments)
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
            config = located(contest, name, config_class, settings)
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
    if len(given) > 1 or name not in LOGS:
        raise ConfigError(f"{' '.join(given)}: expected {' or '.join(f'log={log}' for log in LOGS)}")
    require_log(name)
    os.environ["PODIUM_LOG"] = name
    try:
        yield [text for text in assignments if text not in given]
    finally:
        os.environ.pop("PODIUM_LOG")


def require_log(name):
    """Raise `ConfigError` where what `log=` names is not installed."""
    if importlib.util.find_spec(name) is None:
        raise ConfigError(f"{LOGS[name]} is not installed: {sys.executable} -m pip install {name}")


def tensorboard(assignments):
    """Open the logs of all runs in TensorBoard, on this machine alone, until it is stopped."""
    if assignments:
        raise ConfigError(f"tensorboard takes no settings, but got {' '.join(assignments)}")
    require_log("tensorboard")
    logs = ["--logdir", str(paths.home() / "runs"), "--host", "127.0.0.1"]
    subprocess.run([sys.executable, "-m", "tensorboard.main", *logs], check=False)


def demo(assignments):
    """Serve a page with a tab for each contest that can answer, until it is stopped.

    Raises:
        ConfigError: Flask is not installed, or a setting is wrong.
    """
    if importlib.util.find_spec("flask") is None:
        raise ConfigError(f"The page needs Flask, which is not installed: {sys.executable} -m pip install flask")
    importlib.import_module("common.demo.server").main(assignments)


def predict(contest, config_class, module_name, assignments):
    """The one stage that takes a person's own input beside the settings: from files or a pipe, to the screen, a file or a pipe.

    Raises:
        ConfigError, DataError: what is wrong with an input or a setting.
    """
    of_stage = inputs_of(module_name)
    settings, inputs = split_inputs(config_class, of_stage, assignments)
    output = answers.Output(**{name: inputs.pop(name) for name in answers.OWN if name in inputs and name not in of_stage})
    with output.hush():
        config = located(contest, "predict", config_class, settings)
        if inputs.get("input") == "-":
            inputs["input"] = answers.standard_input(contest)
        found = importlib.import_module(module_name).main(config, **inputs)
    output.write(contest, found)


def located(contest, name, config_class, settings):
    """The config of a stage, its data found, and a line on screen that says which."""
    config = locate_data(contest, name, config_class, settings)
    what = "official files" if config.data.is_dir() else "not there any more"
    if paths.is_sample(config.data) or config.data == paths.sample(contest):
        what = "the built-in sample: its scores say nothing about the contest"
    described = "".join(f", {field.name} {shown(getattr(config, field.name))}" for field in described_fields(config))
    print(f"{contest} {name}: data {config.data} ({what}){described}, seed {config.seed}", flush=True)
    return config


def described_fields(config):
    """Fields beside the folder that describe the data and hold something, such as the grid of spectra."""
    fields = (field for field in dataclasses.fields(config) if field.metadata.get("of_data"))
    return [field for field in fields if field.name not in ("data", "sample_size") and getattr(config, field.name)]


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


def locate_data(contest, name, config_class, assignments):
    """The config with its data folder filled in.

    `data=` wins; else stages after training take the data, and all settings that are not given, of the newest run; else
    `data/<contest>`; else the built-in sample, which is made on first use. A contest's `Config.SAMPLE_PLAN` holds settings that
    make the first look at the sample short; like all others they give way to what is given.
    """
    config = override(config_class, assignments)
    given = {assignment.partition("=")[0] for assignment in assignments}
    stored = None
    if name in AFTER_TRAINING:
        stored = newest_run(contest, config.data, getattr(config_class, "APART", ()))
        config = as_before(config, stored, given) if stored else config
    if name == "predict" and stored and "data" not in given:
        return config  # what was learnt needs no data; a contest whose answers do says so itself
    official = paths.data(contest)
    if config.data is None:
        has_files = official.is_dir() and any(paths.listed(official, "*"))
        config = dataclasses.replace(config, data=official if has_files else paths.sample(contest))
    if config.data == paths.sample(contest):
        if not stored:
            config = with_sample_plan(config, given)
        make_sample(contest, config)
    if not config.data.is_dir():
        raise DataError(
            f"data={config.data}: there is no such folder. `make data COMP={contest}` says where the files come from"
        )
    refuse_pipes(config.data)
    return config


def refuse_pipes(folder):
    """Raise `DataError` where something in a data folder would let a reader wait for ever."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            if path.is_fifo() or path.is_socket() or path.is_char_device():
                raise DataError(f"{path} is a pipe or a device and no file; take it out of the data folder")


def with_sample_plan(config, given):
    """The config with the settings of `SAMPLE_PLAN` that were not given, and a line on screen that names them."""
    plan = [setting for setting in getattr(config, "SAMPLE_PLAN", ()) if setting.partition("=")[0] not in given]
    if not plan:
        return config
    print(f"The sample gets a short plan, {' '.join(plan)}; other values on the command line win")
    chosen = override(type(config), plan)
    return dataclasses.replace(config, **{name: getattr(chosen, name) for name in (one.partition("=")[0] for one in plan)})


def newest_run(contest, data, apart=()):
    """The run last worked on, of those on the folder `data` if one is given; `None` where there is none.

    Models that are `apart`, named by the contest's `Config.APART`, belong to no plan: theirs only where there are no others.
    """
    from common.experiment.runs import all_runs

    for run in sorted(all_runs(contest), key=lambda run: run.model in apart):
        if data is None or Path(run.stored["config"]["data"]).resolve() == data.resolve():
            return run
    return None


def as_before(config, run, given):
    """The config with whatever was not given as it is in a run, and a line on screen where that is no default."""
    names = {field.name for field in dataclasses.fields(config)} - given
    stored = {name: value for name, value in run.stored["config"].items() if name in names}
    other = {name: value for name, value in stored.items() if name != "data" and value != to_dict(config)[name]}
    if other:
        settings = ", ".join(f"{name}={shown(tuple(v) if isinstance(v, list) else v)}" for name, v in sorted(other.items()))
        print(f"settings of {run.path}: {settings}")
    return from_dict(type(config), {**to_dict(config), **stored})


def make_sample(contest, config):
    """Write the contest's built-in sample unless it is there, and return its folder."""
    folder = paths.sample(contest)
    recipe = f"size {config.sample_size}, seed {SAMPLE_SEED}\n"
    mark = folder / paths.SAMPLE_MARK
    if not mark.exists() or mark.read_text() != recipe:
        print(
            f"No official files in {paths.data(contest)}: making a sample of size {config.sample_size} in {folder}", flush=True
        )
        removal.replace_sample(contest)
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another process may be faster
            importlib.import_module(f"competitions.{contest}.sample").write(temporary, config.sample_size, SAMPLE_SEED)
            (temporary / paths.SAMPLE_MARK).write_text(recipe)
    return folder


def export(contest, assignments):
    """Write what an ensemble has learnt into one folder, to be loaded elsewhere by `common.experiment.load`."""
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if unknown := given.keys() - {"to", "run", "data"}:
        raise ConfigError(unknown_name(min(unknown), ("to", "run", "data")))
    if not given.get("to"):
        raise ConfigError("export needs to=FOLDER, a new folder")
    from common.experiment import export as write

    folder = write(contest, **given)
    print(f'Wrote {folder}: common.experiment.load("{folder}").predict(records)')


def report(contest, assignments):
    """Write one HTML page of a plan: what its runs and their blend keep."""
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if unknown := given.keys() - {"html", "run", "data"}:
        raise ConfigError(unknown_name(min(unknown), ("html", "run", "data")))
    from common.experiment.report import write

    print(f"Wrote {write(contest, metric_of, **given)}")


def metric_of(finished):
    """The `Metric` that a run was scored with; `None` where the data are gone, or the contest plans otherwise."""
    contest = finished.stored["contest"]
    config = finished.config(importlib.import_module(f"competitions.{contest}.config").Config)
    train = importlib.import_module(f"competitions.{contest}.train")
    return train.plan(config).metric if hasattr(train, "plan") and config.data.is_dir() else None


def tune(contest, assignments):
    """Search the settings whose fields in `config.py` have ranges; what is given on the command line stays as it is.

    Raises:
        ConfigError: `trials` is no number of trials, or a setting is wrong.
    """
    counts = [text.partition("=")[2] for text in assignments if text.startswith("trials=")]
    settings = [text for text in assignments if not text.startswith("trials=")]
    if len(counts) > 1:
        raise ConfigError("trials is given twice")
    count = counts[0] if counts else str(TRIALS)
    if not re.fullmatch("[0-9]+", count) or int(count) < 1:
        raise ConfigError(f"trials={count}: expected a whole number from 1 on, for example trials={TRIALS}")
    config = located(contest, "tune", importlib.import_module(f"competitions.{contest}.config").Config, settings)
    from common.experiment.tune import tune as search

    search(contest, config, int(count), {text.partition("=")[0] for text in settings})


BESIDE_STAGES = {"export": export, "report": report, "tune": tune}  # of a contest, and the same for all


def clean(assignments):
    """Show what can be made again; `yes=1` moves it to the trash, `undo=1` brings back what went there last.

    With `yes=1`, what has been in the trash for `days`, 7 where not given, is removed for good; with `days=0` all of it is, at
    once. Uses nothing but the standard library.
    """
    given = {"yes": 0, "undo": 0, "days": 7}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in given:
            raise ConfigError(unknown_name(name, given))
        if not re.fullmatch("[0-9]+", text):
            raise ConfigError(f"{assignment}: expected a whole number, for example {name}=1")
        given[name] = int(text)
    if given["undo"]:
        if len(assignments) > 1:
            raise ConfigError("undo=1 stands alone")
        back, left = removal.undo()
        print(f"{len(back)} files are back in their places." if back or left else "There is nothing in the trash.")
        if left:
            print(f"{len(left)} stay in the trash, for their names are taken meanwhile: {removal.some(left)}")
        return
    found = removal.survey()
    if given["yes"]:
        removal.refuse_while_running(paths.home())
    print("Moved to .trash/:" if given["yes"] else "Would be moved to .trash/:")
    for one in found:
        print(f"  {one.label:<16}{len(one.own):>8,} files{sum(path.lstat().st_size for path in one.own):>18,} bytes")
    if given["yes"]:
        removal.to_trash(found)
    for _, root, folder in removal.trashed(given["days"]):
        print(f"{'Removed' if given['yes'] else 'Would be removed'} for good: {folder}")
        if given["yes"]:
            removal.erase(folder)
            removal.remove_empty([folder.parent], root)
    if kept := [path for one in found for path in one.kept]:
        print(f"Left alone, for somebody put it there or changed it, or it is a link: {removal.some(kept)}")
    where = "" if paths.home() == Path() else f" in {paths.home()}"
    print(f"Kept: runs/, submissions/, .venv/ and the official files under data/{where}.")
    print("`make clean undo=1` brings back what moved." if given["yes"] else "Do it: make clean yes=1")


def leaderboard(assignments):
    """Print all runs of all contests beside the published scores, or write them as one HTML page: `html=FILE`.

    Raises:
        ConfigError: anything else is given.
    """
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if given.keys() - {"html"}:
        raise ConfigError(f"leaderboard takes no settings, but got {' '.join(assignments)}")
    if "html" in given and not given["html"]:
        raise ConfigError("html= is empty; name the file to write")
    from common.experiment.leaderboard import show, write

    if given:
        print(f"Wrote {write(paths.contests(), given['html'])}")
    else:
        show(paths.contests())


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
