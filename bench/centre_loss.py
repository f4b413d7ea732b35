"""Whether a centre loss beside the cross-entropy makes a feature of two numbers better to search in, on Fashion-MNIST.

    make bench COMP=centre_loss data=DATA

DATA holds the four IDX files (`.gz`). The same small network is trained on the same images from the same start with the weights
of `WEIGHTS`, once for each seed; then every test image takes the class of the training image whose feature is nearest. The
interval is Student's, of the paired differences over the seeds. Three minutes on two cores; the table stands in docs/recipes.md.
"""

import gzip
import sys
from pathlib import Path

import keras
import numpy as np
from scipy import stats
from sklearn.neighbors import KNeighborsClassifier
from tqdm import tqdm

from common.losses import CentreLoss
from common.report.tables import show_table

TRAIN, SEEDS, EPOCHS, WEIGHTS = 6000, 5, 12, (None, 0.02, 0.2)
COLUMNS = ("weight", "1-NN accuracy", "of single seeds", "gain", "95 % interval", "accuracy of the softmax")


def main(arguments):
    """Print the table."""
    (folder,) = [Path(value) for name, _, value in (argument.partition("=") for argument in arguments) if name == "data"]
    x, y, test_x, test_y = (read(folder / name) for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"))
    found = np.array([[measure(weight, seed, x, y, test_x, test_y) for seed in range(SEEDS)] for weight in tqdm(WEIGHTS)])
    rows = []
    for weight, (nearest, softmax) in zip(WEIGHTS, found.transpose(0, 2, 1), strict=True):
        gains = nearest - found[0, :, 0]
    show_table("Fashion-MNIST", COLUMNS, rows)
