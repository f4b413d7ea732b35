"""Whether a centre loss beside the cross-entropy makes a feature of two numbers better to search in, on Fashion-MNIST.

    make bench COMP=centre_loss data=DATA

DATA holds the four IDX files, `.gz`. One small network is trained with each weight of the centre loss, 0 for none, from one
start and in one order for each seed; then every test image takes the class of the training image with the nearest feature.
The interval is Student's, of the gains over the seeds. The table stands in docs/recipes.md.
"""

import gzip
import sys
from pathlib import Path

import keras
import numpy as np
from scipy import stats
from sklearn.neighbors import KNeighborsClassifier
from tqdm import tqdm

from common import run
from common.errors import ConfigError
from common.losses import CentreLoss
from common.report.tables import show_table

IMAGES, EPOCHS, SEEDS, WEIGHTS = 6000, 12, 5, (0, 0.02, 0.2)
COLUMNS = ("weight of the centre loss", "1-NN accuracy", "gain, 95 % interval", "accuracy of the softmax")


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: another argument than `data=`.
    """
    if len(arguments) != 1 or not arguments[0].startswith("data="):
        raise ConfigError(f"expected data=FOLDER with the files of Fashion-MNIST alone, found {arguments or 'nothing'}")
    train, test = (read(Path(arguments[0].removeprefix("data=")), part) for part in ("train", "t10k"))
    train = [array[:IMAGES] for array in train]
    found = np.array([[accuracies(weight, seed, train, test) for seed in range(SEEDS)] for weight in tqdm(WEIGHTS)])
    rows = []
    for weight, (nearest, softmax) in zip(WEIGHTS, found.transpose(0, 2, 1), strict=True):
        gains = nearest - found[0, :, 0]
        mean, half = gains.mean(), stats.t.ppf(0.975, SEEDS - 1) * stats.sem(gains)
        gain = f"{mean:+.3f}, {mean - half:+.3f} to {mean + half:+.3f}" if weight else ""
        rows.append([f"{weight}", f"{nearest.mean():.3f}", gain, f"{softmax.mean():.3f}"])
    show_table(f"{IMAGES} images, feature of 2 numbers, mean of {SEEDS} seeds", COLUMNS, rows)


def read(folder, part):
    """Images `(n, 28, 28, 1)` from 0 to 1 and class numbers `(n,)`."""
    images, labels = (
        np.frombuffer(gzip.decompress((folder / f"{part}-{name}-ubyte.gz").read_bytes()), np.uint8, offset=start)
        for name, start in (("images-idx3", 16), ("labels-idx1", 8))
    )
    return images.reshape(-1, 28, 28, 1) / np.float32(255), labels.astype("int32")


def accuracies(weight, seed, train, test):
    """Of the nearest neighbour's class, and of the softmax."""
    keras.utils.set_random_seed(seed)
    image, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    x = keras.layers.Conv2D(16, 3, strides=2, activation="relu")(image)
    x = keras.layers.Conv2D(32, 3, strides=2, activation="relu")(x)
    feature = keras.layers.Dense(2)(keras.layers.Dense(64, activation="relu")(keras.layers.Flatten()(x)))
    drawn = CentreLoss(10, weight)([feature, label]) if weight else feature
    scores = keras.layers.Dense(10)(drawn)
    model = keras.Model([image, label], scores)
    model.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(list(train), train[1], batch_size=64, epochs=EPOCHS, verbose=0)
    features, logits = keras.Model([image, label], [feature, scores]).predict(list(test), batch_size=500, verbose=0)
    known = keras.Model(image, feature).predict(train[0], batch_size=500, verbose=0)
    nearest = KNeighborsClassifier(1).fit(known, train[1]).predict(features)
    return np.mean(nearest == test[1]), np.mean(logits.argmax(axis=-1) == test[1])


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
