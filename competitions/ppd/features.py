"""Pairs to tables on disk, for the trees and beside the networks.

    python -m competitions.ppd.features

`content` is what the two questions say, `graph` where the pair stands among all pairs. No label takes part in either. Every
column is the same for (a, b) and (b, a). They lie in the cache under a name that changes with these files.
"""

import numpy as np
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler, LCSseq, Levenshtein, Postfix, Prefix
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize

from common import paths, ragged, run
from common.ragged import Ragged
from competitions.ppd import data, graph
from competitions.ppd.data import UNITS

LONGEST = 48  # tokens that the alignment sees; one question in two hundred has more characters
BLOCK = 2_000  # pairs that are aligned at a time: 48 x 48 cosines of each
TOPICS = 24  # of the latent semantic analysis
EDITS = {  # symmetric ones alone
    "levenshtein": Levenshtein.normalized_similarity,
    "subsequence": LCSseq.normalized_similarity,
    "jaro_winkler": JaroWinkler.normalized_similarity,
    "prefix": Prefix.normalized_similarity,
    "postfix": Postfix.normalized_similarity,
}
FIRST_LETTER = 0x20000  # ids become letters from here on, Chinese ones that no normal form changes
VERSION = paths.code_version(__file__, data.__file__, graph.__file__, ragged.__file__)


def main(config):
    """Read the official files and write the tables."""
    dataset = data.load(config.data)
    for kind in MAKERS:
        if kind == "content" or config.uses_graph:
            frame = table(dataset, kind, config.seed)
            print(f"{kind}: {len(frame)} pairs, {frame.shape[1]} columns in {table_path(dataset, kind, config.seed)}")


def pair_table(dataset, config):
    """All columns that a protocol allows, of training and test pairs one behind the other: a data frame `(rows, columns)`."""
    kinds = ["content", "graph"] if config.uses_graph else ["content"]
    return pd.concat([table(dataset, kind, config.seed) for kind in kinds], axis=1)


def table(dataset, kind, seed):
    """One of the tables as a data frame, made where it is not there yet."""
    path = table_path(dataset, kind, seed)
    if not path.exists():
        frame = MAKERS[kind](dataset, dataset.all_pairs, seed)
        with paths.atomic(path) as temporary:
            np.savez(temporary, names=np.array(frame.columns, dtype=str), values=frame.to_numpy("float32"))
    with np.load(path) as arrays:
        paths.require_rows(path, len(arrays["values"]), len(dataset.all_pairs))
        return pd.DataFrame(arrays["values"], columns=arrays["names"])


def table_path(dataset, kind, seed):
    """Where a table lies."""
    return paths.cache("ppd") / f"{dataset.fingerprint}-{kind}-{seed}-{VERSION}.npz"


def describe_content(dataset, pairs, seed=0):
    """What the two questions of each pair say: a data frame `(rows, columns)`, float32.

    Args:
        dataset: a `Dataset`.
        pairs: question numbers `(rows, 2)`.
        seed: of the latent semantic analysis.
    """
    columns, fitted = {}, len(dataset.names) - dataset.added
    for name in UNITS:
        unit = getattr(dataset, name)
        described = [lengths(unit.ids, pairs), edits(unit.ids, pairs)]
        counted = counts(unit.ids, len(unit.vectors))
        weighted, rarity = tfidf(counted, fitted)
        described += [overlaps(counted, rarity, pairs), {"cosine": cosines(weighted, pairs)}]
        described += [topics(weighted, fitted, pairs, seed), means(unit, weighted, pairs), alignment(unit, rarity, pairs)]
        for size in (2, 3):
            grams = ngrams(unit.ids, size, fitted)
            alike = cosines(tfidf(grams, fitted)[0], pairs) if grams.shape[1] else np.zeros(len(pairs))
            described.append({f"cosine_{size}": alike})
        for group in described:
            columns |= {f"{name}_{column}": values for column, values in group.items()}
    return pd.DataFrame(columns).astype("float32")


def describe_graph(dataset, pairs, seed=0):
    """Where each pair stands in the graph of all pairs; see `graph.describe`."""
    return graph.describe(pairs, dataset.all_pairs, len(dataset.names), seed)


MAKERS = {"content": describe_content, "graph": describe_graph}


def both(values, pairs, name):
    """Smaller and greater value of a pair's questions: two columns."""
    first, second = values[pairs[:, 0]], values[pairs[:, 1]]
    return {f"{name}_min": np.minimum(first, second), f"{name}_max": np.maximum(first, second)}


def lengths(ids, pairs):
    """Tokens of the shorter and the longer question."""
    return both(ids.lengths, pairs, "length")


def edits(ids, pairs):
    """Edit distances and their kind, on questions as strings of one letter for each id."""
    first, second = np.array(texts_of(ids), dtype=object)[pairs.T].tolist()
    return {name: process.cpdist(first, second, scorer=scorer, dtype="float32") for name, scorer in EDITS.items()}


def texts_of(ids):
    """Questions as texts of one letter for each id, a list."""
    letters = (ids.values + FIRST_LETTER).astype("<u4").tobytes().decode("utf-32-le")
    return [letters[start:end] for start, end in zip(ids.bounds[:-1], ids.bounds[1:], strict=True)]


def counts(ids, size):
    """How often each id stands in each question, sparse `(questions, size)`."""
    entries = (np.ones(len(ids.values), "float32"), ids.values, ids.bounds)
    matrix = csr_array(entries, shape=(len(ids), size), copy=True)  # what follows would sort the ids themselves
    matrix.sum_duplicates()
    return matrix


def ngrams(ids, size, fitted):
    """How often each run of `size` tokens stands in each question, sparse `(questions, runs)`.

    Those that stand in one question alone, of the first `fitted` ones, are left out; of short questions nothing may remain.
    """
    lengths_left = np.maximum(ids.lengths - size + 1, 0)
    bounds = np.concatenate([[0], np.cumsum(lengths_left)])
    start = np.arange(bounds[-1]) + np.repeat(ids.bounds[:-1] - bounds[:-1], lengths_left)
    run_ids = ids.values[start].astype("int64")
    for step in range(1, size):
        _, run_ids = np.unique(run_ids, return_inverse=True)  # small numbers again, so that the product below is exact
        run_ids = run_ids * (int(ids.values.max()) + 1) + ids.values[start + step]
    found, run_ids = np.unique(run_ids, return_inverse=True)
    matrix = counts(Ragged(run_ids, bounds), len(found))
    return matrix[:, np.bincount(matrix[:fitted].indices, minlength=len(found)) > 1]


def tfidf(counted, fitted):
    """Rows of length 1 weighted by inverse document frequency in the first `fitted` rows, and these frequencies `(ids,)`."""
    transformer = TfidfTransformer(sublinear_tf=True).fit(counted[:fitted])
    return csr_array(transformer.transform(counted)), transformer.idf_


def cosines(weighted, pairs):
    """Cosine of two rows of length 1, `(rows,)`."""
    return weighted[pairs[:, 0]].multiply(weighted[pairs[:, 1]]).sum(axis=1)


def overlaps(counted, rarity, pairs):
    """Tokens that both questions have and that one alone has, by number and by rarity."""
    present = counted.copy()
    present.data[:] = 1
    first, second = present[pairs[:, 0]], present[pairs[:, 1]]
    shared = first.multiply(second).tocsr()
    sizes = present.sum(axis=1)
    weights = present @ rarity
    common, common_weight = shared.sum(axis=1), shared @ rarity
    columns = {"shared": common, "shared_rarity": common_weight}
    for name, of_all, of_both in (("number", sizes, common), ("rarity", weights, common_weight)):
        one, other = of_all[pairs[:, 0]], of_all[pairs[:, 1]]
        columns[f"jaccard_{name}"] = of_both / np.maximum(one + other - of_both, 1e-9)
        columns[f"alone_{name}_min"] = np.minimum(one, other) - of_both
        columns[f"alone_{name}_max"] = np.maximum(one, other) - of_both
        columns[f"contained_{name}_min"] = of_both / np.maximum(np.maximum(one, other), 1e-9)
        columns[f"contained_{name}_max"] = of_both / np.maximum(np.minimum(one, other), 1e-9)
    differing = [(side - shared).multiply(rarity[None, :]).tocsr().max(axis=1).toarray().ravel() for side in (first, second)]
    columns["rarest_alone_min"], columns["rarest_alone_max"] = np.minimum(*differing), np.maximum(*differing)
    return columns


def topics(weighted, fitted, pairs, seed):
    """Latent semantic analysis of the first `fitted` questions.

    Of each pair the cosine, and for each topic the sum (what both are about) and the absolute difference.
    """
    model = TruncatedSVD(min(TOPICS, fitted - 1, weighted.shape[1] - 1), random_state=seed).fit(weighted[:fitted])
    reduced = model.transform(weighted)
    first, second = reduced[pairs[:, 0]], reduced[pairs[:, 1]]
    columns = {"topic_cosine": np.einsum("ij,ij->i", normalize(first), normalize(second))}
    for number in range(reduced.shape[1]):
        columns[f"topic_{number}_sum"] = first[:, number] + second[:, number]
        columns[f"topic_{number}_difference"] = np.abs(first[:, number] - second[:, number])
    return columns


def means(unit, weighted, pairs):
    """Cosine and distance of the mean embeddings, plain and weighted by rarity."""
    columns = {}
    for name, weights in (("mean", counts(unit.ids, len(unit.vectors))), ("weighted_mean", weighted)):
        vectors = normalize(weights @ unit.vectors)
        first, second = vectors[pairs[:, 0]], vectors[pairs[:, 1]]
        columns[f"{name}_cosine"] = np.einsum("ij,ij->i", first, second)
        columns[f"{name}_greatest_difference"] = np.abs(first - second).max(axis=1)
    return columns


def alignment(unit, rarity, pairs):
    """How well each token of one question is matched by some token of the other, by the cosine of their embeddings.

    The mean over tokens, weighted by rarity, is a relaxed word mover's similarity (Kusner et al. 2015); the worst match shows
    what the other question lacks.
    """
    vectors = normalize(unit.vectors)
    found = [align(unit.ids, vectors, rarity, pairs[start : start + BLOCK]) for start in range(0, len(pairs), BLOCK)]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def align(ids, vectors, rarity, pairs):
    """Matches of a block of pairs: a dict of arrays `(rows,)`."""
    tokens = [ids.padded(side, lengths=np.minimum(ids.lengths[side], LONGEST), multiple=1) for side in pairs.T]
    cosine = np.matmul(vectors[tokens[0]], vectors[tokens[1]].swapaxes(1, 2))  # (rows, first, second)
    cosine = np.where((tokens[0] > 0)[:, :, None] & (tokens[1] > 0)[:, None, :], cosine, -1)
    means, worst = [], []
    for side, best in zip(tokens, (cosine.max(axis=2), cosine.max(axis=1)), strict=True):
        weights = np.where(side > 0, rarity[side], 0)
        means.append((best * weights).sum(axis=1) / weights.sum(axis=1))
        worst.append(np.where(side > 0, best, 1).min(axis=1))
    return {
        "matched_min": np.minimum(*means),
        "matched_max": np.maximum(*means),
        "worst_match_min": np.minimum(*worst),
        "worst_match_max": np.maximum(*worst),
    }


if __name__ == "__main__":
    run.stage(__spec__)
