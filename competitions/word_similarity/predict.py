"""Ask the vectors: make predict COMP=word_similarity input=北京,上海

One word: its neighbours. Two: their similarity. Three, `a,b,c`: what is to c as b is to a. Words around a gap, `我,_,北京`: the
words that fit it best, with their probability. A file of pairs: the similarity of each.
"""

from pathlib import Path

import numpy as np

from common import experiment, run
from common.errors import DataError
from common.text.similarity import FOUND, FROM_CHARACTERS, UNKNOWN
from common.text.word2vec import Word2Vec
from common.text.word_pairs import Pair, read_pairs
from competitions.word_similarity import inference
from competitions.word_similarity.config import NETWORKS

SHOWN = 10  # neighbours
GAP = "_"
KNOWN = {FOUND: "", FROM_CHARACTERS: " (a word has no vector: from its characters)", UNKNOWN: " (unknown: the median)"}


def main(config, input, run=""):
    """Print and return neighbours, a similarity, an analogy, the words of a gap, or the similarities of a file.

    Raises:
        DataError: nothing is given, or nothing is known of a word.
    """
    learnt = experiment.newest("word_similarity", config.data, run)
    if Path(input).expanduser().is_file():
        pairs, _ = read_pairs(Path(input).expanduser(), rated=False)
        found, said = similarities(pairs, inference.predict(learnt, pairs))
    else:
        found, said = answered(learnt, input)
    print(said)
    return found


def answered(learnt, input):
    """What the words of a text, with commas between them, ask for: records, and the text to print; raises as `main`."""
    words = [word.strip() for word in input.replace("，", ",").split(",")]
    if not all(words):
        raise DataError(
            f"input={input}: expected words with commas between them, for example input=北京,上海, or a file of pairs"
        )
    model = learnt.first_of([name for name, _ in learnt.models.values()])
    if GAP in words:
        return fill(learnt, [word for word in words if word != GAP])
    if len(words) == 2:
        pairs = [Pair("", *words)]
        return similarities(pairs, inference.predict(learnt, pairs))
    if len(words) in (1, 3):
        vectors = [known_vector(model, word) for word in words]
        sought = vectors[0] if len(words) == 1 else vectors[1] - vectors[0] + vectors[2]
        own = [model.words.vectors.words[place] for word in words if (place := model.words.place(word)) is not None]
        nearest = model.mended.nearest(sought / max(np.linalg.norm(sought), 1e-8), SHOWN, leave_out=own)
        said = ", ".join(f"{word} {cosine:.3f}" for word, cosine in nearest)
        return [{"word": word, "cosine": float(cosine)} for word, cosine in nearest], said
    raise DataError(f"input={input}: expected one, two or three words, or some words and a gap {GAP}")


def similarities(pairs, answers):
    """The similarity of each pair: records, and the text to print."""
    records, lines = [], []
    for (_, first, second), (similarity, known) in zip(pairs, answers, strict=True):
        least = max((level for level in KNOWN if level <= known), default=UNKNOWN)
        records.append({"first": first, "second": second, "similarity": float(similarity)})
        lines.append(f"{first} {second}: {similarity:.4f}{KNOWN[least]}")
    return records, "\n".join(lines)


def known_vector(model, word):
    """A word's vector.

    Raises:
        DataError: nothing is known of it.
    """
    vector, known = model.vector(word)
    if known == UNKNOWN:
        raise DataError(f"nothing is known of '{word}': neither it nor its characters stand in the texts often enough")
    if known == FROM_CHARACTERS:
        print(f"'{word}' has no vector: it gets one from its characters")
    return vector


def fill(learnt, context):
    """The words that fit a gap between others best, with their probability: records, and the text to print.

    Raises:
        DataError: none of the ensemble's members was trained here, so that there is no output table.
    """
    trained = [member for member in learnt.run.members if (member.path / inference.NETWORK).exists()]
    if not trained:
        raise DataError(f"{learnt.run.path} has no network: a gap needs a run of one of {', '.join(NETWORKS)}")
    network = Word2Vec.load(trained[0].path / inference.NETWORK)
    found = network.log_probabilities(context)
    best = [{"word": network.words[place], "probability": float(np.exp(found[place]))} for place in np.argsort(-found)[:SHOWN]]
    return best, f"{trained[0].model}: " + ", ".join(f"{one['word']} {one['probability']:.4f}" for one in best)


if __name__ == "__main__":
    run.stage(__spec__)
