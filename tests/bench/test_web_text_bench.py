"""The benchmark scores every system on the same pages, and a system that breaks has an empty answer."""

from bench import web_text
from competitions.web_text.data import Record


def record(page, name="one", gold="a b c d", kind="text"):
    return Record(name, page, "x.example", b"<p>a b c d</p>", kind, gold, f"<p>{gold}")


def test_the_first_pages_of_each_set_are_read():
    chosen = web_text.first_pages([record("1"), record("2"), record("3", "two")], 1)
    assert [(one.set, one.id) for one in chosen] == [("one", "1"), ("two", "3")]


def test_a_system_that_breaks_answers_nothing_and_a_peer_is_asked_once(tmp_path):
    asked = []

    def peer(page):
        asked.append(page.id)
        return {"1": "a b c d"}[page.id]

    records = [record("1"), record("2")]
    for _ in range(2):
        found = web_text.answers_of("peer", peer, records, tmp_path)
    assert [answer for answer, _ in found] == ["a b c d", ""] and asked == ["1", "2"]
    assert web_text.scores_of(records, found)["one"][:2] == (0.5, 2 * 0.5 / 1.5)


def test_the_tables_rank_the_systems_and_count_empty_answers():
    records = [record("1"), record("2", "cleaneval_dev")]
    answered = {"bad": [("", 1.0), ("a b", 3.0)], "good": [("a b c d", 0.5)] * 2}
    assert web_text.points_of(records, answered) == {"bad": (2.0, 1 / 3), "good": (0.5, 1.0)}
    words, _, clean = web_text.text_tables(records, answered)
    assert [row[0] for row in words[2]] == ["good", "bad"]
    assert [row[-2:] for row in words[2]] == [["0.5", "0"], ["2.0", "1"]]
    assert clean[1] == ["system", "cleaneval_dev"]


def test_posts_are_scored_together():
    thread = record("1", gold=[{"post_text": "a b", "user": "u", "datetime": "2015-3-2"}], kind="posts")
    _, columns, rows = web_text.post_table(
        [thread], {"ours": [([{"post_text": "a b", "user": "u"}], 5.0)], "none": [("", 1.0)]}
    )
    assert dict(zip(columns, rows[0], strict=True)) | {"F": "1.000", "author": "1.000", "time": "0.000", "ms": "5"} == dict(
        zip(columns, rows[0], strict=True)
    )
    assert rows[1][3] == "0.000"
