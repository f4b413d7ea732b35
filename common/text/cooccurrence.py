"""Word vectors by counting: which words stand near which, and the directions in which these counts differ most.

    vectors = counted(corpus, window=10, sample=1e-4, dim=128, shrink=200, seed=42)

No network and no rate: on a few million words it is as good as word2vec, whose skip-gram with negative sampling factors nearly
the same matrix, at the time of one or two of its epochs.

References: Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization"; Levy, Goldberg and Dagan 2015,
"Improving distributional similarity with lessons learned from word embeddings" (smoothed contexts, weights of singular values).
"""

import numpy as np

from common.errors import DataError
from common.text.word_corpus import CHUNK
from common.text.word_vectors import WordVectors

SMOOTHED = 0.75  # power of a context's count: else rare contexts weigh too much
SINGULAR = 0.25  # power of singular values, between directions as such (0) and the best approximation of the matrix (1)
ITERATIONS = 2  # of the randomised decomposition


def cooccurrences(corpus, window, sample, seed):
    """How often words stand near each other, a symmetric CSR matrix `(words, words)`, float32.

    Frequent words are thinned out before, as in word2vec; a word at distance d counts `(window + 1 - d) / window`, which is
    what word2vec's windows of random width are on average.

    Args:
        corpus: the `WordCorpus`.
        window: words on either side.
        sample: see `WordCorpus.kept`.
        seed: of the thinning.
    """
    from scipy import sparse

    generator, kept = np.random.default_rng(seed), corpus.kept(sample)
    words = len(corpus.words)
    total = sparse.csr_matrix((words, words), dtype="float32")
    for ids in whole_sentences(corpus.ids):
        stay = (ids > 0) & (generator.random(len(ids)) < kept[ids])
        sentence = np.cumsum(ids == 0)[stay]
        ids = ids[stay] - 1
        firsts, seconds, weights = [], [], []
        for distance in range(1, window + 1):
            together = sentence[:-distance] == sentence[distance:]
            firsts.append(ids[:-distance][together])
            seconds.append(ids[distance:][together])
            weights.append(np.full(len(firsts[-1]), (window + 1 - distance) / window, "float32"))
        places = np.concatenate(firsts), np.concatenate(seconds)
        total = total + sparse.coo_matrix((np.concatenate(weights), places), total.shape).tocsr()
    return total + total.T


def whole_sentences(ids):
    """Parts of a text of about `CHUNK` ids, each of which ends with a sentence."""
    ends = np.flatnonzero(ids == 0) + 1
    cuts = ends[np.searchsorted(ends, np.arange(CHUNK, len(ids), CHUNK))]
    return np.split(ids, np.unique(cuts[cuts < len(ids)]))


def positive_information(counts, shrink):
    """Positive pointwise mutual information, `max(0, log n_ij / ((n_i + shrink) q_j))`, CSR like the counts.

    Args:
        counts: of `cooccurrences`.
        shrink: neighbours that every word is given beside its own, which say nothing: what a rare word has met by chance counts
            for little.
    """
    from scipy import sparse

    totals = np.asarray(counts.sum(axis=1), float).ravel()
    contexts = totals**SMOOTHED
    contexts /= contexts.sum()
    found = counts.tocoo()
    values = np.log(found.data / ((totals[found.row] + shrink) * contexts[found.col]))
    positive = values > 0
    return sparse.csr_matrix((values[positive].astype("float32"), (found.row[positive], found.col[positive])), counts.shape)


def counted(corpus, *, window, sample, dim, shrink, seed):
    """`WordVectors` from the truncated singular value decomposition of the positive information.

    Args:
        corpus: the `WordCorpus`.
        window, sample, seed: see `cooccurrences`.
        dim: width; at most the number of words.
        shrink: see `positive_information`.

    Raises:
        DataError: so little text, or so great a `shrink`, that nothing is left of any count: all vectors would be zeros.
    """
    from sklearn.utils.extmath import randomized_svd

    matrix = positive_information(cooccurrences(corpus, window, sample, seed), shrink)
    if not matrix.nnz:
        raise DataError(
            f"No two words of the text meet so often that shrink={shrink:g} leaves anything: set less, or give more text"
        )
    left, values, _ = randomized_svd(matrix, dim, n_iter=ITERATIONS, random_state=seed)
    vectors = np.zeros((len(corpus.words), dim), "float32")
    vectors[:, : len(values)] = left * values**SINGULAR
    return WordVectors(corpus.words, vectors)
