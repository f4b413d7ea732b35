"""Search of settings: each trial is an ordinary run of one model, with values that Optuna takes from the ranges of `config.py`.

    runs/<contest>/tune/<model>-<hash>/     the hash is of the data, the ranges and all settings that are not searched
        study.json journal.log trials.csv study.png     and the runs of the trials

Only the training part is seen. A trial whose epochs lag behind the median of those before is broken off (Golovin et al. 2017);
values come from a tree of Parzen estimators (Bergstra et al. 2011), their importance from fANOVA (Hutter et al. 2014).
"""

import dataclasses
import importlib
import importlib.util
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from common import paths, progress
from common.config import Range, identity, shown, to_dict
from common.errors import ConfigError, RunError
from common.experiment.plan import train_model
from common.experiment.runs import backend
from common.report.tables import show_table

FOLDER = "tune"  # of all studies of a contest, below its runs
LISTED = 10  # best trials in the table
BEFORE_PRUNING = {"n_startup_trials": 4, "n_warmup_steps": 3}  # trials that are let run, the first epoch that may be the last
WHY = "why"  # a trial that failed by its own fault says so; one that was interrupted does not count
LEAST = 4  # trials with a score, without which no importance can be told


def tune(contest, config, trials, given=()):
    """Search the settings of each model of a plan until a study has `trials` trials; those of an earlier call count.

    Args:
        contest: its name.
        config: its settings; the first trial has them as they are.
        trials: how many of each model, in all.
        given: names of settings that stay as they are; `folds` is 1 where it is not among them.

    Raises:
        ConfigError: Optuna is not installed, or nothing is to be searched.
        RunError: no trial of a model has a score, or another process is at this study.
    """
    if importlib.util.find_spec("optuna") is None:
        raise ConfigError(f"Optuna is not installed: {sys.executable} -m pip install 'podium[tune]', or optuna")
    if not hasattr(importlib.import_module(f"competitions.{contest}.train"), "plan"):
        raise ConfigError(f"{contest} is not cross-validated: there is no score that a search could follow")
    folds = {} if "folds" in given else {"folds": 1}
    for name in config.model:
        search = Search.begin(contest, dataclasses.replace(config, model=(name,), members=(), **folds), name, given)
        with paths.locked(search.folder / ".lock"):
            study = search.study()
            search.go_on(study, trials)
            search.report(study)


@dataclass(frozen=True)
class Search:
    """The search for one model.

    Attributes:
        contest, name: of the contest and of the model.
        config: settings that are not searched, and where the search begins.
        space: `Range` or choices by the name of each setting that is searched.
        given: settings that the person has chosen, and no others.
        metric: the contest's `Metric`.
        folder: of the study and its runs.
    """

    contest: str
    name: str
    config: Any
    space: dict
    given: dict
    metric: Any
    folder: Path

    @classmethod
    def begin(cls, contest, config, name, given):
        """The search of these settings on these data, its folder made."""
        ranged = [field for field in dataclasses.fields(config) if field.metadata.get("search")]
        space = {
            field.name: field.metadata["search"]
            for field in ranged
            if field.name not in given and (name in field.metadata["of"] or not field.metadata["of"])
        }
        if not space:
            others = sorted({model for field in ranged for model in field.metadata["of"]} - {"ensemble"})
            raise ConfigError(
                f"Nothing to search for model={name}: its settings in competitions/{contest}/config.py have no range (search=) "
                f"or are all given. Models with ranges: {', '.join(others) or 'none'}"
            )
        plan = importlib.import_module(f"competitions.{contest}.train").plan(config)
        ranges = {setting: repr(values) for setting, values in space.items()}
        of_network = {"backend": backend()} if name in plan.networks else {}
        folder = (
            paths.runs(contest)
            / FOLDER
            / f"{name}-{identity(config, name, data=plan.fingerprint, search=ranges, **of_network)}"
        )
        chosen = {one: getattr(config, one) for one in sorted(given) if one != "model"}
        search = cls(contest, name, config, space, chosen, plan.metric, folder)
        search.describe(ranges)
        return search

    def describe(self, ranges):
        """Write what the study searches, and say where another of this model has other ranges; its trials stay there."""
        file = self.folder / "study.json"
        if file.exists():
            return
        for other in self.folder.parent.glob(f"{self.name}-*/study.json"):
            before = json.loads(other.read_text(encoding="utf-8"))["ranges"]
            if changed := [name for name in {**before, **ranges} if before.get(name) != ranges.get(name)]:
                told = "; ".join(f"{name} was {before.get(name)}, is {ranges.get(name)}" for name in changed)
                print(f"A new study, for {told}. The trials of before stay in {other.parent}")
        with paths.atomic(file) as path:
            path.write_text(json.dumps({"ranges": ranges, "config": to_dict(self.config)}, indent=2), encoding="utf-8")

    def study(self):
        """Optuna's study, with trials that an interruption left running queued again."""
        import optuna
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(
            storage=optuna.storages.JournalStorage(JournalFileBackend(str(self.folder / "journal.log"))),
            study_name=self.folder.name,
            direction="maximize" if self.metric.greater else "minimize",
            pruner=optuna.pruners.MedianPruner(**BEFORE_PRUNING),
            load_if_exists=True,
        )
        if not study.trials and (start := self.start()):
            study.enqueue_trial(start)
        for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            study.enqueue_trial(trial.params)
            print(f"{self.name}: trial {trial.number} was interrupted and goes on as another one")
        return study

    def start(self):
        """The settings as they are, as far as the ranges hold them."""

        def holds(values, value):
            return values.low <= value <= values.high if isinstance(values, Range) else value in values

        values = {name: getattr(self.config, name) for name in self.space}
        return {
            name: value if isinstance(self.space[name], Range) else str(shown(value))
            for name, value in values.items()
            if holds(self.space[name], value)
        }

    def go_on(self, study, trials):
        """Run trials until the study has as many."""
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        if done := len(counted(study)):
            print(f"{self.name}: {min(done, trials)} of {trials} trials are finished and kept")
        while (number := len(counted(study)) + 1) <= trials:
            study.sampler = TPESampler(seed=self.config.seed + len(study.trials))  # what was interrupted repeats nothing
            trial = study.ask()
            values = {name: proposed(trial, name, range_) for name, range_ in self.space.items()}
            print(f"{self.name}, trial {number} of {trials}: {spelt(values)}", flush=True)
            try:
                score = self.run(trial, values)
            except progress.BrokenOff:
                print(f"{self.name}, trial {number}: lags behind the others, broken off")
                study.tell(trial, state=TrialState.PRUNED)
            except (ConfigError, FloatingPointError) as error:  # of these values alone
                self.fail(study, trial, str(error))
            else:
                if math.isfinite(score):
                    study.tell(trial, score)
                else:
                    self.fail(study, trial, f"the score is {score}")

    def fail(self, study, trial, why):
        """Count a trial as done, without a score."""
        from optuna.trial import TrialState

        print(f"{self.name}: no score, for {why}")
        trial.set_user_attr(WHY, why)
        study.tell(trial, state=TrialState.FAIL)

    def run(self, trial, values):
        """The score of one trial on the validation rows of the training part."""

        def listen(epoch, score):
            trial.report(score, epoch)
            if trial.should_prune():
                raise progress.BrokenOff

        plan = importlib.import_module(f"competitions.{self.contest}.train").plan(dataclasses.replace(self.config, **values))
        of_training = dataclasses.replace(
            plan,
            within=f"{FOLDER}/{self.folder.name}",
            records=lambda: {"train": plan.parts["train"]},  # what is scored in the end is not even predicted
            pictures=None,
        )
        with progress.listening(listen):
            return train_model(of_training, self.name).metrics["score"]

    def report(self, study):
        """Table, importance, picture, and the command that trains with the best settings.

        Raises:
            RunError: no trial has a score.
        """
        scored = ranked(study)
        if not scored:
            reasons = dict.fromkeys(trial.user_attrs[WHY] for trial in counted(study) if WHY in trial.user_attrs)
            raise RunError(f"No trial of {self.name} has a score: {'; '.join(reasons)}. Its folder: {self.folder}")
        rows = [{"trial": trial.number, "score": trial.value, **self.values(trial)} for trial in scored]
        with paths.atomic(self.folder / "trials.csv") as path:
            pd.DataFrame(rows).to_csv(path, index=False)
        columns = ["trial", self.metric.name, *self.space]
        shown_rows = [[str(row["trial"]), f"{row['score']:.4f}", *(short(row[name]) for name in self.space)] for row in rows]
        broken = len(counted(study)) - len(scored)
        title = f"{self.contest}, {self.name}: {self.metric.name} of the best trials, of {len(scored)} with a score"
        show_table(title + (f"; {broken} broken off or failed" if broken else ""), columns, shown_rows[:LISTED])
        found = importance(study, scored)
        if found:
            print(f"importance: {', '.join(f'{name} {share:.0%}' for name, share in found.items())}")
        else:
            print(f"importance: not told from fewer than {LEAST} different scores")
        self.draw(study, scored, found)
        self.advise(scored)

    def draw(self, study, scored, found):
        """The picture of the study."""
        from common.report import plots
        from common.report.search import draw

        in_order = sorted(scored, key=lambda trial: trial.number)
        values = {name: [trial.params[name] for trial in in_order] for name in self.space}
        points = [(trial.number, trial.value) for trial in in_order]
        logarithmic = {name for name, range_ in self.space.items() if isinstance(range_, Range) and range_.log}
        with plots.drawing("picture of the search"):
            draw(points, values, logarithmic, found, self.metric, self.folder / "study.png")

    def advise(self, scored):
        """Say what was found, and how to train with it."""
        best, first = scored[0], next((trial for trial in scored if trial.number == 0), None)
        if first is not None:
            gain = self.metric.gain(best.value, first.value)
            print(
                f"The best is {gain:.4f} better than the settings as they are, on the rows that chose it: expect less elsewhere"
            )
        print(f"Wrote {self.folder / 'trials.csv'} and {self.folder / 'study.png'}")
        settings = {"model": self.name, **self.given, **self.values(best)}
        print(f"Train with it: make train COMP={self.contest} {spelt(settings)}")

    def values(self, trial):
        """The settings of a trial."""
        return {name: chosen(values, trial.params[name]) for name, values in self.space.items()}


def proposed(trial, name, values):
    """A trial's value of a setting."""
    if not isinstance(values, Range):
        return chosen(values, trial.suggest_categorical(name, [str(shown(value)) for value in values]))
    suggest = trial.suggest_int if isinstance(values.low, int) and isinstance(values.high, int) else trial.suggest_float
    return chosen(values, suggest(name, values.low, values.high, log=values.log))


def chosen(values, stored):
    """A setting's value from what the study stores: fractions have three digits then, choices are stored as they are spelt."""
    if isinstance(values, Range):
        return float(f"{stored:.3g}") if isinstance(stored, float) else stored
    return next(value for value in values if str(shown(value)) == stored)


def counted(study):
    """Trials that are done: with a score, broken off, or failed by their own fault."""
    from optuna.trial import TrialState

    done = (TrialState.COMPLETE, TrialState.PRUNED)
    return [trial for trial in study.trials if trial.state in done or WHY in trial.user_attrs]


def ranked(study):
    """Trials with a score, the best first, of equal ones the earliest."""
    from optuna.study import StudyDirection
    from optuna.trial import TrialState

    sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
    return sorted(study.get_trials(states=(TrialState.COMPLETE,)), key=lambda trial: (sign * trial.value, trial.number))


def importance(study, scored):
    """Share of the scores' variance that each setting explains, the greatest first; empty where too few scores differ."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    if len({trial.value for trial in scored}) < LEAST:
        return {}
    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))


def spelt(values):
    """Settings as they are given on a command line."""
    return " ".join(f"{name}={shown(value)}" for name, value in values.items())


def short(value):
    """A value in a table."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
