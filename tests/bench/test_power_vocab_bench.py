"""The benchmark's peers find what they should, rows are ranked and compared alike, tables written for real data alone."""

import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from bench import judged_words, measure, power_vocab, segmentation, vocab_peers
from common import paths
from common.errors import ConfigError, DataError
from common.text.word_discovery import WordDiscovery
from competitions.power_vocab import data, metric, ranker
from competitions.power_vocab.config import Config

TERMS = ("变压器", "断路器", "继电保护", "隔离开关", "母线", "避雷器", "电流互感器", "绕组")
COMMON = "我们今天在那里看见了他的朋友和她说明这件事情很好"
SMALL = ["dim=4", "epochs=1", "seeds=2", "near=2", "head=4", "model=keyness,measures"]


@pytest.fixture
def folder(tmp_path):
    """Sentences of common characters with terms between them, the same without terms, and the terms."""
    draw = np.random.default_rng(1)

    def sentence(words):
        return "，".join("".join(draw.permutation(list(COMMON))[:4]) + word for word in draw.permutation(words)[:3]) + "。\n"

    home = tmp_path / "data"
    home.mkdir()
    (home / "data.txt").write_text("".join(sentence(TERMS) for _ in range(300)), encoding="utf-8")
    (home / "background.txt").write_text("".join(sentence(["天气", "音乐", "电影"]) for _ in range(200)), encoding="utf-8")
    (home / "gold.txt").write_text("\n".join(TERMS), encoding="utf-8")
    return home


@pytest.fixture
def icwb2(tmp_path):
    """Two sentences of a segmentation test, with line ends as the original's."""
    home = tmp_path / "icwb2"
    home.mkdir()
    (home / "pku_test.utf8").write_bytes("我们今天，\r\n变压器很好\r\n".encode())
    (home / "pku_test_gold.utf8").write_bytes("我们  今天  ，  \r\n变压器  很  好  \r\n".encode())
    return home


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Everything in this process, with the peer that needs no package, and a segmenter of single characters."""
    plain = ("word_discovery", {"min_count": 20})
    monkeypatch.setattr(power_vocab, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(power_vocab, "PEERS", dict.fromkeys((*power_vocab.NLP_ZERO, "plain"), plain))
    monkeypatch.setattr(power_vocab, "SHARES", (0.5, 1.0))
    ways = {name: way for name, way in power_vocab.WAYS.items() if not name.startswith("nlp-zero")}
    peers = dict.fromkeys(set(power_vocab.PAIRS.values()) - set(ways), power_vocab.our_nlp_zero)
    monkeypatch.setattr(power_vocab, "WAYS", {**peers, **ways})
    monkeypatch.setattr(segmentation, "by_dictionary", lambda texts, counts=None: [list(text) for text in texts])
    monkeypatch.setattr(measure, "alone", lambda function, *arguments: function(*arguments) | {"memory": 0.1})


@pytest.mark.parametrize("ratios", [(5, 25, 125), (2, 4, 8)])
def test_the_plain_form_finds_the_same_words_as_ours(folder, ratios):
    lines = (folder / "data.txt").read_text(encoding="utf-8").splitlines()
    lines += [*lines[:20], "变压器断路器", ""]  # texts that come twice count once
    words = vocab_peers.word_discovery(lines, min_count=30, ratios=ratios)
    above = tuple(np.nextafter(np.log(ratios), np.inf).tolist())
    ours = WordDiscovery.published_4256(min_count=30, min_cohesion=above).fit(dict.fromkeys(lines))
    assert words == power_vocab.counts_of(ours)
    assert words.keys() >= ({"绕组", "母线"} if ratios[0] == 5 else set(TERMS))


def test_the_plain_form_by_hand():
    """甲乙 is in 8 of 8 pieces, 丙丁 in 8 of 8; 甲 and 丙 stand together once, which is no word."""
    lines = [f"甲乙，丙丁，{number}" for number in "12345678"]
    assert vocab_peers.word_discovery(lines, min_count=3, ratios=(2, 4, 8)) == {"甲乙": 8, "丙丁": 8}
    assert vocab_peers.word_discovery(lines, min_count=3, ratios=(4, 4, 8)) == {"甲": 8, "乙": 8, "丙": 8, "丁": 8}
    assert vocab_peers.word_discovery(lines, min_count=9, ratios=(2, 4, 8)) == {}


@pytest.mark.parametrize(
    ("kept", "pieces"), [((), "甲 乙 丙 丁"), (("甲乙", "乙丙"), "甲乙丙 丁"), (("甲乙丙丁",), "甲乙丙丁")]
)
def test_kept_ngrams_that_overlap_join(kept, pieces):
    assert vocab_peers.cut("甲乙丙丁", set(kept), 4) == pieces.split()


def test_long_words_are_made_of_kept_ngrams():
    assert vocab_peers.made_of("甲乙", set(), 4) and not vocab_peers.made_of("甲乙丙", set(), 4)
    assert vocab_peers.made_of("甲乙丙丁", {"甲乙丙", "乙丙丁", "甲乙丙丁"}, 4)
    assert not vocab_peers.made_of("甲乙丙丁", {"甲乙丙", "甲乙丙丁"}, 4)


@pytest.mark.skipif(find_spec("nlp_zero") is None, reason="the extra `bench` is not installed")
def test_nlp_zero_runs_on_this_python():
    words = vocab_peers.nlp_zero(["变压器，母线，变压器", "母线"])
    assert words == {"变压器": 2, "母线": 2}


@pytest.mark.parametrize("peer", ["jieba", "gensim_phrases", "smoothnlp"])
def test_packages_find_words(peer):
    pytest.importorskip(peer.partition("_")[0], reason="the extra `bench` is not installed")
    pytest.importorskip("jieba", reason="the extra `bench` is not installed")
    lines = [f"我们检查变压器，{other}" for other in ("很好", "不好", "天气", "音乐")] * 20
    assert set(getattr(vocab_peers, peer)(lines)) & {"变压器", "检查变压器"}


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ConfigError, match=r"not all installed .*jieba.*pip install -e '.\[bench\]'"):
        vocab_peers.jieba(["天气"])


def test_f1_counts_words_that_begin_and_end_right():
    truth = [["我们", "今天", "，"], ["好"]]
    assert segmentation.f1(truth, truth) == 1
    # 3 of 4 known words are found, among 5 proposed
    assert segmentation.f1(truth, [["我", "们", "今天", "，"], ["好"]]) == pytest.approx(2 * 3 / (4 + 5))
    assert segmentation.f1(truth, [["我们今天，"], ["好"]]) == pytest.approx(2 / (4 + 2))
    assert segmentation.f1([[]], [[]]) == 0
    with pytest.raises(DataError, match=r"text 2: the segmenter changed '好' to '坏'"):
        segmentation.f1(truth, [truth[0], ["坏"]])


def test_the_same_word_elsewhere_is_not_right():
    assert segmentation.f1([["好好", "好"]], [["好", "好好"]]) == 0


def test_the_segmentation_test_is_read_and_checked(icwb2):
    texts, truth = segmentation.read(icwb2)
    assert texts == ["我们今天，", "变压器很好"] and truth[1] == ["变压器", "很", "好"]
    (icwb2 / "pku_test_gold.utf8").write_text("我们  今天  ，\n变压器  很\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2: the words of pku_test_gold.utf8 do not join to the text of pku_test.utf8"):
        segmentation.read(icwb2)
    (icwb2 / "pku_test_gold.utf8").write_text("我们  今天  ，\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"pku_test.utf8 has 2 lines, pku_test_gold.utf8 1"):
        segmentation.read(icwb2)


def test_a_dictionary_of_our_own_segments():
    pytest.importorskip("jieba", reason="the extra `bench` is not installed")
    texts = ["变压器很好，变压器"]
    assert segmentation.by_dictionary(texts, {"变压器": 9, "很好": 5}) == [["变压器", "很好", "，", "变压器"]]
    assert segmentation.by_dictionary(texts, {"变压": 9, "器很": 5}) == [["变压", "器很", "好", "，", "变压", "器"]]


def test_words_are_ranked_by_ratio_and_counted_everywhere(folder):
    (folder / "data.txt").write_text("母线母线母线，天气天气天气天气。避雷器避雷器", encoding="utf-8")
    (folder / "background.txt").write_text("天气天气天气天气天气天气天气天气天气", encoding="utf-8")
    config = Config(data=folder)
    dataset = data.load(folder)
    words = ["天气", "避雷器", "母线", "线", "线母", "12", "绕组"]
    # 线 is too short, 12 no word, 绕组 does not occur
    assert power_vocab.by_ratio(words, dataset, config) == ["母线", "线母", "避雷器", "天气"]


def test_ratios_are_paired_and_of_the_reported_half(folder):
    (folder / "gold.txt").write_text("\n".join([*TERMS, *COMMON]), encoding="utf-8")
    dataset = data.load(folder)
    reported = power_vocab.half_of(dataset.gold, power_vocab.REPORTED)
    assert 0 < len(reported) < len(dataset.gold) and all(ranker.half_of(word) == 1 for word in reported)
    costs = {"seconds": 90.0, "cpu": 80.0, "memory": 0.5}
    rankings = {
        "peer": {"words": np.array(["一", *reported]), **costs},
        "ours": {"words": np.array(reported), **costs},
        "none": {"words": np.array(["一"]), **costs},
    }
    peer, ours, none = power_vocab.ranking_rows(rankings, dataset, "peer", seed=1)
    assert peer[7:10] == ["", "", ""] and ours[5] == "1.0000" and ours[6] == "0.0000"
    assert ours[8:10] == ["1.00 (1.00 to 1.00)"] * 2 and ours[10:] == ["90", "80", "0.50"]
    assert float(ours[7].partition(" ")[0]) > 1 and none[7] == "0.00 (0.00 to 0.00)"


def test_curves_of_all_rankings_are_of_the_reported_half(folder, tmp_path, monkeypatch):
    (folder / "gold.txt").write_text("\n".join([*TERMS, *COMMON]), encoding="utf-8")
    dataset = data.load(folder)
    drawn = []
    monkeypatch.setattr(power_vocab.pictures, "precision_recall", lambda *given: drawn.append(given))
    rankings = {"peer": {"words": np.array(["天", "母线"])}, "ours": {"words": np.array(["母线"])}}
    assert power_vocab.draw_curves(rankings, dataset, tmp_path) == tmp_path / "precision_recall.png"
    ((curves, scored, _),) = drawn
    assert curves == {"peer": ["天", "母线"], "ours": ["母线"]}
    assert list(scored.gold) == power_vocab.half_of(dataset.gold, power_vocab.REPORTED)


def test_resamples_keep_the_figures_on_average(folder):
    (folder / "gold.txt").write_text("\n".join([*TERMS, *COMMON]), encoding="utf-8")
    dataset = data.load(folder)
    gold = power_vocab.half_of(dataset.gold, power_vocab.REPORTED)
    ranking = {"words": np.array(["一", gold[0], "二", gold[1], gold[2], "三"])}
    scores = metric.score(gold, ranking["words"].tolist())
    draws = power_vocab.bootstrap(ranking, dataset, seed=1)
    for figure in ("precision@1000", "recall"):
        assert draws[figure].mean() == pytest.approx(scores[figure], rel=0.05)
    assert len(draws["average_precision"]) == power_vocab.DRAWS and (draws["average_precision"] >= 0).all()


def test_what_was_measured_under_other_settings_is_not_read(folder, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(measure, "resumed", lambda path, *_: read.append(path))
    for settings in ({}, {"dim": 7}, {"model": ("measures",)}, {"share_of_vectors": 0.25}):
        power_vocab.resumed(tmp_path, "ours", [], power_vocab.measure_ours, Config(data=folder, **settings))
    assert len(set(read)) == 4


def test_what_is_needed_is_said(folder):
    with pytest.raises(ConfigError, match=r"ranker: the benchmark sets ranker itself"):
        power_vocab.main([f"data={folder}", "ranker=true"])
    with pytest.raises(ConfigError, match=r"repeats=0: expected at least 1"):
        power_vocab.main([f"data={folder}", "repeats=0"])
    (folder / "background.txt").unlink()
    with pytest.raises(DataError, match=r"needs background.txt and known terms"):
        power_vocab.main([f"data={folder}"])


def test_a_broken_segmentation_test_is_named_before_anything_is_measured(folder, icwb2, monkeypatch):
    monkeypatch.setattr(power_vocab, "measure_rankings", named("measure_rankings"))
    (icwb2 / "pku_test_gold.utf8").write_text("我们  今天  ，\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"pku_test.utf8 has 2 lines"):
        power_vocab.main([f"data={folder}", f"icwb2={icwb2}"])


def test_speed_is_measured_on_the_big_text_where_there_is_one(folder):
    config = Config(data=folder)
    assert power_vocab.speed_corpus(config).name == "data.txt"
    assert [path.name for path in power_vocab.all_texts(config)] == ["data.txt", "background.txt"]
    (folder / power_vocab.BIG).write_bytes(b"")
    assert power_vocab.speed_corpus(config).name == power_vocab.all_texts(config)[-1].name == power_vocab.BIG


def test_speeds_are_medians_beside_the_peer():
    def found(seconds, words):
        counts = np.array(list(words.values()))
        return {
            "characters": 100,
            "seconds": seconds,
            "cpu": 1.0,
            "memory": 0.2,
            "words": np.array(list(words)),
            "counts": counts,
        }

    ours, peer = next(iter(power_vocab.PAIRS.items()))
    measured = {
        peer: [found(10.0, {"天": 1, "地": 2})],
        ours: [found(seconds, {"天": 1, "地": 3}) for seconds in (1.0, 2.0, 9.0)],
    }
    rows = power_vocab.speed_rows(measured)
    assert rows[0] == [peer, "10", "10.0", "10.0 - 10.0", "1.00", "0.20", "2"]
    assert rows[1][1:4] == ["50, 5.0 times the peer", "2.0", "1.0 - 9.0"] and rows[1][6] == "2, 2 other than the peer's"


def test_larger_shares_hold_the_smaller_ones(folder, icwb2, monkeypatch):
    seen = []

    class Discovery(WordDiscovery):
        def fit(self, corpus):
            seen.append(list(corpus))
            return super().fit(corpus)

    monkeypatch.setattr(power_vocab, "WordDiscovery", Discovery)
    monkeypatch.setattr(segmentation, "by_dictionary", lambda texts, counts: [list(text) for text in texts])
    found = [power_vocab.measure_segmentation(Config(data=folder), icwb2, share, 32) for share in (0.25, 1.0)]
    assert set(seen[0]) < set(seen[1]) and len(seen[1]) == 500
    assert found[0]["characters"] < found[1]["characters"] and found[1]["dictionary"] == pytest.approx(2 * 3 / (6 + 10))


def test_the_whole_table_and_no_file_for_a_sample(folder, icwb2, quick, capsys, monkeypatch):
    """Every step of the benchmark but the packages, twice: the second time everything is read."""
    settings = [f"data={folder}", *SMALL, "repeats=2"]
    (folder / paths.SAMPLE_MARK).write_text("")
    power_vocab.main([*settings])
    shown = capsys.readouterr().out
    (picture,) = paths.runs("power_vocab").glob("bench-*/precision_recall.png")
    assert f"Wrote {picture}" in shown
    assert "no file was written" in shown and "No icwb2=FOLDER was given" in shown and not power_vocab.RESULTS.exists()
    power_vocab.main([*settings, f"icwb2={icwb2}"])
    assert not list(paths.runs("power_vocab").glob("*/config.json")), "no run of the benchmark is the contest's newest"
    (folder / paths.SAMPLE_MARK).unlink()
    for name in ("measure_peer", "measure_ours", "measure_speed", "measure_segmentation"):
        monkeypatch.setattr(power_vocab, name, named(name))
    power_vocab.main([*settings, f"icwb2={icwb2}"])
    written = power_vocab.RESULTS.read_text()
    command = f"make bench COMP=power_vocab data=DATA {' '.join(SMALL)} repeats=2 icwb2=ICWB2"
    for part in (
        command,
        "| ours: ensemble |",
        "| ours: keyness |",
        "0 other than the peer's",
        "| 0.5 of all texts, min_count=8 |",
        "| 0.765 |",
    ):
        assert part in written
    assert str(folder.parent) not in written


def named(name):
    """A function that must not be called, under the name of the one that it stands for."""

    def never(*_):
        raise AssertionError(f"{name} was called for what had been measured")

    never.__name__ = name
    return never


RANKINGS = {"ours": [f"甲{number}" for number in range(10_000)], "nlp-zero": [f"乙{number}" for number in range(1_100)]}


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """The sheet of drawn words, in a folder of its own."""
    names = {"WORDS": "words.csv", "DRAWS": "draws.csv", "RESULTS": "results.md"}
    for name, file in names.items():
        monkeypatch.setattr(judged_words, name, tmp_path / file)
    monkeypatch.setattr(judged_words, "rankings_of", lambda settings: RANKINGS)
    judged_words.main(["draw"])
    return tmp_path / "words.csv"


def test_words_are_drawn_from_every_band_and_shown_without_their_ranking(judged):
    draws, words = pd.read_csv(judged.with_name("draws.csv")), pd.read_csv(judged, keep_default_na=False)
    ranks = {word: rank for ranking in RANKINGS.values() for rank, word in enumerate(ranking, start=1)}
    for row in draws.itertuples():
        low, high = map(int, row.band.split("-"))
        assert low <= ranks[row.word] <= high
    assert draws.groupby(["ranking", "band"]).size().to_dict() == {
        **{("ours", band): 100 for band in ("1-200", "201-1000", "1001-3000", "3001-6000", "6001-10000")},
        **{("nlp-zero", band): 100 for band in ("1-200", "201-1000", "1001-3000")},
    }
    assert list(words) == ["word", "verdict"] and set(words["word"]) == set(draws["word"]) and set(words["verdict"]) == {""}
    first = words["word"].str[0][:100]
    assert 20 < (first == "甲").sum() < 90, "shuffled"


def test_verdicts_stay_and_are_counted_by_band(judged, capsys):
    words = pd.read_csv(judged, keep_default_na=False)
    with pytest.raises(DataError, match=r"words\.csv: 800 words have no verdict \(term or no\)"):
        judged_words.count([])
    number = words["word"].str[1:].astype(int)
    words["verdict"] = np.where((number < 200) | (number % 2 == 0), "term", "no")
    words.iloc[1:].to_csv(judged, index=False)
    judged_words.main(["draw"])
    again = pd.read_csv(judged, keep_default_na=False)
    assert len(again) == 800 and (again["verdict"] == "").tolist() == [True] + [False] * 799, "what is to be judged comes first"
    words.to_csv(judged, index=False)
    judged_words.main(["count"])
    assert "1.00 (0.96 to 1.00)" in judged.with_name("results.md").read_text() and "1-200" in capsys.readouterr().out
