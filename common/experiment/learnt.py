"""What an ensemble has learnt, at work on new records: loaded from its run, or from a folder that was carried elsewhere.

export("lamost", "star-classifier")                      # on the machine that trained
load("star-classifier").predict(flux)                    # wherever this code is
"""

import importlib
import importlib.util
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from common import paths, pickled
from common.errors import RunError
from common.experiment import card, estimator
from common.experiment.blend import Stacked
from common.experiment.ensemble import LEARNT
from common.experiment.predictions import ROWS
from common.experiment.runs import MEMBERS, Run, check_layout, newest_ensemble, readable

LEFT_OUT = (
    "predictions",
    "plots",
    "tensorboard",
    "log.csv",
    "oof.*",
    "test.*",
    "valid.*",
    "dev.*",
    "judged.npz",
    "mistakes.json",
    ".lock",
)  # what answers need none of


@dataclass(frozen=True)
class Learnt:
    """A finished ensemble: its members' models and the way that blends them.

    Attributes:
        run: its `Run`.
        inference: the contest's module of that name, with `load(folder, name, config)` and, where answers or
            predictions are no plain arrays, `predict(learnt, records)` and `kinds(config)`; `estimator` where it has none.
        config_class: the contest's `Config`.
    """

    run: Run
    inference: Any
    config_class: type

    @cached_property
    def config(self):
        """The settings of the ensemble."""
        return self.run.config(self.config_class)

    @cached_property
    def way(self):
        """The way to blend that was chosen, as it was learnt.

        Raises:
            RunError: it is missing or damaged.
        """
        path = self.run.path / LEARNT
        with readable(path):
            return pickled.load(path)

    @cached_property
    def models(self):
        """`{name of the member's run: (its model's name, fitted models of its folds)}`."""
        loaded = {}
        for member in self.run.members:
            member.complete()
            config = member.config(self.config_class)
            folders = [folder for fold in member.folds for folder in (fold, *sorted(fold.glob("copy*")))]
            if not folders:
                raise RunError(f"{member.path} has no folds: what {self.run.path} is made of was moved away")
            loaded[member.name] = member.model, [self._model(folder, member.model, config) for folder in folders]
        return loaded

    def _model(self, folder, name, config):
        with readable(folder):
            return self.inference.load(folder, name, config)

    def first_of(self, names):
        """The first fold's model of the first member that is one of some models; `None` where none is."""
        return next((models[0] for name, models in self.models.values() if name in names), None)

    def found(self, records):
        """What each member finds for records, the mean of its folds, a list."""
        kinds = self.inference.kinds(self.config) if hasattr(self.inference, "kinds") else {}
        return [
            kinds.get(name, ROWS).mean([model.predict(records) for model in models], records)
            for name, models in self.models.values()
        ]

    def predict(self, records):
        """The contest's answer to a person's records: `predict(learnt, records)` of its `inference.py`.

        Where there is none, the blended probabilities `(rows, classes)`.
        """
        if hasattr(self.inference, "predict"):
            return self.inference.predict(self, records)
        return self.way(Stacked(np.stack(self.found(records))))


def load(folder):
    """What an ensemble's run, or a folder that `export` wrote, has learnt. It is read as data: no code of the folder runs.

    Raises:
        RunError: it is no finished ensemble of this layout.
    """
    run = Run(Path(folder))
    stored = run.stored
    check_layout(run)
    if not run.complete():
        raise RunError(f"{run.path} is not finished")
    contest = f"competitions.{stored['contest']}"
    try:
        config_class = importlib.import_module(f"{contest}.config").Config
    except ModuleNotFoundError as error:
        if not f"{contest}.config".startswith(error.name or "?"):  # a package that is not installed
            raise
        raise RunError(f"{run.path} is of the contest '{stored['contest']}', which is not here") from error
    own = f"{contest}.inference"
    inference = importlib.import_module(own) if importlib.util.find_spec(own) else estimator
    return Learnt(run, inference, config_class)


def newest(contest, data=None, name="", **settings):
    """What the contest's ensemble last worked on has learnt; arguments as of `newest_ensemble`."""
    return load(newest_ensemble(contest, data, name, **settings).path)


def export(contest, to, run="", data=None):
    """Write one folder with all that an ensemble's answers need and its card, and return its path.

    Args:
        contest: name of the contest.
        to: the folder, which must not exist yet.
        run: name of the ensemble; the one last worked on where it is empty.
        data: of those on this folder of official files.

    Raises:
        RunError: there is no finished ensemble, or the folder exists.
    """
    ensemble, target = newest_ensemble(contest, data, run), Path(to).expanduser()
    if target.exists():
        raise RunError(f"to={target} exists already: name a new folder")
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    if not (ensemble.path / card.FILE).exists():  # it was made by an earlier version
        card.write(ensemble, ensemble.metrics)
    with paths.atomic(target) as folder:
        shutil.copytree(ensemble.path, folder, ignore=ignored)
        for member in ensemble.members:
            member.complete()
            shutil.copytree(member.path, folder / MEMBERS / member.name, ignore=ignored)
        for copy in (Run(folder), *Run(folder).members):
            copy.list_what_is_here()
    return target
