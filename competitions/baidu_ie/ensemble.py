"""Put folds and models together: vote for triples, or let LightGBM judge them; then mend what was decoded.

    python -m competitions.baidu_ie.ensemble

Each way is cross-fitted with a threshold of its own; what wins answers the scored parts.
"""

import json
import shutil
from functools import partial

import numpy as np

from common import experiment, paths, run
from common.report import plots
from common.report.tables import show_table
from competitions.baidu_ie import data, judges, metric, pictures, records, repair, train
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.inference import KNOWLEDGE
from competitions.baidu_ie.judges import Found, Part, mended
from competitions.baidu_ie.knowledge import Knowledge

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
        knowledge = [all_knowledge(dataset)] * len(asked)
    else:
        folds = members[0].load_arrays(part)["fold"]
        number = np.full(len(folds), -1)
        number[rows] = np.arange(len(rows))
        found = [candidates.renumbered(number) for candidates in found]
        asked, fold, by_fold = plan.parts["train"].take(rows), folds[rows], fold_knowledge(dataset, folds)
        knowledge = [by_fold[one] for one in fold]
    types = plan.config.types
    return Found.all_of(Part.of(asked.sentences, asked.encoded, knowledge, found, dataset.predicates, types, fold))


def all_knowledge(dataset):
    """`Knowledge` of all sentences to learn from."""
    return Knowledge.of([*dataset.train, *dataset.extra], dataset.schemas)


def fold_knowledge(dataset, fold):
    """What may be known of the sentences of each fold: the training sentences of the others, and extra ones; dict."""
    groups, extra_groups = np.array(data.groups(dataset.train)), data.groups(dataset.extra)
    knowledge = {}
    for number in range(fold.max() + 1):
        held_out = set(groups[fold == number].tolist())
        others = [sentence for sentence, own in zip(dataset.train, fold, strict=True) if own != number]
        extra = [one for one, group in zip(dataset.extra, extra_groups, strict=True) if group not in held_out]
        knowledge[number] = Knowledge.of([*others, *extra], dataset.schemas)
    return knowledge


def keep_and_draw(plan, names, finished, found, truth, blended):
    """Keep knowledge and schemas in the run, draw precision and recall, and measure the rules.

    Returns:
        For `metrics.json`: the threshold of each way, and what every rule alone does out of fold.
    """
    config = plan.config
    all_knowledge(plan.dataset).save(finished.path / KNOWLEDGE)
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
    effects = [types_effect(found.part, plain), *rule_effects(found.sentences, plain)]
    acting = [[one["rule"], f"{one['sentences']}", f"{one['gain']:+.4f}"] for one in effects if one["sentences"]]
    show_table("repair rules, each alone, out of fold", ("rule", "sentences", "F1"), acting)
    return {"thresholds": {name: way.threshold for name, way in learnt.items()}, "rules": effects}


def rule_effects(sentences, triples):
    """What each repair rule alone does to triples; a list of dicts, see `effect`."""
    before = mended(sentences, triples, ())
    return [effect(name, sentences, before, mended(sentences, triples, (name,))) for name in repair.POST_RULES]


def types_effect(part, triples):
    """What it does to triples to leave out those that contradict the schema's types, see `effect`."""
    pairs = zip(triples, part.knowledge, strict=True)
    after = [tuple(triple for triple in own if not known.contradicts(triple)) for own, known in pairs]
    return effect("types of the schema (types=true)", part.sentences, triples, after)


def effect(name, sentences, before, after):
    """On how many sentences a rule acted, and what that did to the F1, as a dict."""
    acted = sum(set(old) != set(new) for old, new in zip(before, after, strict=True))
    gain = metric.TRIPLE_F1.of(sentences, after) - metric.TRIPLE_F1.of(sentences, before)
    return {"rule": name, "sentences": acted, "gain": gain}


def write_triples(finished, part, sentences, triples):
    """Write the triples of a part as `<part>.jsonl.gz`, lines as in a submission, one for each sentence."""
    answers = [record_of(sentence.text, own) for sentence, own in zip(sentences, triples, strict=True)]
    records.write_packed(finished.path / f"{part}.jsonl.gz", answers)


def record_of(text, triples):
    """A sentence with its triples as the organisers want it."""
    return {"text": text, "spo_list": [triple._asdict() for triple in triples]}


def line_of(text, triples):
    """The same as a line of JSON."""
    return json.dumps(record_of(text, triples), ensure_ascii=False)


def read_triples(finished, part):
    """Text and triples of each sentence of a part, as `write_triples` wrote them; a list."""
    answers = records.read_packed(finished.path / f"{part}.jsonl.gz")
    return [(answer["text"], tuple(Triple(**one) for one in answer["spo_list"])) for answer in answers]


if __name__ == "__main__":
    run.stage(__spec__)
