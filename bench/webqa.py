"""Our WebQA reader beside its peers, each of its additions in turn, and what bucketed batches save: one run, one budget.

    make bench COMP=webqa data=DATA vectors_corpus=TEXTS
    python -m bench.webqa data=DATA                  any field of the contest's Config but those that the rows set

DATA holds the official files, with the answered validation part me_validation.*.json; TEXTS are plain texts, without which
their row is left out. All rows train on the training part under the budget `REDUCED`, and choose on its one hold-out fold; the
validation part is only scored. Every row, its network too, is kept under runs/webqa/bench-<data>/, so the same command
continues where it stopped. The tables also go to bench/results/webqa.md, unless the data is the built-in sample.
"""

import contextlib
import importlib.util
import os
import re
import shlex
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from tqdm import tqdm

from bench import measure
from common import paths, run
from common.config import identity
from common.cv import make_folds
from common.errors import ConfigError, DataError, RunError
from common.ragged import MULTIPLE
from common.tables import show_table
from common.text import segment
from common.text.normalise import normalise
from competitions.webqa import data, ensemble, evaluate, features, metric, rerank, train
from competitions.webqa.config import Config

RESULTS = Path(__file__).parent / "results" / "webqa.md"
REDUCED = {"folds": 1, "epochs": 5, "fine_epochs": 2}  # of every network; all else is the contest's own Config
BARE = {
    **dict.fromkeys(("match", "tags", "evidence", "attention"), False),
    "extra_share": 0.0,
    "pretrain_epochs": 0,
    "vectors_corpus": (),
}
ADDITIONS = {  # in this order, each on top of those before: the setting that Config has its own way again
    "+ hand features and rarities": "match",
    "+ part of speech, place in the word": "tags",
    "+ evidence of the passage": "evidence",
    "+ attention to the question": "attention",
    "+ extra questions": "extra_share",
    "+ pre-training on cloze and extra questions": "pretrain_epochs",
    "+ plain texts for vectors and cloze questions": "vectors_corpus",
}
RANKER, ORIGINAL = "BM25 + n-gram ranker (LightGBM)", "original open design"
READER, RERANKED = "our reader, bare", "+ re-ranker"
COLUMNS = ("system", "accuracy", "F1", "mean", "95 % interval", "less original", "less ranker", "hold-out", "minutes")

MOST_WORDS = 6  # of the ranker's candidates: 1919|年|5|月|4|日
NEIGHBOURS = 10  # words on either side that count as near
FAR = 100  # characters to a word of the question, where the passage has none
SAMPLED = 150  # candidates without any right character that the ranker sees of each training question
STOPS = re.compile(r"[。！？!?；;，,、：:\s]")  # no candidate reaches across one
TREES = {"objective": "cross_entropy", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 50, "feature_fraction": 0.7}
ROUNDS, PATIENCE = 600, 60
CATEGORIES = ("first_tag", "last_tag", "tag_before", "tag_behind", "asks")

REPEATS = 5  # of each way to train and to answer, in turn
SINGLE = 200  # questions that are answered one at a time

NOTES = """Accuracy, F1 and their mean on the validation part; the hold-out column is the mean on the fifth of the training
part on which epochs, trees and the way to answer were chosen. Less original, less ranker: differences of the mean on the same
1,000 resamples of the questions, with paired 95 % intervals. They hold for these trained models: the seed is one and the same
in all rows. Word vectors are trained on the contest's own training and extra texts; only from the row with the plain texts on
also on these. The original open design has its focal loss, and beyond that our recipe (AdamW, averaged weights, stop on the
official score), without extra questions and pre-training. Minutes: training and pre-training of one uninterrupted run, the
arrays of features.py are made before; of the ranker everything, its candidates too; of the re-ranker its own fit alone.
Training speed: pairs of a question and a passage (at most {window} characters of it), an epoch of the network with all its
additions, without scoring and averaging. Answering speed: questions with all their passages, from encoded texts to answers, by
the same network. Medians of {repeats} repeats in turn."""


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    refuse_fixed(arguments)
    config = run.locate_data("webqa", "bench", Config, arguments)
    config = replace(config, data=config.data.resolve())
    dataset = data.load(config.data)
    if not any(question.answers for question in dataset.valid):
        raise DataError(f"{config.data} has no answered validation questions (me_validation.*.json): nothing to score")
    if importlib.util.find_spec("rank_bm25") is None:
        raise RunError("bench.webqa needs rank_bm25: pip install -e '.[bench]'")
    folder = paths.runs("webqa") / f"bench-{dataset.fingerprint}"
    with own_home(folder):
        configs = plans(config)
        systems = measure_systems(folder, configs, dataset)
        *_, full = configs.values()
        training = resumed(folder, "training-speed", training_speed, full, dataset)
        answering = resumed(folder, "answering-speed", answering_speed, full, dataset)
    command = shlex.join(["make", "bench", "COMP=webqa", *map(without_path, arguments)])
    tables = [
        (f"validation part of {describe(dataset)}", COLUMNS, score_rows(systems, dataset, config.seed)),
        (
            "training pairs per second",
            ("batches", "median", "least - most", "median of the first / this"),
            speed_rows(training),
        ),
        ("answers per second", ("questions", "median", "least - most", "median of the first / this"), speed_rows(answering)),
        ("commands", ("row", "command"), command_rows(configs, command)),
    ]
    for title, columns, rows in tables:
        show_table(title, columns, rows)
    notes = NOTES.format(window=config.window, repeats=REPEATS)
    notes += f"\nThe ensemble's way in the last row, chosen on the hold-out fold: {systems[RERANKED]['method']}."
    print(notes)
    if run.is_sample(config.data):
        print("This is the built-in sample: its scores say nothing about the contest, and no file was written.")
    else:
        write_results(tables, notes, command)
        print(f"Wrote {RESULTS}")


def refuse_fixed(arguments):
    """Raise `ConfigError` where a setting is given that the rows set themselves."""
    fixed = {*REDUCED, "model"}
    if given := sorted(fixed & {argument.partition("=")[0] for argument in arguments}):
        raise ConfigError(f"{', '.join(given)}: the benchmark sets {', '.join(sorted(fixed))} itself, the same for all rows")


@contextlib.contextmanager
def own_home(folder):
    """Let the runs of the rows lie in a folder of their own, so that no other command takes one for the contest's newest.

    The caches of texts and vectors are the contest's.
    """
    shared = paths.home().resolve() / "data"
    for path in (shared, folder):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "data").unlink(missing_ok=True)
    (folder / "data").symlink_to(shared)
    before = os.environ.get("PODIUM_HOME")
    os.environ["PODIUM_HOME"] = str(folder.resolve())  # the processes of the rows inherit it
    try:
        yield
    finally:
        os.environ.pop("PODIUM_HOME")
        if before is not None:
            os.environ["PODIUM_HOME"] = before


def plans(config):
    """The settings of every network by its name; an addition that changes nothing, such as no plain texts, is left out."""
    plain = replace(config, **REDUCED, **BARE, model=("reader",))
    rows = {ORIGINAL: replace(plain, model=("original",)), READER: plain}
    for name, field in ADDITIONS.items():
        if getattr(plain, field) != getattr(config, field):
            plain = replace(plain, **{field: getattr(config, field)})
            rows[name] = plain
    return rows


def measure_systems(folder, configs, dataset):
    """What each row measured, by name: answers to the validation questions, hold-out score, seconds."""
    systems = {RANKER: resumed(folder, RANKER, measure_ranker, configs[READER], dataset, **TREES)}
    for name, config in configs.items():
        systems[name] = resumed(folder, name, measure_network, config, dataset)
    *_, full = configs.values()
    systems[RERANKED] = resumed(folder, RERANKED, measure_reranked, full, dataset)
    return systems


def resumed(folder, name, function, config, dataset, **more):
    """`measure.resumed` of a function of the settings, under a name that changes with them and the texts."""
    print(f"{name}: measuring, or reading what was measured before", flush=True)
    key = identity(config, model=config.model, data=features.fingerprint(config, dataset), version=features.VERSION, **more)
    return measure.resumed(folder / f"{function.__name__}-{key}.npz", function, config)


def measure_network(config):
    """Train a network and answer the validation part with it."""
    dataset = data.load(config.data, report=False)
    prepared = features.prepare(config, dataset)
    started = time.perf_counter()
    member = train.train_model(config, dataset, *config.model)
    metrics = member.read_json("metrics.json")
    seconds = max(time.perf_counter() - started, metrics["seconds"])  # of a run that was finished before
    answers = evaluate.member_answers(member, "valid", dataset.valid, prepared, config)
    return {"answers": list(answers.values()), "score": metrics["score"], "seconds": seconds}


def measure_reranked(config):
    """Answer the validation part as the ensemble of the one trained network does."""
    started = time.perf_counter()
    blended = ensemble.main(config)
    seconds = time.perf_counter() - started
    metrics = blended.read_json("metrics.json")
    answers = blended.read_json("valid-answers.json")
    return {"answers": list(answers.values()), "score": metrics["score"], "seconds": seconds, "method": metrics["method"]}


# The peer without a network: every n-gram of the passages is a candidate, LightGBM learns its official score.


def measure_ranker(config):
    """Fit the ranker on the training part, stop it on the hold-out fold, and answer the validation part with it."""
    started = time.perf_counter()
    dataset = data.load(config.data, report=False)
    sources = [question.source for question in dataset.train]
    groups = data.groups(dataset.train)
    valid = make_folds("webqa", sources, config.folds, config.seed, dataset.fingerprint, groups=groups)
    known = candidate_table(dataset.train, config.longest_answer, "training candidates")
    known["score"] = official_scores(dataset.train, known)
    held_out = valid[known.index] >= 0
    generator = np.random.default_rng(config.seed)
    share = SAMPLED / known.groupby(level=0).size().reindex(known.index).to_numpy()
    seen = ~held_out & ((known["score"] > 0) | (generator.random(len(known)) < share))
    trees, score = fit_ranker(known[seen], known[held_out], config.seed)
    asked = candidate_table(dataset.valid, config.longest_answer, "validation candidates")
    best = best_rows(trees.predict(asked[trees.feature_name()]), asked.index)
    answers = np.full(len(dataset.valid), "", dtype=object)
    answers[best.index] = asked["text"].to_numpy()[best]
    return {"answers": answers.astype(str), "score": score, "seconds": time.perf_counter() - started}


def fit_ranker(seen, held_out, seed):
    """The trees with the best mean official score of the first answers to the hold-out questions, and that score."""
    names = [name for name in seen.columns if name not in ("text", "score")]
    truth, owner = held_out["score"].to_numpy(), held_out.index

    def official(expected, _):
        return "official", truth[best_rows(expected, owner)].mean(), True

    training = lightgbm.Dataset(seen[names], seen["score"], categorical_feature=list(CATEGORIES))
    trees = lightgbm.train(
        {**TREES, "metric": "none", "seed": seed, "deterministic": True, "verbose": -1},
        training,
        ROUNDS,
        [training.create_valid(held_out[names], truth)],
        feval=official,
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    return trees, trees.best_score["valid_0"]["official"]


def best_rows(values, owner):
    """The place of the greatest value of each owner, by owner."""
    return pd.Series(values).groupby(np.asarray(owner)).idxmax()


def official_scores(questions, table):
    """Official score of each candidate, from 0 to 1; one without a character of any answer has 0."""
    gold = metric.gold_of(questions)
    scores = np.zeros(len(table))
    truths = [(gold[question.id], set(normalise("".join(question.answers)))) for question in questions]
    for place, (row, text) in enumerate(zip(table.index, table["text"], strict=True)):
        truth, characters = truths[row]
        if not characters.isdisjoint(text):
            scores[place] = (metric.accuracy_of(text, truth) + metric.f1_of(text, truth)) / 2
    return scores


def candidate_table(questions, longest, description):
    """A data frame of all candidates: column `text` and their features, the number of the question as index."""
    from rank_bm25 import BM25Okapi

    passages = [normalise(passage.text) for question in questions for passage in question.passages]
    tagged = [segment.tag(text) for text in passages]
    by_word = BM25Okapi([[word for word, _ in words] for words in tagged])
    by_character = BM25Okapi([list(text) for text in passages])
    tables, first = [], 0
    for row, question in enumerate(tqdm(questions, desc=description, unit="question", mininterval=1)):
        places = range(first, first + len(question.passages))
        first = places.stop
        asked = normalise(question.text)
        asked_words = segment.segment(asked)
        words = [tagged[place] for place in places]
        if any(words):
            scores = [by_word.get_batch_scores(asked_words, places), by_character.get_batch_scores(list(asked), places)]
            table = describe_candidates(asked, asked_words, words, np.array(scores), by_word.idf, longest)
            table.index = np.full(len(table), row)
            tables.append(table)
    return pd.concat(tables)


def describe_candidates(asked, asked_words, passages, scores, rarity, longest):
    """The candidates of one question with their features.

    Args:
        asked, asked_words: the question and its words.
        passages: list of (word, tag) of each passage.
        scores: BM25 of each passage by words and by characters, `(2, passages)`.
        rarity: inverse document frequency by word.
        longest: characters of a candidate.
    """
    words = [word for passage in passages for word, _ in passage]
    tags = np.array([0, *(segment.tag_id(tag) for passage in passages for _, tag in passage), 0])  # from 1 on
    passage = np.repeat(np.arange(len(passages)), [len(one) for one in passages])
    sizes = np.array([len(word) for word in words])
    end = np.cumsum(sizes)
    begin = end - sizes
    opens, closes = (np.searchsorted(passage, passage, side) for side in ("left", "right"))  # of each word's passage
    known = {word for word in asked_words if not re.fullmatch(r"\W+", word)}
    matched = np.array([word in known for word in words])
    weights = np.array([rarity.get(word, 0.0) for word in words])
    stops = np.cumsum([bool(STOPS.search(word)) for word in words])

    first, more = np.indices((len(words), MOST_WORDS)).reshape(2, -1)
    last = np.minimum(first + more, len(words) - 1)
    kept = (first + more == last) & (passage[first] == passage[last]) & (end[last] - begin[first] <= longest)
    kept &= stops[last] == stops[first] - np.diff(stops, prepend=0)[first]
    first, last = first[kept], last[kept]

    number = np.arange(len(words))
    before = np.concatenate([[-1], np.maximum.accumulate(np.where(matched, number, -1))])[first]
    behind = np.concatenate([np.minimum.accumulate(np.where(matched, number, len(words))[::-1])[::-1], [len(words)]])[last + 1]
    left = np.where(before >= opens[first], np.minimum(begin[first] - end[before], FAR), FAR)
    right = np.where(behind < closes[last], np.minimum(begin[np.minimum(behind, len(words) - 1)] - end[last], FAR), FAR)
    near = np.minimum(left, right)
    low, high = np.maximum(first - NEIGHBOURS, opens[first]), np.minimum(last + NEIGHBOURS + 1, closes[last])

    numbers = {}  # of the distinct candidates
    spelled = ("".join(words[a : b + 1]) for a, b in zip(first, last, strict=True))
    same = np.array([numbers.setdefault(text, len(numbers)) for text in spelled], dtype=int)
    texts = list(numbers)
    of_words, of_characters = scores
    best = np.lexsort((near, -of_words[passage[first]], same))  # of its places the one in the best passage counts
    best = best[np.searchsorted(same[best], np.arange(len(texts)))]
    has = np.zeros((len(texts), len(passages)), bool)
    has[same, passage[first]] = True
    nearest = np.full(len(texts), FAR)
    np.minimum.at(nearest, same, near)

    def total(values):
        return np.concatenate([[0.0], np.cumsum(values)])

    def counted(pattern):
        return [len(pattern.findall(text)) for text in texts]

    place, a, b = passage[first[best]], first[best], last[best]
    ranks = [np.argsort(np.argsort(-one, kind="stable")) for one in scores]
    units = re.findall(r"(?:多少|几|哪一?|什么)([\u4e00-\u9fff])", asked)
    following = [words[one + 1] if one + 1 < len(words) else "" for one in b]
    return pd.DataFrame(
        {
            "word_score": of_words[place],
            "word_share": of_words[place] / max(of_words.max(), 1e-9),
            "word_rank": ranks[0][place],
            "character_score": of_characters[place],
            "character_share": of_characters[place] / max(of_characters.max(), 1e-9),
            "character_rank": ranks[1][place],
            "summed_score": has @ of_words / max(of_words.sum(), 1e-9),
            "places": np.bincount(same, minlength=len(texts)),
            "passages": has.sum(axis=1),
            "share_of_passages": has.mean(axis=1),
            "left": left[best],
            "right": right[best],
            "nearest": nearest,
            "matched_near": (total(matched)[high] - total(matched)[low])[best],
            "rarity_near": (total(matched * weights)[high] - total(matched * weights)[low])[best],
            "begin": begin[a] - begin[opens[a]],
            "passage_length": np.bincount(passage, sizes, len(passages))[place],
            "length": end[b] - begin[a],
            "words": b - a + 1,
            "rarity": (total(weights)[b + 1] - total(weights)[a]) / (b - a + 1),
            "ordinary": counted(rerank.ORDINARY),
            "numerals": counted(rerank.NUMERALS),
            "marks": counted(rerank.MARKS),
            "latin": counted(re.compile("[a-z]")),
            "first_tag": tags[a + 1],
            "last_tag": tags[b + 1],
            "tag_before": np.where(a > opens[a], tags[a], 0),
            "tag_behind": np.where(b + 1 < closes[b], tags[b + 2], 0),
            "asked_share": [sum(letter in asked for letter in text) / len(text) for text in texts],
            "asked_whole": [text in asked for text in texts],
            "asks": question_type(asked),
            "question_length": len(asked),
            "unit_inside": [any(unit in text for unit in units) for text in texts],
            "unit_behind": [any(word.startswith(unit) for unit in units) for word in following],
        },
        dtype="float32",
    ).assign(text=texts)


def question_type(asked):
    """What the re-ranker's patterns say a question asks for: the number of the first that fits."""
    fits = (kind for kind, pattern in enumerate(rerank.ASKS) if re.search(pattern, asked.rstrip("?？。 ")))
    return next(fits, len(rerank.ASKS))


# Speed.


def training_speed(config):
    """Samples per second of an epoch whose batches are bucketed, mixed, or all padded to the longest of the set."""
    import keras

    from competitions.webqa import model
    from competitions.webqa.batches import Batches

    class Longest(Batches):
        """Batches of mixed lengths, all padded to the longest window and the longest question of the set."""

        def make(self, rows, more):
            inputs, targets, weights = super().make(rows, 0)
            question, passage = (self.steps(name) for name in ("questions", "passages"))
            inputs |= {name: lengthened(inputs[name], passage) for name in ("passage", "match")}
            inputs["question"] = lengthened(inputs["question"], question)
            return inputs, lengthened(targets, passage), lengthened(weights, passage)

        def steps(self, name):
            longest = max(int(getattr(encoded, name).lengths.max()) for encoded, *_ in self.sources)
            longest = min(longest, self.config.window) if name == "passages" else longest
            return -(-longest // MULTIPLE) * MULTIPLE

    dataset = data.load(config.data, report=False)
    prepared = features.prepare(config, dataset)
    sources = train.training_sources(config, dataset, prepared, np.arange(len(dataset.train)))
    network = train.new_network(config, *config.model, prepared)
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

    return in_turn({name: lambda drawn=drawn: epoch(drawn) for name, drawn in ways.items()})


def lengthened(array, steps):
    """An array `(batch, ...)` with zeros in its second axis up to `steps`."""
    return np.pad(array, [(0, 0), (0, steps - array.shape[1]), *[(0, 0)] * (array.ndim - 2)])


def answering_speed(config):
    """Questions per second, of the validation part in batches, and of its first questions one at a time, by the same code."""
    import keras

    import common.layers  # noqa: F401  registers the layers for load_model
    from competitions.webqa import batches

    dataset = data.load(config.data, report=False)
    encoded = features.prepare(config, dataset).parts["valid"]
    (member,) = train.train_models(config, dataset)
    network = keras.saving.load_model(member.path / "fold0" / "model.keras", compile=False)

    def answer(rows):
        pointers = batches.predict(network, encoded, encoded.passages_of(rows))
        train.own_answers(config, [dataset.valid[row] for row in rows], pointers)
        return len(rows)

    rows = np.arange(len(dataset.valid))
    return in_turn(
        {
            "all at once, in batches": lambda: answer(rows),
            "one at a time": lambda: sum(answer([row]) for row in rows[:SINGLE]),
        }
    )


def in_turn(ways):
    """Things per second of each way, `{name: (repeats,)}`; each does its work once before the clock runs, then all in turn.

    Args:
        ways: functions by name that work and return how many things they did.
    """
    for way in ways.values():
        way()  # compiles
    speeds = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, way in ways.items():
            started = time.perf_counter()
            count = way()
            speeds[name].append(count / (time.perf_counter() - started))
    return speeds


# Tables.


def score_rows(systems, dataset, seed):
    """Lines of the main table."""
    gold = metric.gold_of(dataset.valid)
    answers = {name: dict(zip(gold, system["answers"].tolist(), strict=True)) for name, system in systems.items()}
    draws = {name: evaluate.bootstrap(gold, found, seed) for name, found in answers.items()}
    scores = {name: metric.score(gold, found) for name, found in answers.items()}

    def less(name, peer):
        if name == peer:
            return ""
        low, high = measure.interval(draws[name] - draws[peer])
        return f"{scores[name].mean - scores[peer].mean:+.4f} ({low:+.3f} to {high:+.3f})"

    rows = []
    for name, system in systems.items():
        low, high = measure.interval(draws[name])
        own = (scores[name].accuracy, scores[name].f1, scores[name].mean)
        margins = [less(name, peer) for peer in (ORIGINAL, RANKER)]
        figures = [f"{system['score']:.4f}", f"{system['seconds'] / 60:.1f}"]
        rows.append([name, *(f"{score:.4f}" for score in own), f"{low:.3f} - {high:.3f}", *margins, *figures])
    return rows


def speed_rows(speeds):
    """Lines of a table of speeds; the first way is the one that the others are held against."""
    speeds = {name: values for name, values in speeds.items() if name != "memory"}
    medians = {name: float(np.median(values)) for name, values in speeds.items()}
    first, *_ = medians.values()
    return [
        [name, f"{medians[name]:.1f}", f"{values.min():.1f} - {values.max():.1f}", f"{first / medians[name]:.2f}"]
        for name, values in speeds.items()
    ]


def command_rows(configs, command):
    """How to have each row; a network alone is trained and scored by the contest's own command."""
    rows = [[RANKER, command]]
    for name, config in configs.items():
        rows.append([name, f"make evaluate COMP=webqa data=DATA {' '.join(changed(config))}"])
    rows.append([RERANKED, f"{rows[-1][1]} (its row of the ensemble)"])
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


def without_path(argument):
    """A setting of the command line without a path of this machine."""
    name, _, _ = argument.partition("=")
    return {"data": "data=DATA", "vectors_corpus": "vectors_corpus=TEXTS"}.get(name, argument)


def describe(dataset):
    """The data by its size."""
    parts = {"training": dataset.train, "validation": dataset.valid, "extra": dataset.extra}
    sizes = [
        f"{len(part):,} {name} questions ({sum(len(question.passages) for question in part):,} passages)"
        for name, part in parts.items()
        if part
    ]
    return f"{', '.join(sizes[:-1])} and {sizes[-1]}"


def write_results(tables, notes, command):
    """The tables as Markdown, with the command that made them."""
    lines = ["# WebQA: our reader beside its peers, and what each addition brings", "", f"    {command}", ""]
    for title, columns, rows in tables:
        lines += [f"**{title}**", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    budget = ", ".join(f"{name}={value}" for name, value in REDUCED.items())
    lines += [notes, "", f"Budget of every network: {budget}. {os.cpu_count()} processors."]
    with paths.atomic(RESULTS) as path:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
