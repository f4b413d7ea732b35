"""Accuracy; beside it that where characters of one shape and two sizes count as one, and that of the best three candidates."""

import numpy as np

from common.experiment import Metric

SAME_SHAPE = ("Cc", "Oo0", "Ss", "Vv", "Ww", "Xx", "Zz")  # cropped and scaled, they are the same picture
LOOKALIKES = ("日曰", "己已巳", "未末", "土士")  # told apart by lengths of strokes


def accuracy_of(characters):
    """The `Metric` of a list of characters; answers are candidates, see `common.experiment.candidates`."""
    merged = np.arange(len(characters))
    for shape in SAME_SHAPE:
        places = [characters.index(one) for one in shape if one in characters]
        merged[places] = min(places, default=0)

    def count(truth, candidates):
        classes, truth = candidates[..., 0].astype(int), np.asarray(truth)
        among = (classes[:, :3] == truth[:, None]).any(axis=1)
        return np.stack([classes[:, 0] == truth, merged[classes[:, 0]] == merged[truth], among], axis=1)

    def figures(counts):
        return {"merged": float(counts[:, 1].mean()), "best three": float(counts[:, 2].mean())}

    return Metric("accuracy", count, score=lambda counts: float(counts[:, 0].mean()), figures=figures)
