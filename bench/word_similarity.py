"""Our word2vec beside gensim's and fastText's: quality at equal epochs and at equal time, on one thread.

    make bench COMP=word_similarity data=DATA
    make bench COMP=word_similarity data=DATA words=300000 epochs=2          the beginning of the text
    make bench COMP=word_similarity data=DATA ways=skip_gram/random_softmax/10,skip_gram/random_softmax/30,skip_gram/nce/1000

A way is `gensim_cbow`, `gensim_skip_gram`, `fasttext` (gensim's), or one of ours: `counted`, or `model/objective/candidates`.
The last line above is the claim of article 4402: 10 to 30 candidates are enough for the random softmax, and NCE needs 1,000.
Seconds are those of the processor, of training alone, so that a busy machine does not change them, but the first epoch of ours
holds the compiling; run it with OMP_NUM_THREADS=1 and TF_NUM_INTRAOP_THREADS=1. Each way runs in a process of its own, and
what was measured is kept. Spearman is of the pairs whose words both have vectors, out of the box: nothing is chosen. `equal
time` is the last epoch that ended within the time of the quickest way's last one. The picture shows quality against seconds.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np

from bench import measure
from common import locate, paths, run
from common.errors import ConfigError
from competitions.word_similarity import data
from competitions.word_similarity.config import NETWORKS, SUBWORDS, Config
from competitions.word_similarity.metric import count, rho

OURS = tuple(
    f"{model}/{rest}"
    for model in ("cbow", "skip_gram")
    for rest in ("negative_sampling/64", "sampled_softmax/64", "random_softmax/16", "nce/64")
)
COUNTED = "counted"
PEERS = {"gensim_cbow": (0, 10), "gensim_skip_gram": (1, 5), "fasttext": (1, 5)}  # skip-gram or not, negatives
COLUMNS = ("way", "epochs", "seconds", "words/s", "against gensim_cbow")


def main(arguments):
    """Print and write the table, and draw the picture.

    Raises:
        ConfigError: an unknown way or setting.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    ways = given.pop("ways", ",".join([*PEERS, COUNTED, *OURS])).split(",")
    for way in ways:
        model, *rest = way.split("/")
        of_network = model in NETWORKS and len(rest) == 2 and rest[1].isdigit()
        if way not in (*PEERS, COUNTED) and not of_network:
            raise ConfigError(
                f"ways={way}: expected {', '.join(PEERS)}, {COUNTED}, or model/objective/candidates such as {OURS[0]}"
            )
    words, epochs = int(given.pop("words", 0)), int(given.get("epochs", 5))
    config = locate.locate_data("word_similarity", "train", Config, [f"{name}={value}" for name, value in given.items()])
    dataset = data.load(config)
    data.corpus(config, dataset)  # once, before the ways
    folder = paths.runs("word_similarity") / "bench"
    key = f"{dataset.fingerprint}-{words}-{epochs}-{config.dim}-{config.learning_rate}"
    found = {}
    for way in ways:
        path = folder / f"{way.replace('/', '-')}-{key}.npz"
        found[way] = measure.resumed(path, trainer_of(way), config, words, way)
        print(
            f"{way}: {found[way]['seconds'][-1]:.1f} s, Spearman {' '.join(f'{x:.3f}' for x in found[way]['scores'][-1])}",
            flush=True,
        )
    files = list(dict.fromkeys(pair.of for pair in dataset.train))
    tables = tables_of(found, files)
    picture = folder / "quality.png"
    draw(found, files, picture)
    command = " ".join(["make bench COMP=word_similarity", *map(measure.without_path, arguments)])
    path = Path(__file__).parent / "results" / "word_similarity.md"
    measure.report(
        path,
        "Word vectors beside their peers",
        tables,
        f"Picture: {picture.name}, in the runs.",
        command,
        paths.is_sample(config.data),
    )


def trainer_of(way):
    """The function that trains a way."""
    return train_peer if way in PEERS else count_ours if way == COUNTED else train_ours


def tables_of(found, files):
    """The tables at equal epochs and at equal time."""
    shortest = min(one["seconds"][-1] for one in found.values())
    base = found.get("gensim_cbow")
    rows, timed = [], []
    for way, one in found.items():
        speed = one["words"] * len(one["seconds"]) / one["seconds"][-1]
        ratio = "-" if base is None else f"{speed * base['seconds'][-1] / len(base['seconds']) / base['words']:.2f}"
        last = [f"{score:.3f}" for score in one["scores"][-1]]
        rows.append([way, str(len(one["seconds"])), f"{one['seconds'][-1]:.1f}", f"{speed:,.0f}", ratio, *last])
        within = np.flatnonzero(one["seconds"] <= shortest)
        scores = [f"{score:.3f}" for score in one["scores"][within[-1]]] if len(within) else ["-"] * len(files)
        timed.append([way, str(len(within)), *scores])
    return [
        ("equal epochs", [*COLUMNS, *files], rows),
        (f"equal time: {shortest:.1f} seconds", ["way", "epochs", *files], timed),
    ]


def begun(config, words):
    """The corpus, its first sentences of so many words as lists of words, and the data set."""
    dataset = data.load(config)
    corpus = data.corpus(config, dataset)
    ids = corpus.ids[:words] if words else corpus.ids
    ends = np.flatnonzero(np.asarray(ids) == 0)
    cuts = zip([0, *(ends[:-1] + 1)], ends, strict=True)
    return dataset, [[corpus.words[one - 1] for one in ids[start:end]] for start, end in cuts if end > start]


def scores_of(dataset, names, vectors):
    """Spearman of each file of pairs, on those whose words both have vectors."""
    places = {word: place for place, word in enumerate(names)}
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-8)
    scores = []
    for number in np.unique(dataset.truth[:, 1]):
        rows = np.flatnonzero(dataset.truth[:, 1] == number)
        both = [[places.get(word.lower()) for word in dataset.train[row][1:]] for row in rows]
        kept = [place for place, pair in enumerate(both) if None not in pair]
        cosines = [unit[both[place][0]] @ unit[both[place][1]] for place in kept]
        answers = np.stack([np.array(cosines), np.ones(len(kept))], axis=1).reshape(-1, 2)
        scores.append(rho(count(dataset.truth[rows[kept]], answers)))
    return scores


def train_peer(config, words, way):
    """Seconds and scores after each epoch of gensim's."""
    from gensim.models import FastText, Word2Vec

    dataset, sentences = begun(config, words)
    skip_gram, negatives = PEERS[way]
    settings = {"vector_size": config.dim, "window": config.window, "min_count": config.min_count, "sample": config.subsample}
    kind, more = (FastText, {"min_n": 1, "max_n": 2, "bucket": 200_000}) if way == "fasttext" else (Word2Vec, {})
    model = kind(**settings, **more, sg=skip_gram, negative=negatives, seed=config.seed, workers=1, epochs=config.epochs)
    model.build_vocab(sentences)
    seconds, scores, spent = [], [], 0.0
    rates = np.linspace(0.025, 0.0001, config.epochs + 1)
    for start, end in itertools.pairwise(rates):  # the rate falls as in one call, and the clock stops in between
        began = time.process_time()
        model.train(sentences, total_examples=len(sentences), epochs=1, start_alpha=start, end_alpha=end)
        spent += time.process_time() - began
        seconds.append(spent)
        scores.append(scores_of(dataset, model.wv.index_to_key, model.wv.vectors))
    return {"seconds": np.array(seconds), "scores": np.array(scores), "words": sum(map(len, sentences))}


def count_ours(config, words, way):
    """Seconds and scores of our vectors by counting, which go through the text once."""
    import tempfile

    from common.text import word_corpus
    from common.text.cooccurrence import counted

    dataset, sentences = begun(config, words)
    with tempfile.TemporaryDirectory() as folder:
        corpus = word_corpus.encode(sentences, Path(folder) / "corpus", config.min_count)
        began = time.process_time()
        window, sample = config.counted_window, config.subsample
        vectors = counted(corpus, window=window, sample=sample, dim=config.dim, shrink=config.shrink, seed=config.seed)
        spent = time.process_time() - began
    scores = scores_of(dataset, vectors.words, vectors.vectors)
    return {"seconds": np.array([spent]), "scores": np.array([scores]), "words": sum(map(len, sentences))}


def train_ours(config, words, way):
    """Seconds and scores after each epoch of ours."""
    import tempfile

    from common.text import word2vec, word_corpus
    from common.training import RowAdagrad

    dataset, sentences = begun(config, words)
    model, objective, candidates = way.split("/")
    settings = word2vec.Settings(
        model=model.removeprefix(SUBWORDS),
        subwords=model.startswith(SUBWORDS),
        objective=objective,
        candidates=int(candidates),
        dim=config.dim,
        window=config.window,
        sample=config.subsample,
    )
    seconds, scores, last = [], [], [0.0, 0.0]

    def after_epoch(learnt, epoch, loss, wall):
        last[1] += time.process_time() - last[0]
        seconds.append(last[1])
        scores.append(scores_of(dataset, learnt.words, learnt.input))
        last[0] = time.process_time()

    with tempfile.TemporaryDirectory() as folder:
        corpus = word_corpus.encode(sentences, Path(folder) / "corpus", config.min_count)
        last[0] = time.process_time()  # the first epoch's seconds hold the compiling
        word2vec.train(
            corpus, settings, RowAdagrad(config.learning_rate), epochs=config.epochs, seed=config.seed, after_epoch=after_epoch
        )
    return {"seconds": np.array(seconds), "scores": np.array(scores), "words": sum(map(len, sentences))}


def draw(found, files, path):
    """Spearman against seconds, a panel for each file."""
    from matplotlib.figure import Figure

    from common.report import plots

    figure = Figure(figsize=(6 * len(files), 5), layout="constrained")
    for place, (panel, name) in enumerate(zip(np.atleast_1d(figure.subplots(1, len(files))), files, strict=True)):
        for way, one in found.items():
            panel.plot(one["seconds"], one["scores"][:, place], "o--" if way in PEERS else "s-", label=way)
        panel.set(xlabel="seconds of the processor", ylabel="Spearman of the pairs found", title=name)
    panel.legend(fontsize=8)
    plots.save(figure, path)


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
