"""Our WebQA reader beside its peers, each of its additions in turn, and what bucketed batches save: one run, one budget.

    make bench COMP=webqa data=DATA vectors_corpus=TEXTS
    python -m bench.webqa data=DATA                  any field of the contest's Config but those that the rows set

DATA holds the official files, with the answered validation part me_validation.*.json; TEXTS are plain texts, without which
their row is left out. All rows train on the training part under the budget `REDUCED`, and choose on its one hold-out fold; the
validation part is only scored. Every row, its network too, is kept under runs/webqa/bench-<data>-<code>/, so the same command
continues where it stopped, as long as the code is the same. The tables also go to bench/results/webqa.md, unless the data is
the built-in sample.
"""

import os
import shlex
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from bench import measure
from common import experiment, locate, paths, run
from common.config import identity
from common.errors import DataError
from common.experiment.metric import bootstrap
from common.ragged import MULTIPLE, Ragged
from competitions.webqa import data, ensemble, evaluate, features, inference, metric, train
from competitions.webqa.config import Config
from competitions.webqa.pretraining import new_network

TITLE = "WebQA: our reader beside its peers, and what each addition brings"
RESULTS = Path(__file__).parent / "results" / "webqa.md"
REDUCED = {"folds": 1, "epochs": 5, "fine_epochs": 2}  # of every network; all else is the contest's own Config
BARE = {
    **dict.fromkeys(("match", "tags", "relevance", "attention"), False),
    "extra_share": 0.0,
    "pretrain_epochs": 0,
    "vectors_corpus": (),
}
ADDITIONS = {  # in this order, each on top of those before: the setting that Config has its own way again
    "+ hand features and rarities": "match",
    "+ part of speech, place in the word": "tags",
    "+ relevance of the passage": "relevance",
    "+ attention to the question": "attention",
    "+ extra questions": "extra_share",
    "+ pre-training on cloze and extra questions": "pretrain_epochs",
    "+ plain texts for vectors and cloze questions": "vectors_corpus",
}
RANKER = "BM25 + n-gram ranker (LightGBM)"
ORIGINAL = "original open design"  # with the pre-training, extra questions and texts that our last readers have
PUBLISHED = "original open design, without pre-training, extra questions and plain texts"
READER, RERANKED, OFFERED = "our reader, bare", "+ re-ranker", "+ the ranker's candidates for the re-ranker"
COLUMNS = ("system", "accuracy", "F1", "mean", "95 % interval", "less original", "less ranker", "hold-out", "minutes")

SPEED = ("median", "least - most", "median of the first / this")
ORIGINAL_WINDOW = 256  # characters of a passage that the original trains on
REPEATS = 3  # of each way to train and to answer, in turn
SINGLE = 200  # questions that are answered one at a time

NOTES = """Accuracy, F1 and their mean on the validation part; the hold-out column is the mean on the fifth of the training
part on which epochs, trees and the way to answer were chosen. Less original, less ranker: differences of the mean on the same
1,000 resamples of the questions, with paired 95 % intervals. They hold for these trained models: the seed is one and the same
in all rows. Word vectors are trained on the contest's own training and extra texts; only from the row with the plain texts on
also on these, and in the row of the original. The original open design has its own network and its focal loss, and beyond that
what our reader has in the row before the re-ranker: our recipe (AdamW, averaged weights, stop on the official score),
pre-training, extra questions and plain texts; a row of its own is without the last three, as our bare reader is. Minutes:
training and pre-training of one uninterrupted run, the arrays of features.py are made before; of the re-ranker its own fit
alone.
Training speed: pairs of a question and a passage, an epoch of the network with all its additions, without scoring and
averaging, with our windows and with the original's. Answering speed: questions with all their passages, from encoded texts to
answers, by the same network; one at a time by the same code, and as scripts do it, by model.predict. Medians of {repeats}
repeats in turn."""


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    measure.refuse_fixed(arguments, {*REDUCED, "model"})
    config = locate.locate_data("webqa", "bench", Config, arguments)
    config = replace(config, data=config.data.resolve())
    dataset = data.load(config.data, config.evidence)
    if not any(question.answers for question in dataset.valid):
        raise DataError(f"{config.data} has no answered validation questions (me_validation.*.json): nothing to score")
    folder = paths.runs("webqa") / f"bench-{dataset.fingerprint}-{measure.code_version('webqa')}"
    with measure.own_home(folder):
        configs = plans(config)
        systems = measure_systems(folder, configs, dataset)
        full = configs[RERANKED]
        training = {
            window: resumed(folder, f"training-speed, window={window}", training_speed, replace(full, window=window), dataset)
            for window in (config.window, ORIGINAL_WINDOW)
        }
        answering = resumed(folder, "answering-speed", answering_speed, full, dataset)
    command = shlex.join(["make", "bench", "COMP=webqa", *map(measure.without_path, arguments)])
    tables = [
        (f"validation part of {describe(dataset)}", COLUMNS, score_rows(systems, dataset, config.seed)),
        *(
            (
                f"training pairs per second, at most {window} characters of a passage",
                ("batches", *SPEED),
                measure.speed_rows(speeds),
            )
            for window, speeds in training.items()
        ),
        ("answers per second", ("questions", *SPEED), measure.speed_rows(answering)),
        ("commands", ("row", "command"), command_rows(configs, command)),
    ]
    notes = NOTES.format(repeats=REPEATS)
    notes += f"\nThe ensemble's way in the last row, chosen on the hold-out fold: {systems[OFFERED]['method']}."
    budget = ", ".join(f"{name}={value}" for name, value in REDUCED.items())
    notes += f"\n\nBudget of every network: {budget}. {os.cpu_count()} processors."
    measure.report(RESULTS, TITLE, tables, notes, command, paths.is_sample(config.data))


def plans(config):
    """The settings of every row by its name; an addition that changes nothing, such as no plain texts, is left out.

    The original has what our reader has in the end: its network reads none of the inputs that the other additions switch on.
    """
    plain = replace(config, **REDUCED, **BARE, model=("reader",))
    rows = {
        RANKER: replace(plain, model=("ranker",)),
        PUBLISHED: replace(plain, model=("original",)),
        ORIGINAL: replace(config, **REDUCED, model=("original",)),
        READER: plain,
    }
    for name, field in ADDITIONS.items():
        if getattr(plain, field) != getattr(config, field):
            plain = replace(plain, **{field: getattr(config, field)})
            rows[name] = plain
    return rows | {RERANKED: plain, OFFERED: replace(plain, model=("reader", "ranker"))}


def measure_systems(folder, configs, dataset):
    """What each row measured, by name: answers to the validation questions, hold-out score, seconds."""
    systems = {}
    for name, config in configs.items():
        function = measure_ensemble if name in (RERANKED, OFFERED) else measure_model
        systems[name] = resumed(folder, name, function, config, dataset)
    return systems


def resumed(folder, name, function, config, dataset, **more):
    """`measure.resumed` of a function of the settings, under a name that changes with them and the texts."""
    print(f"{name}: measuring, or reading what was measured before", flush=True)
    key = identity(config, models=config.model, data=features.fingerprint(config, dataset), **more)
    return measure.resumed(folder / f"{function.__name__}-{key}.npz", function, config)


def measure_model(config):
    """Train one model and answer the validation part with it."""
    plan = planned(config)
    started = time.perf_counter()
    (member,) = experiment.train(plan)
    seconds = max(time.perf_counter() - started, member.metrics["seconds"])  # of a run that was finished before
    answers = evaluate.member_answers(plan, member, "valid")
    return {"answers": answers, "score": member.metrics["score"], "seconds": seconds}


def measure_ensemble(config):
    """Answer the validation part as the ensemble of the trained models does."""
    plan = planned(config)
    started = time.perf_counter()
    blended = ensemble.blend(plan)
    seconds = time.perf_counter() - started
    answers, metrics = ensemble.read_answers(blended, "valid"), blended.metrics
    found = [answers[question.id] for question in plan.dataset.valid]
    return {"answers": found, "score": metrics["score"], "seconds": seconds, "method": metrics["method"]}


def planned(config):
    """The plan of a row, whose arrays are made before the clock runs."""
    plan = train.plan(config)
    _ = plan.parts
    return plan


# Speed.


def training_speed(config):
    """Samples per second of an epoch whose batches are bucketed, mixed, or all padded to the longest of the set."""
    import keras

    from competitions.webqa import model
    from competitions.webqa.batches import Batches

    class Longest(Batches):
        """Batches of mixed lengths, all padded to the longest window and the longest question of the set."""

        def make(self, rows, *_):
            return super().make(rows, self.longest("passages"), self.longest("questions"))

        def longest(self, name):
            longest = max(int(getattr(encoded, name).lengths.max()) for encoded, *_ in self.sources)
            longest = min(longest, self.config.window) if name == "passages" else longest
            return -(-longest // MULTIPLE) * MULTIPLE

    dataset = data.load(config.data, config.evidence, report=False)
    prepared = features.prepare(config, dataset)
    sources = train.training_sources(config, dataset, prepared, np.arange(len(dataset.train)))
    network = new_network(config, *config.model, prepared)
    optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay, global_clipnorm=5.0)
    network.compile(optimizer, model.loss_of(network.name))
    ways = {
        "bucketed": Batches(sources, config, config.seed),
        "mixed lengths, padded to the longest of the batch": Batches(sources, config, config.seed, bucket=False),
        "all padded to the longest of the set": Longest(sources, config, config.seed, bucket=False),
    }

    def epoch(drawn):
        samples = sum(map(len, drawn.batches))
        network.fit(drawn, epochs=1, shuffle=False, verbose=0)
        return samples

    return measure.in_turn({name: lambda drawn=drawn: epoch(drawn) for name, drawn in ways.items()}, REPEATS)


def answering_speed(config):
    """Questions per second, of the validation part in batches, and of its first questions one at a time.

    One at a time by the same code, which compiles few shapes and feeds the network directly; and as scripts do it, by
    `model.predict` on arrays of the question's own lengths.
    """
    from competitions.webqa import batches

    plan = planned(config)
    (member,), records = experiment.train(plan), plan.parts["valid"]
    model, encoded = inference.load(member.path / "fold0", member.model, config), records.encoded

    def answer(rows):
        plan.answer(member.model, model.predict(records, rows), "valid", rows)
        return len(rows)

    def answer_by_keras(row):
        passages = encoded.passages_of([row])
        inputs, _ = batches.pair_arrays(encoded, passages)
        found = model.network.predict(inputs, verbose=0)
        pointers = [one[:length] for one, length in zip(found, encoded.passages.lengths[passages], strict=True)]
        plan.answer(member.model, Ragged.of(pointers, (2,), "float16"), "valid", [row])
        return 1

    rows = np.arange(len(records))
    return measure.in_turn(
        {
            "all at once, in batches": lambda: answer(rows),
            "one at a time, the same code": lambda: sum(answer([row]) for row in rows[:SINGLE]),
            "one at a time, model.predict": lambda: sum(answer_by_keras(row) for row in rows[:SINGLE]),
        },
        REPEATS,
    )


# Tables.


def score_rows(systems, dataset, seed):
    """Lines of the main table."""
    counts = {name: metric.per_question(dataset.valid, system["answers"].tolist()) for name, system in systems.items()}
    draws = {name: bootstrap(metric.ANSWERS, one, seed) for name, one in counts.items()}
    scores = {name: metric.ANSWERS.score(one) for name, one in counts.items()}

    def less(name, peer):
        if name == peer:
            return ""
        low, high = measure.interval(draws[name] - draws[peer])
        return f"{scores[name] - scores[peer]:+.4f} ({low:+.3f} to {high:+.3f})"

    rows = []
    for name, system in systems.items():
        low, high = measure.interval(draws[name])
        own = (*metric.ANSWERS.figures(counts[name]).values(), scores[name])
        margins = [less(name, peer) for peer in (ORIGINAL, RANKER)]
        figures = [f"{system['score']:.4f}", f"{system['seconds'] / 60:.1f}"]
        rows.append([name, *(f"{score:.4f}" for score in own), f"{low:.3f} - {high:.3f}", *margins, *figures])
    return rows


def command_rows(configs, command):
    """How to have each row by the contest's own command."""
    rows = []
    for name, config in configs.items():
        which = " (the row of the ensemble)" if name in (RERANKED, OFFERED) else ""
        rows.append([name, f"make evaluate COMP=webqa data=DATA {' '.join(changed(config))}{which}"])
    return [*rows, ["speeds", command]]


def changed(config):
    """Settings that differ from the defaults, as a command takes them; the plain texts always, else the newest run's count."""
    settings = []
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name == "vectors_corpus":
            settings.append("vectors_corpus=" + "TEXTS" * bool(value))
        elif field.name not in ("data", "sample_size") and value != getattr(Config(), field.name):
            settings.append(f"{field.name}={','.join(map(str, value)) if isinstance(value, tuple) else str(value).lower()}")
    return settings


def describe(dataset):
    """The data by its size."""
    parts = {"training": dataset.train, "validation": dataset.valid, "extra": dataset.extra}
    sizes = [
        f"{len(part):,} {name} questions ({sum(len(question.passages) for question in part):,} passages)"
        for name, part in parts.items()
        if part
    ]
    return f"{', '.join(sizes[:-1])} and {sizes[-1]}"


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
