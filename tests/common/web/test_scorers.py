"""Each scorer to the letter: what scores 1, what 0, and the oddities that published figures hold."""

import numpy as np
import pytest

from common.web import scorers


def test_words_split_chinese_into_characters_and_keep_others_whole():
    assert scorers.overlap("你好 world_1!", "你好吗 world_1") == (3, 0, 1)
    assert scorers.overlap("", "a b") == (0, 0, 2)
    assert scorers.f1(*scorers.overlap("a b c", "a b c")) == 1
    assert scorers.f1(*scorers.overlap("", "")) == 1


def test_runs_of_four_words_count_and_a_short_text_is_one_run():
    assert scorers.overlap("a b c d e", "a b c d e", size=4) == (2, 0, 0)
    assert scorers.overlap("a b c d e", "a b c d f", size=4) == (1, 1, 1)
    assert scorers.overlap("a b", "a b", size=4) == (1, 0, 0)
    assert scorers.overlap("a b", "b", size=4) == (0, 1, 1)


def test_an_empty_answer_costs_recall_alone_in_the_article_benchmark():
    f, precision, recall = scorers.precision_recall([(1, 0, 0), (0, 0, 1)])
    assert (precision, recall) == (1, 0.5)
    assert f == pytest.approx(2 / 3)
    assert scorers.precision_recall([(0, 0, 1)]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "gold", "options", "expected"),
    [
        ("<p> a b", "<p> a b", {}, (100, 100, 100)),
        ("a b c", "<p> a b c", {}, (75, 100, 60)),  # a mark is a word, and one at the beginning leaves an empty word before it
        (
            "a\nURL of it\nb",
            "URL: http://x\na b",
            {},
            (80, 100, 200 / 3),
        ),  # any line with URL first goes; of one at the beginning an empty word stays
        ("<h> a", "<p> a", {"unlabelled": True}, (100, 100, 100)),
        ("caf\xe9 au lait", "caf au lait", {"ascii": True}, (100, 100, 100)),
        ("a\tb\x07c", "a b c", {}, (100, 100, 100)),
    ],
)
def test_cleanevals_scorer_keeps_its_oddities(text, gold, options, expected):
    assert scorers.cleaneval(text, gold, **options)[:3] == pytest.approx(expected)


def test_cleanevals_marks_are_scored_apart():
    assert scorers.cleaneval("<p> a <h> b", "<p> a <l> b")[3:] == pytest.approx((50, 50, 50))
    assert scorers.cleaneval("a", "<p> a")[3:] == (0, 0, 0)


def test_cleanevals_sums_weigh_pages_by_their_words():
    counts = [scorers.cleaneval_counts(*page)[0] for page in (("a b c d", "a b c d"), ("x", "y"))]
    assert counts == [(4, 0, 0), (0, 1, 1)]
    assert scorers.percent(*np.sum(counts, axis=0)) == pytest.approx((80, 80, 80))  # the mean of the two is 50


def test_difflib_takes_frequent_words_of_long_texts_for_junk():
    long = " ".join(["first", *["the"] * 30, *(f"w{number}" for number in range(300))])
    assert scorers.cleaneval("x the", long)[0] == 0 < scorers.cleaneval("x w1", long)[0]


def test_segments_are_found_anywhere_once_or_often_and_blanks_do_not_matter():
    assert scorers.segments("one  two\nthree three", ["one two", "three", "four"], ["two three", "five"]) == (2, 1, 1, 1)


def test_posts_are_matched_in_order_one_to_one():
    gold = [{"post_text": text, "user": "u", "datetime": "2015-3-2 10:11"} for text in ("a b c", "d e f", "a b c")]
    found = [{"post_text": "d e f", "user": "u", "datetime": "2. März 2015, 10:11"}, {"post_text": "a b c", "user": "v"}]
    matched = scorers.match_posts(found, gold)
    assert matched.pairs == [(0, 1), (1, 2)]
    assert (matched.author, matched.date, matched.time) == (1, 0, 1)
    assert not matched.all_right
    assert scorers.match_posts(gold, gold).all_right
    assert scorers.match_posts(list(reversed(found)), gold).pairs != scorers.match_posts(found, gold).pairs
    assert scorers.match_posts([], gold).pairs == []


def test_a_post_needs_a_dice_of_four_fifths():
    gold = [{"post_text": "一二三四五六七八九十"}]
    assert scorers.match_posts([{"post_text": "一二三四五六七八"}], gold).pairs  # 16 / 18
    assert not scorers.match_posts([{"post_text": "一二三四五六"}], gold).pairs  # 12 / 16


@pytest.mark.parametrize(
    ("date", "time", "gold", "right"),
    [
        ("2 hours ago", "2020-04-24T09:07:00", "24. April 2020", 1),  # a truth without a clock says a day
        ("2 hours ago", "2020-04-24T09:07:00", "24. April 2020, 9:08", 0),
        ("2 hours ago", None, "2 hours ago", 1),
        ("24.4.2020", None, "", 0),
    ],
)
def test_times_are_compared_as_far_as_the_truth_says_them(date, time, gold, right):
    post = {"post_text": "a", "datetime": date, "time": time}
    assert scorers.match_posts([post], [{"post_text": "a", "datetime": gold}]).time == right
