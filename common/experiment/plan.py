"""The plan of a contest, and the loop that trains it: models, folds, what is written of them, the table at the end.

    plan = Plan(contest="toy", config=config, ..., fits={"logistic": fit_logistic})
    runs = train(plan)

A fit returns a model and its log, `None` where it knows no epochs. The model predicts records, `model.predict(records,
rows=None)`, and writes itself into a folder, `model.save(folder)`, from which `inference.load(folder, name, config)` of the
contest brings it back.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from common import paths
from common.experiment import judged
from common.experiment.folds import fit_folds, make_folds, rows_of
from common.experiment.metric import Metric, flat
from common.experiment.predictions import ROWS, take
from common.experiment.runs import Run, open_run, save_arrays
from common.report.tables import show_runs

OF_ALL = ("metric", "greater", "score", "folds", "spread", "data", "seconds")  # in metrics.json of every model
OOF = "oof"  # the part of the training records that were validated


def own_answer(name, found, part, rows=None):
    """Predictions that are answers already."""
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What a contest trains, on which records, and how it is scored.

    Attributes:
        contest: its name.
        config: its settings; `model`, `folds`, `seed`, `data` and, where it has them, `copies`, `cluster` and `members` are
            read here.
        fingerprint: of the official files.
        metric: the `Metric`.
        truth: of each training record, an array, a list or whatever has `take`.
        labels: class of each training record, which the folds stratify; `truth` where it is not given.
        groups: records of one group share a fold; `None` where each is its own.
        records: function without arguments that gives `{part: records}`, `"train"` among them; all others are scored by every
            fold. Called once, when the first fold needs it.
        fits: `fit(plan, fold)` of every model, by name; returns the fitted model and its log, a data frame with columns
            `epoch`, `loss` and `score`, or `None` for a model that knows no epochs.
        networks: names of the models that Keras trains.
        kinds: `Kind` of the predictions of those models that give no array with a row for each record.
        dataset: what the contest has read, for its own functions.
        answer: `answer(name, found, part, rows)`, what the predictions of one model alone answer.
        before: `before(plan, run)`, once for a run ahead of its folds.
        pictures: `pictures(plan, run)`, after them.
        more: what else tells its runs from others, for `open_run`.
        within: folder of its runs below those of the contest, for trials, which ensembles do not see.
        classes: names of the classes, where answers are probabilities of classes; for cards and reports.
        describe: `describe(plan, row)`, a training record as a text or an array that can be shown, or `None`.
    """

    contest: str
    config: Any
    fingerprint: str
    metric: Metric
    truth: Any
    records: Callable
    fits: dict[str, Callable]
    labels: np.ndarray | None = None
    groups: np.ndarray | None = None
    networks: tuple[str, ...] = ()
    kinds: dict = field(default_factory=dict)
    dataset: Any = None
    answer: Callable = own_answer
    before: Callable | None = None
    pictures: Callable | None = None
    more: dict = field(default_factory=dict)
    within: str = ""
    classes: tuple[str, ...] = ()
    describe: Callable = judged.describe

    @cached_property
    def parts(self):
        """The records by part."""
        return self.records()

    def kind(self, name):
        """The `Kind` of a model's predictions."""
        return self.kinds.get(name, ROWS)

    def valid(self):
        """The fold in which each training record is validated, `(records,)`."""
        config = self.config
        labels = self.truth if self.labels is None else self.labels
        return make_folds(self.contest, labels, config.folds, config.seed, self.fingerprint, self.groups)


def train(plan):
    """The finished runs of the models of the plan's settings, trained where they are not finished yet."""
    return [train_model(plan, name) for name in plan.config.model]


def train_model(plan, name):
    """The finished run of one model, trained where it is not finished yet."""
    existed = {run.name for run in _unfinished(plan)}
    network = name in plan.networks
    run = open_run(plan.contest, name, plan.config, plan.fingerprint, network, plan.within, **plan.more)
    with run.locked():
        if run.complete():
            print(f"{run.name}: finished before, {plan.metric.name} {run.metrics['score']:.4f}")
            return run
        if run.name in existed:
            run.note_resumption()
        if plan.before:
            plan.before(plan, run)
        _PLANS[plan.contest] = plan
        valid = plan.valid()
        fit = partial(fit_model, plan.contest, plan.config, plan.fingerprint, name)
        seconds = fit_folds(fit, run, valid, getattr(plan.config, "cluster", None))
        write_results(plan, run, valid, seconds)
    return run


def _unfinished(plan):
    folder = paths.runs(plan.contest) / plan.within
    return [run for path in folder.glob("*/config.json") if not (run := Run(path.parent)).finished]


_PLANS = {}  # of each contest the last one: what it reads is read once in a process, also in the worker of a cluster


def plan_of(contest, config, fingerprint):
    """The contest's `train.plan(config)`, made where this process has not made it yet from the same files."""
    known = _PLANS.get(contest)
    if known is None or known.config != config or known.fingerprint != fingerprint:
        _PLANS[contest] = importlib.import_module(f"competitions.{contest}.train").plan(config)
    return _PLANS[contest]


def fit_model(contest, config, fingerprint, name, fold):
    """Fit one model on one fold and write model, log and predictions of all parts into its folder."""
    plan = plan_of(contest, config, fingerprint)
    copies = getattr(config, "copies", 1) if name in plan.networks else 1
    kind, parts, found, logs = plan.kind(name), plan.parts, {}, []
    for copy in range(copies):
        folder = fold.folder if copy == 0 else fold.folder / f"copy{copy}"
        folder.mkdir(exist_ok=True)
        model, log = plan.fits[name](plan, replace(fold, folder=folder, copy=copy))
        model.save(folder)
        logs.append(log)
        for part, records in parts.items():
            predicted = model.predict(records, fold.valid) if part == "train" else model.predict(records)
            found.setdefault(OOF if part == "train" else part, []).append(predicted)
    log = of_one_epoch(plan, name, found[OOF][0], fold.valid) if logs[0] is None else logs[0]
    log.to_csv(fold.folder / "log.csv", index=False)
    (fold.folder / "predictions").mkdir()
    for part, several in found.items():
        one = several[0] if copies == 1 else kind.mean(several, parts["train" if part == OOF else part])
        save_arrays(fold.folder / "predictions" / f"{part}.npz", **kind.pack(one))


def of_one_epoch(plan, name, found, rows):
    """The log of a model that knows no epochs: the score of the rows that it did not learn."""
    score = plan.metric.of(take(plan.truth, rows), plan.answer(name, found, "train", rows))
    return pd.DataFrame({"epoch": [1], "loss": [np.nan], "score": [score]})


def fold_predictions(run, kind, part):
    """Predictions of a part by each fold of a run, a list.

    Raises:
        RunError: those of a fold are missing or damaged.
    """
    return [kind.unpack(Run(folder / "predictions").load_arrays(part)) for folder in run.folds]


def write_results(plan, run, valid, seconds):
    """Predictions, log, pictures and, last, the metrics of a run."""
    kind, parts = plan.kind(run.model), plan.parts
    several, rows = fold_predictions(run, kind, OOF), [rows_of(valid, number) for number in range(len(seconds))]
    run.save_arrays(OOF, **kind.pack(kind.join(several, rows, parts["train"])), fold=valid)
    for part in parts.keys() - {"train"}:
        run.save_arrays(part, **kind.pack(kind.mean(fold_predictions(run, kind, part), parts[part])))
    counts = [
        plan.metric.count(take(plan.truth, places), plan.answer(run.model, found, "train", places))
        for found, places in zip(several, rows, strict=True)
    ]
    log = keep_log(run)
    draw(plan, run, log)
    run.finish(figures_of(plan, np.concatenate(counts), counts) | {"seconds": sum(seconds)})


def draw(plan, run, log):
    """The learning curves, and the pictures of the contest; one that fails costs no training."""
    from common.report import plots

    with plots.drawing("learning curves"):
        plots.learning_curves(log, run.plots / "learning_curves.png", plan.metric.name)
    if plan.pictures:
        with plots.drawing("pictures of the run"):
            plan.pictures(plan, run)


def keep_log(run):
    """Write the logs of a run's folds as its `log.csv`, and return them as one data frame with a column `fold`."""
    logs = [pd.read_csv(folder / "log.csv").assign(fold=number) for number, folder in enumerate(run.folds)]
    log = pd.concat(logs, ignore_index=True)
    with paths.atomic(run.path / "log.csv") as path:
        log.to_csv(path, index=False)
    return log


def figures_of(plan, counts, by_fold):
    """What `metrics.json` says of every cross-validated prediction.

    Args:
        plan: the `Plan`.
        counts: what each validated record contributes, `metric.count`.
        by_fold: the same fold by fold, a list.
    """
    folds = [plan.metric.score(one) for one in by_fold]
    return {
        "metric": plan.metric.name,
        "greater": plan.metric.greater,
        "score": plan.metric.score(counts),
        **plan.metric.figures(counts),
        "folds": folds,
        "spread": float(np.std(folds)) if plan.config.folds > 1 else None,
        "data": paths.data_name(plan.config.data),
    }


def show(plan, runs):
    """Print score, other figures, spread over folds and time of each run, and where it was written."""

    def figures(metrics):
        more = {key: value for key, value in metrics.items() if key not in OF_ALL}
        return {plan.metric.name: f"{metrics['score']:.4f}", **{name: f"{value:.4f}" for name, value in flat(more).items()}}

    show_runs(f"out-of-fold {plan.metric.name} on {paths.data_name(plan.config.data)}", runs, figures)
