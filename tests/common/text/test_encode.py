"""The ids of every character."""

from common.text.encode import places_in_words


def test_places_in_words():
    assert places_in_words([1, 2, 3]).tolist() == [1, 2, 4, 2, 3, 4]
    assert places_in_words([]).tolist() == []
