"""Labels mended by vote: who adds, who drops, and that nothing is voted where a sentence was never left out."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from common.errors import ConfigError
from competitions.baidu_ie import relabel
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.proposals import Proposals

LABELLED, MISSED, DOUBTED = Triple("《甲》", "作者", "A"), Triple("甲", "作者", "乙"), Triple("甲", "导演", "丙")


def proposals(*rows):
    """`Proposals` of (sentence, triple, scores)."""
    scores = np.array([row[2] for row in rows], "float32").reshape(len(rows), -1)
    spans, parts = np.zeros((len(rows), 5), "int32"), np.zeros((*scores.shape, 3), "float32")
    return Proposals(np.array([row[0] for row in rows], int), [row[1] for row in rows], spans, scores, parts)


def test_all_models_add_and_none_drops():
    sentences = [Sentence("一", (), (LABELLED, DOUBTED), "ske"), Sentence("二", (), (), "ske")]
    found = proposals(
        (0, Triple("甲", "作者", "a"), (0.1, 0.0)),  # the label in another form, seen by one model
        (0, MISSED, (0.9, 0.8)),
        (1, MISSED, (0.95, 0.7)),  # one model is not sure enough
    )
    labels, added, dropped = relabel.mend(sentences, found, 0.8)
    assert labels == [(LABELLED, MISSED), ()] and (added, dropped) == (1, 1)


def test_a_surely_found_label_is_not_added_twice():
    sentences = [Sentence("一", (), (LABELLED,), "ske")]
    labels, added, dropped = relabel.mend(sentences, proposals((0, Triple("甲", "作者", "A"), (0.9, 0.9))), 0.8)
    assert labels == [(LABELLED,)] and (added, dropped) == (0, 0)


def test_one_hold_out_fold_has_no_vote_for_the_others():
    with pytest.raises(ConfigError, match="relabel=true needs folds=2 or more"):
        relabel.check(Config(relabel=True, folds=1))


def test_the_file_is_made_once_and_gives_the_sentences_their_labels(monkeypatch, own_home):
    sentences = [Sentence("一", (), (DOUBTED,), "ske"), Sentence("二", (), (), "ske")]
    members = [SimpleNamespace(name=name, model=name, path=None, load_arrays=lambda part: part) for name in ("a", "b")]
    plan = SimpleNamespace(contest="baidu_ie", truth=sentences, kind=lambda name: SimpleNamespace(unpack=lambda arrays: arrays))
    monkeypatch.setattr(relabel, "load_encoder", lambda folder: SimpleNamespace(predicates=("作者", "导演")))
    given = []
    monkeypatch.setattr(relabel.proposals, "propose", lambda *all: given.append(all) or proposals((1, MISSED, (0.9, 0.9))))
    path = relabel.vote(members, plan, 0.8)
    assert given == [(sentences, ["oof", "oof"], ("作者", "导演"))], "what the members found out of fold"
    assert relabel.read(path) == [(), (MISSED,)]
    monkeypatch.setattr(relabel, "mend", None)
    assert relabel.vote(members, plan, 0.8) == path
    (second,) = relabel.relabelled(sentences, path, [1])
    assert second == dataclasses.replace(sentences[1], triples=(MISSED,))
