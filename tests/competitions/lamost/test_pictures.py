import numpy as np

from competitions.lamost import pictures


def test_names_of_near_lines_stand_a_gap_apart_and_far_ones_where_they_are():
    places = np.array([0.0, 10.0, 10.5, 11.0, 30.0])
    np.testing.assert_allclose(pictures.apart(places, 2.0), [0, 8.5, 10.5, 12.5, 30])
