"""Precision of rankings by words that were judged one by one: the list of known terms is incomplete, so it tells no levels.

    python -m bench.judged_words draw data=DATA      words of five bands of ranks of every ranking, those not judged yet first
    python -m bench.judged_words count               precision of every band and ranking, and bench/results/judged_words.md

`draw` takes the newest ensemble of the data and two peers, and writes `bench/judged/draws.csv` (who has which word where) and
`bench/judged/words.csv`, the words of all rankings in random order, each with its verdict: `term` or `no`, by the rule in
`bench/judged/RULE.md`. Who judges opens nothing but the latter. Words are drawn by a hash of their own, so that another ranking
asks for few new verdicts.
"""

import hashlib
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

from bench import measure
from bench.power_vocab import NLP_ZERO, measure_peer
from common import experiment, locate, paths, run
from common.errors import ConfigError, DataError
from competitions.power_vocab.config import Config
from competitions.power_vocab.inference import read_ranking

FOLDER = Path(__file__).parent / "judged"
WORDS, DRAWS = FOLDER / "words.csv", FOLDER / "draws.csv"
RESULTS = Path(__file__).parent / "results" / "judged_words.md"
TITLE = "Power vocabulary: precision by words that were judged"
BOUNDS = (0, 200, 1_000, 3_000, 6_000, 10_000)  # ranks between which a band lies
DRAWN = 100  # words of each band
SEED = 42
PEERS = {"nlp-zero": NLP_ZERO[1], "jieba": "jieba"}
VERDICTS = ("term", "no")
NOTES = """Share of terms among {drawn} words of each band, with its 95 % interval (Wilson). {words:,} different words were
judged by the rule in `bench/judged/RULE.md`, in random order and without the rankings that they came from; all verdicts stand
in `bench/judged/words.csv`. nlp-zero with the settings of kexue.fm 6540; words of both peers by their frequency ratio to the
background."""


def main(arguments):
    """Draw words to judge, or count the verdicts."""
    steps = {"draw": draw, "count": count}
    if not arguments or arguments[0] not in steps:
        raise ConfigError("expected `draw data=DATA` or `count`")
    steps[arguments[0]](arguments[1:])


def draw(settings):
    """Write who has which words, and all words with the verdicts that they have."""
    draws = pd.DataFrame(
        [(name, band, word) for name, words in rankings_of(settings).items() for band, word in of_bands(words)],
        columns=("ranking", "band", "word"),
    )
    known = read(WORDS).set_index("word")["verdict"] if WORDS.exists() else pd.Series(dtype=str)
    words = sorted({*draws["word"], *known.index}, key=lambda word: (known.get(word, "") != "", place_of(word)))
    WORDS.parent.mkdir(exist_ok=True)
    write(draws, DRAWS)
    write(pd.DataFrame({"word": words, "verdict": [known.get(word, "") for word in words]}), WORDS)
    print(f"Wrote {DRAWS} and {WORDS}: {len(words):,} words, {sum(not known.get(word, '') for word in words):,} to be judged")


def rankings_of(settings):
    """Words of every ranking, best first: `{name: words}`."""
    config = locate.locate_data("power_vocab", "bench", Config, settings)
    ours = read_ranking(experiment.newest("power_vocab", config.data).run)["word"].tolist()
    return {"ours": ours} | {name: measure_peer(config, peer)["words"].tolist() for name, peer in PEERS.items()}


def of_bands(words):
    """Pairs of band and word: of each band, those `DRAWN` words whose hashes are the least."""
    for low, high in pairwise(BOUNDS):
        yield from ((f"{low + 1}-{high}", word) for word in sorted(words[low:high], key=place_of)[:DRAWN])


def place_of(word):
    """The place of a word in the random order."""
    return hashlib.sha256(f"{SEED} {word}".encode()).digest()


def count(settings):
    """Print and write the precision of every band and ranking with its interval.

    Raises:
        ConfigError: settings are given.
        DataError: words have no verdict.
    """
    if settings:
        raise ConfigError(f"{' '.join(settings)}: count takes no settings")
    draws, verdicts = read(DRAWS), read(WORDS).set_index("word")["verdict"]
    open_words = [word for word in draws["word"] if verdicts.get(word) not in VERDICTS]
    if open_words:
        raise DataError(f"{WORDS}: {len(open_words)} words have no verdict ({' or '.join(VERDICTS)}), such as {open_words[0]}")
    draws["right"] = draws["word"].map(verdicts) == "term"
    bands = list(dict.fromkeys(draws["band"]))
    rows = [
        [name, *(precision(own.loc[own["band"] == band, "right"]) for band in bands)]
        for name, own in draws.groupby("ranking", sort=False)
    ]
    notes = NOTES.format(drawn=DRAWN, words=len(verdicts))
    measure.report(RESULTS, TITLE, [("ranks", ("ranking", *bands), rows)], notes, "python -m bench.judged_words count", False)


def precision(right):
    """Share of the right ones and its interval, as a text; empty where a ranking is too short for a band."""
    if not len(right):
        return ""
    found = binomtest(int(right.sum()), len(right))
    interval = found.proportion_ci(method="wilson")
    return f"{found.statistic:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def read(path):
    """A table of texts.

    Raises:
        DataError: there is none.
    """
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise DataError(f"{path} is missing: python -m bench.judged_words draw data=DATA") from None


def write(frame, path):
    """Write a table atomically."""
    with paths.atomic(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
