"""What an ensemble's run keeps of the comparison that it came from, so that cards and reports need neither data nor training.

judged.npz      what each validated record contributes to the score of every prediction, and of the blend without each member
mistakes.json   the records that the blend got wrong and that teach most
"""

import base64
import io
from dataclasses import dataclass

import numpy as np

from common.experiment.metric import bootstrap, interval

FILE = "judged"
MISTAKES = "mistakes.json"
KEPT = 24  # mistakes
OF_A_PAIR = 3  # of them with the same truth and answer: what fails in another way teaches more
LOOKED_AT = 2000  # records that score worst, of which those that others have right come first
LONGEST = 400  # characters of a record that is a text
POINTS = 300  # of a record that is a curve


@dataclass(frozen=True)
class Judged:
    """The comparison, as it lies in the run.

    Attributes:
        names: of the predictions, the nested choice last.
        counts: what each record contributes to each, `(predictions, records, ...)`.
        without: the same of the chosen way without each member, by the member's name; empty where ways are bound to them.
        groups: group of each record, or `None`.
        truth: class of each record, or `None` where there are none.
        probability: of the nested choice, `(records, classes)`, or `None`.
    """

    names: tuple[str, ...]
    counts: np.ndarray
    without: dict
    groups: np.ndarray | None
    truth: np.ndarray | None
    probability: np.ndarray | None

    def save(self, run):
        """Write `judged.npz`."""
        optional = {name: getattr(self, name) for name in ("groups", "truth", "probability")}
        run.save_arrays(
            FILE,
            names=np.array(self.names),
            counts=self.counts,
            without_names=np.array(list(self.without), dtype=str),
            without=np.array(list(self.without.values())),
            **{name: value for name, value in optional.items() if value is not None},
        )

    @classmethod
    def load(cls, run):
        """What `save` wrote; `None` where the run was made by another way or an earlier version."""
        if not (run.path / f"{FILE}.npz").exists():
            return None
        stored = run.load_arrays(FILE)
        without = dict(zip(stored["without_names"].tolist(), stored["without"], strict=True))
        optional = [stored.get(name) for name in ("groups", "truth", "probability")]
        return cls(tuple(stored["names"].tolist()), stored["counts"], without, *optional)

    def draws(self, metric, counts, seed):
        """Scores of resampled records; those of two predictions are paired."""
        return bootstrap(metric, counts, seed, self.groups)

    def interval(self, metric, number, seed):
        """The 95 % interval of the score of one prediction."""
        return interval(self.draws(metric, self.counts[number], seed))


def of_comparison(plan, rows, truth, answered, without):
    """The `Judged` of answers `[(name, answers)]` to the training records `rows`; `without` is `{member: answers}`."""
    metric, nested = plan.metric, answered[-1][1]
    classes = is_classes(truth, nested)
    return Judged(
        tuple(name for name, _ in answered),
        np.stack([metric.count(truth, answers) for _, answers in answered]),
        {name: metric.count(truth, answers) for name, answers in without.items()},
        None if plan.groups is None else np.unique(plan.groups, return_inverse=True)[1][rows],
        np.asarray(truth).astype(int) if classes else None,
        of_classes(nested).astype("float32") if classes else None,
    )


def is_classes(truth, answers):
    """Whether records have one class each, and answers are probabilities of all classes, or of the second of two."""
    if not (isinstance(truth, np.ndarray) and truth.ndim == 1 and isinstance(answers, np.ndarray)):
        return False
    whole = np.issubdtype(truth.dtype, np.integer) or truth.dtype == bool or bool(np.isin(truth, (0, 1)).all())
    return whole and (answers.ndim == 2 or (answers.ndim == 1 and bool(np.isin(truth, (0, 1)).all())))


def of_classes(answers):
    """Probabilities of all classes `(records, classes)`, also where answers are those of the second of two."""
    return answers if answers.ndim == 2 else np.stack([1 - answers, answers], axis=1)


def mistakes(plan, judged, rows):
    """The records that the blend got wrong and that teach most, dicts as they stand in `mistakes.json`.

    Of classes, those where it was surest of a wrong one; else those that score worst, first those that a member alone, or
    another way, answers better: there it is not the record that is at fault.
    """
    chosen = surest(judged) if judged.truth is not None else worst(plan.metric, judged)
    names = list(map(str, plan.classes)) or None
    found = []
    for place, what in chosen:
        described = plan.describe(plan, int(rows[place]))
        labels = {key: names[value] if names and key in ("truth", "answer") else value for key, value in what.items()}
        found.append({"row": int(rows[place]), **labels, **displayed(described)})
    return found


def surest(judged):
    """`(place, {truth, answer, probability})` of mistakes, the surest first, few of each kind."""
    answer, kinds, found = judged.probability.argmax(axis=1), {}, []
    share = judged.probability[np.arange(len(answer)), answer]
    for place in np.argsort(-share, kind="stable"):
        kind = (int(judged.truth[place]), int(answer[place]))
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind[0] != kind[1] and kinds[kind] <= OF_A_PAIR:
            found.append((place, {"truth": kind[0], "answer": kind[1], "probability": round(float(share[place]), 4)}))
        if len(found) == KEPT:
            break
    return found


def worst(metric, judged):
    """`(place, {score, best})` of the records that score worst, of equal ones first those that another prediction has right.

    Empty where the metric scores no single record.
    """
    sign = 1 if metric.greater else -1
    *others, nested = judged.counts
    try:
        own = sign * np.array([metric.score(nested[row : row + 1]) for row in range(len(nested))])
        lowest = np.argsort(own, kind="stable")[:LOOKED_AT]
        best = sign * np.array([[metric.score(one[row : row + 1]) for row in lowest] for one in others])
    except (ValueError, KeyError, IndexError, ZeroDivisionError):
        return []
    if not (np.isfinite(own).all() and np.isfinite(best).all()):
        return []
    best = best.max(axis=0)
    order = [place for place in np.lexsort((-best, own[lowest])) if own[lowest[place]] < own.max()]
    return [
        (lowest[place], {"score": round(sign * own[lowest[place]], 4), "best of others": round(sign * best[place], 4)})
        for place in order[:KEPT]
    ]


def describe(plan, row):
    """A training record as a person may see it: a text or an array, `None` where it is neither. The default of a `Plan`."""
    for records in (plan.parts["train"], plan.truth):
        if not isinstance(records, np.ndarray | list | tuple):
            continue
        record = records[row]
        if isinstance(record, str) or (isinstance(record, np.ndarray) and record.ndim):
            return record
        if isinstance(getattr(record, "text", None), str):
            return record.text
    return None


def displayed(record):
    """A record in JSON: `{"text"}`, `{"picture"}` a PNG as base64, `{"curve"}` of at most 300 points."""
    if isinstance(record, str):
        return {"text": record[:LONGEST] + ("…" if len(record) > LONGEST else "")}
    if isinstance(record, np.ndarray) and record.dtype == np.uint8 and record.ndim in (2, 3):
        return {"picture": base64.b64encode(png(record)).decode()}
    if isinstance(record, np.ndarray) and record.ndim == 1 and np.issubdtype(record.dtype, np.number):
        return {"curve": [float(part.mean()) for part in np.array_split(record, min(POINTS, len(record)))]}
    return {}


def png(pixels):
    """The bytes of a PNG of pixels `(height, width[, 3])`."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def keep(run, plan, blend, chosen, rows, found, truth, parts, answered, members, cross_fit):
    """Write `judged.npz` and `mistakes.json` of a comparison; returns the `Judged`."""
    without = {}
    if blend.single and len(members) > 1:  # else the ways may be bound to their members
        for member in members:
            others = blend.gather("oof", [one for one in members if one is not member], rows)
            without[member.name] = cross_fit(blend.ways[chosen], others, truth, parts)
    judged = of_comparison(plan, rows, truth, answered, without)
    judged.save(run)
    run.write_json(MISTAKES, {"classes": list(map(str, plan.classes)), "mistakes": mistakes(plan, judged, rows)})
    return judged
