import numpy as np

from competitions.webqa import data, metric, ranker, sample


def test_candidates_of_a_question():
    first = [("梅兰芳", "nr"), ("写", "v"), ("了", "u"), ("《", "x"), ("山海", "n"), ("》", "x")]
    passages = [first, [("。", "x"), ("写", "v")]]
    scores = np.array([[3.0, 1.0], [2.0, 4.0]])

    def no_rarity(words):
        return np.zeros(len(words))

    table = ranker.describe("谁写了《山海》？", ["谁", "写", "了", "《", "山海", "》", "？"], passages, scores, no_rarity, 6)
    table = table.set_index("text")
    assert {"梅兰芳", "梅兰芳写了", "《山海》", "写"} <= set(table.index)
    assert not any("。" in text or len(text) > 6 for text in table.index) and table.index.is_unique
    name = table.loc["梅兰芳"]
    assert (name["left"], name["right"], name["begin"], name["length"], name["words"]) == (ranker.FAR, 0, 0, 3, 1)
    assert (name["word_score"], name["word_rank"], name["character_rank"], name["passages"]) == (3, 0, 1, 1)
    assert (name["matched_near"], name["asked_share"], name["tag_before"]) == (3, 0, 0)
    assert (table.loc["写", "places"], table.loc["写", "passages"], table.loc["写", "asked_whole"]) == (2, 2, 1)


def test_the_quick_score_of_candidates_is_the_official_one(tmp_path):
    sample.write(tmp_path / "sample", 60, seed=1)
    for question in data.load(tmp_path / "sample", report=False).train[:10]:
        gold = metric.gold_of([question])[question.id]
        text = question.passages[0].text
        texts = [text[begin : begin + 4] for begin in range(len(text))] + list(question.answers)
        expected = [(metric.accuracy_of(one, gold) + metric.f1_of(one, gold)) / 2 for one in texts]
        np.testing.assert_allclose(ranker.targets(texts, question, gold), expected)
