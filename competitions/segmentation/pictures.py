"""What is cut in another way than it should be."""

from collections import Counter

import matplotlib.pyplot as plt

from common.report import fonts
from common.report.plots import save
from competitions.segmentation.metric import spans

SHOWN = 25  # differences
LONGEST = 10  # characters of one


def differences(gold, found):
    """How often a stretch between two common ends is cut in one way and should be in another: (truth, answer) to count."""
    counts = Counter()
    for words, others in zip(gold, found, strict=True):
        text, one, other = "".join(words), {end for _, end in spans(words)}, {end for _, end in spans(others)}
        start = 0
        for end in sorted(one & other):
            ways = [
                " ".join(text[a:b] for a, b in zip([start, *inside], [*inside, end], strict=True))
                for inside in (sorted(stop for stop in ends if start < stop < end) for ends in (one, other))
            ]
            if ways[0] != ways[1] and end - start <= LONGEST:
                counts[tuple(ways)] += 1
            start = end
    return counts


def mistakes(gold, found, path):
    """The most frequent of these differences, as bars."""
    most = differences(gold, found).most_common(SHOWN)[::-1]
    figure, axis = plt.subplots(figsize=(8, 0.32 * max(3, len(most)) + 1), layout="constrained")
    axis.barh(range(len(most)), [count for _, count in most], color="tab:red")
    labels = [f"{right}  →  {wrong}" for (right, wrong), _ in most]
    axis.set_yticks(range(len(most)), labels, fontproperties=fonts.chinese())
    axis.set(xlabel="times", title="truth → answer, out of fold")
    save(figure, path)
