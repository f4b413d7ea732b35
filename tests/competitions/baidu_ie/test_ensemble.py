"""Thresholds by brute force, the vote, what LightGBM may see, the rules, and the files."""

import json
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from common.experiment.runs import open_run
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import ensemble, judges, metric, proposals, records, repair
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Dataset, Schema, Sentence, Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import Encoder
from competitions.baidu_ie.inference import Records, kinds
from competitions.baidu_ie.judges import Filter, Found, Part, Weighted
from competitions.baidu_ie.knowledge import Knowledge, of_folds

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
    chosen = judges.best_threshold(judgement, truth, total)
    assert f1_of(judgement > chosen, truth, total) == pytest.approx(max(every))
    assert judges.best_f1(judgement, truth, total) == pytest.approx(max(every))


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_the_best_of_all(seed):
    judgement, truth, total = random_judgements(seed, ties=False)
    assert_best_of_all_thresholds(judgement, truth, total)
    falling, curve = judges.f1_curve(judgement, truth, total)
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
    assert judges.best_threshold(np.array([0.2, 0.9, 0.6]), np.array([0.0, 1.0, 1.0]), 2) == pytest.approx(0.4)
    assert judges.best_threshold(np.array([0.9, 0.6]), np.array([1.0, 1.0]), 2) == pytest.approx(0.3), "all are believed"
    nothing = np.zeros(0)
    assert judges.best_threshold(nothing, nothing, 3) == 0.5 and judges.best_f1(nothing, nothing, 3) == 0.0


def found_of(scores, truth, total):
    """Something with the scores and the truth of proposals."""
    return SimpleNamespace(scores=np.array(scores), targets=np.array(truth, float), total=total)


def learnt_ways(names, found):
    ways = ensemble.ways_of(names, Config(filter_rounds=0))
    return {name: learn(found, None) for name, learn in ways.items()}


def test_the_vote_is_never_worse_than_a_model_alone():
    scores = [[0.9, 0.5], [0.4, 0.9], [0.5, 0.1], [0.1, 0.6]]  # each model is wrong once where the other is not
    found = found_of(scores, [1, 1, 0, 0], 2)
    ways = learnt_ways(["pointers", "linker"], found)
    assert list(ways) == ["pointers", "linker", ensemble.VOTE]
    assert ways["pointers"].weights == (1.0, 0.0) and ways["linker"].judge(found).tolist() == found.scores[:, 1].tolist()
    f1 = {name: judges.best_f1(way.judge(found), found.targets, 2) for name, way in ways.items()}
    assert f1[ensemble.VOTE] == 1.0 > f1["pointers"] and f1["linker"] < 1.0
    assert sum(ways[ensemble.VOTE].weights) == pytest.approx(1.0)
    np.testing.assert_allclose(ways[ensemble.VOTE].judge(found), found.scores @ ways[ensemble.VOTE].weights)


def test_a_model_alone_and_three_models():
    scores = np.random.default_rng(0).random((5, 3))
    assert list(learnt_ways(["linker"], found_of(scores[:, :1], np.ones(5), 5))) == ["linker"]
    weights = learnt_ways(["a", "b", "c"], found_of(scores, np.ones(5), 5))[ensemble.VOTE].weights
    assert weights[1] == weights[2] and sum(weights) == pytest.approx(1.0)


def test_what_is_believed_exceeds_the_threshold():
    found = Found.all_of(
        part_of([sentence("甲乙丙"), sentence("甲乙")], candidates((0, (0, 0, 0, 1, 1), 0.5), (0, (0, 0, 0, 2, 2), 0.75)))
    )
    assert found.believed(found.scores[:, 0], 0.5) == [(Triple("甲", "作者", "丙"),), ()]
    assert found.take(np.array([1, 0])).believed(found.scores[:, 0], 0.5) == [(), (Triple("甲", "作者", "丙"),)]


TRAIN = [sentence(f"甲{n}的书", f"甲{n}-作者-书{n}") for n in range(6)]
FOLD = np.array([0, 1, 2, 0, 1, -1])


def test_what_is_known_of_a_fold_never_contains_it():
    extra = [sentence(one.text.upper() + " ", f"多{n}-作者-书", source="duie2") for n, one in enumerate(TRAIN)]
    extra.append(sentence("别的", "别的-作者-书", source="duie2"))
    knowledge = of_folds(dataset_of(TRAIN, extra), FOLD)
    assert set(knowledge) == {0, 1, 2}
    for number, known in knowledge.items():
        subjects = {subject for subject, _, _ in known.triples}
        others = np.flatnonzero(number != FOLD)
        assert subjects == {f"甲{n}" for n in others} | {f"多{n}" for n in others} | {"别的"}


def test_members_are_seen_on_the_validated_sentences_by_their_new_numbers():
    fold = np.array([-1, 0, -1, 0, 0, -1])
    arrays = {**vars(candidates((3, (0, 0, 0, 3, 3), 0.5))), "fold": fold}
    member = SimpleNamespace(model="linker", load_arrays=lambda name: arrays)
    encoded = encode(TRAIN)
    kind = kinds(Config())["linker"]
    plan = SimpleNamespace(
        dataset=dataset_of(TRAIN), config=Config(), kind=lambda name: kind, parts={"train": Records(TRAIN, encoded)}
    )
    part = ensemble.gather(plan, "oof", [member, member], np.flatnonzero(fold >= 0)).part
    assert part.sentences == [TRAIN[1], TRAIN[3], TRAIN[4]] and part.fold.tolist() == [0, 0, 0]
    assert part.proposals.sentence.tolist() == [1] and (part.proposals.scores > 0).all()
    assert part.encoded.ids[1].tolist() == encoded.ids[3].tolist()
    known = {subject for one in part.knowledge for subject, _, _ in one.triples}
    assert known == {"甲0", "甲2", "甲5"}


def part_of(sentences, *found, fold=None, known=None, types=False):
    known = known or [Knowledge.of([], SCHEMAS)] * len(sentences)
    return Part.of(list(sentences), encode(sentences), known, list(found), PREDICATES, types, fold)


def test_lightgbm_never_sees_the_part_that_it_is_scored_on(monkeypatch):
    fitted, seen = [], []

    def fit(rows, truth, models, rounds, seed):
        assert models == 1 and rounds == 7
        fitted.append(set(rows[:, 0].tolist()))
        assert truth.tolist() == (rows[:, 0] % 2).tolist(), "rows and truth go together"
        return SimpleNamespace(predict=lambda rows: seen.append(set(rows[:, 0].tolist())) or rows[:, 0])

    monkeypatch.setattr(proposals, "table", lambda found, *_: np.arange(len(found), dtype=float)[:, None])
    monkeypatch.setattr(proposals, "targets", lambda found, *_: np.arange(len(found)) % 2.0)
    monkeypatch.setattr(proposals, "fit", fit)
    fold = np.array([0, 1, 2, 0, 1, 2])
    given = candidates(*((n, (0, 1, 0, place, place), 0.5) for n in range(6) for place in (2, 3)))
    found = Found.all_of(part_of(TRAIN, given, fold=fold))
    assert judges.cross_judged(7, 0, found).tolist() == list(range(12)), "each judgement goes back to its proposal"
    assert len(fitted) == 3 and len(seen) == 3
    for own, other, number in zip(fitted, seen, range(3), strict=True):
        assert other == {row for row in range(12) if fold[row // 2] == number}
        assert not own & other and len(own | other) == 12
    fitted.clear()
    judges.cross_judged(7, 0, found.take(np.flatnonzero(fold != 1)))
    assert fitted == [{4, 5, 10, 11}, {0, 1, 6, 7}], "of what it is given, and nothing else"
    learnt = judges.fit_filter(7, 0, (), found, None)
    assert fitted[-1] == set(range(12)) and learnt.judge(found).tolist() == list(range(12))


@pytest.mark.parametrize("least", [1, 2])
def test_few_proposals_and_those_of_one_fold_leave_it_to_the_vote(monkeypatch, least):
    monkeypatch.setattr(ensemble, "LEAST", least)
    part = part_of([sentence("甲的妻子乙", "甲-妻子-乙")], candidates((0, (0, 0, 1, 4, 4), 0.5)))
    ways = ensemble.ways_of(["linker"], Config())
    assert list(ways) == ["linker", ensemble.FILTERED]
    assert ways[ensemble.FILTERED](Found.all_of(part), None) == ways["linker"](Found.all_of(part), None)


def test_the_ways_answer_and_come_back_from_disk(tmp_path):
    sentences = [sentence("甲的妻子乙"), sentence("丙"), sentence("丁的妻子戊")]
    given = candidates((0, (0, 0, 1, 4, 4), 0.5), (2, (0, 0, 1, 4, 4), 0.25)), candidates((0, (0, 0, 1, 4, 4), 0.25))
    found = Found.all_of(part_of(sentences, *given))
    vote = Weighted(0.2, (), (0.5, 0.5))
    couple = Triple("甲", "妻子", "乙")
    assert vote(found) == [(couple,), (), ()]
    assert Weighted(0.2, ("swap spouses",), (0.5, 0.5))(found) == [(couple, Triple("乙", "丈夫", "甲")), (), ()]
    random = np.random.default_rng(0)
    rows = random.random((200, len(proposals.columns(2))))
    trees = proposals.fit(rows, (rows[:, 0] > 0.5).astype(float), 2, rounds=3, seed=0)
    learnt = Filter(0.0, (), trees)
    assert learnt(found) == [(couple,), (), (Triple("丁", "妻子", "戊"),)]
    silent = Found.all_of(part_of(sentences, candidates(), candidates()))
    for way in (vote, learnt):
        joblib.dump(way, tmp_path / "way")
        assert joblib.load(tmp_path / "way")(found) == way(found)
        assert way(silent) == [(), (), ()]


COUPLES = [sentence("甲和乙", "甲-妻子-乙", "乙-丈夫-甲"), sentence("丙和丁", "丙-妻子-丁"), sentence("戊")]


def test_a_rule_is_measured_alone():
    given = [(Triple("甲", "妻子", "乙"),), (Triple("丙", "妻子", "丁"),), ()]
    effects = {one["rule"]: one for one in judges.rule_effects(COUPLES, given)}
    assert effects["swap spouses"]["sentences"] == 2
    assert effects["swap spouses"]["gain"] == pytest.approx(2 * 3 / (4 + 3) - 2 * 2 / (2 + 3))
    assert effects["drop own relatives"] == {"rule": "drop own relatives", "sentences": 0, "gain": 0.0}
    assert list(effects) == list(repair.POST_RULES)


def test_scores_are_of_all_sentences_and_a_repeated_text_counts_as_often_as_it_stands_there():
    counts = metric.count(COUPLES, [(Triple("甲", "妻子", "乙"),), (Triple("丙", "妻子", "戊"),), ()])
    figures = metric.TRIPLE_F1.figures(counts)
    assert metric.TRIPLE_F1.score(counts) == 0.4 and figures["precision"] == 0.5 and figures["recall"] == pytest.approx(1 / 3)
    assert figures["by subjects"] == {"F1, 1 subject": 0.0, "F1, 2 subjects": pytest.approx(2 / 3)}
    assert [metric.TRIPLE_F1.score(counts[rows]) for rows in ([0], [1, 2])] == [2 / 3, 0.0]
    assert metric.TRIPLE_F1.figures(metric.count([COUPLES[1]] * 2, [COUPLES[1].triples, ()]))["recall"] == 0.5


def test_triples_are_read_as_they_were_written_and_the_file_is_the_same(own_home):
    run = open_run("baidu_ie", "ensemble", Config(data="x"), "0")
    sentences = [sentence("甲\u2028乙\n丙\x85"), sentence("丁\r"), sentence("丁"), sentence("")]
    triples = [(Triple("甲\u2028", "妻子", "乙\n"), Triple('"', "作者", "\\")), (), (Triple("丁", "作者", "丁"),), ()]
    ensemble.write_triples(run, "oof", sentences, triples)
    assert ensemble.read_triples(run, "oof") == list(zip([one.text for one in sentences], triples, strict=True))
    before = (run.path / "oof.jsonl.gz").read_bytes()
    ensemble.write_triples(run, "oof", sentences, triples)
    assert (run.path / "oof.jsonl.gz").read_bytes() == before
    line = json.loads(records.line_of("甲", (Triple("a", "b", "c"),)))
    assert line == {"text": "甲", "spo_list": [{"subject": "a", "predicate": "b", "object": "c"}]}


def test_triples_that_contradict_the_types_are_left_out_where_that_is_asked():
    schemas = (Schema("图书作品", "作者", "人物"), Schema("人物", "妻子", "人物"))
    known = Knowledge.of([sentence("", "甲-妻子-丙"), sentence("", "甲-妻子-丁")], schemas)
    wrong, right = Triple("甲", "作者", "乙"), Triple("甲", "妻子", "乙")
    given = [sentence("甲乙", "甲-妻子-乙")], candidates((0, (0, 0, 0, 1, 1), 0.9), (0, (0, 0, 1, 1, 1), 0.8))
    plain, typed = (part_of(*given, known=[known], types=types) for types in (False, True))
    way = Weighted(0.5, (), (1.0,))
    assert set(way(Found.all_of(plain))[0]) == {wrong, right} and way(Found.all_of(typed)) == [(right,)]
    effect = judges.types_effect(plain, [(wrong, right)])
    assert effect["sentences"] == 1 and effect["gain"] == pytest.approx(1 - 2 / 3)
