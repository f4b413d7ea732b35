"""The config of a stage with its data found: given, those of the newest run, the official ones, or the built-in sample."""

import contextlib
import dataclasses
import importlib
import os
from pathlib import Path

from common import paths, removal
from common.config import from_dict, override, shown, to_dict
from common.errors import DataError

AFTER_TRAINING = ("ensemble", "submit", "evaluate", "predict")  # these take the data of the newest run
SAMPLE_SEED = 42  # not the setting: runs with different seeds must be comparable


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
        if run.is_on(data):
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
