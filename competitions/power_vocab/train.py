"""Rank the candidates by each method; nothing is learnt from a gold list, which only scores.

python -m competitions.power_vocab.train
python -m competitions.power_vocab.train model=measures,communities data=DATA
"""

import functools
import time

from common import paths, run
from common.experiment import card
from common.experiment.runs import ENSEMBLE, open_run
from common.report import plots
from common.report.tables import show_table
from competitions.power_vocab import data, features, metric, model

SUPERVISED = " (supervised)"  # behind the name of a ranking that learnt from known words
FIGURES = {  # columns of the tables, and what they are called in `metric.score`
    "AP": "average_precision",
    **{f"P@{k}": f"precision@{k}" for k in metric.PLACES},
    f"R@{metric.WORDS}": "recall",
}
SHOWN = ("AP", "P@200", "P@500", "P@1000", "P@10000", "R@10000")  # where there is no room for all of them


def main(config):
    """Run every method that has not run yet, and show all of them."""
    dataset = data.load(config.data, config.encoding)
    prepare = functools.cache(lambda: features.prepare(config, dataset))  # once for all, and only if one is not finished
    if dataset.seeds:
        show_missing_seeds(prepare())
    show(train_models(config, dataset, prepare), config)


def show_missing_seeds(prepared):
    """Name the seeds that are no candidates."""
    words, seeds = set(prepared.table["word"]), prepared.seeds
    if missing := [seed for seed in seeds if seed not in words]:
        print(f"{len(missing):,} of {len(seeds):,} seeds are not among the words of the text: {model.shortened(missing)}")


def train_models(config, dataset, prepare):
    """The finished runs of `config.model`, made where they are not finished yet from the candidates that `prepare()` gives."""
    return [train_model(config, dataset, name, prepare) for name in config.model]


def train_model(config, dataset, name, prepare):
    """Rank the candidates, those that `prepare()` gives, by one method and write its run."""
    method_run = open_run("power_vocab", name, config, dataset.fingerprint)
    with method_run.locked():
        if not method_run.complete():
            started = time.monotonic()
            prepared = prepare()
            scores = getattr(model, name)(prepared, config)
            order = model.ordered(scores, prepared, config)
            ranking = prepared.table.iloc[order].assign(score=scores[order])
            write(method_run, config, dataset, ranking, time.monotonic() - started)
    return method_run


def write(method_run, config, dataset, ranking, seconds, **more):
    """Ranking, picture and, last, the metrics of a run.

    Args:
        method_run: the `Run`.
        config: `Config`.
        dataset: `Dataset`; its gold list, where there is one, scores the ranking.
        ranking: rows of the candidates' table, best first, with a column `score`.
        seconds: that the ranking took.
        **more: for `metrics.json`.
    """
    from competitions.power_vocab import pictures

    with paths.atomic(method_run.path / "words.csv") as path:
        ranking.head(metric.WORDS).to_csv(path, index=False)
    words = ranking["word"].tolist()
    scores = metric.score(dataset.gold, words, dataset.seeds) if dataset.gold else {}
    with plots.drawing("the ranking"):
        if dataset.gold:
            label = method_run.model + SUPERVISED * ("supervised" in more)
            pictures.precision_recall({label: words}, dataset, method_run.plots / "precision_recall.png")
        else:
            pictures.counts(ranking, method_run.plots / "head.png")
    metrics = {
        "metric": "average precision of the first 10,000",
        "score": scores.get("average_precision"),
        "scores": scores,
        "seconds": seconds,
        "data": paths.data_name(config.data),
        **more,
    }
    if method_run.model == ENSEMBLE:
        card.write(method_run, metrics)
    method_run.finish(metrics)


def title(method_run):
    """A run's name; it says so where the ranking learnt from known words."""
    return method_run.name + SUPERVISED * ("supervised" in method_run.metrics)


def show_supervision(method_run):
    """Print how a ranking learnt from known words, where it did."""
    if how := method_run.metrics.get("supervised"):
        print(f"No longer unsupervised: {how}")


def show(runs, config):
    """Print the scores of some runs, and where they are."""
    rows = []
    for method_run in runs:
        metrics = method_run.metrics
        rows.append([method_run.name, *figures(metrics["scores"]), f"{metrics['seconds']:.0f}"])
    show_table(f"rankings on {paths.data_name(config.data)}", ("run", *SHOWN, "seconds"), rows)
    print(f"Wrote {paths.runs('power_vocab')}/: " + ", ".join(method_run.name for method_run in runs))


def figures(scores, columns=SHOWN):
    """Texts of some of the figures of a ranking; empty where nothing could be scored."""
    return [f"{scores[FIGURES[column]]:.4f}" if scores else "" for column in columns]


if __name__ == "__main__":
    run.stage(__spec__)
