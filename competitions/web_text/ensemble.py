"""Blend the runs on their out-of-fold predictions: the best alone, their mean, or a logistic regression over blocks.

python -m competitions.web_text.ensemble
python -m competitions.web_text.ensemble members=classifier-1a2b3c4d,density-5e6f7a8b
"""

import gzip
from functools import partial

import numpy as np
import orjson
from sklearn.linear_model import LogisticRegression

from common import experiment, paths, run
from common.experiment.folds import HOLD_OUT
from competitions.web_text import inference, pictures, train

NEEDED_GAIN = 0.001  # what several must gain over the best alone, cross-fitted


def best_of(metric, found, sheets):
    """Number of the model that scores best; of equal ones the first."""
    if not sheets:
        return 0
    scores = [metric.of(sheets, inference.answers(one, sheets)) for one in found]
    return int(np.argmax(scores))


def threads_of(metric, gathered):
    """Number of the model whose posts score best."""
    rows = [row for row, sheet in enumerate(gathered.sheets) if sheet.record.kind == "posts"]
    return best_of(metric, [found.take(rows) for found in gathered.found], [gathered.sheets[row] for row in rows])


def fit_best(metric, gathered, truth):
    """The one that scores best on texts."""
    weights = np.zeros(len(gathered.found))
    weights[best_of(metric, gathered.found, gathered.sheets)] = 1
    return inference.Weighted(weights, threads_of(metric, gathered))


def fit_mean(metric, gathered, truth):
    """All alike."""
    return inference.Weighted(np.full(len(gathered.found), 1 / len(gathered.found)), threads_of(metric, gathered))


def fit_stack(metric, gathered, truth):
    """Logistic regression on blocks, each of which weighs its words."""
    known = [row for row, sheet in enumerate(gathered.sheets) if sheet.label is not None and len(sheet.texts)]
    own = gathered.take(known)
    wanted = np.concatenate([sheet.label > 0.5 for sheet in own.sheets]) if known else np.zeros(0)
    if len(np.unique(wanted)) < 2:  # nothing to tell apart
        return fit_mean(metric, gathered, truth)
    weight = np.concatenate([(sheet.words + 1) / (sheet.words.sum() + 400) for sheet in own.sheets])
    model = LogisticRegression().fit(own.columns, wanted, sample_weight=weight * len(weight) / weight.sum())
    return inference.Stack(np.zeros(0), threads_of(metric, gathered), model)


def by_site(sheets, seed):
    """Parts to cross-fit on, whole sites, `(pages,)`."""
    sites, numbers = np.unique([sheet.record.site for sheet in sheets], return_inverse=True)
    return np.random.default_rng(seed).permutation(len(sites))[numbers] % HOLD_OUT


def save(run, part, answers, gathered):
    """Write the answers of a part as JSON lines."""
    lines = [
        orjson.dumps({"set": sheet.set, "id": sheet.record.id, "answer": answer}) + b"\n"
        for sheet, answer in zip(gathered.sheets, answers, strict=True)
    ]
    with paths.atomic(run.path / f"{part}.jsonl.gz") as path:
        path.write_bytes(gzip.compress(b"".join(lines), mtime=0))


def saved(run, part):
    """What `save` wrote, `{(set, id): answer}`."""
    with gzip.open(run.path / f"{part}.jsonl.gz", "rb") as file:
        rows = [orjson.loads(line) for line in file]
    return {(row["set"], row["id"]): row["answer"] for row in rows}


def main(config):
    """Compare the blends, keep the best, apply it to the test pages and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""
    metric, kinds = planned.metric, planned.kinds

    def drawn(finished, gathered, truth, blended):
        names = tuple(dict.fromkeys(sheet.set for sheet in planned.truth))
        path = finished.plots / "pages.png"
        pictures.draw_pages(names, metric.count(truth, blended.nested), path, "ensemble, nested choice")

    return experiment.ensemble(
        planned,
        experiment.Blend(
            ways={name: partial(fit, metric) for name, fit in (("best", fit_best), ("mean", fit_mean), ("stack", fit_stack))},
            plain=("best",),
            gain=NEEDED_GAIN,
            gather=partial(inference.Gathered.of, planned.parts, kinds),
            split=lambda found, truth: by_site(truth, planned.config.seed),
            save=save,
            single=lambda member, found, number: inference.answers(found.found[number], found.sheets),
            after=drawn,
        ),
    )


if __name__ == "__main__":
    run.stage(__spec__)
