"""Blend the runs: the tags of one or of all, or the best way through the dictionary's words by the sum of both scores.

python -m competitions.segmentation.ensemble
"""

import gzip
import json
from functools import partial

import numpy as np

from common import experiment, paths, run
from common.experiment.runs import readable
from common.report import plots
from competitions.segmentation import inference, train

NEEDED_GAIN = 0.0005  # the lattice must beat plain tags by this much, cross-fitted
SHARES = (0.05, 0.15, 0.3, 0.6)  # of a word's logarithm beside its tags'
JUDGED = 2000  # texts that the share is chosen on


def main(config):
    """Compare the ways, keep the best, answer the test with it and return the run."""
    return blend(train.plan(config))


def blend(plan):
    """The finished run of the blend of a plan."""
    ways = {
        "mean": lambda found, truth: inference.Tags(),
        "best alone": partial(fit_alone, plan.metric),
    }
    if plan.config.dictionary:  # the set's own list holds the words of the texts that the way is chosen on
        ways["lattice"] = partial(fit_lattice, plan)
    return experiment.ensemble(
        plan,
        experiment.Blend(
            ways=ways,
            plain=("mean", "best alone"),
            gain=NEEDED_GAIN,
            gather=partial(gather, plan),
            split=lambda found, truth: np.arange(len(truth)) % 5,
            save=write_answers,
            single=lambda member, found, number: inference.Tags()(inference.Found(found.texts, [found.members[number]])),
            after=draw,
        ),
    )


def gather(plan, part, members, rows):
    """What member runs found in the texts of a part."""
    found = inference.Found(
        plan.parts["train" if rows is not None else part],
        [plan.kind(member.model).unpack(member.load_arrays(part)) for member in members],
    )
    return found if rows is None else found.take(rows)


def draw(finished, found, truth, blended):
    """What the blend cuts in another way than the truth."""
    from competitions.segmentation import pictures

    with plots.drawing("mistakes"):
        pictures.mistakes(truth, blended.nested, finished.plots / "mistakes.png")


def fit_alone(metric, found, truth):
    """The tags of the best member."""
    alone = map(inference.Tags, range(len(found.members)))
    return metric.best({tags: metric.of(truth, tags(found)) for tags in alone})


def fit_lattice(plan, found, truth):
    """The lattice of the dictionary, with the tags, of all or the best member, and the share that answer some texts best."""
    words = inference.Words(plan.dataset.counts)
    rows = np.random.default_rng(plan.config.seed).permutation(len(truth))[:JUDGED]
    some, right = found.take(rows), [truth[row] for row in rows]
    both = (inference.Tags(), fit_alone(plan.metric, some, right))
    base = plan.metric.best({tags: plan.metric.of(right, tags(some)) for tags in both})
    scores = {share: plan.metric.of(right, inference.InLattice(base, words, share)(some)) for share in SHARES}
    return inference.InLattice(base, words, plan.metric.best(scores))


def write_answers(finished, part, answers, found):
    """Write the words of each text as `<part>.jsonl.gz`."""
    content = "".join(f"{json.dumps(words)}\n" for words in answers)
    with paths.atomic(finished.path / f"{part}.jsonl.gz") as path:
        path.write_bytes(gzip.compress(content.encode(), mtime=0))


def read_answers(finished, part):
    """The words of each text, as `write_answers` wrote them."""
    path = finished.path / f"{part}.jsonl.gz"
    with readable(path):
        return [json.loads(line) for line in gzip.decompress(path.read_bytes()).split(b"\n")[:-1]]


if __name__ == "__main__":
    run.stage(__spec__)
