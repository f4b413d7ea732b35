"""Makes a small data set in the official layout: points on a board of four fields, two of each colour."""

import numpy as np
import pandas as pd


def write(folder, size, seed):
    """Write `size` training points and half as many test points with labels into a new folder."""
    folder.mkdir()
    for part, count in (("train", size), ("test", size // 2)):
        x, y = np.random.default_rng([seed, count]).uniform(-1, 1, size=(2, count)).round(4)
        frame = pd.DataFrame({"id": np.arange(count), "x": x, "y": y, "colour": np.where(x * y > 0, "red", "blue")})
        frame[list(frame)[: 4 if part == "train" else 3]].to_csv(folder / f"{part}.csv", index=False)
        frame[["id", "colour"]].to_csv(folder / f"{part}_labels.csv", index=False)
