"""Our extractors beside their peers, each addition in turn, five seeds, and what batched decoding saves: one run, one budget.

    make bench COMP=baidu_ie data=DATA
    python -m bench.baidu_ie data=DATA               any field of the contest's Config but those that the rows set

DATA holds the official files with dev_data.json, and duie2.0/. The rows train on the same four fifths of the training
sentences and on the extra ones, under the budget `REDUCED`, and choose on the remaining fifth; the dev part is only scored.
The last row is the contest's own plan, with the runs of `make train` where these are finished; as it learns from all five
fifths, it is held against a row of the CRF pipeline that does, too. Every row is kept under
runs/baidu_ie/bench-<data>-<code>/, so the same command continues where it stopped, as long as the code is the same. The
tables also go to bench/results/baidu_ie.md, unless the data is the built-in sample.
"""

import os
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench import measure
from common import experiment, locate, paths, run
from common.config import identity
from common.errors import DataError
from common.experiment.folds import make_folds
from common.experiment.metric import bootstrap
from competitions.baidu_ie import data, decode, ensemble, features, inference, metric, proposals, repair, train
from competitions.baidu_ie.config import MODELS, Config
from competitions.baidu_ie.prior import TriplePrior

TITLE = "Baidu IE: our extractors beside their peers, and what each addition brings"
RESULTS = Path(__file__).parent / "results" / "baidu_ie.md"
REDUCED = {
    "folds": 1,
    "epochs": 3,
    "fine_epochs": 1,
    "extra_share": 3.0,
}  # of every network; all else is the contest's own Config
QUARTER = {"epochs": 6, "fine_epochs": 1, "sentences": 0.25, "filter_rounds": 0}  # of the five seeds and the label vote
SEEDS = (1, 2, 3, 4, 5)
WITHOUT_RULES = {"augmentation": 0.0, "label_rules": (), "rules": ()}
BARE = {"source": False, "tags": False, "postag": False}
ADDITIONS = {  # in this order, each on top of those before: the setting that Config has its own way again
    "+ source of the sentence": "source",
    "+ own words and parts of speech": "tags",
    "+ words and parts of speech of postag": "postag",
}
OWN = {"augmentation": 0.5, "label_rules": tuple(repair.LABEL_RULES), "rules": tuple(repair.POST_RULES)}  # of the original
VARIANTS = {  # of the row with all additions, each alone
    "that without known triples": {"prior": False},
    "that with augmentation": {"augmentation": 0.5},
    "that with label rules": {"label_rules": tuple(repair.LABEL_RULES)},
}
CRF, CRF_EXTRA = "CRF pipeline", "CRF pipeline, with the extra sentences"
CRF_ALL = "the same, learnt from all five fifths"
PRIOR, ORIGINAL, NETWORK = "known triples alone", "original's design", "its network alone, without augmentation and rules"
NO_POSTAG, LINKER = "that on sentences without postag", "linker"
VOTED, FILTERED = "vote of pointers and linker", "LightGBM over what both propose"
TYPED, WHOLE = "that without what contradicts the types", "the contest's own plan"
LABELS = {"as they are": False, "mended by vote": True}  # what `relabel` is
COLUMNS = (
    "system",
    "precision",
    "recall",
    "F1",
    "95 % interval",
    "less original",
    "less the better CRF",
    "hold-out",
    "minutes",
    "sentences/s",
)
SPEED = ("median", "least - most", "median of the first / this")
REPEATS = 5  # of each way to decode, in turn
SINGLE = 100  # sentences that are decoded one at a time

NOTES = """Precision, recall and F1 of the triples of the dev part by the organisers' rule, without repair rules but for the
original's design; the hold-out column is the F1 on the fifth of the training part on which epochs and thresholds were chosen,
of the contest's own plan the F1 out of fold. Less original, less the CRF pipeline that is better on the hold-out: differences
of F1 on the same 1,000 resamples of the sentences, with paired 95 % intervals. The contest's own plan has learnt from all
five fifths, with two models and three folds, which takes far longer; it is held against the CRF pipeline
that learnt from all of them, too. The seed is one and the same in all rows. The original's design is its network, its
augmentation and its rules with our recipe (AdamW, averaged weights, stop on F1), and learns from the extra sentences as every
row of ours does. Minutes: training of one uninterrupted run, of vote and LightGBM their own work alone. Sentences/s: from
texts to triples, of all networks of a row. Labels mended by vote: three folds of the pointers, without and with; out of fold
both are scored by the labels as they are. Decoding: sentences of the dev part per second, from encoded texts to triples:
batched, and one after the other with every subject by itself. Medians of {repeats} repeats in turn."""


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    measure.refuse_fixed(arguments, {"model", "types", "relabel", "sentences"})
    config = locate.locate_data("baidu_ie", "bench", Config, arguments)
    config = replace(config, data=config.data.resolve())
    dataset = data.load(config.data, config.test_file)
    if not any(sentence.triples for sentence in dataset.dev):
        raise DataError(f"{config.data} has no labelled dev_data.json: nothing to score")
    folder = (paths.runs("baidu_ie") / f"bench-{dataset.fingerprint}-{measure.code_version('baidu_ie')}").resolve()
    configs = plans(config)
    last = configs[best_addition(configs)]
    systems, seeds, votes = {}, {}, {}
    with measure.own_home(folder):
        for name, plan in configs.items():
            systems[name] = resumed(folder, name, FUNCTIONS.get(name, measure_model), plan, dataset)
        speeds = resumed(folder, "decoding speed", decoding_speed, replace(last, model=MODELS), dataset)
    systems[WHOLE] = resumed(folder, WHOLE, measure_plan, config, dataset)
    report(arguments, config, dataset, systems, speeds, seeds, votes)
    quarter = replace(config, **QUARTER, rules=())
    with measure.own_home(folder):
        for name in MODELS:
            for seed in SEEDS:
                plan = replace(quarter, folds=1, model=(name,), seed=seed)
                seeds[name, seed] = resumed(folder, f"{name}, seed {seed}", measure_model, plan, dataset)
        report(arguments, config, dataset, systems, speeds, seeds, votes)
        for name, relabel in LABELS.items():
            plan = replace(quarter, folds=3, model=("pointers",), relabel=relabel)
            votes[name] = resumed(folder, f"labels {name}", measure_model, plan, dataset)
    report(arguments, config, dataset, systems, speeds, seeds, votes)


def report(arguments, config, dataset, systems, speeds, seeds, votes):
    """Print the tables of what is measured so far, and write them."""
    command = shlex.join(["make", "bench", "COMP=baidu_ie", *map(measure.without_path, arguments)])
    tables = [
        (f"dev part of {describe(dataset)}", COLUMNS, score_rows(systems, config.seed)),
        ("sentences decoded per second", ("way", *SPEED), measure.speed_rows(speeds)),
    ]
    if seeds:
        tables.append(("five seeds, a quarter of the sentences", ("model", "seed", "F1", "of the best"), seed_rows(seeds)))
    if votes:
        tables.append(("labels, a quarter of the sentences", ("labels", "F1", "out of fold"), vote_rows(votes)))
    reduced, quarter = (", ".join(f"{key}={value}" for key, value in one.items()) for one in (REDUCED, QUARTER))
    notes = NOTES.format(repeats=REPEATS)
    notes += f"\n\nBudget of the networks: {reduced}; of seeds and labels: {quarter}. {os.cpu_count()} processors."
    measure.report(RESULTS, TITLE, tables, notes, command, paths.is_sample(config.data))


def plans(config):
    """The settings of every row by its name; an addition that changes nothing is left out."""
    plain = replace(config, **REDUCED, **BARE, **WITHOUT_RULES, model=("pointers",), filter_rounds=0)
    rows = {CRF: replace(plain, extra_share=0.0), CRF_EXTRA: plain, CRF_ALL: plain, PRIOR: plain}
    rows |= {ORIGINAL: replace(plain, **OWN), NETWORK: plain}
    for name, field in ADDITIONS.items():
        if getattr(plain, field) != getattr(config, field):
            plain = replace(plain, **{field: getattr(config, field)})
            rows[name] = plain
    rows |= {name: replace(plain, **settings) for name, settings in VARIANTS.items()}
    rows |= {NO_POSTAG: plain, LINKER: replace(plain, model=("linker",))}
    voted = replace(plain, model=MODELS)
    filtered = replace(voted, filter_rounds=config.filter_rounds)
    return rows | {VOTED: voted, FILTERED: filtered, TYPED: replace(filtered, types=True)}


def best_addition(configs):
    """The name of the row of pointers with all additions."""
    return next((name for name in reversed(ADDITIONS) if name in configs), NETWORK)


def resumed(folder, name, function, config, dataset):
    """`measure.resumed` of a function of the settings, under a name that changes with them."""
    print(f"{name}: measuring, or reading what was measured before", flush=True)
    own = {name: getattr(config, name) for name in ("model", "filter_rounds", "types", "rules")}
    key = identity(config, data=features.fingerprint(config, dataset), **own)
    return measure.resumed(folder / f"{function.__name__}-{key}.npz", function, config)


def split(config, dataset):
    """The same training sentences, hold-out sentences and extra ones that a network with `folds=1` gets."""
    valid = make_folds(
        "baidu_ie",
        np.zeros(len(dataset.train), int),
        1,
        config.seed,
        dataset.fingerprint,
        groups=data.groups(dataset.train),
    )
    held_out = [dataset.train[row] for row in np.flatnonzero(valid == 0)]
    groups = set(data.groups(held_out))
    extra = [one for one, group in zip(dataset.extra, data.groups(dataset.extra), strict=True) if group not in groups]
    return [dataset.train[row] for row in np.flatnonzero(valid != 0)], held_out, extra


def measure_crf(config):
    """The CRF pipeline, trained on the contest's sentences, and on the extra ones where they have a share."""
    from bench.crf_pipeline import CrfPipeline

    dataset = data.load(config.data, config.test_file, report=False)
    sentences, held_out, extra = split(config, dataset)
    started = time.perf_counter()
    learned = [*sentences, *(extra if config.extra_share else ())]
    pipeline = CrfPipeline(seed=config.seed).fit(learned, dataset.predicates, dataset.labelled)
    return answers(dataset, held_out, pipeline.extract, time.perf_counter() - started)


def measure_crf_on_all(config):
    """The CRF pipeline as the contest's own plan is trained: on all folds, which leaves no hold-out."""
    from bench.crf_pipeline import CrfPipeline

    dataset = data.load(config.data, config.test_file, report=False)
    started = time.perf_counter()
    pipeline = CrfPipeline(seed=config.seed).fit([*dataset.train, *dataset.extra], dataset.predicates, dataset.labelled)
    return answers(dataset, [], pipeline.extract, time.perf_counter() - started)


def measure_prior(config):
    """Every known triple whose names stand in the sentence."""
    dataset = data.load(config.data, config.test_file, report=False)
    sentences, held_out, extra = split(config, dataset)
    started = time.perf_counter()
    prior = TriplePrior(dataset.predicates).fit([*sentences, *extra])
    seconds = time.perf_counter() - started

    def extract(part):
        spans = [prior.find(sentence.text) for sentence in part]
        return [
            tuple({proposals.triple_at(sentence.text, span, dataset.predicates) for span in own} - {None})
            for sentence, own in zip(part, spans, strict=True)
        ]

    return answers(dataset, held_out, extract, seconds)


def measure_model(config):
    """One network of each fold, with the threshold that is best on what they held out."""
    started = time.perf_counter()
    (member,) = experiment.train(train.plan(config))
    seconds = max(time.perf_counter() - started, member.metrics["seconds"])  # of a run finished before
    return blended(config, seconds)


def measure_ensemble(config):
    """The best way to put the trained models together."""
    plan = train.plan(config)
    experiment.train(plan)
    started = time.perf_counter()
    ensemble.blend(plan)
    return blended(config, time.perf_counter() - started)


def measure_plan(config):
    """What `make train` and `make ensemble` make."""
    return blended(config, ensemble.main(config).metrics["seconds"])


def measure_without_postag(config):
    """The finished model on the same sentences, but for the words that the contest gives."""
    plan = train.plan(config)
    dataset, learnt = plan.dataset, experiment.load(ensemble.blend(plan).path)

    def extract(part):
        found = learnt.predict([replace(sentence, words=()) for sentence in part])
        return [tuple(triple for triple, _ in own) for own in found]

    _, held_out, _ = split(config, dataset)
    extract(dataset.dev)  # compiles
    return answers(dataset, held_out, extract, 0.0)


FUNCTIONS = {
    CRF: measure_crf,
    CRF_EXTRA: measure_crf,
    CRF_ALL: measure_crf_on_all,
    PRIOR: measure_prior,
    NO_POSTAG: measure_without_postag,
    **dict.fromkeys((VOTED, FILTERED, TYPED), measure_ensemble),
}


def blended(config, seconds):
    """A row of what the ensemble of the models in `config.model` answers to the dev part."""
    plan = train.plan(config)
    dataset, members = plan.dataset, ensemble.blend(plan)
    learnt = experiment.load(members.path)
    learnt.predict(dataset.dev)  # compiles
    started = time.perf_counter()
    learnt.predict(dataset.dev)
    speed = len(dataset.dev) / (time.perf_counter() - started)
    triples = [own for _, own in ensemble.read_triples(members, "dev")]
    return result(dataset, triples, members.metrics["score"], seconds, speed)


def answers(dataset, held_out, extract, seconds):
    """A row of what `extract(sentences)` finds."""
    started = time.perf_counter()
    triples = extract(dataset.dev)
    speed = len(dataset.dev) / (time.perf_counter() - started)
    score = metric.TRIPLE_F1.of(held_out, extract(held_out)) if held_out else np.nan
    return result(dataset, triples, score, seconds, speed)


def result(dataset, triples, score, seconds, speed):
    """A row as it is kept: counts of each dev sentence, hold-out F1, seconds of training, sentences per second."""
    found = {sentence.text: own for sentence, own in zip(dataset.dev, triples, strict=True)}
    return {"counts": metric.counts(metric.by_text(dataset.dev), found), "score": score, "seconds": seconds, "speed": speed}


def decoding_speed(config):
    """Sentences per second of the dev part, batched and one at a time, by the networks of a finished run."""
    plan = train.plan(config)
    dataset = plan.dataset
    encoded, number = plan.parts["dev"].encoded, len(dataset.predicates)
    networks = {}
    for member in experiment.train(plan):
        model = inference.load(member.folds[0], member.model, config)
        networks[member.model] = model.network
        known = inference.known_of(model.prior, config, dataset.dev)

    def one_at_a_time(find):
        for row in range(min(SINGLE, len(encoded))):
            found = find(networks["pointers"], encoded.take([row]), known.take([row]), number, config.decision)
            decode.triples_of([dataset.dev[row]], found, dataset.predicates)
        return min(SINGLE, len(encoded))

    def batched(name):
        found = decode.find(networks[name], encoded, known, number, config.decision)
        decode.triples_of(dataset.dev, found, dataset.predicates)
        return len(encoded)

    return measure.in_turn(
        {
            "pointers, in batches": lambda: batched("pointers"),
            "pointers, one at a time, the same code": lambda: one_at_a_time(decode.find),
            "pointers, one at a time, each subject by model.predict": lambda: one_at_a_time(find_by_keras),
            "linker, in batches": lambda: batched("linker"),
        },
        REPEATS,
    )


def find_by_keras(network, encoded, known, predicates, threshold):
    """`decode.find` of one sentence as scripts do it: `model.predict` for its subjects, then for the objects of each."""

    class Predicting:
        """A model whose batches go through `predict`, one row at a time."""

        def __init__(self, model):
            self.model = model

        def predict_on_batch(self, inputs):
            rows = len(next(iter(inputs.values())))
            single = [{name: array[[row]] for name, array in inputs.items()} for row in range(rows)]
            found = [self.model.predict(one, verbose=0) for one in single]
            if isinstance(found[0], dict):
                return {name: np.concatenate([one[name] for one in found]) for name in found[0]}
            return np.concatenate(found)

    class Scripted:
        """The network with such sub-models."""

        name = network.name

        @staticmethod
        def get_layer(name):
            return Predicting(network.get_layer(name))

    return decode.find(Scripted, encoded, known, predicates, threshold)


# Tables.


def score_rows(systems, seed):
    """Lines of the main table."""
    draws = {name: bootstrap(metric.TRIPLE_F1, system["counts"], seed) for name, system in systems.items()}
    scores = {name: metric.Score.of(system["counts"]) for name, system in systems.items()}

    crf = max((CRF, CRF_EXTRA), key=lambda name: systems[name]["score"])

    def less(name, peer):
        if name == WHOLE and peer == crf:
            peer = CRF_ALL
        if name == peer:
            return ""
        low, high = measure.interval(draws[name] - draws[peer])
        return f"{scores[name].f1 - scores[peer].f1:+.4f} ({low:+.3f} to {high:+.3f})"

    rows = []
    for name, system in systems.items():
        low, high = measure.interval(draws[name])
        own = (scores[name].precision, scores[name].recall, scores[name].f1)
        figures = [
            "" if np.isnan(system["score"]) else f"{system['score']:.4f}",
            f"{system['seconds'] / 60:.1f}",
            f"{system['speed']:.0f}",
        ]
        margins = [less(name, peer) for peer in (ORIGINAL, crf)]
        rows.append([name, *(f"{score:.4f}" for score in own), f"{low:.3f} - {high:.3f}", *margins, *figures])
    return rows


def seed_rows(seeds):
    """F1 of every seed, and its share of the best of the same model."""
    scores = {key: metric.Score.of(system["counts"]).f1 for key, system in seeds.items()}
    best = {name: max(score for (other, _), score in scores.items() if other == name) for name, _ in scores}
    return [[name, f"{seed}", f"{score:.4f}", f"{score / max(best[name], 1e-9):.2f}"] for (name, seed), score in scores.items()]


def vote_rows(votes):
    """F1 on the dev part and out of fold by the labels that were learnt."""
    return [[name, f"{metric.Score.of(system['counts']).f1:.4f}", f"{system['score']:.4f}"] for name, system in votes.items()]


def describe(dataset):
    """The data by its size."""
    parts = {"training": dataset.train, "dev": dataset.dev, "extra": dataset.extra}
    sizes = [f"{len(part):,} {name} sentences" for name, part in parts.items() if part]
    return f"{', '.join(sizes[:-1])} and {sizes[-1]}"


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
