"""Our models of pairs beside their peers, under both protocols, and the encoder's losses beside each other: one run, one split.

    make bench COMP=ppd data=DATA
    python -m bench.ppd data=DATA                    any field of the contest's Config but those that the rows set

DATA holds the official files, and tongyiju.csv for the table of the encoder's losses. All rows of a protocol learn from the
same four fifths of train.csv and answer the same fifth, which are those of `folds=1`. Some peers need PyTorch, see the extra
`bench-torch` of pyproject.toml; where it is not installed, their rows say so. Every row is kept under
runs/ppd/bench-<data>-<code>/, so the same command continues where it stopped, as long as the code is the same. The tables also
go to bench/results/ppd.md, unless the data is the built-in sample.
"""

import importlib.util
import os
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from bench import measure, pair_peers
from common import experiment, locate, paths, run
from common.config import identity
from common.experiment import Metric
from common.experiment.metric import bootstrap
from common.ragged import Ragged
from competitions.ppd import closure, data, ensemble, features, metric, train
from competitions.ppd.config import COSINE, ENCODER, LOSSES, MODELS, PROTOCOLS, Config

TITLE = "PPD: our models of pairs beside their peers, and the encoder's losses"
RESULTS = Path(__file__).parent / "results" / "ppd.md"
BUDGET = {"folds": 1}  # of every row; all else is the contest's own Config
CONSTANT, TFIDF, TUNED = "constant", "TF-IDF + LightGBM", "TF-IDF + LightGBM, boosted as our trees"
SENTENCES, METRIC = "sentence-transformers, LSTM from scratch", "our encoder with CosFaceLoss of pytorch-metric-learning"
PEERS = {
    CONSTANT: pair_peers.constant,
    TFIDF: pair_peers.tfidf_lightgbm,
    TUNED: pair_peers.tfidf_lightgbm_tuned,
    SENTENCES: pair_peers.sentence_transformers,
    METRIC: pair_peers.metric_learning,
}
STACK, NO_COSINE = "our ensemble", "our ensemble without the cosine"
LEAKS = {  # what protocol=contest adds, left out one by one
    "our trees without the graph": {"model": ("trees",), "graph": False},
    "our trees without closure": {"model": ("trees",), "closure": False},
    "our trees without either": {"model": ("trees",), "graph": False, "closure": False},
    "our siamese without closure": {"model": ("siamese",), "closure": False},
}
OURS = {f"our {name}": {"model": (name,)} for name in MODELS} | LEAKS
OURS |= {NO_COSINE: {"model": tuple(name for name in MODELS if name != COSINE)}, STACK: {"model": MODELS}}
LEFT_OUT = {"content": tuple(LEAKS), "contest": (CONSTANT, SENTENCES, METRIC)}  # of a protocol
AGREEMENT = "losses beside pytorch-metric-learning's"
EXTRA = "bench-torch"
NEEDS = {
    SENTENCES: ("torch", "sentence_transformers"),
    METRIC: ("torch", "pytorch_metric_learning"),
    AGREEMENT: ("torch", "pytorch_metric_learning"),
}
PUBLISHED = {  # top-1, top-5, top-10 of the original, which trained on 90,000 groups: kexue.fm archive 5743
    "softmax": (0.9077, 0.9565, 0.9673),
    "am": (0.9172, 0.9607, 0.9709),
    "a_softmax": (0.9135, 0.9587, 0.9697),
}
RANKS = (1, 5, 10)
GROUPS, CHARACTERS = 90_000, 5_000  # of the encoder whose training step is measured
STEPS = {  # of training: sentences of a batch, and classes that a step looks at beside the true one, 0 for all
    "all classes": (100, 0),
    "4,096 of the classes": (100, 4096),
    "4,096 of the classes, more sentences": (500, 4096),
}
REPEATS = 5  # of such a step
COLUMNS = (
    "system",
    "log loss",
    "95 % interval",
    "AUC",
    "F1 at 0.5",
    f"less {TFIDF}",
    "less the best peer",
    "minutes",
)
RETRIEVAL = ("loss", *(f"top-{rank}" for rank in RANKS), "95 % interval of top-1", "less softmax", "published", "minutes")
AGREES = ("ours / theirs", "our value", "their value", "difference", "of the gradient of vectors", "of class weights")
MEMORY = ("step", "sentences", "GB before", "GB at most", "seconds")

NOTES = """Log loss, the lower the better, AUC and F1 of the pairs of the hold-out fifth. Less TF-IDF + LightGBM, which has
LightGBM's default settings, and less the peer with the lowest log loss: differences of the log loss on the same 1,000
resamples of their components, with paired 95 % intervals. Protocol content: pairs that questions join, in one step or many,
lie on one side of the split, and neither graph nor closure is used; protocol contest: split by pair, and both are. The
hold-out is where our trees and networks stop, where TF-IDF + LightGBM boosted as our trees stops, and where our ensemble is
cross-fitted, so these rows are a little kind to them. The cosines (ours, and both peers with PyTorch) choose the epoch and
become probabilities on the training pairs of a fifth of the components, which are kept away from them. sentence-transformers
has the given word vectors, trained on, one bidirectional LSTM, the mean over its steps and CoSENTLoss; both peers with
PyTorch have our recipe (AdamW, warm-up, averaged weights, the best epoch). Minutes: training, of the ensemble that of all
its models; of our trees without the tables of features.py, which are made once. The seed is one and the same in all rows.
Losses of the encoder: questions of held-out groups of tongyiju.csv that have a mate, searched among all held-out questions;
intervals from 1,000 resamples of the groups, paired for the difference. Beside each loss what the original published, on
another and larger data set. Agreement: mean loss of {vectors} random vectors of {classes} classes, ours in Keras and the
package's in PyTorch; differences of values as a part of the value, of gradients as a part of the largest one. Memory: a
training step of the encoder with {groups:,} groups in a process of its own, TensorFlow in it; the median of {repeats} steps."""

HITS = Metric("top-1", count=None, score=lambda hits: float(hits.mean()))  # of what is counted already


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    measure.refuse_fixed(arguments, {*BUDGET, "model", "protocol", "encoder_loss"})
    config = locate.locate_data("ppd", "bench", Config, arguments)
    config = replace(config, data=config.data.resolve(), **BUDGET)
    dataset = data.load(config.data)
    folder = (paths.runs("ppd") / f"bench-{dataset.fingerprint}-{measure.code_version('ppd')}").resolve()
    with measure.own_home(folder):
        tables, notes = (
            [],
            [NOTES.format(vectors=pair_peers.VECTORS, classes=pair_peers.CLASSES, groups=GROUPS, repeats=REPEATS)],
        )
        for part in (agreement_part, memory_part, features_part, *map(protocol_part, PROTOCOLS), retrieval_part):
            table, note = part(folder, config, dataset)
            tables += table
            notes += note
            report(arguments, config, tables, notes)


def report(arguments, config, tables, notes):
    """Print the tables of what is measured so far, and write them."""
    command = shlex.join(["make", "bench", "COMP=ppd", *map(measure.without_path, arguments)])
    budget = ", ".join(f"{name}={value}" for name, value in BUDGET.items())
    text = "\n\n".join([*notes, f"Budget: {budget}. {os.cpu_count()} processors."])
    measure.report(RESULTS, TITLE, tables, text, command, paths.is_sample(config.data))


def resumed(folder, name, function, config, dataset, *more):
    """`measure.resumed` of a function of the settings, under a name that changes with them."""
    print(f"{name}: measuring, or reading what was measured before", flush=True)
    key = identity(config, data=dataset.fingerprint, models=config.model, row=name, more=more)
    return measure.resumed(folder / f"{function.__name__}-{key}.npz", function, config, *more)


def lacking(name):
    """Packages that a row needs and this environment does not have."""
    return [package for package in NEEDS.get(name, ()) if importlib.util.find_spec(package) is None]


def not_run(name):
    """What the notes say of a row whose packages are not installed."""
    return f"{name}: not measured, needs {' and '.join(lacking(name))}: pip install -e '.[{EXTRA}]'"


# Pairs.


def protocol_part(protocol):
    """The function that measures the systems of a protocol: `part(folder, config, dataset)` returns tables and notes."""

    def part(folder, config, dataset):
        plans = {
            name: replace(config, protocol=protocol, **OURS.get(name, {}))
            for name in (*PEERS, *OURS)
            if name not in LEFT_OUT[protocol]
        }
        missing = [name for name in plans if lacking(name)]
        systems = {}
        for name, plan in plans.items():
            if name in PEERS and name not in missing:
                systems[name] = resumed(folder, name, measure_peer, plan, dataset, name)
            elif name in OURS:
                systems[name] = resumed(folder, name, measure_ours, plan, dataset)
        held_out = train.valid_of(dataset, replace(config, protocol=protocol)) == 0
        pairs, truth = dataset.pairs[held_out], dataset.labels[held_out]
        rows = score_rows(systems, truth, closure.components_of(pairs, len(dataset.names)), config.seed)
        rows += [[name, "not measured", *[""] * (len(COLUMNS) - 2)] for name in missing]
        title = f"protocol {protocol}: {len(truth):,} of {len(dataset.pairs):,} pairs held out, {truth.mean():.1%} the same"
        return [(title, COLUMNS, rows)], list(map(not_run, missing))

    return part


def split(config):
    """The data set, the rows to learn from and the rows to answer, as `folds=1` has them."""
    dataset = data.load(config.data, report=False)
    valid = train.valid_of(dataset, config)
    return dataset, np.flatnonzero(valid != 0), np.flatnonzero(valid == 0)


def measure_peer(config, name):
    """A peer's answers to the hold-out pairs."""
    dataset, train_rows, valid_rows = split(config)
    started = time.perf_counter()
    probability = PEERS[name](dataset, train_rows, valid_rows, config)
    return {"probability": probability, "seconds": time.perf_counter() - started}


def measure_ours(config):
    """Answers of one of our models, or of the ensemble of several."""
    plan = train.plan(config)
    finished = ensemble.blend(plan) if len(config.model) > 1 else experiment.train(plan)[0]
    oof = finished.load_arrays("oof")
    return {"probability": oof["probability"][oof["fold"] == 0], "seconds": finished.read_json("metrics.json")["seconds"]}


def features_part(folder, config, dataset):
    """How long the tables of features take, which the minutes of our trees do not hold."""
    seconds = resumed(folder, "tables of features", measure_features, replace(config, protocol="contest"), dataset)
    made = ", ".join(f"{kind} {value / 60:.1f}" for kind, value in seconds.items() if kind in features.MAKERS)
    return [], [f"Minutes for the tables of features of all pairs: {made}."]


def measure_features(config):
    """Seconds to describe all pairs."""
    dataset = data.load(config.data, report=False)
    seconds = {}
    for kind in ("content", "graph") if config.uses_graph else ("content",):
        started = time.perf_counter()
        features.MAKERS[kind](dataset, dataset.all_pairs, config.seed)
        seconds[kind] = time.perf_counter() - started
    return seconds


def score_rows(systems, truth, joined, seed):
    """Lines of the table of a protocol; `joined`, the component of each pair, is what is resampled."""
    scores = {name: metric.score(truth, system["probability"]) for name, system in systems.items()}
    scored = metric.log_loss("")
    losses = {name: metric.losses(truth, system["probability"]) for name, system in systems.items()}
    draws = {name: bootstrap(scored, values, seed, joined) for name, values in losses.items()}
    best_peer = min((name for name in systems if name in PEERS), key=scores.get)

    def less(name, peer):
        return "" if name == peer else margin(scores[name] - scores[peer], draws[name] - draws[peer])

    rows = []
    for name, system in systems.items():
        low, high = measure.interval(draws[name])
        auc = roc_auc_score(truth, system["probability"])
        f1 = f1_score(truth, system["probability"] >= 0.5)
        own = [f"{scores[name]:.4f}", f"{low:.4f} - {high:.4f}", f"{auc:.4f}", f"{f1:.4f}"]
        rows.append([name, *own, less(name, TFIDF), less(name, best_peer), f"{system['seconds'] / 60:.1f}"])
    return rows


def margin(difference, draws):
    """A difference and its interval."""
    low, high = measure.interval(draws)
    return f"{difference:+.4f} ({low:+.4f} to {high:+.4f})"


# The encoder and its losses.


def retrieval_part(folder, config, dataset):
    """Every loss of the encoder: how often a mate is among the nearest."""
    path = config.data / data.GROUPS
    if not path.exists():
        return [], [f"The encoder's losses: not measured, {data.GROUPS} is not in the data folder."]
    groups = paths.fingerprint([path])
    plans = {loss: replace(config, model=(ENCODER,), encoder_loss=loss) for loss in LOSSES}
    found = {loss: resumed(folder, f"encoder, {loss}", measure_encoder, plan, dataset, groups) for loss, plan in plans.items()}
    asked = len(next(iter(found.values()))["ranks"])
    title = f"the encoder's losses: {asked:,} questions of held-out groups look for a mate"
    published = {name: top for name, (top, *_) in PUBLISHED.items()}
    note = f"Losses of the encoder by top-1: here {order(top_1(found))}; published {order(published)}."
    return [(title, RETRIEVAL, retrieval_rows(found, config.seed))], [note]


def measure_encoder(config, groups):
    """Place of the nearest mate of each question of the part that is scored, see `retrieval.places`, and the question's group.

    `groups`, the fingerprint of their file, only names the row.
    """
    from competitions.ppd import encoder, retrieval

    numbers, texts = data.read_groups(config.data / data.GROUPS)
    finished = encoder.train_encoder(config)
    rows = encoder.split(numbers, config.seed)["score"]
    vectors = encoder.Encoder.load(finished.path / "encoder").encode([texts[row] for row in rows])
    places, counted = retrieval.places(vectors, numbers[rows], max(RANKS))
    return {"ranks": places, "groups": numbers[rows][counted], "seconds": finished.read_json("metrics.json")["seconds"]}


def retrieval_rows(found, seed):
    """Lines of the table of losses."""
    scores = top_1(found)
    draws = {name: bootstrap(HITS, one["ranks"] == 1, seed, one["groups"]) for name, one in found.items()}
    rows = []
    for name, one in found.items():
        low, high = measure.interval(draws[name])
        less = "" if name == "softmax" else margin(scores[name] - scores["softmax"], draws[name] - draws["softmax"])
        rows.append(
            [
                name,
                *(f"{np.mean(one['ranks'] <= rank):.4f}" for rank in RANKS),
                f"{low:.4f} - {high:.4f}",
                less,
                ", ".join(f"{score:.4f}" for score in PUBLISHED.get(name, ())),
                f"{one['seconds'] / 60:.1f}",
            ]
        )
    return rows


def top_1(found):
    """Share of the questions whose nearest is a mate, by loss."""
    return {name: float(np.mean(one["ranks"] == 1)) for name, one in found.items()}


def order(scores):
    """Names, the highest score first."""
    return " > ".join(sorted(scores, key=scores.get, reverse=True))


def agreement_part(folder, config, dataset):
    """Values and gradients of our losses beside those of pytorch-metric-learning."""
    if lacking(AGREEMENT):
        return [], [not_run(AGREEMENT)]
    found = resumed(folder, AGREEMENT, measure_agreement, config, dataset)
    rows = []
    for names, (own, other, *gradients) in ((name, values) for name, values in found.items() if name != "memory"):
        shown = ["" if np.isnan(part) else f"{part:.1e}" for part in gradients]
        rows.append([names, f"{own:.6f}", f"{other:.6f}", f"{abs(own / other - 1):.1e}", *shown])
    return [(AGREEMENT, AGREES, rows)], []


def measure_agreement(config):
    """See `pair_peers.agreement`."""
    return pair_peers.agreement(config.seed)


def memory_part(folder, config, dataset):
    """Memory and time of a training step with very many classes."""
    rows = []
    for name, (sentences, negatives) in STEPS.items():
        plan = replace(config, model=(ENCODER,), encoder_loss="am", encoder_batch=sentences, encoder_negatives=negatives)
        found = resumed(folder, f"step with {name}", measure_step, plan, dataset)
        memory = (found["before"], found["memory"])
        rows.append([name, f"{sentences}", *(f"{part:.2f}" for part in memory), f"{found['seconds']:.2f}"])
    return [(f"a training step of the encoder with {GROUPS:,} groups", MEMORY, rows)], []


def measure_step(config):
    """Seconds of a training step of the encoder, and the memory that was taken before it was built."""
    import keras

    from competitions.ppd import encoder

    before, generator = measure.peak_memory(), np.random.default_rng(config.seed)
    texts = generator.integers(1, CHARACTERS, size=(config.encoder_batch, config.encoder_steps))
    labels = generator.integers(GROUPS, size=config.encoder_batch)
    labels[0] = GROUPS - 1  # the last one tells how many there are
    network = encoder.new_encoder(CHARACTERS, config)
    learner, drawn, loss = encoder.make_learner(network, Ragged.of(list(texts)), labels, config)
    learner.compile(keras.optimizers.AdamW(config.encoder_learning_rate), loss)
    inputs, targets = drawn[0]
    learner.train_on_batch(inputs, targets)  # compiles
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        learner.train_on_batch(inputs, targets)
        seconds.append(time.perf_counter() - started)
    return {"before": before, "seconds": float(np.median(seconds))}


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
