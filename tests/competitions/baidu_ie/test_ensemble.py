"""Thresholds by brute force, the vote, what LightGBM may see, the rules, and the files."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from common.experiment.runs import open_run
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import ensemble, proposals
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Dataset, Schema, Sentence, Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.ensemble import Part, Way
from competitions.baidu_ie.features import Encoder
from competitions.baidu_ie.knowledge import Knowledge

PREDICATES = ("作者", "妻子", "丈夫")
SCHEMAS = tuple(Schema("人物", predicate, "人物") for predicate in PREDICATES)


def sentence(text, *triples, source="ske"):
    return Sentence(text, (), tuple(Triple(*one.split("-")) for one in triples), source)


def candidates(*rows):
    """Candidates of (sentence, span, score)."""
    score = np.array([row[2] for row in rows], "float32")
    spans = np.array([row[1] for row in rows], "int32").reshape(-1, 5)
    return Candidates(np.array([row[0] for row in rows], "int32"), spans, score, np.stack([score] * 3, axis=1))


def dataset_of(train, extra=()):
    labelled = {"ske": set(PREDICATES), "duie2": set(PREDICATES)}
    return Dataset(SCHEMAS, tuple(train), (), (), tuple(extra), labelled, "0")


def encode(sentences):
    vocabulary = CharVocabulary(1).fit([one.text for one in sentences])
    return Encoder(vocabulary, WordVectors(("作者",), np.ones((1, 2), "float32")), PREDICATES).encode(sentences)


def f1_of(kept, truth, total):
    return 2 * truth[kept].sum() / (kept.sum() + total) if kept.sum() + total else 0.0


def random_judgements(seed, ties):
    random = np.random.default_rng(seed)
    judgement = random.random(60)
    truth = (random.random(60) < judgement).astype(float)
    return (np.round(judgement, 1) if ties else judgement), truth, int(truth.sum()) + 7


def assert_best_of_all_thresholds(judgement, truth, total):
    every = [f1_of(judgement > threshold, truth, total) for threshold in [-1.0, *judgement]]
    chosen = ensemble.best_threshold(judgement, truth, total)
    assert f1_of(judgement > chosen, truth, total) == pytest.approx(max(every))
    assert ensemble.best_f1(judgement, truth, total) == pytest.approx(max(every))


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_the_best_of_all(seed):
    judgement, truth, total = random_judgements(seed, ties=False)
    assert_best_of_all_thresholds(judgement, truth, total)
    falling, curve = ensemble.f1_curve(judgement, truth, total)
    for last, f1 in zip(falling, curve, strict=True):
        assert f1 == pytest.approx(f1_of(judgement >= last, truth, total))


@pytest.mark.parametrize(
    ("judgement", "truth", "total"),
    [
        ([0.9, 0.9, 0.2], [1, 0, 0], 1),
        ([0.9, 0.5, 0.5, 0.5], [1, 1, 0, 0], 2),
        random_judgements(0, ties=True),
    ],
)
def test_equal_judgements_are_believed_together_or_not_at_all(judgement, truth, total):
    assert_best_of_all_thresholds(np.array(judgement), np.array(truth, float), total)


def test_the_threshold_lies_between_two_judgements():
    assert ensemble.best_threshold(np.array([0.2, 0.9, 0.6]), np.array([0.0, 1.0, 1.0]), 2) == pytest.approx(0.4)
    assert ensemble.best_threshold(np.array([0.9, 0.6]), np.array([1.0, 1.0]), 2) == pytest.approx(0.3), "all are believed"
    nothing = np.zeros(0)
    assert ensemble.best_threshold(nothing, nothing, 3) == 0.5 and ensemble.best_f1(nothing, nothing, 3) == 0.0


def test_the_vote_is_never_worse_than_a_model_alone():
    truth = np.array([1.0, 1.0, 0.0, 0.0])
    scores = np.array([[0.9, 0.5], [0.4, 0.9], [0.5, 0.1], [0.1, 0.6]])  # each model is wrong once where the other is not
    ways = ensemble.plain_judgements(["pointers", "linker"], SimpleNamespace(scores=scores), truth, 2)
    assert list(ways) == ["pointers", "linker", ensemble.VOTE]
    assert ways["pointers"][0] == (1.0, 0.0) and ways["linker"][1].tolist() == scores[:, 1].tolist()
    f1 = {name: ensemble.best_f1(judgement, truth, 2) for name, (_, judgement) in ways.items()}
    assert f1[ensemble.VOTE] == 1.0 > f1["pointers"] and f1["linker"] < 1.0
    assert sum(ways[ensemble.VOTE][0]) == pytest.approx(1.0)
    np.testing.assert_allclose(ways[ensemble.VOTE][1], scores @ ways[ensemble.VOTE][0])


def test_a_model_alone_and_three_models():
    scores = np.random.default_rng(0).random((5, 3))
    alone = ensemble.plain_judgements(["linker"], SimpleNamespace(scores=scores[:, :1]), np.ones(5), 5)
    assert list(alone) == ["linker"]
    three = ensemble.plain_judgements(["a", "b", "c"], SimpleNamespace(scores=scores), np.ones(5), 5)
    weights = three[ensemble.VOTE][0]
    assert weights[1] == weights[2] and sum(weights) == pytest.approx(1.0)


def test_what_is_believed_exceeds_the_threshold():
    sentences = [sentence("甲乙丙"), sentence("甲乙")]
    found = proposals.propose(sentences, [candidates((0, (0, 0, 0, 1, 1), 0.5), (0, (0, 0, 0, 2, 2), 0.75))], PREDICATES)
    way = Way("linker", (1.0,), 0.5)
    assert ensemble.believed(found, found.scores[:, 0], way, 2) == [(Triple("甲", "作者", "丙"),), ()]


TRAIN = [sentence(f"甲{n}的书", f"甲{n}-作者-书{n}") for n in range(6)]
FOLD = np.array([0, 1, 2, 0, 1, -1])


def test_what_is_known_of_a_fold_never_contains_it():
    extra = [sentence(one.text.upper() + " ", f"多{n}-作者-书", source="duie2") for n, one in enumerate(TRAIN)]
    extra.append(sentence("别的", "别的-作者-书", source="duie2"))
    knowledge = ensemble.fold_knowledge(dataset_of(TRAIN, extra), FOLD)
    assert set(knowledge) == {0, 1, 2}
    for number, known in knowledge.items():
        subjects = {subject for subject, _, _ in known.triples}
        others = np.flatnonzero(number != FOLD)
        assert subjects == {f"甲{n}" for n in others} | {f"多{n}" for n in others} | {"别的"}


def test_members_are_seen_on_the_validated_sentences_by_their_new_numbers():
    fold = np.array([-1, 0, -1, 0, 0, -1])
    member = SimpleNamespace(load_arrays=lambda name: {**vars(candidates((3, (0, 0, 0, 3, 3), 0.5))), "fold": fold})
    encoded = encode(TRAIN)
    part, groups = ensemble.out_of_fold_part([member, member], dataset_of(TRAIN), encoded)
    assert part.sentences == [TRAIN[1], TRAIN[3], TRAIN[4]] and groups.tolist() == [0, 0, 0]
    assert [one.sentence.tolist() for one in part.found] == [[1], [1]]
    assert part.encoded.ids[1].tolist() == encoded.ids[3].tolist()
    known = {subject for one in part.knowledge for subject, _, _ in one.triples}
    assert known == {"甲0", "甲2", "甲5"}


def part_of(sentences, *found):
    return Part(list(sentences), encode(sentences), list(found), [Knowledge.of([], SCHEMAS)] * len(sentences))


def test_lightgbm_never_sees_the_part_that_it_is_scored_on(monkeypatch):
    fitted, seen = [], []

    def fit(rows, truth, models, rounds, seed):
        assert models == 1 and rounds == 7
        fitted.append(set(rows[:, 0].tolist()))
        assert truth.tolist() == (rows[:, 0] % 2).tolist(), "rows and truth go together"
        return SimpleNamespace(predict=lambda rows: seen.append(set(rows[:, 0].tolist())) or rows[:, 0])

    monkeypatch.setattr(proposals, "table", lambda found, *_: np.arange(len(found), dtype=float)[:, None])
    monkeypatch.setattr(proposals, "fit", fit)
    part = part_of(TRAIN, candidates(*((n, (0, 1, 0, place, place), 0.5) for n in range(6) for place in (2, 3))))
    found = proposals.propose(part.sentences, part.found, PREDICATES)
    groups = np.array([0, 1, 2, 0, 1, 2])
    judgement, _ = ensemble.cross_fit(part, found, np.arange(12) % 2, groups, Config(filter_rounds=7))
    assert judgement.tolist() == list(range(12)), "each judgement goes back to its proposal"
    assert len(fitted) == 4 and len(fitted[-1]) == 12 and len(seen) == 3
    for own, other, number in zip(fitted, seen, range(3), strict=False):
        of_group = {row for row in range(12) if groups[row // 2] == number}
        assert other == of_group and not own & other and len(own | other) == 12


def test_the_ways_answer():
    sentences = [sentence("甲的妻子乙"), sentence("丙"), sentence("丁的妻子戊")]
    part = part_of(
        sentences, candidates((0, (0, 0, 1, 4, 4), 0.5), (2, (0, 0, 1, 4, 4), 0.25)), candidates((0, (0, 0, 1, 4, 4), 0.25))
    )
    way = Way(ensemble.VOTE, (0.5, 0.5), 0.2)
    couple = Triple("甲", "妻子", "乙")
    assert ensemble.answer(part, way, None, PREDICATES, Config()) == [(couple,), (), ()]
    with_rule = ensemble.answer(part, way, None, PREDICATES, Config(rules=("swap spouses",)))
    assert with_rule == [(couple, Triple("乙", "丈夫", "甲")), (), ()]
    trees = SimpleNamespace(predict=lambda rows: np.arange(len(rows)) / 2)
    judged = ensemble.answer(part, Way(ensemble.FILTERED, (), 0.4), trees, PREDICATES, Config())
    assert judged == [(), (), (Triple("丁", "妻子", "戊"),)]
    silent = part_of(sentences, candidates(), candidates())
    for one in (way, Way(ensemble.FILTERED, (), 0.4)):
        assert ensemble.answer(silent, one, None, PREDICATES, Config()) == [(), (), ()]


COUPLES = [sentence("甲和乙", "甲-妻子-乙", "乙-丈夫-甲"), sentence("丙和丁", "丙-妻子-丁"), sentence("戊")]


def test_a_rule_is_measured_alone():
    given = [(Triple("甲", "妻子", "乙"),), (Triple("丙", "妻子", "丁"),), ()]
    effects = {one["rule"]: one for one in ensemble.rule_effects(COUPLES, given)}
    assert effects["swap spouses"]["sentences"] == 2
    assert effects["swap spouses"]["gain"] == pytest.approx(2 * 3 / (4 + 3) - 2 * 2 / (2 + 3))
    assert effects["drop own relatives"] == {"rule": "drop own relatives", "sentences": 0, "gain": 0.0}
    assert list(effects) == list(ensemble.repair.POST_RULES)


def test_scores_in_all_and_of_each_part():
    given = [(Triple("甲", "妻子", "乙"),), (Triple("丙", "妻子", "戊"),), ()]
    summary = ensemble.summary("vote", COUPLES, given, np.array([1, 4, 4]))
    assert summary == {"name": "vote", "score": 0.4, "precision": 0.5, "recall": pytest.approx(1 / 3), "folds": [2 / 3, 0.0]}


def test_a_repeated_text_counts_as_often_as_it_stands_there():
    twice = [COUPLES[1], COUPLES[1]]
    assert ensemble.score_of(twice, [COUPLES[1].triples, ()]).recall == 0.5


def test_triples_are_read_as_they_were_written_and_the_file_is_the_same(own_home):
    run = open_run("baidu_ie", "ensemble", Config(data="x"), "0")
    sentences = [sentence("甲\u2028乙\n丙"), sentence("丁"), sentence("丁")]
    triples = [(Triple("甲\u2028", "妻子", "乙\n"), Triple('"', "作者", "\\")), (), (Triple("丁", "作者", "丁"),)]
    ensemble.write_triples(run, "oof", sentences, triples)
    assert ensemble.read_triples(run, "oof") == list(zip([one.text for one in sentences], triples, strict=True))
    before = (run.path / "oof.jsonl.gz").read_bytes()
    ensemble.write_triples(run, "oof", sentences, triples)
    assert (run.path / "oof.jsonl.gz").read_bytes() == before
    line = json.loads(ensemble.line_of("甲", (Triple("a", "b", "c"),)))
    assert line == {"text": "甲", "spo_list": [{"subject": "a", "predicate": "b", "object": "c"}]}


def test_the_chosen_way_is_read_back(own_home):
    run = open_run("baidu_ie", "ensemble", Config(data="x"), "0")
    run.write_json("metrics.json", {"way": {"name": "vote", "weights": [0.25, 0.75], "threshold": 0.4}})
    assert ensemble.load_way(run) == (Way("vote", (0.25, 0.75), 0.4), None)
    random = np.random.default_rng(0)
    rows = random.random((200, len(proposals.columns(1))))
    trees = proposals.fit(rows, (rows[:, 0] > 0.5).astype(float), 1, rounds=3, seed=0)
    trees.save_model(run.path / "filter.txt")
    np.testing.assert_array_equal(ensemble.load_way(run)[1].predict(rows), trees.predict(rows))


def test_triples_that_contradict_the_types_are_left_out_where_that_is_asked():
    schemas = (Schema("图书作品", "作者", "人物"), Schema("人物", "妻子", "人物"))
    known = Knowledge.of([sentence("", "甲-妻子-丙"), sentence("", "甲-妻子-丁")], schemas)
    wrong, right = Triple("甲", "作者", "乙"), Triple("甲", "妻子", "乙")
    sentences = [sentence("甲乙", "甲-妻子-乙")]
    found = [candidates((0, (0, 0, 0, 1, 1), 0.9), (0, (0, 0, 1, 1, 1), 0.8))]
    part, way = Part(sentences, encode(sentences), found, [known]), Way("pointers", (1.0,), 0.5)
    assert set(ensemble.answer(part, way, None, PREDICATES, Config())[0]) == {wrong, right}
    assert ensemble.answer(part, way, None, PREDICATES, Config(types=True)) == [(right,)]
    effect = ensemble.types_effect(part, [(wrong, right)])
    assert effect["sentences"] == 1 and effect["gain"] == pytest.approx(1 - 2 / 3)


def test_triples_are_read_as_they_were_written(tmp_path):
    sentences = [sentence("甲\u2028的妻子\x85是乙", "甲\u2028-妻子-乙"), sentence("无\r"), sentence("")]
    run = SimpleNamespace(path=tmp_path)
    ensemble.write_triples(run, "test", sentences, [one.triples for one in sentences])
    assert ensemble.read_triples(run, "test") == [(one.text, one.triples) for one in sentences]
