"""Which shares of words find what was planted, and which words a network goes by: the ways of `step_shares` side by side.

    make bench COMP=saliency [texts=3000] [seeds=3]
    make bench COMP=saliency data=DATA [texts=4000] [seeds=2]

Without data, sentences of words that say nothing, of 10 to 30 words, each with one or two words of its class at places drawn at
random; an LSTM learns them. Hit rate: how often a planted word has the greatest share; once more where all planted words stand
in the first third. With data, reviews, and no hit rate: nobody planted anything.

Deletion: area under the mean probability of the class that was answered, as up to half of the words are left out, the greatest
shares first; smaller is better. Insertion: these words alone stay; greater is better. Rank: correlation with leave-one-out.
Random: correlation with the same way on the same network with random weights; what is near 1 does not look at what was
learnt. Time is by text, relative to `states`, on this machine.
"""

import sys
import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from common import run, training
from common.config import unknown_name
from common.errors import ConfigError
from common.ragged import Ragged
from common.report.faithfulness import agreement, area, deletion_curve, hit_rate
from common.report.saliency import WAYS, step_shares
from common.report.tables import show_table
from common.text import labelled
from common.text.units import UnitVocabulary
from competitions.sentiment import inference, model
from competitions.sentiment.batches import Batches
from competitions.sentiment.config import Config
from competitions.sentiment.explain import log_odds

GIVEN = {"data": None, "texts": 3000, "seeds": 3, "epochs": 8}
EXPLAINED = 64  # texts of each seed
WORDS, KEYS = 400, 6  # that say nothing, and of each class
COLUMNS = ("way", "hit rate", "in the first third", "deletion", "insertion", "rank", "random", "time")


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: an unknown argument.
    """
    given = dict(GIVEN)
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in given:
            raise ConfigError(unknown_name(name, given, "argument"))
        given[name] = value if name == "data" else int(value)
    found, accuracies = [], []
    for seed in tqdm(range(given["seeds"]), desc="networks"):
        generator = np.random.default_rng(seed)
        ids, labels, words = reviews(given, generator) if given["data"] else planted_sentences(given["texts"], generator)
        network = learnt(ids, labels, words, seed, given)
        rows = np.arange(len(labels) * 3 // 4, len(labels))
        accuracies.append(np.mean(inference.probabilities(network, ids.take(rows)).argmax(axis=1) == labels[rows]))
        found.append(judged(network, ids.take(rows[:EXPLAINED]), None if given["data"] else words, given))
    rows = [[way, *(shown(one) for one in np.mean([each[way] for each in found], axis=0))] for way in WAYS]
    what = given["data"] or "planted words"
    show_table(
        f"{what}: {given['texts']} texts, mean of {given['seeds']} seeds, accuracy {np.mean(accuracies):.3f}", COLUMNS, rows
    )


def shown(number):
    """A figure; nothing where there is none."""
    return "" if np.isnan(number) else f"{number:.3f}"


def planted_sentences(count, generator):
    """`Ragged` ids of sentences, their classes, and the ids of vocabulary; the first `2 KEYS` words belong to the classes."""
    labels, rows = generator.integers(2, size=count), []
    for label in labels:
        length, keys = generator.integers(10, 31), generator.integers(1, 3)
        ids = generator.integers(2 + 2 * KEYS, 2 + 2 * KEYS + WORDS, size=length)
        ids[generator.choice(length, keys, replace=False)] = 2 + KEYS * label + generator.integers(KEYS, size=keys)
        rows.append(ids)
    return Ragged.of(rows), labels, 2 + 2 * KEYS + WORDS


def reviews(given, generator):
    """The same of labelled texts."""
    found = labelled.load(Path(given["data"]).expanduser())
    chosen = generator.permutation(len(found.train.texts))[: given["texts"]]
    texts = [found.train.texts[row] for row in chosen]
    vocabulary = UnitVocabulary.of(texts[: len(texts) * 3 // 4], "words", Config.min_count)
    return (
        inference.Network(None, vocabulary, found.classes, Config()).encode(texts),
        found.train.labels[chosen],
        len(vocabulary),
    )


def learnt(ids, labels, words, seed, given):
    """An LSTM on words, trained on three quarters of the texts."""
    keras.utils.set_random_seed(seed)
    config = Config(units=48, dim=48, epochs=given["epochs"], batch_size=64, learning_rate=5e-3, momentum=0.95, dropout=0.3)
    classes, part = int(labels.max()) + 1, np.arange(len(labels) * 3 // 4)
    network = model.build("words", words, classes, config)
    targets = np.eye(classes)[labels[part]]
    batches = Batches(ids.take(part), targets, np.ones(len(part)), config, seed)
    rate = training.cosine(config.learning_rate, len(batches) * config.epochs, len(batches) // 2)
    stage = training.Stage(
        "words", batches, "categorical_crossentropy", config.epochs, rate, undecayed=("bias$", "embeddings$")
    )
    training.fit_stage(network, stage, None, config, f"seed {seed}")
    return network


def judged(network, ids, words, given):
    """The figures of every way, a dict of lists in the order of the columns."""
    answers = inference.probabilities(network, ids).argmax(axis=1)
    padded = ids.padded(np.arange(len(ids)))
    empty = keras.models.clone_model(network)  # the same network with weights that learnt nothing
    units, shares, random, seconds = [ids[row] for row in range(len(ids))], {}, {}, {}
    for way in WAYS:
        for label in np.unique(answers):
            step_shares(network, padded[:1], log_odds(label), way, mask=padded[:1] > 0)  # what is compiled once costs nothing
        began = time.process_time()
        shares[way] = shares_of(network, padded, answers, way, ids.lengths)
        seconds[way] = time.process_time() - began
        random[way] = shares_of(empty, padded, answers, way, ids.lengths)

    def score(sequences):
        found = inference.probabilities(network, Ragged.of(sequences))
        return found[np.arange(len(found)), answers]

    result = {}
    for way in WAYS:
        hits = [np.nan, np.nan] if words is None else hits_of(units, shares[way])
        curves = [area(deletion_curve(score, units, shares[way], insertion=insertion)) for insertion in (False, True)]
        others = [agreement(shares[way], shares["leave_one_out"]), agreement(shares[way], random[way])]
        result[way] = [*hits, *curves, *others, seconds[way] / seconds["states"]]
    return result


def shares_of(network, padded, answers, way, lengths):
    """Shares of every text for the class that it was given, a list of arrays `(steps,)`."""
    result = [None] * len(padded)
    for label in np.unique(answers):
        rows = np.flatnonzero(answers == label)
        found = step_shares(network, padded[rows], log_odds(label), way, mask=padded[rows] > 0)
        for row, one in zip(rows, found, strict=True):
            result[row] = one[: lengths[row]]
    return result


def hits_of(units, shares):
    """How often a planted word has the greatest share: of all sentences, and of those with all of them in the first third."""
    lengths = np.array([len(one) for one in units])
    planted, given = (np.zeros((len(units), lengths.max()), kind) for kind in (bool, float))
    for row, (one, share) in enumerate(zip(units, shares, strict=True)):
        planted[row, : len(one)], given[row, : len(one)] = one < 2 + 2 * KEYS, share
    early = [row for row in range(len(units)) if not planted[row, lengths[row] // 3 :].any()]
    return [
        hit_rate(given[rows], planted[rows], lengths[rows]) if len(rows) else np.nan for rows in (np.arange(len(units)), early)
    ]


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
