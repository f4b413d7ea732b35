"""How far made samples are from real ones: of pictures by the features of a classifier, of sentences by their words."""

from collections import Counter

import numpy as np
from scipy.spatial.distance import cdist

BLOCKS, BLOCK = 10, 1000  # of the kernel distance
NEAREST = 3  # neighbour whose distance is a real picture's reach
COMPARED = 5000  # pictures on either side of precision and recall


def frechet(first, second):
    """Squared Frechet distance of the Gaussians with the moments of two sets of features, `(samples, features)`.

    The trace of the root of a product is taken from eigenvalues of a symmetric matrix, so that nothing complex comes out.

    Reference: Heusel et al. 2017, arXiv 1706.08500.
    """
    means, covariances = zip(*((one.mean(axis=0), np.cov(one, rowvar=False)) for one in (first, second)), strict=True)
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ covariances[1] @ root), 0)).sum()
    traces = sum(np.trace(one) for one in covariances)
    return float(np.square(means[0] - means[1]).sum() + traces - 2 * cross)


def kernel_distance(first, second, seed):
    """Unbiased squared distance of means in the space of the kernel (x y / d + 1)^3, the mean of 10 blocks of 1,000 pairs.

    Reference: Binkowski et al. 2018, arXiv 1801.01401.
    """
    size = min(BLOCK, len(first), len(second))
    generator, dim = np.random.default_rng(seed), first.shape[1]

    def kernel(x, y):
        return (x @ y.T / dim + 1) ** 3

    def among(x):
        """The mean over all pairs of two different ones."""
        found = kernel(x, x)
        return (found.sum() - np.trace(found)) / (size * (size - 1))

    blocks = []
    for _ in range(BLOCKS):
        x, y = (one[generator.permutation(len(one))[:size]] for one in (first, second))
        blocks.append(among(x) + among(y) - 2 * kernel(x, y).mean())
    return float(np.mean(blocks))


def precision_recall(real, made, seed):
    """Share of made samples within reach of a real one, and of real ones within reach of a made one.

    A sample's reach is the distance of its third nearest neighbour among its own kind.

    Reference: Kynkaanniemi et al. 2019, arXiv 1904.06991.
    """
    size, generator = min(COMPARED, len(real), len(made)), np.random.default_rng(seed)
    real, made = (one[generator.permutation(len(one))[:size]] for one in (real, made))
    between = cdist(real, made)

    def reach(one):
        return np.partition(cdist(one, one), NEAREST, axis=1)[:, NEAREST]  # place 0 is its own

    precision = (between <= reach(real)[:, None]).any(axis=0).mean()
    recall = (between <= reach(made)[None]).any(axis=1).mean()
    return float(precision), float(recall)


def class_figures(probability):
    """How many classes are hit, the nats of their shares' entropy, and the greatest share, from `(samples, classes)`."""
    shares = np.bincount(probability.argmax(axis=1), minlength=probability.shape[1]) / len(probability)
    entropy = -(shares[shares > 0] * np.log(shares[shares > 0])).sum()
    return {"classes": int((shares > 0).sum()), "entropy": float(entropy), "largest class": float(shares.max())}


def copies(samples, training):
    """Share of the samples that stand in the training set as they are; of pictures, `(samples, height, width)`, or texts."""
    known = set(map(content, training))
    return float(np.mean([content(one) in known for one in samples]))


def doubles(samples):
    """Share of the samples that stand among them before."""
    return 1 - len(set(map(content, samples))) / len(samples)


def content(sample):
    """What two equal samples share."""
    return sample if isinstance(sample, str) else sample.tobytes()


def word_figures(made, real):
    """How sentences differ from real ones in the words and pairs that they use.

    Returns:
        Dict: mean `words`; `distinct pairs`, the share of neighbouring words that are no repetition, of as many sentences of
        each; `new pairs`, the share of those that no real sentence has; `word distance`, the total variation of the words'
        shares from the real ones, 0 to 1.
    """
    counts, true_counts = (Counter(word for one in part for word in words(one)) for part in (made, real))
    pairs = [pair for one in made for pair in zip(words(one), words(one)[1:], strict=False)]
    known = {pair for one in real for pair in zip(words(one), words(one)[1:], strict=False)}
    total, true_total = sum(counts.values()), sum(true_counts.values())
    shares = [abs(counts[word] / total - true_counts[word] / true_total) for word in counts.keys() | true_counts.keys()]
    return {
        "words": total / len(made),
        "distinct pairs": len(set(pairs)) / max(len(pairs), 1),
        "new pairs": float(np.mean([pair not in known for pair in pairs])) if pairs else 0.0,
        "word distance": sum(shares) / 2,
    }


def words(sentence):
    """The words of a sentence; of one without blanks, such as a Chinese line, its characters."""
    return sentence.split() if " " in sentence else list(sentence)
