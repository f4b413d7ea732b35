"""Learn word vectors from the texts, and choose on rated pairs what is done to them afterwards.

python -m competitions.word_similarity.train
python -m competitions.word_similarity.train model=skip_gram data=DATA epochs=5
"""

import itertools
from functools import partial

import pandas as pd

from common import experiment, run
from competitions.word_similarity import data
from competitions.word_similarity.config import COUNTED, GIVEN, NETWORKS
from competitions.word_similarity.metric import SPEARMAN

LOG = "vectors.csv"


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
    from common.text import vector_files
    from competitions.word_similarity import inference

    config = plan.config
    if finished.model == GIVEN:
        vectors, notes = vector_files.read(config.vectors)
        print(f"{config.vectors}: {len(vectors.words)} words, width {vectors.vectors.shape[1]}")
        print("\n".join(notes), end="\n" if notes else "")
        vectors.save(finished.path / inference.VECTORS)
        return
    if any((finished.path / name).exists() for name in (inference.NETWORK, inference.VECTORS)):
        return
    corpus = data.corpus(config, plan.dataset)
    print(f"{corpus.tokens:,} words of {len(corpus.words):,} that occur {config.min_count} times or more", flush=True)
    if finished.model == COUNTED:
        from common.text.cooccurrence import counted

        window, sample = config.counted_window, config.subsample
        vectors = counted(corpus, window=window, sample=sample, dim=config.dim, shrink=config.shrink, seed=config.seed)
        vectors.save(finished.path / inference.VECTORS)
    else:
        learn_network(plan, finished, corpus)


def learn_network(plan, finished, corpus):
    """Train word2vec, and log what its vectors are worth after each epoch."""
    from common.text import word2vec
    from common.training import RowAdagrad
    from competitions.word_similarity import inference

    config, log = plan.config, []

    def after_epoch(learnt, epoch, loss, seconds):
        words = inference.Words(learnt.vectors)
        of_all = SPEARMAN.of(plan.truth, inference.Similarity(words, 0, 0.0).predict(plan.parts["train"]))
        log.append({"epoch": epoch + 1, "loss": loss, "score": of_all})
        speed = corpus.tokens * (epoch + 1) / seconds
        print(f"{finished.model} epoch {epoch + 1}: loss {loss:.4f}, Spearman {of_all:.4f}, {speed:,.0f} words/s", flush=True)

    optimizer = RowAdagrad(config.learning_rate)
    settings = settings_of(config, finished.model)
    learnt = word2vec.train(corpus, settings, optimizer, epochs=config.epochs, seed=config.seed, after_epoch=after_epoch)
    pd.DataFrame(log).to_csv(finished.path / LOG, index=False)
    learnt.save(finished.path / inference.NETWORK)


def settings_of(config, model):
    """`word2vec.Settings` of a config."""
    from common.text import word2vec

    same = ("objective", "dim", "window", "candidates", "negatives", "shared_table", "steps", "blocks")
    return word2vec.Settings(model=model, sample=config.subsample, **{name: getattr(config, name) for name in same})


def fit(name, plan, fold):
    """Choose on the pairs of a fold which components are taken out, and how much the characters of a word count."""
    import numpy as np

    from competitions.word_similarity import inference

    words, pairs = inference.words_of(fold.run), [plan.parts["train"][row] for row in fold.train]
    truth, best = plan.truth[fold.train], None
    for removed, mixed in itertools.product(inference.REMOVED, inference.MIXED):
        found = inference.Similarity(words, removed, mixed).predict(pairs)
        score = SPEARMAN.of(truth, found)
        if best is None or score > best[0]:
            best = score, inference.Similarity(words, removed, mixed, float(np.median(found[:, 0])))
    path = fold.run / LOG
    log = pd.read_csv(path) if path.exists() else None  # of the vectors, the same for every fold
    return best[1], log


def draw(plan, finished):
    """The pictures of a run."""
    from competitions.word_similarity import inference, pictures

    pictures.draw_run(plan, finished, inference.load(finished.folds[0], finished.model, plan.config))


if __name__ == "__main__":
    run.stage(__spec__)
