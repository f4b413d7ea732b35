"""Put folds and models together: vote for triples, or let LightGBM judge them; then mend what was decoded.

    python -m competitions.baidu_ie.ensemble

Each way is scored on out-of-fold proposals, with its best threshold; LightGBM is fitted on the other folds than those it is
scored on. What wins answers the scored parts.
"""

import gzip
import json
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np

from common import paths, run
from common.experiment.runs import open_run
from common.report.tables import show_table
from competitions.baidu_ie import data, features, metric, pictures, proposals, repair, train
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import Encoded
from competitions.baidu_ie.knowledge import Knowledge

VOTE, FILTERED = "vote", "LightGBM"
SHARES = np.linspace(0, 1, 11)  # of the first model in the vote
PARTS = 5  # to cross-fit LightGBM on the one hold-out part of folds=1
LEAST = 200  # proposals that LightGBM can learn from


@dataclass(frozen=True)
class Way:
    """A way to judge proposals.

    Attributes:
        name: of a model, "vote" or "LightGBM".
        weights: of each model's score; none where LightGBM judges.
        threshold: what the judgement of a believed proposal exceeds.
    """

    name: str
    weights: tuple[float, ...]
    threshold: float


@dataclass(frozen=True)
class Part:
    """Sentences, and what the members propose for them.

    Attributes:
        sentences: list of `Sentence`.
        encoded: `Encoded` of them.
        found: list of `Candidates` of each member, sentences numbered as here.
        knowledge: `Knowledge` for each sentence, that of its fold.
    """

    sentences: list
    encoded: Encoded
    found: list
    knowledge: list


def main(config):
    """Compare the ways to judge, keep the best, answer the scored parts with it and return the run."""
    dataset = data.load(config.data, config.test_file)
    members = train.train_models(config, dataset)
    fingerprint = features.fingerprint(config, dataset)
    own = {name: getattr(config, name) for name in ("rules", "types", "filter_rounds")}  # no part of a member's identity
    ensemble = open_run("baidu_ie", "ensemble", config, fingerprint, members=[member.name for member in members], **own)
    with ensemble.locked():
        if ensemble.finished:
            print(f"{ensemble.name}: finished before, F1 {ensemble.read_json('metrics.json')['score']:.4f}")
        else:
            combine(ensemble, members, dataset, config)
    return ensemble


def combine(ensemble, members, dataset, config):
    """Choose a way and write the ensemble's files, `metrics.json` last."""
    prepared = features.prepare(config, dataset)
    predicates = dataset.predicates
    part, fold = out_of_fold_part(members, dataset, prepared.parts["train"])
    groups = fold if config.folds > 1 else np.array(data.groups(part.sentences)) % PARTS
    found = propose(part, predicates, config.types)
    truth = proposals.targets(found, part.sentences)
    total = sum(len(metric.normal_forms(sentence.triples)) for sentence in part.sentences)

    judged = plain_judgements([member.model for member in members], found, truth, total)
    trees = None
    if config.filter_rounds and len(found) >= LEAST:
        judgement, trees = cross_fit(part, found, truth, groups, config)
        judged[FILTERED] = (), judgement
    ways, compared = [], []
    for name, (weights, judgement) in judged.items():
        ways.append(Way(name, weights, best_threshold(judgement, truth, total)))
        answers = mended(part.sentences, believed(found, judgement, ways[-1], len(part.sentences)), config.rules)
        compared.append({**summary(name, part.sentences, answers, groups), "threshold": ways[-1].threshold})
    best = max(range(len(ways)), key=lambda number: compared[number]["score"])
    way, chosen = ways[best], compared[best]
    plain = believed(found, judged[way.name][1], way, len(part.sentences))
    write_triples(ensemble, "oof", part.sentences, mended(part.sentences, plain, config.rules))
    if way.name == FILTERED:
        with paths.atomic(ensemble.path / "filter.txt") as path:
            trees.save_model(path)
    known = Knowledge.of([*dataset.train, *dataset.extra], dataset.schemas)
    known.save(ensemble.path / "knowledge.jsonl.gz")
    for name in train.SCORED:
        if name in prepared.parts:
            scored = scored_part(members, name, dataset, prepared.parts[name], known)
            write_triples(ensemble, name, scored.sentences, answer(scored, way, trees, predicates, config))
    effects = [types_effect(part, plain), *rule_effects(part.sentences, plain)]
    curves = {name: judgement for name, (_, judgement) in judged.items()}
    pictures.precision_recall(curves, way.name, truth, total, ensemble.plots / "precision_recall.png")
    ensemble.write_json(
        "metrics.json",
        {
            "metric": "triple F1",
            **{key: chosen[key] for key in ("score", "precision", "recall", "folds")},
            "spread": float(np.std(chosen["folds"])) if config.folds > 1 else None,
            "seconds": sum(member.read_json("metrics.json")["seconds"] for member in members),
            "data": paths.data_name(config.data),
            "way": asdict(way),
            "members": [member.name for member in members],
            "compared": compared,
            "rules": effects,
        },
    )
    show(compared, way.name, effects, config)


def out_of_fold_part(members, dataset, encoded):
    """The validated training sentences with what each member found while it had not seen them, and the fold of each."""
    fold = members[0].load_arrays("oof")["fold"]
    rows = np.flatnonzero(fold >= 0)
    number = np.full(len(fold), -1)
    number[rows] = np.arange(len(rows))
    found = [candidates.renumbered(number) for candidates in oof_candidates(members)]
    by_fold = fold_knowledge(dataset, fold)
    part = Part([dataset.train[row] for row in rows], encoded.take(rows), found, [by_fold[one] for one in fold[rows]])
    return part, fold[rows]


def oof_candidates(members):
    """What each member found in the training sentences while it had not seen them, a list of `Candidates`."""
    several = [member.load_arrays("oof") for member in members]
    return [Candidates(**{name: array for name, array in arrays.items() if name != "fold"}) for arrays in several]


def scored_part(members, name, dataset, encoded, known):
    """The sentences of a scored part, with what each member found."""
    sentences = list(getattr(dataset, name))
    found = [Candidates(**member.load_arrays(name)) for member in members]
    return Part(sentences, encoded, found, [known] * len(sentences))


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


def plain_judgements(names, found, truth, total):
    """Weights and judgements of the proposals by every way that needs no LightGBM, dict by name."""
    ways = {name: np.eye(len(names))[number] for number, name in enumerate(names)}
    if len(names) > 1:
        shares = [np.array([share, *[(1 - share) / (len(names) - 1)] * (len(names) - 1)]) for share in SHARES]
        ways[VOTE] = max(shares, key=lambda weights: best_f1(found.scores @ weights, truth, total))
    return {name: (tuple(weights.tolist()), found.scores @ weights) for name, weights in ways.items()}


def cross_fit(part, found, truth, groups, config):
    """Judgements of a LightGBM model that was fitted on the other folds, and one that was fitted on all."""
    table = proposals.table(found, part.sentences, part.encoded, part.knowledge)
    models, of_proposal = len(part.found), groups[found.sentence]
    judgement = np.zeros(len(found))
    for number in np.unique(of_proposal):
        inside = of_proposal == number
        trees = proposals.fit(table[~inside], truth[~inside], models, config.filter_rounds, config.seed)
        judgement[inside] = trees.predict(table[inside])
    return judgement, proposals.fit(table, truth, models, config.filter_rounds, config.seed)


def f1_curve(judgement, truth, total):
    """Different judgements in falling order, and the F1 where each is the last one believed."""
    order = np.argsort(-judgement, kind="stable")
    f1 = 2 * np.cumsum(truth[order]) / (np.arange(1, len(order) + 1) + total)
    last = np.append(np.diff(judgement[order]) < 0, True)[: len(order)]  # equal ones are believed together
    return judgement[order][last], f1[last]


def best_f1(judgement, truth, total):
    """The best F1 over all thresholds, before the rules."""
    return float(f1_curve(judgement, truth, total)[1].max(initial=0))


def best_threshold(judgement, truth, total):
    """The threshold with the best F1, halfway between the last proposal that is believed and the first that is not."""
    falling, f1 = f1_curve(judgement, truth, total)
    if not len(f1):
        return 0.5
    last = int(np.argmax(f1))
    return float((falling[last] + (falling[last + 1] if last + 1 < len(falling) else 0.0)) / 2)


def believed(found, judgement, way, sentences):
    """The triples of each of `sentences` sentences whose judgement exceeds the way's threshold."""
    return found.believed(judgement > way.threshold, sentences)


def answer(part, way, trees, predicates, config):
    """The triples of each sentence of a part, mended; a list of tuples.

    Args:
        part: `Part`.
        way: `Way`.
        trees: the LightGBM model, where it judges.
        predicates: texts by number.
        config: has `types` and the names of `rules`.
    """
    found, judgement = judge(part, way, trees, predicates, config.types)
    return mended(part.sentences, believed(found, judgement, way, len(part.sentences)), config.rules)


def propose(part, predicates, types):
    """`Proposals` of a part; with `types` without those that contradict the schema's types."""
    found = proposals.propose(part.sentences, part.found, predicates)
    return found.take(~proposals.contradictions(found, part.knowledge)) if types else found


def judge(part, way, trees, predicates, types):
    """`Proposals` of a part, and the judgement of each by a way."""
    found = propose(part, predicates, types)
    if way.name != FILTERED:
        return found, found.scores @ np.array(way.weights)
    table = proposals.table(found, part.sentences, part.encoded, part.knowledge)
    return found, trees.predict(table) if len(found) else np.zeros(0)


def load_way(ensemble):
    """The `Way` of a finished ensemble, and its LightGBM model or `None`."""
    stored = ensemble.read_json("metrics.json")["way"]
    path = ensemble.path / "filter.txt"
    trees = lightgbm.Booster(model_file=str(path)) if path.exists() else None
    return Way(stored["name"], tuple(stored["weights"]), stored["threshold"]), trees


def mended(sentences, triples, rules):
    """The triples of each sentence after the rules."""
    return [repair.repair_triples(one.text, own, rules) for one, own in zip(sentences, triples, strict=True)]


def score_of(sentences, triples):
    """The official score, of sentences by number: a repeated text counts as often as it stands there."""
    gold = dict(enumerate(sentence.triples for sentence in sentences))
    return metric.score(gold, dict(enumerate(triples)))


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
    gain = score_of(sentences, after).f1 - score_of(sentences, before).f1
    return {"rule": name, "sentences": acted, "gain": gain}


def summary(name, sentences, triples, groups):
    """Precision, recall and F1 of one way, and F1 on each group of sentences."""
    total = score_of(sentences, triples)
    folds = []
    for number in np.unique(groups):
        inside = np.flatnonzero(groups == number)
        folds.append(score_of([sentences[row] for row in inside], [triples[row] for row in inside]).f1)
    return {"name": name, "score": total.f1, "precision": total.precision, "recall": total.recall, "folds": folds}


def write_triples(ensemble, part, sentences, triples):
    """Write the triples of a part as `<part>.jsonl.gz`, lines as in a submission, one for each sentence."""
    lines = [line_of(sentence.text, own) for sentence, own in zip(sentences, triples, strict=True)]
    with paths.atomic(ensemble.path / f"{part}.jsonl.gz") as path:
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode("utf-8"), mtime=0))


def line_of(text, triples):
    """A sentence with its triples as the organisers want it."""
    return json.dumps({"text": text, "spo_list": [triple._asdict() for triple in triples]}, ensure_ascii=False)


def read_triples(ensemble, part):
    """Text and triples of each sentence of a part, as `write_triples` wrote them; a list."""
    with gzip.open(ensemble.path / f"{part}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as lines:
        records = map(json.loads, lines)
        return [(record["text"], tuple(Triple(**one) for one in record["spo_list"])) for record in records]


def show(compared, chosen, effects, config):
    """Print each way, fold by fold, and the rules that act."""
    rows = [
        [
            row["name"] + (" (chosen)" if row["name"] == chosen else ""),
            *(f"{row[key]:.4f}" for key in ("precision", "recall", "score")),
            *(f"{score:.4f}" for score in row["folds"]),
        ]
        for row in compared
    ]
    parts = [f"part {number}" for number in range(len(compared[0]["folds"]))]
    where = paths.data_name(config.data)
    show_table(f"out-of-fold scores on {where}", ("triples from", "precision", "recall", "F1", *parts), rows)
    acting = [[one["rule"], f"{one['sentences']}", f"{one['gain']:+.4f}"] for one in effects if one["sentences"]]
    show_table("repair rules, each alone, out of fold", ("rule", "sentences", "F1"), acting)


if __name__ == "__main__":
    run.stage(__spec__)
