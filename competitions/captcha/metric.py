"""The whole string or nothing: the share of pictures with every sign right, the mean over styles.

The case of a letter counts only in styles that `cased=` names: the sites take either.
"""

import numpy as np

from common.experiment import Metric

STYLE, RIGHT, EXACT, SIGNS = 0, 1, 2, 3  # columns of what a picture contributes; from `SIGNS` on, one for each position
NO_SIGN = 2  # in those, past the label's end


def count(table, truth, probability):
    """What each picture contributes: its style, all right, all right with every case, and right at each position.

    Args:
        table: the `Table`.
        truth: style and numbers of the signs of each picture, `(pictures, 1 + positions)`.
        probability: of signs, `(pictures, positions, signs)`.

    Returns:
        Integers `(pictures, 3 + positions)`.
    """
    styles, wanted = truth[:, 0], truth[:, 1:]
    found, _ = table.answers(styles, probability)
    exact = found == wanted
    right = exact | (~table.cased[styles][:, None] & (wanted >= 0) & (found == table.other_case[wanted]))
    return np.column_stack([styles, right.all(axis=1), exact.all(axis=1), np.where(wanted == 0, NO_SIGN, right)])


def by_style(counts, column=RIGHT):
    """Share of pictures that are right, `{number of the style: share}`."""
    return {int(style): float(counts[counts[:, STYLE] == style, column].mean()) for style in np.unique(counts[:, STYLE])}


def sign_accuracy(counts):
    """Share of single signs that are right, of all positions together."""
    signs = counts[:, SIGNS:]
    return float((signs[signs != NO_SIGN] == 1).mean())


def full_match(table):
    """The `Metric` of a table of styles."""
    return Metric(
        "full match",
        count=lambda truth, probability: count(table, truth, probability),
        score=lambda counts: float(np.mean(list(by_style(counts).values()))),
        figures=lambda counts: {
            "case too": float(np.mean(list(by_style(counts, EXACT).values()))),
            "signs": sign_accuracy(counts),
        },
    )
