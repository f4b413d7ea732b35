"""The card of an ensemble: what it is, what it learnt from, how good it is, where it fails, how to load it.

In the form of model cards, https://doi.org/10.1145/3287560.3287596. Made from the run's folder alone.
"""

import importlib
import re
from collections import Counter

from common import paths
from common.config import to_dict
from common.experiment.judged import Judged
from common.experiment.metric import flat

FILE = "card.md"
CONFUSIONS = 8  # kinds of mistakes that are listed


def write(run, metrics, classes=()):
    """Write `card.md` into an ensemble's run.

    Args:
        run: the `Run`; `metrics.json` need not stand there yet.
        metrics: what it holds.
        classes: names of the classes, where there are any.
    """
    with paths.atomic(run.path / FILE) as path:
        path.write_text(text(run, metrics, classes), encoding="utf-8")


def text(run, metrics, classes=()):
    """The card, Markdown."""
    stored, made, judged = run.stored, run.read_json("environment.json"), Judged.load(run)
    contest, about = stored["contest"], sections(stored["contest"])
    title, what = about.get("", ("", ""))
    members = [one.rpartition("-")[0] for one in metrics["members"]]
    low_high = metrics.get("interval")
    between = f", 95 % interval {low_high[0]:.4f} to {low_high[1]:.4f} by resampling its records" if low_high else ""
    direction = "greater is better" if metrics.get("greater", True) else "smaller is better"
    score = (
        "not scored: nothing to compare with"
        if metrics["score"] is None
        else f"**{metrics['score']:.4f}**{between} ({direction})"
    )
    lines = [f"# {title or contest}, {run.name}", "", what, ""] if what else [f"# {title or contest}, {run.name}", ""]
    lines += ["## Data", "", f"- {metrics['data']}, fingerprint `{stored['fingerprint']}`"]
    if "(built-in sample)" in metrics["data"]:
        lines.append("- **The built-in sample: its scores say nothing about the contest.**")
    lines += [
        f"- Models: {', '.join(f'{name} ({count} runs)' if count > 1 else name for name, count in Counter(members).items())}"
    ]
    if "method" in metrics:
        lines.append(f"- Put together by: {metrics['method']}, chosen by cross-fitting")
    lines += ["", "## Scores", "", f"{metrics['metric']}, of records that took no part in what answered them: {score}.", ""]
    lines += table(("prediction", metrics["metric"], *_names(metrics)), _scores(metrics))
    lines += ["", "## Where it fails", ""]
    lines += failures(judged, classes) or ["See the report of this ensemble: `make report COMP=" + contest + "`.", ""]
    if limits := about.get("Known limits"):
        lines += ["Known limits of the method:", "", limits[1], ""]
    lines += ["## Settings", "", "Those that differ from the defaults:", ""]
    changed = settings(contest, stored["config"])
    lines += [f"- `{name}={value}`" for name, value in changed.items()] or ["- none"]
    lines += [
        *("", "## How to load it", "", f"    make export COMP={contest} run={run.name} to=FOLDER", ""),
        *("```python", "from common import experiment", "", 'experiment.load("FOLDER").predict(records)', "```", ""),
        "What it learnt is read as data: no code of the folder runs.",
        *("", "## Training", ""),
        f"- {metrics['seconds'] / 60:.1f} minutes of training, {made['started']}, seed {stored['config']['seed']}",
        f"- {made['processors']} processors, {made['platform']}",
        f"- Python {made['python']}, Keras on {made['keras_backend']}; "
        + ", ".join(f"{name} {version}" for name, version in made["packages"].items()),
        *("", "## Licence", ""),
        "Code: MIT. What was learnt is bound to the terms of the data that it was learnt from: see the contest's README.",
    ]
    return "\n".join(lines) + "\n"


def _names(metrics):
    return list(_more(metrics["compared"][0])) if metrics.get("compared") else []


def _more(row):
    return flat({key: value for key, value in row.items() if key not in ("name", "score", "folds", "interval", "seconds")})


def _scores(metrics):
    rows = metrics.get("compared", ())
    return [(row["name"], f"{row['score']:.4f}", *(f"{value:.4f}" for value in _more(row).values())) for row in rows]


def table(columns, rows):
    """Lines of a Markdown table; none without rows."""
    if not rows:
        return []
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*head, *(f"| {' | '.join(map(str, row))} |" for row in rows)]


def failures(judged, classes):
    """Lines on the classes that are taken for one another most often; none where answers are no classes."""
    if judged is None or judged.truth is None:
        return []
    answer = judged.probability.argmax(axis=1)
    of_class, kinds = Counter(judged.truth.tolist()), Counter(zip(judged.truth.tolist(), answer.tolist(), strict=True))
    name = (lambda label: classes[label]) if len(classes) else str
    rows = [
        (name(truth), name(other), count, f"{count / of_class[truth]:.1%}")
        for (truth, other), count in kinds.most_common()
        if truth != other
    ]
    if not rows:
        return ["No validated record was answered wrongly.", ""]
    return [
        "What it takes for something else most often:",
        "",
        *table(("truth", "answer", "records", "share of the truth"), rows[:CONFUSIONS]),
        "",
    ]


def settings(contest, config):
    """Settings that differ from the contest's defaults, as they stand on a command line."""
    defaults = to_dict(importlib.import_module(f"competitions.{contest}.config").Config())
    spelt = {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in config.items()}
    return {name: spelt[name] for name, value in config.items() if name != "data" and value != defaults.get(name)}


def sections(contest):
    """`{heading: (heading, text)}` of the contest's README; the first under `""`. Empty where it has none."""
    path = paths.CONTESTS / contest / "README.md"
    if not path.exists():
        return {}
    parts = re.split(r"^#{1,2} (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {heading: (heading, body.strip()) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}
    return {"": (parts[1], parts[2].strip()), **found} if len(parts) > 2 else found
