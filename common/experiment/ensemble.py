"""The runs of a plan blended: ways compared by cross-fitting, the choice nested, what was learnt kept.

    blend = Blend(ways={"mean": fit_mean, "stack": fit_stack}, plain=("mean",), gain=0.001, gather=stacked, split=...)
    run = ensemble(plan, blend)

A way is `learn(found, truth) -> learnt`, and `learnt(found)` answers. `found` is what the members found for some records; it
has `take(rows)`. What is learnt on all parts but one is applied to that one, so that a way that fits noise shows itself. The
plain ways stay unless another is clearly better, and the reported score pays for the choice: in it, each part is answered by
the way that cross-fitting inside the other parts finds best.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import joblib
import numpy as np

from common import paths
from common.errors import RunError
from common.experiment import card, judged
from common.experiment.metric import flat
from common.experiment.plan import OF_ALL, OOF, figures_of, train
from common.experiment.predictions import join_rows, take
from common.experiment.runs import ENSEMBLE, named_run, open_run
from common.report.tables import show_table

OF_PLAN = ("metric", "greater", "spread", "data")  # figures that are the same of every row of one table
LEARNT = "learnt.joblib"  # the way that was chosen, learnt on all validated records
NESTED = "nested choice"


def save_rows(run, part, answers, found):
    """Write answers that are an array with a row for each record."""
    run.save_arrays(part, probability=answers)


@dataclass(frozen=True)
class Blended:
    """What came of a comparison of ways.

    Attributes:
        crossed: cross-fitted answers of each way, by name.
        nested: answers of the nested choice.
        chosen: name of the way that was chosen on all validated records.
        learnt: that way, learnt on all of them.
    """

    crossed: dict
    nested: Any
    chosen: str
    learnt: Any


@dataclass(frozen=True, kw_only=True)
class Blend:
    """How a contest puts its members together.

    Attributes:
        ways: `learn(found, truth)` by name.
        plain: names of the ways that stay unless another is better by `gain`.
        gain: what a way with more freedom must gain, cross-fitted.
        gather: `gather(part, members, rows)` gives what the member runs found: of the training records `rows` out of fold
            where the part is `"oof"`, of a scored part where `rows` is `None`.
        split: `split(found, truth)` gives parts to cross-fit on, `(records,)`, of one hold-out part and inside the choice.
        save: `save(run, part, answers, found)` writes the answers of a part.
        single: `single(member, found, number)`, the answers of one member alone, for the table; `None` leaves them out.
        after: `after(run, found, truth, blended)` draws pictures of a `Blended` and keeps what else an answer needs in the run;
            a dict that it returns is added to `metrics.json`.
    """

    ways: dict[str, Callable]
    plain: tuple[str, ...]
    gather: Callable
    split: Callable
    gain: float = 0.0
    save: Callable = save_rows
    single: Callable | None = None
    after: Callable | None = None


def ensemble(plan, blend):
    """The finished run of the blend, made where it is not finished yet; trains the plan's models where they are missing."""
    members = chosen_members(plan)
    names = [member.name for member in members]
    run = open_run(plan.contest, ENSEMBLE, plan.config, plan.fingerprint, members=names)
    with run.locked():
        if run.complete():
            print(f"{run.name}: finished before, {plan.metric.name} {run.metrics['score']:.4f}")
        else:
            combine(run, plan, blend, members)
    return run


def chosen_members(plan):
    """The runs to blend: those that `members=` names, else those of the plan, trained where they are missing.

    Raises:
        RunError: a named run is missing, not finished, an ensemble, or of other data or folds.
    """
    names = tuple(dict.fromkeys(getattr(plan.config, "members", ())))  # a run that is named twice counts once
    if not names:
        return train(plan)
    members = [named_run(plan.contest, name) for name in names]
    for member in members:
        if member.model == ENSEMBLE:
            raise RunError(f"members={member.name}: an ensemble is blended already; name the runs that it is made of")
        of_member = member.stored
        if of_member["fingerprint"] != plan.fingerprint:
            raise RunError(f"{member.path} is of other data than {plan.config.data}")
        for name in ("folds", "seed"):
            if of_member["config"][name] != getattr(plan.config, name):
                raise RunError(f"{member.path} has {name}={of_member['config'][name]}: give it, or leave the run out")
    return members


def combine(run, plan, blend, members):
    """Choose a way and write the ensemble's files, `metrics.json` last.

    Raises:
        RunError: the members were not validated on the same rows.
    """
    fold = members[0].load_arrays(OOF)["fold"]
    for other in members[1:]:
        if not np.array_equal(other.load_arrays(OOF)["fold"], fold):
            older = min(members[0], other, key=lambda one: one.path.stat().st_mtime)
            raise RunError(
                f"{other.path} was not validated on the rows of {members[0].path}: move {older.path} away and repeat"
            )
    rows = np.flatnonzero(fold >= 0)
    truth, found, metric = take(plan.truth, rows), blend.gather(OOF, members, rows), plan.metric
    parts = fold[rows] if plan.config.folds > 1 else blend.split(found, truth)
    crossed = {name: cross_fit(learn, found, truth, parts) for name, learn in blend.ways.items()}
    nested = cross_fit(partial(learn_best, blend, metric), found, truth, parts)
    chosen = choose({name: metric.of(truth, answers) for name, answers in crossed.items()}, blend, metric)
    learnt = blend.ways[chosen](found, truth)
    with paths.atomic(run.path / LEARNT) as path:
        joblib.dump(learnt, path)

    singles = []
    if blend.single:
        singles = [(member.model, blend.single(member, found, number)) for number, member in enumerate(members)]
    answered = [*singles, *crossed.items(), (NESTED, nested)]
    compared = [summary(name, plan, truth, answers, parts) for name, answers in answered]
    if isinstance(nested, np.ndarray):
        run.save_arrays(OOF, probability=join_rows([nested], [rows], fold), fold=fold)
    else:
        blend.save(run, OOF, nested, found)
    for part in sorted(plan.parts.keys() - {"train"}):
        scored = blend.gather(part, members, None)
        blend.save(run, part, learnt(scored), scored)
    more = blend.after(run, found, truth, Blended(crossed, nested, chosen, learnt)) if blend.after else None
    kept = judged.keep(run, plan, blend, chosen, rows, found, truth, parts, answered, members, cross_fit)
    metrics = {
        **figures_of(plan, *counted(metric, truth, nested, parts)),
        "interval": kept.interval(metric, -1, plan.config.seed),
        "seconds": sum(member.metrics["seconds"] for member in members),
        "method": chosen,
        "members": [member.name for member in members],
        "compared": compared,
        **(more or {}),
    }
    card.write(run, metrics, plan.classes)
    run.finish(metrics)
    show(plan, compared, chosen, len(singles))


def learn_best(blend, metric, found, truth):
    """The way that cross-fitting inside these records finds best, learnt on all of them."""
    parts = blend.split(found, truth)
    scores = {name: metric.of(truth, cross_fit(learn, found, truth, parts)) for name, learn in blend.ways.items()}
    return blend.ways[choose(scores, blend, metric)](found, truth)


def choose(scores, blend, metric):
    """Name of the best way; the best plain one unless another is clearly better."""
    plain = metric.best({name: score for name, score in scores.items() if name in blend.plain})
    best = metric.best(scores)
    return best if metric.gain(scores[best], scores[plain]) > blend.gain else plain


def cross_fit(learn, found, truth, parts):
    """Answers of all records, each by what was learnt on the other parts: an array where they are one, else a list."""
    answers: Any = None
    for part in np.unique(parts):
        inside, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        own = learn(take(found, others), take(truth, others))(take(found, inside))
        if isinstance(own, np.ndarray):
            answers = np.empty((len(parts), *own.shape[1:])) if answers is None else answers
            answers[inside] = own
        else:
            answers = [None] * len(parts) if answers is None else answers
            for row, answer in zip(inside, own, strict=True):
                answers[row] = answer
    return answers


def summary(name, plan, truth, answers, parts):
    """Score and figures of one prediction, on all records and on each part."""
    figures = figures_of(plan, *counted(plan.metric, truth, answers, parts))
    return {"name": name, **{key: value for key, value in figures.items() if key not in OF_PLAN}}


def counted(metric, truth, answers, parts):
    """What each record contributes, of all and part by part."""
    counts = metric.count(truth, answers)
    return counts, [counts[parts == part] for part in np.unique(parts)]


def show(plan, compared, chosen, singles):
    """Print single runs and ways to blend, part by part."""
    rows = []
    for place, row in enumerate(compared):
        more = flat({key: value for key, value in row.items() if key not in ("name", *OF_ALL)})
        texts = [f"{value:.4f}" for value in (row["score"], *more.values(), *row["folds"])]
        rows.append([row["name"] + (" (chosen)" if row["name"] == chosen and place >= singles else ""), *texts])
    names, parts = list(more), [f"part {part}" for part in range(len(row["folds"]))]
    title = f"{plan.metric.name} out of fold on {paths.data_name(plan.config.data)}; blends are cross-fitted"
    show_table(title, ["prediction", "all", *names, *parts], rows, singles or None)
