"""Labels mended by vote: what models that did not learn from a sentence all find in it is added, what none finds is dropped."""

import hashlib
from dataclasses import replace

import numpy as np

from common import paths
from common.errors import ConfigError
from competitions.baidu_ie import metric, proposals, records
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.inference import load_encoder


def check(config):
    """Raise `ConfigError` where most sentences would have no vote."""
    if config.folds < 2:
        raise ConfigError("relabel=true needs folds=2 or more: every sentence must be left out once")


def vote(members, plan, enough):
    """The file of mended labels, a line with the triples of each training sentence; made where it is missing.

    A sentence's labels are voted by networks that did not learn from it; but these learned from sentences whose new labels
    other folds decide, so that out-of-fold scores of models trained on the new labels are a little kind. Scores are always by
    the labels as they are.

    Args:
        members: finished runs of the plan.
        plan: the `Plan` that they were trained by.
        enough: score that a triple must have of every model to be added.

    Returns:
        Path of the file, beside the runs.

    Reference: the labels of github.com/bojone/kg-2019, repaired by the vote of earlier models; the script was not published.
    """
    key = hashlib.sha256(" ".join(member.name for member in members).encode()).hexdigest()[:8]
    path = (paths.runs(plan.contest) / "labels" / f"{key}-{enough:g}.jsonl.gz").resolve()
    if not path.exists():
        kinds = [plan.kind(member.model) for member in members]
        several = [kind.unpack(member.load_arrays("oof")) for kind, member in zip(kinds, members, strict=True)]
        predicates = load_encoder(members[0].path).predicates
        labels, added, dropped = mend(plan.truth, proposals.propose(plan.truth, several, predicates), enough)
        records.write_packed(path, labels)
        print(f"Wrote {path}: {added:,} triples added by vote, {dropped:,} dropped")
    return path


def mend(sentences, found, enough):
    """Triples of each sentence after the vote, and how many were added and dropped.

    Args:
        sentences: list of `Sentence` with their labels.
        found: `Proposals` of models that did not learn from them.
        enough: score that a triple must have of every model to be added.
    """
    sure = (found.scores >= enough).all(axis=1)
    proposed = [{} for _ in sentences]
    for number, triple, kept in zip(found.sentence, found.triples, sure, strict=True):
        proposed[number][normal(triple)] = triple if kept else None
    labels, added, dropped = [], 0, 0
    for sentence, own in zip(sentences, proposed, strict=True):
        kept = [triple for triple in sentence.triples if normal(triple) in own]
        stated = {normal(triple) for triple in sentence.triples}
        new = [triple for name, triple in own.items() if triple and name not in stated]
        labels.append(tuple(kept + new))
        added, dropped = added + len(new), dropped + len(sentence.triples) - len(kept)
    return labels, added, dropped


def normal(triple):
    """The triple as the organisers compare it."""
    return next(iter(metric.normal_forms([triple])))


def read(path):
    """What `vote` wrote: the triples of each training sentence, in their order."""
    return [tuple(Triple(*triple) for triple in triples) for triples in records.read_packed(path)]


def relabelled(sentences, path, rows):
    """The training sentences of some rows with their mended labels."""
    labels = read(path)
    return [replace(sentences[row], triples=labels[row]) for row in np.asarray(rows)]
