"""Put the folds and models together, and choose the answers: pointers averaged or answers voted, with or without re-ranking.

    python -m competitions.webqa.ensemble

Each way is scored on out-of-fold pointers; the re-ranker is fitted on the other folds than those it is scored on. What wins
answers the scored parts.
"""

import gzip
import json
from dataclasses import dataclass, replace

import lightgbm
import numpy as np

from common import paths, run
from common.experiment.runs import open_run
from common.ragged import Ragged
from common.report.tables import show_table
from competitions.webqa import data, decode, features, metric, pictures, rerank, train
from competitions.webqa.config import NETWORKS
from competitions.webqa.features import Encoded

AVERAGED, VOTED, RANKER, RERANKED = "pointers averaged", "answers voted", "ranker", ", re-ranked"
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


@dataclass(frozen=True)
class Part:
    """Questions, and what the members found in their passages.

    Attributes:
        questions: list of `Question`.
        encoded: `Encoded` of them.
        pointers: `Ragged` of each network, over all passages.
        spans: `decode.Spans` of the ranker, `None` where it is no member.
    """

    questions: list
    encoded: Encoded
    pointers: list
    spans: decode.Spans | None

    def ranked(self):
        """The ranker's candidates of each question."""
        return decode.candidates(self.questions, self.encoded.first, self.spans)


def combine(ensemble, members, dataset, config):
    """Choose a way and write the ensemble's files, `metrics.json` last."""
    prepared = features.prepare(config, dataset)
    fold = members[0].load_arrays("oof")["fold"]
    rows = np.flatnonzero(fold >= 0)
    part = out_of_fold_part(members, dataset, prepared.parts["train"], rows)
    parts = fold[rows] if config.folds > 1 else data.groups(part.questions) % PARTS
    gold = metric.gold_of(part.questions)
    vectors = prepared.encoder.vectors.matrix()

    ways = plain_ways(part, config)
    scores = {name: score_of(found, part, gold) for name, found in ways.items()}
    best = max(scores, key=scores.get)
    best_network = max((name for name in scores if name != RANKER), key=scores.get, default=None)
    trees = None
    if best_network and sum(map(len, ways[best_network])) >= LEAST:
        reranked = f"{best_network}{RERANKED}"
        ways[reranked], trees = cross_fit(part, ways[best_network], parts, vectors, config)
        best = reranked if score_of(ways[reranked], part, gold) > scores[best] + NEEDED_GAIN else best
    table = [summary(name, part.questions, found, gold, parts) for name, found in ways.items()]
    chosen = next(row for row in table if row["name"] == best)

    write_answers(ensemble, "oof", part.questions, ways[best])
    pictures.scores_by_question(
        part.questions, answers_of(part.questions, ways[best]), ensemble.plots / "scores_by_question.png"
    )
    trees = trees if best.endswith(RERANKED) else None
    if trees:
        with paths.atomic(ensemble.path / "reranker.txt") as path:
            trees.save_model(path)
    for name in train.SCORED:
        if name in prepared.parts:
            scored = scored_part(members, name, getattr(dataset, name), prepared.parts[name])
            write_answers(ensemble, name, scored.questions, choose(scored, best, trees, vectors, config))
    ensemble.write_json(
        "metrics.json",
        {
            "metric": "mean of accuracy and F1",
            **{key: chosen[key] for key in ("score", "accuracy", "f1", "folds")},
            "spread": float(np.std(chosen["folds"])) if config.folds > 1 else None,
            "seconds": sum(member.read_json("metrics.json")["seconds"] for member in members),
            "data": paths.data_name(config.data),
            "method": best,
            "members": [member.name for member in members],
            "compared": table,
        },
    )
    show(table, best, config)


def out_of_fold_part(members, dataset, encoded, rows):
    """The validated training questions, with what each member found while it had not seen them."""
    passages = encoded.passages_of(rows)
    pointers, spans = load_found(members, "oof")
    if spans is not None:  # those of the passages that are left, by their new numbers
        number = np.full(len(encoded.passages), -1)
        number[passages] = np.arange(len(passages))
        spans = replace(spans.take(number[spans.passage] >= 0), passage=number[spans.passage])
    return Part([dataset.train[row] for row in rows], encoded.take(rows), [one.take(passages) for one in pointers], spans)


def scored_part(members, name, questions, encoded):
    """The questions of a scored part, with what each member found."""
    return Part(list(questions), encoded, *load_found(members, name))


def load_found(members, name):
    """Pointers of the networks, a list of `Ragged`, and `Spans` of the ranker or `None`."""
    pointers, spans = [], None
    for member in members:
        arrays = {key: array for key, array in member.load_arrays(name).items() if key != "fold"}
        if member.model in NETWORKS:
            pointers.append(Ragged(**arrays))
        else:
            spans = decode.Spans(**arrays)
    return pointers, spans


def plain_ways(part, config):
    """Candidates of each question by every way that needs no re-ranker, by name."""
    ways = {}
    if part.pointers:
        ways[AVERAGED] = average_pointers(part, config)
        ways[VOTED] = vote_answers(part, config)
    if part.spans is not None:
        ways[RANKER] = part.ranked()
    return ways


def average_pointers(part, config):
    """Candidates from the mean of the networks' pointers."""
    spans = decode.find_spans(mean_pointers(part.pointers), config.threshold, config.longest_answer)
    return decode.candidates(part.questions, part.encoded.first, spans)


def vote_answers(part, config):
    """Candidates of every network, scores averaged; whom a network does not name gets 0 from it."""
    of_networks = [average_pointers(replace(part, pointers=[one]), config) for one in part.pointers]
    return [decode.merge(found) for found in zip(*of_networks, strict=True)]


def mean_pointers(pointers):
    """The mean of the networks' pointers."""
    mean = np.mean([one.values.astype("float32") for one in pointers], axis=0)
    return Ragged(mean, pointers[0].bounds)


def score_of(found, part, gold):
    """The official score of the first candidates."""
    return metric.score(gold, answers_of(part.questions, found)).mean


def cross_fit(part, found, parts, vectors, config):
    """Candidates in the order of a re-ranker that was fitted on the other parts, and one that was fitted on all."""
    found, rows, owner = describe(part, found, vectors)
    scores = rerank.targets(part.questions, found)
    expected = np.empty(len(scores))
    for number in np.unique(parts):
        inside = parts[owner] == number
        trees = rerank.fit(rows[~inside], scores[~inside], config.rerank_rounds, config.seed)
        expected[inside] = trees.predict(rows[inside])
    return rerank.choose(found, expected, owner), rerank.fit(rows, scores, config.rerank_rounds, config.seed)


def describe(part, found, vectors):
    """The candidates that the re-ranker looks at, their features, and the question of each."""
    ranked = None if part.spans is None else part.ranked()
    found = rerank.offer(found, ranked or [[]] * len(found))
    return found, *rerank.table(part.questions, found, part.encoded, mean_pointers(part.pointers), vectors, ranked)


def choose(part, method, trees, vectors, config):
    """Candidates of questions, the best first.

    Args:
        part: `Part`.
        method: a name of `plain_ways`, with ", re-ranked" behind it for the re-ranker.
        trees: the re-ranker, for the latter.
        vectors: `(words, dim)` by word id.
        config: of decoding.
    """
    found = plain_ways(part, config)[method.removesuffix(RERANKED)]
    if not method.endswith(RERANKED):
        return found
    found, rows, owner = describe(part, found, vectors)
    return rerank.choose(found, trees.predict(rows) if len(rows) else np.empty(0), owner)


def load_reranker(ensemble):
    """The re-ranker of a finished ensemble, `None` where the plain vote won."""
    path = ensemble.path / "reranker.txt"
    return lightgbm.Booster(model_file=str(path)) if path.exists() else None


def answers_of(questions, found):
    """The best answer of each question, by id."""
    return {question.id: answer for question, answer in zip(questions, decode.best_answers(found), strict=True)}


def write_answers(ensemble, part, questions, found):
    """Write the answers of a part as `<part>.jsonl.gz`, a line `{"id", "answer"}` for each question."""
    with paths.atomic(ensemble.path / f"{part}.jsonl.gz") as path:
        lines = (
            json.dumps({"id": name, "answer": answer}, ensure_ascii=False)
            for name, answer in answers_of(questions, found).items()
        )
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode("utf-8"), mtime=0))


def read_answers(ensemble, part):
    """The answers of a part by id, as `write_answers` wrote them."""
    with gzip.open(ensemble.path / f"{part}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as lines:
        return {record["id"]: record["answer"] for record in map(json.loads, lines)}


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
    show_table(
        f"out-of-fold scores on {paths.data_name(config.data)}", ("answers from", "accuracy", "F1", "mean", *parts), rows
    )


if __name__ == "__main__":
    run.stage(__spec__)
