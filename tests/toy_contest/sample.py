"""Makes a small data set in the official layout: points on a board of four fields, two of each colour."""

import numpy as np
import pandas as pd

from common import paths


def write(folder, size, seed):
    """Write `size` training points and half as many test points with labels into a new folder."""
    generator = np.random.default_rng(seed)
    with paths.atomic(folder) as temporary:
        temporary.mkdir()
        for part, count in (("train", size), ("test", size // 2)):
            points = generator.uniform(-1, 1, size=(count, 2)).round(4)
            colour = np.where(points[:, 0] * points[:, 1] > 0, "red", "blue")
            frame = pd.DataFrame({"id": np.arange(count), "x": points[:, 0], "y": points[:, 1], "colour": colour})
            frame.drop(columns=[] if part == "train" else "colour").to_csv(temporary / f"{part}.csv", index=False)
            if part == "test":
                frame[["id", "colour"]].to_csv(temporary / "test_labels.csv", index=False)
