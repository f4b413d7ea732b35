"""Put the folds and models together, and choose the answers: pointers averaged or answers voted, with or without re-ranking.

    python -m competitions.webqa.ensemble

The best of the plain ways stays unless the re-ranker, cross-fitted, is clearly better. What wins answers the scored parts.
"""

import gzip
import json
from functools import partial

import numpy as np

from common import experiment, paths, run
from common.experiment.runs import readable
from common.report import plots
from competitions.webqa import answering, confidence, data, decode, inference, metric, pictures, train
from competitions.webqa.answering import AVERAGED, RANKER, RERANKED, VOTED, Found
from competitions.webqa.config import NETWORKS

PARTS = 5  # to cross-fit the re-ranker on the one hold-out part of folds=1
NEEDED_GAIN = 0.002  # the re-ranker must beat the plain ways by this much, cross-fitted


def main(config):
    """Compare the ways to choose, keep the best, answer the scored parts with it and return the run."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan."""
    config = plan.config
    names = [member.rpartition("-")[0] for member in config.members] or config.model
    plain = [AVERAGED, VOTED] * any(name in NETWORKS for name in names) + [RANKER] * any(name not in NETWORKS for name in names)
    ways = {way: answering.plain(way) for way in plain}
    if AVERAGED in ways:
        ways[RERANKED] = partial(answering.fit_reranked, config.rerank_rounds, config.seed, config.workers)
    return experiment.ensemble(
        plan,
        experiment.Blend(
            ways=ways,
            plain=tuple(plain),
            gain=NEEDED_GAIN,
            gather=partial(gather, plan),
            split=lambda found, questions: data.groups(questions) % PARTS,
            save=lambda finished, part, answers, found: write_answers(finished, part, found.questions, answers),
            after=keep_and_draw,
        ),
    )


def gather(plan, part, members, rows):
    """What member runs found in the passages of a part."""
    names = [member.model for member in members]
    found = [plan.kind(name).unpack(member.load_arrays(part)) for name, member in zip(names, members, strict=True)]
    vectors = inference.load_encoder(members[0].path).vectors.matrix()
    records = plan.parts["train" if rows is not None else part]
    together = inference.put_together(names, found, records, vectors, plan.config)
    return Found.all_of(together if rows is None else answering.of_rows(together, rows))


def keep_and_draw(finished, found, questions, blended):
    """Keep how likely an answer is right, by its score out of fold; draw that, and the scores by kind of question."""
    answered = blended.crossed[blended.chosen]
    rows, scores, right = confidence.of_best(questions, answered)
    confidence.fit(scores, right).save(finished.path)
    probability = confidence.out_of_fold(scores, right, data.groups([questions[row] for row in rows]))
    with plots.drawing("reliability"):
        plots.calibration(right, {"best answers": probability}, finished.plots / "reliability.png")
    with plots.drawing("scores by question"):
        by_kind = metric.by_kind(questions, decode.best_answers(blended.nested))
        pictures.scores_by_kind(by_kind, finished.plots / "scores_by_kind.png")
    return {"brier score of confidence": float(np.mean((probability - right) ** 2)) if len(rows) else None}


def write_answers(finished, part, questions, found):
    """Write the answers of a part as `<part>.jsonl.gz`, a line `{"id", "answer"}` for each question."""
    answers = {question.id: answer for question, answer in zip(questions, decode.best_answers(found), strict=True)}
    lines = (json.dumps({"id": name, "answer": answer}, ensure_ascii=False) for name, answer in answers.items())
    with paths.atomic(finished.path / f"{part}.jsonl.gz") as path:
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode("utf-8"), mtime=0))


def read_answers(finished, part):
    """The answers of a part by id, as `write_answers` wrote them."""
    path = finished.path / f"{part}.jsonl.gz"
    with readable(path), gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        return {record["id"]: record["answer"] for record in map(json.loads, lines)}


if __name__ == "__main__":
    run.stage(__spec__)
