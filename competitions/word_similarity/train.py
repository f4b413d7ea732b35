"""Learn word vectors from the texts, and choose on rated pairs what is done to them afterwards.

python -m competitions.word_similarity.train
python -m competitions.word_similarity.train model=skip_gram data=DATA epochs=5
"""

import itertools
from functools import partial

import numpy as np
import pandas as pd

from common import experiment, run
from common.text.similarity import Similarity, Words
from competitions.word_similarity import data
from competitions.word_similarity.config import COUNTED, GIVEN, NETWORKS, SUBWORDS
from competitions.word_similarity.metric import SPEARMAN

LOG = "vectors.csv"
REMOVED = (0, 1, 2, 3)  # principal components that may be taken out
MIXED = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # weights that the characters of a word may have beside its own vector


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which texts, and the pairs that it is scored on."""
    dataset = data.load(config)
    parts = {"train": dataset.train} | ({"test": dataset.test} if dataset.test else {})
    return experiment.Plan(
        contest="word_similarity",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=SPEARMAN,
        truth=dataset.truth,
        labels=dataset.truth[:, 1].astype(int),
        records=lambda: parts,
        fits={name: partial(fit, name) for name in (COUNTED, *NETWORKS, GIVEN)},
        networks=NETWORKS,
        dataset=dataset,
        before=learn_vectors,
        pictures=draw,
    )


def learn_vectors(plan, finished):
    """The vectors of a run, which its folds share: they know the texts alone, no pair."""
    from competitions.word_similarity import inference

    if finished.model == GIVEN:
        read_vectors(plan.config.vectors).save(finished.path / inference.VECTORS)
        return
    if any((finished.path / name).exists() for name in (inference.NETWORK, inference.VECTORS)):
        return
    config, corpus = plan.config, data.corpus(plan.config, plan.dataset)
    print(f"{corpus.tokens:,} words of {len(corpus.words):,} that occur {config.min_count} times or more", flush=True)
    if finished.model == COUNTED:
        from common.text.cooccurrence import counted

        how = {"window": config.counted_window, "sample": config.subsample, "dim": config.dim, "shrink": config.shrink}
        counted(corpus, **how, seed=config.seed).save(finished.path / inference.VECTORS)
    else:
        learn_network(plan, finished, corpus)


def read_vectors(path):
    """The `WordVectors` of a person's own file."""
    from common.text import vector_files

    vectors, notes = vector_files.read(path)
    print(f"{path}: {len(vectors.words)} words, width {vectors.vectors.shape[1]}")
    print("\n".join(notes), end="\n" if notes else "")
    return vectors


def learn_network(plan, finished, corpus):
    """Train word2vec, and log what its vectors are worth after each epoch."""
    from common.text import word2vec
    from common.training import RowAdagrad
    from competitions.word_similarity import inference

    config, log = plan.config, []

    def after_epoch(learnt, epoch, loss, seconds):
        plain = Similarity(Words(learnt.vectors), 0, 0.0)
        score = SPEARMAN.of(plan.truth, plain.predict(plan.parts["train"]))
        log.append({"epoch": epoch + 1, "loss": loss, "score": score})
        speed = corpus.tokens * (epoch + 1) / seconds
        print(f"{finished.model} epoch {epoch + 1}: loss {loss:.4f}, Spearman {score:.4f}, {speed:,.0f} words/s", flush=True)

    same = ("objective", "dim", "window", "candidates", "negatives", "shared_table", "steps", "blocks")
    own = {"model": finished.model.removeprefix(SUBWORDS), "subwords": finished.model.startswith(SUBWORDS)}
    settings = own | {"sample": config.subsample} | {name: getattr(config, name) for name in same}
    how = {"epochs": config.epochs, "seed": config.seed, "after_epoch": after_epoch}
    learnt = word2vec.train(corpus, word2vec.Settings(**settings), RowAdagrad(config.learning_rate), **how)
    pd.DataFrame(log).to_csv(finished.path / LOG, index=False)
    learnt.save(finished.path / inference.NETWORK)


def fit(name, plan, fold):
    """Choose on the pairs of a fold which components are taken out, and how much the characters of a word count."""
    from competitions.word_similarity import inference

    words, pairs = inference.words_of(fold.run), [plan.parts["train"][row] for row in fold.train]
    tried = []
    for removed, mixed in itertools.product(REMOVED, MIXED):
        found = Similarity(words, removed, mixed).predict(pairs)
        score = SPEARMAN.of(plan.truth[fold.train], found)
        tried.append((score, Similarity(words, removed, mixed, float(np.median(found[:, 0])))))
    path = fold.run / LOG
    log = pd.read_csv(path) if path.exists() else None  # of the vectors, the same for every fold
    return max(tried, key=lambda one: one[0])[1], log  # of equal ones the first


def draw(plan, finished):
    """The pictures of a run."""
    from competitions.word_similarity import inference, pictures

    pictures.draw_run(plan, finished, inference.load(finished.folds[0], finished.model, plan.config))


if __name__ == "__main__":
    run.stage(__spec__)
