"""A report of a plan: one HTML file with what its runs and their blend keep, readable from the disk, made without data.

make report COMP=lamost
"""

import base64
from pathlib import Path

import numpy as np

from common import paths
from common.experiment import card
from common.experiment.judged import MISTAKES, Judged
from common.experiment.leaderboard import published_scores
from common.experiment.metric import flat, interval
from common.experiment.plan import OF_ALL
from common.experiment.runs import newest_ensemble
from common.report import page

FILE = "report.html"
BINS = 10  # of confidence
MANY = 30  # classes beyond which a table of confusions says nothing
CURVES = "learning_curves"


def write(contest, metric_of, run="", data=None, html=""):
    """Write the report of an ensemble and return its path.

    Args:
        contest: name of the contest.
        metric_of: function from the ensemble's run to the contest's `Metric`, or `None` where its data are gone; intervals
            and margins are made with it.
        run: name of the ensemble; the one last worked on where it is empty.
        data: of those on this folder of official files.
        html: the file; `report.html` in the ensemble's run where it is empty.

    Raises:
        RunError: there is no finished ensemble.
    """
    ensemble = newest_ensemble(contest, data, run)
    path = Path(html).expanduser() if html else ensemble.path / FILE
    text = of(ensemble, metric_of(ensemble))
    with paths.atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def of(run, metric=None):
    """The report of an ensemble's run, HTML; intervals and margins where the contest's `Metric` is given."""
    metrics, stored, judged, seed = run.metrics, run.stored, Judged.load(run), run.stored["config"]["seed"]
    contest = stored["contest"]
    score = "not scored" if metrics["score"] is None else f"{metrics['score']:.4f}"
    if low_high := metrics.get("interval"):
        score += f" (95 % interval {low_high[0]:.4f} to {low_high[1]:.4f})"
    under = page.paragraph(f"{metrics['metric']} {score}, on {metrics['data']}, fingerprint {stored['fingerprint']}.")
    kept = judged is not None
    return page.page(
        f"{contest}: {run.name}",
        [
            page.section("Scores", *scores(run, metrics, judged, metric, seed)),
            page.section("What each model adds to the blend", *additions(metrics, judged, metric, seed)),
            page.section("Learning curves", *curves(run)),
            page.section("Confusions", *confusions(run, judged)),
            page.section("Calibration", *calibration(judged)),
            page.section("Mistakes that teach most", *mistakes(run, kept)),
            page.section("Pictures", *pictures(run)),
            page.section("Published scores", *published(contest)),
            page.section("Settings", *settings(run, contest, stored)),
        ],
        under,
    )


def scores(run, metrics, judged, metric, seed):
    """Every prediction with its interval, and by how much it differs from what is reported, paired."""
    yield page.paragraph(
        "Out of fold: no record was answered by a model that saw it. Ways to blend are cross-fitted, and the nested choice "
        "pays for the choice among them; it is the score that is reported."
    )
    compared = metrics.get("compared")
    if not compared:
        rows = [(member.name, number(member.metrics["score"])) for member in (*run.members, run)]
        yield page.table(("run", metrics["metric"]), rows, strong=(len(rows) - 1,))
        return
    sure = metric is not None and judged is not None
    if not sure:
        yield page.paragraph(without_intervals(judged), note=True)
    draws = [judged.draws(metric, counts, seed) for counts in judged.counts] if sure else []
    lines = []
    for place, row in enumerate(compared):
        more = [number(value) for value in flat({k: v for k, v in row.items() if k not in ("name", *OF_ALL)}).values()]
        line = [row["name"], number(row["score"])]
        if sure:
            line += [between(interval(draws[place])), signed(row["score"] - compared[-1]["score"], draws[place] - draws[-1])]
        lines.append([*line, *more, " ".join(number(fold, 3) for fold in row["folds"])])
    names = list(flat({k: v for k, v in compared[0].items() if k not in ("name", *OF_ALL)}))
    beside = ("95 % interval", f"minus {compared[-1]['name']}, paired") if sure else ()
    yield page.table(("prediction", metrics["metric"], *beside, *names, "parts"), lines, strong=(len(lines) - 1,))
    better = "Greater" if metrics["greater"] else "Smaller"
    yield page.paragraph(f"{better} is better. Chosen on all records: {metrics['method']}.", note=True)


def without_intervals(judged):
    """Why there are none."""
    if judged is None:
        return "No intervals: this ensemble was made by an earlier version. Move its folder away and make it again."
    return "No intervals: the data of these runs are not there any more, and with them the metric."


def additions(metrics, judged, metric, seed):
    """What the blend loses without each member."""
    if judged is None or not judged.without or metric is None:
        yield page.paragraph(
            "Not measured: there is one model, or the ways of this contest are bound to their members, or there are no "
            "intervals above. The table of scores shows each model or way alone.",
            note=True,
        )
        return
    place = len(judged.names) - 1 - judged.names[::-1].index(metrics["method"])  # the last: a member may have the same name
    whole = judged.draws(metric, judged.counts[place], seed)
    rows = []
    for name, counts in judged.without.items():
        gain = metric.gain(metric.score(judged.counts[place]), metric.score(counts))
        rows.append((name, number(metric.score(counts)), signed(gain, metric.gain(whole, judged.draws(metric, counts, seed)))))
    yield page.paragraph(f"The way '{metrics['method']}' learnt again without each of them, cross-fitted as above.")
    yield page.table(("without", metrics["metric"], "what it adds, paired 95 % interval"), rows)


def curves(run):
    """The learning curves of the members, as they were drawn."""
    found = [
        page.picture(member.plots / f"{CURVES}.png", member.name)
        for member in run.members
        if (member.plots / f"{CURVES}.png").exists()
    ]
    return found or [page.paragraph("None: these models know no epochs.", note=True)]


def confusions(run, judged):
    """Counts of truth and answer."""
    if judged is None or judged.truth is None:
        return [page.paragraph("None: answers of this contest are no classes, or the run is of an earlier version.", note=True)]
    classes, answer = judged.probability.shape[1], judged.probability.argmax(axis=1)
    names = class_names(run, classes)
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (judged.truth, answer), 1)
    if classes > MANY:
        pairs = [(counts[a, b], a, b) for a, b in zip(*np.nonzero(counts), strict=True) if a != b]
        confused = [(names[a], names[b], count) for count, a, b in sorted(pairs, reverse=True)[:MANY]]
        return [page.table(("truth", "answer", "records"), confused)]
    rows = [[names[row], *counts[row], f"{counts[row, row] / max(1, counts[row].sum()):.1%}"] for row in range(classes)]
    return [
        page.paragraph("A row for each true class, a column for each answer."),
        page.table(("truth", *names, "right"), rows),
    ]


def class_names(run, classes):
    """Names of the classes, as the mistakes have them; numbers where nothing has names."""
    stored = run.read_json(MISTAKES).get("classes", ())
    return [str(name) for name in stored] if len(stored) == classes else [str(label) for label in range(classes)]


def calibration(judged):
    """Of answers with some confidence, how many are right."""
    if judged is None or judged.truth is None:
        return [page.paragraph("None: answers of this contest are no probabilities of classes.", note=True)]
    confidence, right = judged.probability.max(axis=1), judged.probability.argmax(axis=1) == judged.truth
    edges = np.linspace(confidence.min(), 1, BINS + 1)
    bins = np.clip(np.searchsorted(edges, confidence, side="right") - 1, 0, BINS - 1)
    filled = [number for number in range(BINS) if (bins == number).any()]
    sure = np.array([confidence[bins == number].mean() for number in filled])
    share = np.array([right[bins == number].mean() for number in filled])
    size = np.array([(bins == number).sum() for number in filled])
    error = float((size / size.sum() * np.abs(sure - share)).sum())
    low = min(float(sure.min()), float(share.min()))
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(5, 4.4), layout="constrained")
    axis.plot([low, 1], [low, 1], color="grey", linestyle=":", linewidth=1)
    axis.plot(sure, share, marker="o")
    for x, y, count in zip(sure, share, size, strict=True):
        axis.annotate(f"{count:,}", (x, y), textcoords="offset points", xytext=(4, -12), fontsize=8, color="grey")
    axis.set(xlabel="confidence of the blend", ylabel="share that is right", title="Records by confidence")
    said = f"Expected calibration error {error:.4f}: the mean distance to the dotted line, by records."
    return [page.paragraph(said), page.picture(page.drawn(figure), "numbers at the points: records")]


def mistakes(run, kept):
    """Records that the blend got wrong, and what they look like."""
    if not kept:
        return [page.paragraph("Not kept: this ensemble was made by an earlier version or a way of its own.", note=True)]
    found = run.read_json(MISTAKES)["mistakes"]
    if not found:
        return [page.paragraph("None, or the metric scores no single record.", note=True)]
    shown = []
    for one in found:
        what = ", ".join(f"{name} {value}" for name, value in one.items() if name not in ("text", "picture", "curve"))
        if "text" in one:
            shown.append(
                f'<figure class="text"><p>{page.text(one["text"])}</p><figcaption>{page.text(what)}</figcaption></figure>'
            )
        elif "picture" in one:
            shown.append(page.picture(base64.b64decode(one["picture"]), what))
        elif "curve" in one:
            shown.append(f'<figure class="text">{line(one["curve"])}<figcaption>{page.text(what)}</figcaption></figure>')
        else:
            shown.append(f"<figure><figcaption>{page.text(what)}</figcaption></figure>")
    return [
        page.paragraph("Where it was surest of something wrong, or scores worst although another prediction is right."),
        f'<div class="cards">{"".join(shown)}</div>',
    ]


def line(values, width=380, height=110):
    """A curve as SVG."""
    low, high = min(values), max(values)
    scale = (height - 4) / ((high - low) or 1)
    points = [
        f"{place * width / max(1, len(values) - 1):.1f},{height - 2 - (value - low) * scale:.1f}"
        for place, value in enumerate(values)
    ]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="100%" role="img"><polyline fill="none" stroke="#1f5fa8" stroke-width="1" '
        f'points="{" ".join(points)}"/></svg>'
    )


def pictures(run):
    """All other pictures of the ensemble and of its members."""
    found = [
        page.picture(path, f"{one.name}: {path.stem.replace('_', ' ')}")
        for one in (run, *run.members)
        for path in paths.listed(one.plots, "*.png")
        if path.stem != CURVES
    ]
    return found or [page.paragraph("None.", note=True)]


def published(contest):
    """What others have published."""
    rows = [(row["score"], row["system"], row["data"], row["source"]) for row in published_scores(contest)]
    return [page.table(("score", "system", "data", "source"), rows)] if rows else [page.paragraph("None known.", note=True)]


def settings(run, contest, stored):
    """Settings that differ from the defaults, and how the runs were made."""
    changed = card.settings(contest, stored["config"])
    made = run.read_json("environment.json")
    yield page.paragraph("Those that differ from the defaults:")
    yield page.table(("setting", "value"), changed.items()) if changed else page.paragraph("None.", note=True)
    rows = [(one.name, f"{one.metrics['seconds'] / 60:.1f}", str(one.path)) for one in (*run.members, run)]
    yield page.table(("run", "minutes", "folder"), rows)
    packages = ", ".join(f"{name} {version}" for name, version in made["packages"].items())
    yield page.paragraph(
        f"{made['started']}, {made['processors']} processors, {made['platform']}, Python {made['python']}, Keras on "
        f"{made['keras_backend']}; {packages}",
        note=True,
    )


def number(value, digits=4):
    """A score; empty where nothing could be scored."""
    return "" if value is None else f"{value:.{digits}f}"


def between(low_high):
    """An interval."""
    return f"{low_high[0]:.4f} to {low_high[1]:.4f}"


def signed(value, draws):
    """A difference with its paired interval."""
    low, high = interval(draws)
    return f"{value:+.4f} ({low:+.4f} to {high:+.4f})"
