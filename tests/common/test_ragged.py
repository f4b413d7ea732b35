import numpy as np

from common.ragged import Ragged

TEXTS = Ragged.of([np.array([3, 1, 4]), np.array([], dtype=int), np.array([1, 5])])


def test_rows_keep_their_order_and_length():
    assert len(TEXTS) == 3 and TEXTS.lengths.tolist() == [3, 0, 2]
    assert [TEXTS[row].tolist() for row in range(3)] == [[3, 1, 4], [], [1, 5]]
    assert [row.tolist() for row in (TEXTS.take([2, 0])[0], TEXTS.take([2, 0])[1])] == [[1, 5], [3, 1, 4]]


def test_padding_is_zeros_up_to_a_multiple():
    padded = TEXTS.padded([2, 1, 0], multiple=4)
    assert padded.tolist() == [[1, 5, 0, 0], [0, 0, 0, 0], [3, 1, 4, 0]]
    assert TEXTS.padded([1], steps=5).shape == (1, 5)


def test_windows_begin_and_end_where_they_are_told():
    assert TEXTS.padded([0, 2], begins=np.array([1, 0]), lengths=[2, 1], multiple=2).tolist() == [[1, 4], [1, 0]]


def test_channels_are_padded_too():
    channels = Ragged.of([np.ones((2, 3)), np.ones((1, 3))], (3,), "float32")
    padded = channels.padded([0, 1], multiple=2)
    assert padded.shape == (2, 2, 3) and padded.dtype == "float32" and padded[1, 1].sum() == 0


def test_no_rows_at_all():
    empty = Ragged.of([], (2,))
    assert len(empty) == 0 and empty.values.shape == (0, 2)


def test_rows_at_other_places_of_a_longer_array():
    found = Ragged.of([np.array([3, 1, 4]), np.array([], int), np.array([1])]).spread(np.array([1, 2, 4]), 6)
    assert [row.tolist() for row in (found[number] for number in range(6))] == [[], [3, 1, 4], [], [], [1], []]
