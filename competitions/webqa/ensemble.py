"""Put the folds and models together, and choose the answers: pointers averaged or answers voted, with or without re-ranking.

    python -m competitions.webqa.ensemble

Each way is scored on out-of-fold pointers; the re-ranker is fitted on the other folds than those it is scored on. What wins
answers the scored parts.
"""

import json
from functools import partial

import lightgbm
import numpy as np

from common import paths, run
from common.ragged import Ragged
from common.runs import open_run
from common.tables import show_table
from competitions.webqa import data, decode, features, metric, rerank, train

PARTS = 5  # to cross-fit the re-ranker on the one hold-out part of folds=1
LEAST = 200  # candidates that a re-ranker can learn from
NEEDED_GAIN = 0.002  # the re-ranker must beat the plain vote by this much, cross-fitted


def main(config):
    """Compare the ways to choose, keep the best, answer the scored parts with it and return the run."""
    dataset = data.load(config.data)
    members = train.train_models(config, dataset)
    fingerprint = features.fingerprint(config, dataset)
    ensemble = open_run("webqa", "ensemble", config, fingerprint, members=[member.name for member in members])
    with ensemble.locked():
        if ensemble.finished:
            print(f"{ensemble.name}: finished before, score {ensemble.read_json('metrics.json')['score']:.4f}")
        else:
            combine(ensemble, members, dataset, config)
    return ensemble


def combine(ensemble, members, dataset, config):
    """Choose a way and write the ensemble's files, `metrics.json` last."""
    prepared = features.prepare(config, dataset)
    fold = members[0].load_arrays("oof")["fold"]
    rows = np.flatnonzero(fold >= 0)
    questions = [dataset.train[row] for row in rows]
    part = part_of(prepared.parts["train"], rows, load_pointers(members, "oof"))
    parts = fold[rows] if config.folds > 1 else rows % PARTS
    gold = metric.gold_of(questions)

    ways = {name: way(questions, part, config) for name, way in ways_to_choose().items()}
    best_plain = max(ways, key=lambda name: metric.score(gold, answers_of(questions, ways[name])).mean)
    reranked = f"{best_plain}, re-ranked"
    trees = None
    if sum(map(len, ways[best_plain])) >= LEAST:
        ways[reranked], trees = cross_fit(questions, ways[best_plain], part, parts, prepared, config)
    table = [summary(name, questions, found, gold, parts) for name, found in ways.items()]
    by_name = {row["name"]: row for row in table}
    chosen = reranked if trees and by_name[reranked]["score"] > by_name[best_plain]["score"] + NEEDED_GAIN else best_plain

    write_answers(ensemble, "oof", questions, ways[chosen])
    if chosen != best_plain:
        with paths.atomic(ensemble.path / "reranker.txt") as path:
            trees.save_model(path)
    answer = partial(answer_part, members, config, prepared, best_plain, trees if chosen != best_plain else None)
    for name in train.SCORED:
        if name in prepared.parts:
            scored = getattr(dataset, name)
            write_answers(ensemble, name, scored, answer(name, scored))
    ensemble.write_json(
        "metrics.json",
        {
            "metric": "mean of accuracy and F1",
            **{key: by_name[chosen][key] for key in ("score", "accuracy", "f1", "folds")},
            "spread": float(np.std(by_name[chosen]["folds"])) if config.folds > 1 else None,
            "seconds": sum(member.read_json("metrics.json")["seconds"] for member in members),
            "data": train.data_name(config),
            "method": chosen,
            "members": [member.name for member in members],
            "compared": table,
        },
    )
    show(table, chosen, config)


def load_pointers(members, part):
    """Pointers of each member, a list of `Ragged`."""
    loaded = (member.load_arrays(part) for member in members)
    return [Ragged(arrays["values"], arrays["bounds"]) for arrays in loaded]


def part_of(encoded, rows, pointers):
    """Some questions of an encoded part alone, and each member's pointers to their passages: (`Encoded`, list of `Ragged`)."""
    passages = encoded.passages_of(rows)
    return encoded.take(rows), [one.take(passages) for one in pointers]


def ways_to_choose():
    """How the members' pointers become candidates: `way(questions, (encoded, pointers), config)`."""
    return {"pointers averaged": average_pointers, "answers voted": vote_answers}


def average_pointers(questions, part, config):
    """Candidates from the mean of the members' pointers."""
    encoded, pointers = part
    spans = decode.find_spans(mean_pointers(pointers), config.threshold, config.longest_answer)
    return decode.candidates(questions, encoded.first, spans)


def vote_answers(questions, part, config):
    """Candidates of every member, scores averaged; whom a member does not name gets 0 from it."""
    encoded, pointers = part
    of_members = [average_pointers(questions, (encoded, [one]), config) for one in pointers]
    return [decode.merge(found) for found in zip(*of_members, strict=True)]


def mean_pointers(pointers):
    """The mean of the members' pointers."""
    mean = np.mean([one.values.astype("float32") for one in pointers], axis=0)
    return Ragged(mean, pointers[0].bounds)


def cross_fit(questions, found, part, parts, prepared, config):
    """Candidates in the order of a re-ranker that was fitted on the other parts, and one that was fitted on all."""
    encoded, pointers = part
    rows, owner = rerank.table(questions, found, encoded, mean_pointers(pointers), prepared.encoder.vectors.matrix())
    scores = rerank.targets(questions, found)
    expected = np.empty(len(scores))
    for number in np.unique(parts):
        inside = parts[owner] == number
        trees = rerank.fit(rows[~inside], scores[~inside], config.rerank_rounds, config.seed)
        expected[inside] = trees.predict(rows[inside])
    return rerank.choose(found, expected, owner), rerank.fit(rows, scores, config.rerank_rounds, config.seed)


def answer_part(members, config, prepared, way, trees, name, questions):
    """Candidates of a scored part, the best first."""
    encoded = prepared.parts[name]
    return choose(questions, encoded, load_pointers(members, name), way, trees, prepared.encoder.vectors.matrix(), config)


def choose(questions, encoded, pointers, way, trees, vectors, config):
    """Candidates of questions, the best first.

    Args:
        questions: list of `Question`.
        encoded: `Encoded` of them.
        pointers: list of `Ragged`, one for each member.
        way: name of one of `ways_to_choose`.
        trees: the re-ranker; `None` for the plain vote.
        vectors: `(words, dim)` by word id.
        config: of decoding.
    """
    found = ways_to_choose()[way](questions, (encoded, pointers), config)
    if trees is None:
        return found
    rows, owner = rerank.table(questions, found, encoded, mean_pointers(pointers), vectors)
    return rerank.choose(found, trees.predict(rows) if len(rows) else np.empty(0), owner)


def load_reranker(ensemble):
    """The re-ranker of a finished ensemble, `None` where the plain vote won."""
    path = ensemble.path / "reranker.txt"
    return lightgbm.Booster(model_file=str(path)) if path.exists() else None


def plain_way(method):
    """The way without re-ranking of a method that `metrics.json` names."""
    return method.removesuffix(", re-ranked")


def answers_of(questions, found):
    """The best answer of each question, by id."""
    return {question.id: answer for question, answer in zip(questions, decode.best_answers(found), strict=True)}


def write_answers(ensemble, part, questions, found):
    """Write the answers of a part as JSON by id."""
    with paths.atomic(ensemble.path / f"{part}-answers.json") as path:
        path.write_text(json.dumps(answers_of(questions, found), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def summary(name, questions, found, gold, parts):
    """Accuracy and F1 of one way, on all questions and on each part."""
    answers = answers_of(questions, found)
    total = metric.score(gold, answers)
    folds = []
    for number in np.unique(parts):
        names = [question.id for question, inside in zip(questions, parts == number, strict=True) if inside]
        folds.append(metric.score({key: gold[key] for key in names}, {key: answers[key] for key in names}).mean)
    return {"name": name, "score": total.mean, "accuracy": total.accuracy, "f1": total.f1, "folds": folds}


def show(table, chosen, config):
    """Print each way, fold by fold."""
    rows = [
        [
            row["name"] + (" (chosen)" if row["name"] == chosen else ""),
            *(f"{row[key]:.4f}" for key in ("accuracy", "f1", "score")),
            *(f"{score:.4f}" for score in row["folds"]),
        ]
        for row in table
    ]
    parts = [f"part {number}" for number in range(len(table[0]["folds"]))]
    show_table(f"out-of-fold scores on {train.data_name(config)}", ("answers from", "accuracy", "F1", "mean", *parts), rows)


if __name__ == "__main__":
    run.stage(__spec__)
