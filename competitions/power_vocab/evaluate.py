"""Score all runs against `gold*.txt`, and what every rule costs and brings. Nothing is chosen here.

python -m competitions.power_vocab.evaluate
"""

from dataclasses import replace

from common import paths, run
from common.errors import DataError
from common.experiment.runs import all_runs
from common.report import plots
from common.report.tables import show_table
from competitions.power_vocab import data, ensemble, features, metric, model, pictures, train
from competitions.power_vocab.inference import read_ranking
from competitions.power_vocab.rules import RULES, refused


def main(config):
    """Print the scores of all finished runs on these data, draw their curves, and measure the rules.

    Raises:
        DataError: there is no gold list.
    """
    dataset = data.load(config.data, config.encoding)
    if not dataset.gold:
        raise DataError(f"{config.data} has no gold*.txt (known words, one a line): nothing to score")
    fused = ensemble.fuse(config, dataset)
    of_these_data = [found for found in all_runs("power_vocab") if found.stored["fingerprint"] == dataset.fingerprint]
    rankings = {train.title(found): read_ranking(found)["word"].tolist() for found in reversed(of_these_data) if found.finished}
    scores = {name: metric.score(dataset.gold, words, dataset.seeds) for name, words in rankings.items()}
    best_first = sorted(scores, key=lambda name: -scores[name]["average_precision"])
    rows = [[name, *train.figures(scores[name], train.FIGURES)] for name in best_first]
    known = len(set(dataset.gold) - set(dataset.seeds))
    show_table(f"against {known:,} known words of {paths.data_name(config.data)}", ("run", *train.FIGURES), rows)
    path = fused.plots / "precision_recall_of_all.png"
    measure_rules(config, dataset)
    with plots.drawing("the curves"):
        pictures.precision_recall({name: rankings[name] for name in best_first}, dataset, path)
        print(f"Wrote {path}")


def measure_rules(config, dataset):
    """Print what the fused ranking without rules gains by each one: average precision, and words and known words refused."""
    prepared = features.prepare(config, dataset)
    scores = ensemble.fused(prepared, config)
    table = prepared.table.iloc[model.ordered(scores, prepared, replace(config, rules=()))]
    gold = set(dataset.gold)
    words = table["word"].tolist()
    plain = metric.score(gold, words, dataset.seeds)["average_precision"]
    rows = []
    for name, rule in RULES.items():
        no = refused(table, [name])
        kept = [word for word, out in zip(words, no, strict=True) if not out]
        first = words[: metric.WORDS]
        lost = [word for word, out in zip(first, no, strict=False) if out]
        gain = metric.score(gold, kept, dataset.seeds)["average_precision"] - plain
        lines = (rule.__doc__ or "").split("\n")[0].removesuffix(".")
        on = "on" if name in config.rules else "off"
        rows.append([name, on, str(len(lost)), str(sum(word in gold for word in lost)), f"{gain:+.4f}", lines])
    show_table(
        f"what each rule alone does to the ranking without any (AP {plain:.4f})",
        ("rule", "", "of 10,000 refused", "known among them", "AP", "refuses a word that ..."),
        rows,
    )


if __name__ == "__main__":
    run.stage(__spec__)
