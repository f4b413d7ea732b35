"""Models at work on pages: rules and the classifier say how much they would keep of each block, and which posts they see."""

import json
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import orjson

from common.experiment import Kind
from common.ragged import Ragged
from common.web.features import REMARK, WORDS
from competitions.web_text.config import MODELS

RULE = "model.json"
TREES = "model.txt"
TINY = 1e-9
KEPT = 0.5  # value from which on a block is kept


@dataclass(frozen=True, eq=False)
class Found:
    """What a model finds on pages: how much it would keep of each block, `Ragged` (pages, blocks) from 0 to 1, and posts."""

    keep: Ragged
    posts: list

    def take(self, rows):
        """Those of some pages."""
        return Found(self.keep.take(rows), [self.posts[row] for row in rows])


def found_of(keeps, posts):
    """`Found` of lists."""
    return Found(Ragged.of([np.asarray(keep, "float32") for keep in keeps], dtype="float32"), posts)


def pack(found):
    """As arrays; the posts as JSON."""
    posts = np.frombuffer(orjson.dumps(found.posts), "uint8")
    return {"keep": found.keep.values, "bounds": found.keep.bounds, "posts": posts}


def unpack(arrays):
    """Back."""
    return Found(Ragged(arrays["keep"], arrays["bounds"]), orjson.loads(arrays["posts"].tobytes()))


def join(several, rows, sheets):
    """Those of the folds in the place of their pages; nothing where a page was never validated."""
    keeps, posts = [np.zeros(0)] * len(sheets), [[] for _ in sheets]
    for found, places in zip(several, rows, strict=True):
        for number, place in enumerate(places):
            keeps[place], posts[place] = found.keep[number], found.posts[number]
    return found_of(keeps, posts)


def mean(several, sheets):
    """The mean of what is kept; posts are the same of all folds."""
    values = np.mean([found.keep.values for found in several], axis=0)
    return Found(Ragged(values, several[0].keep.bounds), several[0].posts)


def kinds(config):
    """The kind of the predictions of every model."""
    return dict.fromkeys(MODELS, Kind(pack=pack, unpack=unpack, join=join, mean=mean))


@dataclass(frozen=True)
class Rule:
    """A way that learns nothing, by its name in `config.RULES`."""

    name: str

    def predict(self, sheets, rows=None):
        """What it keeps of sheets."""
        chosen = sheets if rows is None else [sheets[row] for row in rows]
        keeps = [np.ones(len(sheet.texts)) if self.name == "all_text" else sheet.rules[self.name] for sheet in chosen]
        return found_of(keeps, [sheet.posts[post_way(self.name)] for sheet in chosen])

    def save(self, folder):
        """Write its name."""
        (folder / RULE).write_text(json.dumps({"rule": self.name}), encoding="utf-8")


@dataclass(frozen=True)
class Trees:
    """LightGBM's probability of each block, 0 for readers' comments; moved so that the least that is kept becomes one half."""

    booster: Any

    def predict(self, sheets, rows=None):
        """What it keeps of sheets."""
        chosen = sheets if rows is None else [sheets[row] for row in rows]
        return found_of([self.keep(sheet.table) for sheet in chosen], [sheet.posts["rule"] for sheet in chosen])

    def keep(self, table):
        """How much of each block of a page it would keep, from the figures of `common.web.features`, `(blocks,)`."""
        if not len(table):
            return np.zeros(0)
        probability = np.where(table[:, REMARK] > 0, 0, self.booster.predict(table, num_threads=1))  # so as the rule has it
        least = least_kept(probability, table[:, WORDS])
        return np.where(probability < least, probability / least / 2, 1 - (1 - probability) / (1 - least + TINY) / 2)

    def save(self, folder):
        """Write LightGBM's own file."""
        self.booster.save_model(folder / TREES)


def least_kept(probability, words):
    """The probability from which on blocks are kept so that the F of words to be expected is greatest.

    Of n wanted words, of which r are among the k kept ones, F is 2 r / (k + n); r and n are expectations (Lewis 1995,
    "Evaluating and optimizing autonomous text classification systems").
    """
    order = np.argsort(-probability, kind="stable")
    words, right = words[order] + TINY, (probability * (words + TINY))[order]
    expected = 2 * np.cumsum(right) / (np.cumsum(words) + right.sum() + TINY)
    return max(TINY, probability[order[np.argmax(expected)]])


def post_way(name):
    """Which posts go with a model: those of peaks with the original, as it was published."""
    return "original" if name == "original" else "rule"


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    if (folder / RULE).exists():
        return Rule(json.loads((folder / RULE).read_text(encoding="utf-8"))["rule"])
    return Trees(lightgbm.Booster(model_file=folder / TREES))


def answers(found, sheets):
    """Texts and lists of posts: what the benchmark of each page asks for."""
    return [
        found.posts[place] if sheet.record.kind == "posts" else text_of(sheet, found.keep[place] >= KEPT)
        for place, sheet in enumerate(sheets)
    ]


def text_of(sheet, kept):
    """The kept blocks, a line each."""
    return "\n".join(text for text, keep in zip(sheet.texts, kept, strict=True) if keep)


@dataclass(frozen=True, eq=False)
class Gathered:
    """What several models find on some sheets: a list of `Found`, one of each."""

    found: list
    sheets: list

    @classmethod
    def of(cls, sheets, kinds, part, members, rows=None):
        """What member runs have written of a part, of all rows or some."""
        several = [kinds[member.model].unpack(member.load_arrays(part)) for member in members]
        if rows is None:
            return cls(several, sheets[part])
        return cls([found.take(rows) for found in several], [sheets["train"][row] for row in rows])

    def take(self, rows):
        """Those of some pages."""
        return Gathered([found.take(rows) for found in self.found], [self.sheets[row] for row in rows])

    @property
    def columns(self):
        """What each model keeps of every block, `(blocks, models)`."""
        return np.column_stack([found.keep.values for found in self.found])


@dataclass(frozen=True)
class Weighted:
    """A weighted mean of what is kept, and the posts of one model."""

    weights: np.ndarray
    thread: int

    def keep(self, gathered):
        """How much of each block is kept, `(blocks,)`."""
        return gathered.columns @ self.weights

    def __call__(self, gathered):
        """Answers to all pages."""
        bounds, posts = gathered.found[0].keep.bounds, gathered.found[self.thread].posts
        keep = Ragged(np.asarray(self.keep(gathered), "float32"), bounds)
        return answers(Found(keep, posts), gathered.sheets)


@dataclass(frozen=True)
class Stack(Weighted):
    """A logistic regression on what each model keeps."""

    model: Any = None

    def keep(self, gathered):
        """Probability of each block."""
        columns = gathered.columns
        return self.model.predict_proba(columns)[:, 1] if len(columns) else np.zeros(0)


def predict(learnt, sheets):
    """What an ensemble answers to new pages, a list of texts and lists of posts."""
    return learnt.way(Gathered(learnt.found(sheets), sheets))
