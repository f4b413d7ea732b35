"""Score the triples of the runs and of their ensemble on the dev part. Nothing is chosen here.

python -m competitions.baidu_ie.evaluate
"""

from dataclasses import replace

from common import experiment, paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.baidu_ie import ensemble, metric, train
from competitions.baidu_ie.judges import Weighted


def main(config):
    """Print F1 with its bootstrap interval, precision, recall and F1 by the number of subjects of all, and F1 by predicate."""
    plan = train.plan(config)
    dataset = plan.dataset
    answered = [part for part in train.SCORED if any(sentence.triples for sentence in getattr(dataset, part))]
    if not answered:
        raise DataError(f"{config.data} has no labelled dev or test sentences (dev_data.json): nothing to score")
    dictionaries = [path and metric.read_dictionary(path) for path in (config.aliases, config.locations)]
    blended = ensemble.blend(plan)
    by = ", by " + " and ".join(name for name in ("aliases", "locations") if getattr(config, name)) if any(dictionaries) else ""
    scored = replace(metric.TRIPLE_F1, count=lambda gold, found: metric.count_by_text(gold, found, *dictionaries))
    for part in answered:
        gold = metric.by_text(getattr(dataset, part))
        answers = {member.name: member_answers(plan, part, member, blended) for member in blended.members}
        answers[blended.name] = dict(ensemble.read_triples(blended, part))
        title = f"scores on the {part} part of {paths.data_name(config.data)}{by}"
        experiment.show_scores(title, scored, gold, answers, config.seed)
        show_table(
            "F1 of the ensemble by predicate",
            ("predicate", "triples", "precision", "recall", "F1"),
            by_predicate(gold, answers[blended.name], dataset.predicates, dictionaries),
        )


def member_answers(plan, part, member, blended):
    """What one model says, its folds averaged, by its own threshold; dict by text."""
    found = ensemble.gather(plan, part, [member], None)
    way = Weighted(blended.metrics["thresholds"][member.model], plan.config.rules, (1.0,))
    return {sentence.text: triples for sentence, triples in zip(found.sentences, way(found), strict=True)}


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
