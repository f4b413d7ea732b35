"""Put folds and models together: vote for triples, or let LightGBM judge them; then mend what was decoded.

    python -m competitions.baidu_ie.ensemble

Each way is cross-fitted with a threshold of its own; what wins answers the scored parts.
"""

import shutil
from functools import partial

import numpy as np

from common import experiment, paths, run
from common.report import plots
from common.report.tables import show_table
from competitions.baidu_ie import data, judges, knowledge, pictures, records, train
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.inference import KNOWLEDGE
from competitions.baidu_ie.judges import Found, Part

VOTE, FILTERED = "vote", "LightGBM"
SHARES = np.linspace(0, 1, 11)  # of the first model in the vote
LEAST = 200  # proposals that LightGBM can learn from


def main(config):
    """Compare the ways to judge, keep the best, answer the scored parts with it and return the run."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan."""
    config, names = plan.config, [member.rpartition("-")[0] for member in plan.config.members] or list(plan.config.model)
    ways = ways_of(names, config)
    return experiment.ensemble(
        plan,
        experiment.Blend(
            ways=ways,
            plain=tuple(ways),  # whichever is best
            gather=partial(gather, plan),
            split=lambda found, truth: np.array(data.groups(truth)) % judges.PARTS,
            save=lambda finished, part, triples, found: write_triples(finished, part, found.sentences, triples),
            after=partial(keep_and_draw, plan, names),
        ),
    )


def ways_of(names, config):
    """Ways to judge by name: each model alone, their vote, and LightGBM."""
    alone = {name: [tuple(np.eye(len(names))[number].tolist())] for number, name in enumerate(names)}
    if len(names) > 1:
        alone[VOTE] = [(share, *[(1 - share) / (len(names) - 1)] * (len(names) - 1)) for share in SHARES.tolist()]
    ways = {name: partial(judges.fit_weighted, weights, config.rules) for name, weights in alone.items()}
    if config.filter_rounds:
        ways[FILTERED] = partial(fit_filter_if_enough, ways[list(ways)[-1]], config)
    return ways


def fit_filter_if_enough(otherwise, config, found, truth):
    """LightGBM; of fewer proposals than it can learn from, or none outside of one part, the vote, which then stays."""
    if len(found.places) < LEAST or len(np.unique(found.groups())) < 2:
        return otherwise(found, truth)
    return judges.fit_filter(config.filter_rounds, config.seed, config.rules, found, truth)


def gather(plan, part, members, rows):
    """What member runs found in the sentences of a part; out of fold, with what may be known there."""
    dataset = plan.dataset
    found = [plan.kind(member.model).unpack(member.load_arrays(part)) for member in members]
    if rows is None:
        asked, fold = plan.parts[part], None
        known = [knowledge.of_all(dataset)] * len(asked)
    else:
        folds = members[0].load_arrays(part)["fold"]
        number = np.full(len(folds), -1)
        number[rows] = np.arange(len(rows))
        found = [candidates.renumbered(number) for candidates in found]
        asked, fold, by_fold = plan.parts["train"].take(rows), folds[rows], knowledge.of_folds(dataset, folds)
        known = [by_fold[one] for one in fold]
    types = plan.config.types
    return Found.all_of(Part.of(asked.sentences, asked.encoded, known, found, dataset.predicates, types, fold))


def keep_and_draw(plan, names, finished, found, truth, blended):
    """Keep knowledge and schemas in the run, draw precision and recall, and measure the rules.

    Returns:
        For `metrics.json`: the threshold of each way, and what every rule alone does out of fold.
    """
    config = plan.config
    knowledge.of_all(plan.dataset).save(finished.path / KNOWLEDGE)
    with paths.atomic(finished.path / data.SCHEMAS) as path:
        shutil.copyfile(config.data / data.SCHEMAS, path)
    learnt = {name: learn(found, truth) for name, learn in ways_of(names, config).items()}
    judged = {
        name: judges.cross_judged(config.filter_rounds, config.seed, found)
        if isinstance(way, judges.Filter)
        else way.judge(found)
        for name, way in learnt.items()
    }
    with plots.drawing("precision and recall"):
        path = finished.plots / "precision_recall.png"
        pictures.precision_recall(judged, blended.chosen, found.targets, found.total, path)
    plain = found.believed(judged[blended.chosen], learnt[blended.chosen].threshold)
    effects = [judges.types_effect(found.part, plain), *judges.rule_effects(found.sentences, plain)]
    acting = [[one["rule"], f"{one['sentences']}", f"{one['gain']:+.4f}"] for one in effects if one["sentences"]]
    show_table("repair rules, each alone, out of fold", ("rule", "sentences", "F1"), acting)
    return {"thresholds": {name: way.threshold for name, way in learnt.items()}, "rules": effects}


def write_triples(finished, part, sentences, triples):
    """Write the triples of a part as `<part>.jsonl.gz`, lines as in a submission, one for each sentence."""
    answers = [records.record_of(sentence.text, own) for sentence, own in zip(sentences, triples, strict=True)]
    records.write_packed(finished.path / f"{part}.jsonl.gz", answers)


def read_triples(finished, part):
    """Text and triples of each sentence of a part, as `write_triples` wrote them; a list."""
    answers = records.read_packed(finished.path / f"{part}.jsonl.gz")
    return [(answer["text"], tuple(Triple(**one) for one in answer["spo_list"])) for answer in answers]


if __name__ == "__main__":
    run.stage(__spec__)
