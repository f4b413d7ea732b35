"""Score the triples of the runs and of their ensemble on the dev part. Nothing is chosen here.

python -m competitions.baidu_ie.evaluate
"""

import numpy as np

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.baidu_ie import data, ensemble, features, metric, train
from competitions.baidu_ie.knowledge import Knowledge

RESAMPLES = 1000  # of the bootstrap


def main(config):
    """Print precision, recall and F1 with its bootstrap interval, of every model and of the ensemble, and F1 by predicate."""
    dataset = data.load(config.data, config.test_file)
    answered = [part for part in train.SCORED if any(sentence.triples for sentence in getattr(dataset, part))]
    if not answered:
        raise DataError(f"{config.data} has no labelled dev or test sentences (dev_data.json): nothing to score")
    dictionaries = [path and metric.read_dictionary(path) for path in (config.aliases, config.locations)]
    blended = ensemble.main(config)
    members = train.train_models(config, dataset)
    prepared = features.prepare(config, dataset)
    known = Knowledge.load(blended.path / "knowledge.jsonl.gz", dataset.schemas)
    by = ", by " + " and ".join(name for name in ("aliases", "locations") if getattr(config, name)) if any(dictionaries) else ""
    for part in answered:
        gold = metric.by_text(getattr(dataset, part))
        answers = {}
        for member in members:
            scored = ensemble.scored_part([member], part, dataset, prepared.parts[part], known)
            answers[member.name] = member_answers(scored, member, blended, dataset.predicates, config)
        answers[blended.name] = dict(ensemble.read_triples(blended, part))
        show_table(
            f"scores on the {part} part of {paths.data_name(config.data)}{by}",
            ("run", "precision", "recall", "F1", "95 % interval"),
            [row(name, metric.counts(gold, found, *dictionaries), config.seed) for name, found in answers.items()],
        )
        show_table(
            "F1 of the ensemble by predicate",
            ("predicate", "triples", "precision", "recall", "F1"),
            by_predicate(gold, answers[blended.name], dataset.predicates, dictionaries),
        )


def member_answers(part, member, blended, predicates, config):
    """What one model says, its folds averaged, by its own threshold; dict by text."""
    weights = next(one for one in blended.read_json("metrics.json")["compared"] if one["name"] == member.model)
    way = ensemble.Way(member.model, (1.0,), weights["threshold"])
    found = ensemble.answer(part, way, None, predicates, config)
    return {sentence.text: triples for sentence, triples in zip(part.sentences, found, strict=True)}


def row(name, counts, seed):
    """One row of the table, from the counts of each sentence."""
    total = metric.Score.of(counts)
    low, high = np.percentile(bootstrap(counts, seed), [2.5, 97.5])
    return [name, f"{total.precision:.4f}", f"{total.recall:.4f}", f"{total.f1:.4f}", f"{low:.3f} - {high:.3f}"]


def bootstrap(counts, seed):
    """F1 on resampled sentences, `(1000,)`; two predictions resampled with one seed are paired.

    Args:
        counts: of each sentence, `(sentences, 4)`, as `metric.counts` gives them.
        seed: of the resamples.
    """
    draws = np.random.default_rng(seed).integers(len(counts), size=(RESAMPLES, len(counts)))
    return np.array([metric.Score.of(counts[rows]).f1 for rows in draws])


def by_predicate(gold, answers, predicates, dictionaries):
    """A row for each predicate that occurs, the most frequent first."""
    rows = []
    for predicate in predicates:
        own = {text: [one for one in triples if one.predicate == predicate] for text, triples in gold.items()}
        found = {text: [one for one in answers.get(text, ()) if one.predicate == predicate] for text in gold}
        count = sum(map(len, own.values()))
        score = metric.Score.of(metric.counts(own, found, *dictionaries))
        if count or any(found.values()):
            rows.append([predicate, f"{count}", f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"])
    return sorted(rows, key=lambda one: -int(one[1]))


if __name__ == "__main__":
    run.stage(__spec__)
