"""Pictures of pictures: sheets with titles, what speaks for a class, a map of features."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from common.report import fonts
from common.report.plots import save

COLUMNS = 5
MAPPED = 1000  # points of a map: t-SNE takes seconds for them
COMPONENTS = 50  # of the PCA before it


def sheet(images, titles, path, heading="", shares=None, columns=COLUMNS):
    """Pictures in rows, each with its title.

    Args:
        images: bytes `(pictures, height, width)`, or with channels.
        titles: texts.
        path: PNG file to write.
        heading: above all.
        shares: how much each pixel speaks for something, `(pictures, height, width)`, drawn in red, and in blue where it speaks
            against it; `None` for none.
        columns: pictures in a row.
    """
    rows, (high, wide) = max(1, -(-len(images) // columns)), images[0].shape[:2] if len(images) else (1, 1)
    width = 10.5 / columns
    size = (width * columns, (width * high / wide + 0.4) * rows + 0.4)
    figure, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (axis, image, title) in enumerate(zip(axes.flat, images, titles, strict=False)):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
        axis.set_title(title, fontsize="small", fontproperties=fonts.chinese(), parse_math=False)
        if shares is not None:
            most = np.abs(shares[number]).max() or 1.0
            strength = np.abs(shares[number]) / most
            axis.imshow(shares[number], cmap="bwr", vmin=-most, vmax=most, alpha=0.8 * strength)
    figure.suptitle(heading)
    save(figure, path)


def mistakes(images, rows, wrong, sure, title, path, heading="", shape=(4, COLUMNS)):
    """A sheet of the pictures that were answered wrongly, the surest answers first.

    Args:
        images: bytes `(pictures, height, width)`, or with channels.
        rows: the picture of each answer, `(answers,)`.
        wrong: whether an answer is, `(answers,)`.
        sure: how sure it is, `(answers,)`.
        title: `title(place)`, text over the picture of an answer.
        path: PNG file to write.
        heading: above all.
        shape: rows and columns, at most.
    """
    places = np.flatnonzero(wrong)
    places = places[np.argsort(-sure[places], kind="stable")][: shape[0] * shape[1]]
    sheet(images[rows[places]], [title(place) for place in places], path, heading, columns=shape[1])


def feature_map(features, labels, names, path, seed, heading=""):
    """A map of features, near ones near each other: t-SNE of at most 1,000 rows after a PCA.

    Args:
        features: `(rows, features)`.
        labels: class indices `(rows,)`.
        names: of the classes.
        path: PNG file to write.
        seed: of the rows that are drawn, and of the map.
        heading: above it.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(features))[:MAPPED])
    features, labels = features[rows], labels[rows]
    reduced = PCA(min(COMPONENTS, *features.shape), random_state=seed).fit_transform(features)
    perplexity = min(30, (len(rows) - 1) / 3)
    places = (
        TSNE(init="pca", perplexity=perplexity, random_state=seed).fit_transform(reduced) if len(rows) > 3 else reduced[:, :2]
    )
    figure, axis = plt.subplots(figsize=(8, 7), layout="constrained")
    colours = plt.get_cmap("tab10" if len(names) <= 10 else "turbo")(np.linspace(0, 1, len(names)))
    for label, name in enumerate(names):
        inside = places[labels == label]
        axis.scatter(inside[:, 0], inside[:, 1], s=12, color=colours[label], label=name)
    axis.set(xticks=[], yticks=[], title=heading)
    axis.legend(fontsize="small", markerscale=2)
    save(figure, path)
