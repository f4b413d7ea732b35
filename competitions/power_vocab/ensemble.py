"""Fuse the rankings: a weighted sum of ranks of the measures, the vectors and, if wanted, the propagation.

    python -m competitions.power_vocab.ensemble
    python -m competitions.power_vocab.ensemble model=measures
    python -m competitions.power_vocab.ensemble ranker=true

Of `model` those are fused that have a weight; the others are shown beside them.
With `ranker=true` LightGBM learns from half of the gold list and orders the other half's words, and the reverse. That is no
longer unsupervised, and every output says so.
"""

import functools
import time

from common import paths, run
from common.errors import ConfigError, DataError
from common.experiment.runs import ENSEMBLE, open_run
from common.report.tables import show_table
from competitions.power_vocab import browse, data, features, metric, model, ranker, train
from competitions.power_vocab.inference import read_ranking

OF_A_HALF = ("AP", "P@1000", "R@10000")  # columns shown


def main(config):
    """Fuse the rankings and return the run.

    Raises:
        ConfigError: none of the models has a weight.
        DataError: there is nothing for the ranker to learn from.
    """
    return fuse(config, data.load(config.data, config.encoding))


def fuse(config, dataset):
    """The finished run of the fusion; see `main`."""
    fusion = weights(config)
    if config.ranker and not dataset.gold:
        raise DataError(f"{config.data} has no gold*.txt (known words, one a line), half of which ranker=true learns from")
    prepare = functools.cache(lambda: features.prepare(config, dataset))  # once for all, and only if one is not finished
    rankings = train.train_models(config, dataset, prepare)
    members = [found for found in rankings if found.model in fusion]
    names = [member.name for member in members]
    ensemble = open_run("power_vocab", ENSEMBLE, config, dataset.fingerprint, members=names)
    with ensemble.locked():
        if not ensemble.complete():
            fuse_runs(ensemble, members, prepare(), dataset, config)
    show(ensemble, rankings, dataset, config)
    return ensemble


def fuse_runs(ensemble, members, prepared, dataset, config):
    """Rank by the fusion, and by the ranker if wanted, and write the ensemble's files."""
    started = time.monotonic()
    scores = fused(prepared, config)
    supervised = {}
    if config.ranker:
        scores = ranker.ranked(prepared, scores, dataset, config)
        supervised = {"supervised": "learnt from one half of the gold list, scored on the other, by folds"}
    order = model.ordered(scores, prepared, config)
    seconds = time.monotonic() - started + sum(member.metrics["seconds"] for member in members)
    page = ensemble.path / "vocabulary.html"
    browse.write(page, order, prepared, model.keyness(prepared, config), dataset.domain_lines(), **supervised)
    ranking = prepared.table.iloc[order].assign(score=scores[order])
    train.write(ensemble, config, dataset, ranking, seconds, members=[member.name for member in members], **supervised)


def weights(config):
    """Weight in the fusion of each of `config.model` that has one, `{name: weight}`.

    Raises:
        ConfigError: none has.
    """
    shares = {"measures": 1.0, "vectors": config.share_of_vectors, "propagate": config.share_of_propagation}
    found = {name: share for name, share in shares.items() if share and name in config.model}
    if not found:
        raise ConfigError(
            f"model={','.join(config.model)}: nothing to fuse. The fusion takes measures, vectors where share_of_vectors is "
            "above 0, and propagate where share_of_propagation is; name one of them"
        )
    return found


def fused(prepared, config):
    """Weighted sum of the ranks of the single methods, `(candidates,)`; no gold list takes part."""
    total = 0.0
    for name, weight in weights(config).items():
        scores = getattr(model, name)(prepared, config)
        total = total + weight * (scores if name == "measures" else model.ranks(scores))  # measures are sums of ranks already
    return total


def show(ensemble, rankings, dataset, config):
    """Print what was fused, and the scores on all known words and on either half of them."""
    print("Fused: " + ", ".join(f"{weight:g} {name}" for name, weight in weights(config).items()))
    train.show_supervision(ensemble)
    print(f"Browse the vocabulary: {ensemble.path / 'vocabulary.html'}")
    rows = []
    for member in [*rankings, ensemble]:
        words = read_ranking(member)["word"].tolist()
        row = [train.title(member), *train.figures(member.metrics["scores"])]
        for half in range(len(ranker.HALVES)):
            gold = [word for word in dataset.gold if ranker.half_of(word) == half]
            row += train.figures(metric.score(gold, words, dataset.seeds) if gold else {}, OF_A_HALF)
        rows.append(row)
    columns = [f"{name}, {half}" for half in ranker.HALVES for name in OF_A_HALF]
    title = f"rankings on {paths.data_name(config.data)}, and on the halves of the gold list"
    show_table(title, ("run", *train.SHOWN, *columns), rows)


if __name__ == "__main__":
    run.stage(__spec__)
