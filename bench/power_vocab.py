"""Our vocabulary beside its peers, the speed of word discovery, and how well discovered words segment: one run, one corpus.

    make bench COMP=power_vocab data=DATA icwb2=ICWB2
    python -m bench.power_vocab data=DATA            any field of the contest's Config but `ranker`

DATA holds data.txt, background.txt and gold*.txt; speed is measured on laws_all.txt.gz where it lies there. ICWB2 holds the PKU
test of the second SIGHAN bakeoff; without it the table of segmentation is left out. Every speed is measured repeats=3 times.

All rankings were chosen on one half of the known terms, and are scored on the other. Every row is measured in a process of
its own and kept under runs/power_vocab/bench-<data>-<code>/, so the same command continues where it stopped, as long as the
code is the same. A picture with the curves of all rankings lies there too. The tables also go to bench/results/power_vocab.md,
unless the data is the built-in sample.
"""

import contextlib
import itertools
import os
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from bench import measure, segmentation, vocab_peers
from common import locate, paths, run
from common.config import identity, override
from common.errors import ConfigError, DataError
from common.text import corpus
from common.text.symbols import TEXT
from common.text.word_discovery import WordDiscovery, occurrences
from common.text.word_finder import WordFinder
from competitions.power_vocab import candidates, data, ensemble, features, keyness, metric, pictures, ranker, train
from competitions.power_vocab.config import Config
from competitions.power_vocab.inference import read_ranking

TITLE = "Power vocabulary: our rankings beside their peers, speed of word discovery, and segmentation by its words"
RESULTS = Path(__file__).parent / "results" / "power_vocab.md"
CHOSEN, REPORTED = 0, 1  # halves of the known terms
FIGURES = ("precision@200", "precision@1000", "precision@10000", "recall", "average_precision")
RATIOS = ("average_precision", "precision@1000", "recall")
RANKING_COLUMNS = (
    *("system", "P@200", "P@1000", "P@10000", "R@10000", "AP", "AP, chosen half"),
    *("AP / nlp-zero", "P@1000 / nlp-zero", "R@10000 / nlp-zero", "seconds", "CPU seconds", "memory, GB"),
)
DRAWS = 1_000  # of the bootstrap
NLP_ZERO = ("nlp-zero, default settings", "nlp-zero, settings of kexue.fm 6540")
PEERS = {  # name: (function of vocab_peers, its settings)
    NLP_ZERO[0]: ("nlp_zero", {}),
    NLP_ZERO[1]: ("nlp_zero", {"min_proba": 1e-6, "min_pmi": 0.5}),
    "word discovery as published (4256)": ("word_discovery", {}),
    "the same, min_count=8": ("word_discovery", {"min_count": 8}),
    "smoothnlp": ("smoothnlp", {}),
    "jieba": ("jieba", {}),
    "gensim Phrases on words of jieba": ("gensim_phrases", {}),
}
BIG = "laws_all.txt.gz"
SPEED_COLUMNS = ("algorithm", "characters a second", "seconds, median", "least - most", "CPU seconds", "memory, GB", "words")
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of the lines of all texts
MIN_COUNTS = (32, 8)  # of words that segment: as published, and one for texts that are much smaller
DICTIONARY = 50_000  # first words by count, as published
PUBLISHED_F1 = 0.765  # with words of five million articles

NOTES = """Precision, recall and average precision of the first 10,000 words, on the half of the known terms on which nothing
was chosen; the known terms are a part of the true ones, so ratios count, not levels. Words of every peer are ranked the same
way: by the ratio of their occurrences in the domain's text and in the background, one added to both, all occurrences counted in
both; those whose form no vocabulary takes ({form}) are left out for all. Against
nlp-zero: ratios to that of its two rows which is better on the chosen half ({baseline}), with 95 % intervals of
{draws:,} paired resamples of the terms. Seconds: a single run, from the files to the ranking, in a process of its own; CPU
seconds are of all processors together. Ours are one process, as `make train` and `make ensemble` are with nothing made before:
of a method, the candidates with their measures and vectors, and its own work; of the ensemble, all methods. Memory is the peak
of that process, interpreter and packages included.
Speed: from the file to the words with their counts, in Chinese characters, digits and letters. Each repeat is a process of its
own, and all take turns. Our words are compared with the peer's, word by word with counts; they differ around 〇, which is a
Chinese character for ours and a symbol for the peers.
Segmentation: F1 by the SIGHAN rule, on the raw text. Joined: cut nowhere inside of kept n-grams. Dictionary: the first
{dictionary:,} words by count in jieba's segmenter without its hidden Markov model; the last rows are jieba's own dictionary in
the same segmenter, and the published figure."""


@dataclass(frozen=True)
class Options:
    """Settings of the benchmark that are none of the contest's."""

    icwb2: Path | None = None  # folder of the PKU test
    repeats: int = 3  # of every speed

    def __post_init__(self):
        if self.repeats < 1:
            raise ConfigError(f"repeats={self.repeats}: expected at least 1")


def main(arguments):
    """Measure what is not measured yet, and print and write the tables."""
    own = {field.name for field in fields(Options)}
    options = override(Options, [argument for argument in arguments if argument.partition("=")[0] in own])
    settings = [argument for argument in arguments if argument.partition("=")[0] not in own]
    measure.refuse_fixed(settings, {"ranker"})
    config = locate.locate_data("power_vocab", "bench", Config, settings)
    config = replace(config, data=config.data.resolve())
    dataset = data.load(config.data, config.encoding)
    if options.icwb2:
        segmentation.read(options.icwb2)  # a fault shows before hours of measuring
    if not dataset.gold or not dataset.background:
        raise DataError(f"{config.data} needs background.txt and known terms in gold*.txt: nothing to compare with")
    folder = paths.runs("power_vocab") / f"bench-{dataset.fingerprint}-{measure.code_version('power_vocab')}"
    rankings = measure_rankings(folder, config)
    baseline = max(NLP_ZERO, key=lambda name: half_scores(rankings[name], dataset, CHOSEN)["average_precision"])
    tables = [
        (
            f"known terms, {describe(dataset)}",
            RANKING_COLUMNS,
            ranking_rows(rankings, dataset, baseline, config.seed),
        ),
        (f"words of {speed_corpus(config).name}", SPEED_COLUMNS, speed_rows(measure_speeds(folder, config, options.repeats))),
    ]
    if options.icwb2:
        tables.append(segmentation_table(folder, config, options.icwb2.resolve()))
    form = f"fewer than {candidates.SHORTEST} or more than {config.longest} characters, or none but digits"
    notes = NOTES.format(form=form, baseline=baseline, draws=DRAWS, dictionary=DICTIONARY)
    if not options.icwb2:
        notes += "\nNo icwb2=FOLDER was given: no segmentation was measured."
    notes += f"\n\n{os.cpu_count()} processors."
    command = shlex.join(["make", "bench", "COMP=power_vocab", *map(without_path, arguments)])
    measure.report(RESULTS, TITLE, tables, notes, command, paths.is_sample(config.data))
    print(f"Wrote {draw_curves(rankings, dataset, folder)}")


def without_path(argument):
    """A setting of the command line without a path of this machine."""
    return "icwb2=ICWB2" if argument.startswith("icwb2=") else measure.without_path(argument)


def resumed(folder, name, files, function, config, *arguments):
    """`measure.resumed` of a function of the settings, under a name that changes with them and with more files."""
    print(f"{name}: measuring, or reading what was measured before", flush=True)
    key = identity(config, name=name, models=config.model, files=paths.fingerprint(files))
    return measure.resumed(folder / f"{function.__name__}-{key}.npz", function, config, *arguments)


# Rankings.


def measure_rankings(folder, config):
    """By name: `words` best first, `seconds`, `cpu`, `memory`."""
    rankings = {name: resumed(folder, name, [], measure_peer, config, name) for name in PEERS}
    ours = resumed(folder, "ours", [], measure_ours, config)
    for name in (*config.model, "ensemble"):
        rankings[f"ours: {name}"] = {kind: ours[f"{kind}_{name}"] for kind in ("words", "seconds", "cpu")}
        rankings[f"ours: {name}"]["memory"] = ours["memory"]
    return rankings


def measure_peer(config, name):
    """The words of a peer, by their frequency ratio to the background."""
    function, settings = PEERS[name]
    dataset = data.load(config.data, config.encoding)
    started = clocks()
    words = getattr(vocab_peers, function)(list(corpus.read(dataset.domain, config.encoding)), **settings)
    ranking = by_ratio(words, dataset, config)
    seconds, cpu = clocks() - started
    return {"words": np.array(ranking[: metric.WORDS], dtype=str), "seconds": seconds, "cpu": cpu}


def clocks():
    """Seconds of the clock, and of this process on all processors, `(2,)`."""
    return np.array([time.perf_counter(), time.process_time()])


def by_ratio(words, dataset, config):
    """Words that can be words of a vocabulary and occur, by the ratio of their frequencies, best first; then by count."""
    words = sorted(word for word in words if candidates.usable_word(word, config.longest))
    counts, sizes = [], []
    for path in (dataset.domain, dataset.background):
        found = occurrences(words, path, config.encoding)
        counts.append(np.array([found[word] for word in words]))
        sizes.append(characters_of(path, config.encoding))
    order = np.lexsort((-counts[0], -keyness.ratio(*counts, *sizes)))
    return [words[place] for place in order if counts[0][place]]


def characters_of(path, encoding):
    """How many Chinese characters, digits and letters a text has."""
    return sum(len(piece) for line in corpus.read(path, encoding) for piece in TEXT.findall(line))


def measure_ours(config):
    """The ranking of each method and of the ensemble, made from nothing."""
    result = {}

    def keep(name, method_run, taken):
        result[f"words_{name}"] = np.array(read_ranking(method_run)["word"], dtype=str)
        result[f"seconds_{name}"], result[f"cpu_{name}"] = taken

    with empty_home():
        started = clocks()
        dataset = data.load(config.data, config.encoding)
        found = features.prepare(config, dataset)
        prepared = clocks() - started
        for name in config.model:
            own = clocks()
            (method_run,) = train.train_models(replace(config, model=(name,)), dataset, lambda: found)
            keep(name, method_run, prepared + clocks() - own)
        fused = ensemble.main(config)
        keep("ensemble", fused, clocks() - started)
    return result


@contextlib.contextmanager
def empty_home():
    """Let caches and runs lie where nothing was made before."""
    with tempfile.TemporaryDirectory() as folder, measure.home_at(folder):
        yield


def ranking_rows(rankings, dataset, baseline, seed):
    """Lines of the main table."""
    scores = {name: half_scores(ranking, dataset, REPORTED) for name, ranking in rankings.items()}
    draws = {name: bootstrap(ranking, dataset, seed) for name, ranking in rankings.items()}

    def against(name, figure):
        if name == baseline or not scores[baseline][figure]:
            return ""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = draws[name][figure] / draws[baseline][figure]
        low, high = measure.interval(ratios[np.isfinite(ratios)])
        return f"{scores[name][figure] / scores[baseline][figure]:.2f} ({low:.2f} to {high:.2f})"

    return [
        [
            name,
            *(f"{scores[name][figure]:.4f}" for figure in FIGURES),
            f"{half_scores(ranking, dataset, CHOSEN)['average_precision']:.4f}",
            *(against(name, figure) for figure in RATIOS),
            f"{ranking['seconds']:.0f}",
            f"{ranking['cpu']:.0f}",
            f"{ranking['memory']:.2f}",
        ]
        for name, ranking in rankings.items()
    ]


def half_scores(ranking, dataset, half):
    """All figures of a ranking on one half of the known terms."""
    return metric.score(half_of(dataset.gold, half), ranking["words"].tolist(), dataset.seeds)


def half_of(gold, half):
    """The known terms of one half."""
    return [word for word in gold if ranker.half_of(word) == half]


def bootstrap(ranking, dataset, seed):
    """The figures of `RATIOS` on resamples of the reported half, `(draws,)` each; the same resamples for every ranking."""
    gold = sorted(set(half_of(dataset.gold, REPORTED)) - set(dataset.seeds))
    times = np.random.default_rng(seed).multinomial(len(gold), np.full(len(gold), 1 / len(gold)), size=DRAWS)
    rows = {word: row for row, word in enumerate(gold)}
    words = [word for word in ranking["words"].tolist() if word not in dataset.seeds][: metric.WORDS]
    places = np.array([place for place, word in enumerate(words, start=1) if word in rows], dtype=int)
    weights = times[:, [rows[words[place - 1]] for place in places]]  # (draws, hits)
    return {
        "average_precision": (weights * weights.cumsum(axis=1) / np.maximum(places, 1)).sum(axis=1) / len(gold),
        "precision@1000": weights[:, places <= 1_000].sum(axis=1) / 1_000,
        "recall": weights.sum(axis=1) / len(gold),
    }


def draw_curves(rankings, dataset, folder):
    """Draw precision against recall of all rankings, on the reported half of the known terms; the path of the picture."""
    reported = replace(dataset, gold=tuple(half_of(dataset.gold, REPORTED)))
    path = folder / "precision_recall.png"
    pictures.precision_recall({name: ranking["words"].tolist() for name, ranking in rankings.items()}, reported, path)
    return path


def describe(dataset):
    """The data by its size."""
    domain, background = (characters_of(path, dataset.encoding) for path in (dataset.domain, dataset.background))
    reported = len(half_of(dataset.gold, REPORTED))
    return f"{reported:,} of {len(dataset.gold):,}; {domain:,} characters of the domain, {background:,} of the background"


# Speed.


def nlp_zero(path, encoding, **settings):
    """The package."""
    return vocab_peers.nlp_zero(list(corpus.read(path, encoding)), **settings)


def our_nlp_zero(path, encoding, **settings):
    """Our form of the same algorithm, with the same settings."""
    return counts_of(WordFinder(encoding=encoding, **settings).fit(path))


def plain_4256(path, encoding):
    """Plain Python."""
    return vocab_peers.word_discovery(list(corpus.read(path, encoding)))


def our_4256(path, encoding):
    """Our form of the same algorithm, with the same settings."""
    return counts_of(WordDiscovery.published_4256(encoding=encoding).fit(corpus.distinct(corpus.read(path, encoding))))


def our_default(path, encoding):
    """Ours as it is."""
    return counts_of(WordDiscovery(encoding=encoding).fit(path))


def counts_of(found):
    """Words with their counts, a dict."""
    return dict(zip(found.words_["word"].tolist(), found.words_["count"].tolist(), strict=True))


WAYS = {
    "nlp-zero": nlp_zero,
    "ours, nlp-zero's algorithm and settings": our_nlp_zero,
    "word discovery as published (4256), plain Python": plain_4256,
    "ours, the same algorithm and settings": our_4256,
    "ours, default settings": our_default,
}
_, SETTINGS = PEERS[NLP_ZERO[1]]
WAYS |= {NLP_ZERO[1]: partial(nlp_zero, **SETTINGS), "ours with these": partial(our_nlp_zero, **SETTINGS)}
PAIRS = {"ours, nlp-zero's algorithm and settings": "nlp-zero", "ours with these": NLP_ZERO[1]}
PAIRS["ours, the same algorithm and settings"] = "word discovery as published (4256), plain Python"


def speed_corpus(config):
    """Path of the text on which speed is measured."""
    return config.data / BIG if (config.data / BIG).exists() else data.find(config.data, "data")


def measure_speeds(folder, config, repeats):
    """Measurements of every way by its name, a list with one for each repeat; all ways take turns."""
    measured = {name: [] for name in WAYS}
    for repeat in range(1, repeats + 1):
        for name in WAYS:
            label = f"speed of {name}, {repeat}"
            measured[name].append(resumed(folder, label, [speed_corpus(config)], measure_speed, config, name))
    return measured


def measure_speed(config, name):
    """Find the words of the big text in one way."""
    path = speed_corpus(config)
    characters = characters_of(path, config.encoding)
    started = clocks()
    words = WAYS[name](path, config.encoding)
    seconds, cpu = clocks() - started
    found = {"words": np.array(list(words), dtype=str), "counts": np.array(list(words.values()), dtype="int64")}
    return {**found, "characters": characters, "seconds": seconds, "cpu": cpu}


def speed_rows(measured):
    """Lines of the table of speeds; ours are held against the peer with the same algorithm."""
    seconds = {name: np.array([one["seconds"] for one in found]) for name, found in measured.items()}
    rows = []
    for name, (first, *rest) in measured.items():
        speed = f"{first['characters'] / np.median(seconds[name]):,.0f}"
        words = f"{len(first['words']):,}"
        if name in PAIRS:
            peer = PAIRS[name]
            speed += f", {np.median(seconds[peer]) / np.median(seconds[name]):.1f} times the peer"
            different = len(set(word_counts(first)) ^ set(word_counts(measured[peer][0])))
            words += f", {different:,} other than the peer's"
        figures = [f"{np.median([one[figure] for one in (first, *rest)]):.2f}" for figure in ("cpu", "memory")]
        spread = f"{seconds[name].min():.1f} - {seconds[name].max():.1f}"
        rows.append([name, speed, f"{np.median(seconds[name]):.1f}", spread, *figures, words])
    return rows


def word_counts(found):
    """Pairs of word and count."""
    return zip(found["words"].tolist(), found["counts"].tolist(), strict=True)


# Segmentation.


def segmentation_table(folder, config, icwb2):
    """Title, columns and lines: F1 by words of growing parts of all texts."""
    texts, truth = segmentation.read(icwb2)
    columns = ("words of", "characters", "words", "F1, joined", "F1, dictionary", "seconds to find the words")
    rows, files = [], [*all_texts(config), *(icwb2 / name for name in segmentation.FILES)]
    for min_count, share in itertools.product(MIN_COUNTS, SHARES):
        name = f"{share:.4g} of all texts, min_count={min_count}"
        found = resumed(folder, f"segmentation, {name}", files, measure_segmentation, config, icwb2, share, min_count)
        scores = [f"{found[way]:.4f}" for way in ("joined", "dictionary")]
        rows.append([name, f"{found['characters']:,}", f"{found['words']:,}", *scores, f"{found['seconds']:.1f}"])
    own = segmentation.f1(truth, segmentation.by_dictionary(texts))
    rows.append(["jieba without its hidden Markov model", "", "", "", f"{own:.4f}", ""])
    rows.append(["published (kexue.fm 6920), five million articles", "", f"{DICTIONARY:,}", "", f"{PUBLISHED_F1:.3f}", ""])
    names = ", ".join(path.name for path in all_texts(config))
    return f"segmentation of the {len(texts):,} sentences of the PKU test, by words of {names}", columns, rows


def all_texts(config):
    """Paths of all texts of a data folder."""
    found = [data.find(config.data, name) for name in ("data", "background")]
    return [*found, *(path for path in [config.data / BIG] if path.exists())]


def measure_segmentation(config, icwb2, share, min_count):
    """Find words in a part of all texts, drawn by the line, and segment with them; a larger part holds the smaller ones."""
    texts, truth = segmentation.read(icwb2)
    draw = np.random.default_rng(config.seed)
    lines = [line for line in corpus.read(all_texts(config), config.encoding) if draw.random() < share]
    started = time.perf_counter()
    discovery = WordDiscovery(min_count=min_count, encoding=config.encoding).fit(lines)
    seconds = time.perf_counter() - started
    dictionary = dict(list(counts_of(discovery).items())[:DICTIONARY])
    return {
        "characters": sum(len(piece) for line in lines for piece in TEXT.findall(line)),
        "words": len(discovery.words_),
        "joined": segmentation.f1(truth, [discovery.segment(text) for text in texts]),
        "dictionary": segmentation.f1(truth, segmentation.by_dictionary(texts, dictionary)),
        "seconds": seconds,
    }


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
