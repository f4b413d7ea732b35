"""Fitted models at work on texts: what each character is in its word; and the words that follow from it."""

import gzip
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ahocorasick
import numpy as np

from common.experiment import Kind
from common.ragged import Ragged
from common.text.lattice import Lattice, best_tags, ends_of, tags_of, words
from common.text.normalise import half_width
from competitions.segmentation import dictionary
from competitions.segmentation.config import MODELS
from competitions.segmentation.encoder import Encoder, pieces

BATCH, AREA = 256, 256 * 64  # pieces predicted at once, and their characters
SURE = 0.97  # share of the votes of a segmentation that says no probabilities
FLOOR = 1e-6  # below it a probability is as good as none
WANTED = 30.0  # what a word of the user's gains, in logarithms: more than any sentence could object


@dataclass(frozen=True)
class Words:
    """The counts of a dictionary, as a segmenter.

    Attributes:
        counts: of each word.
    """

    counts: dict

    @cached_property
    def lattice(self):
        """Its `Lattice`."""
        return Lattice(self.counts, dictionary.patterns_for(self.counts))

    def __getstate__(self):
        return {"counts": self.counts}  # the lattice is made again

    def __setstate__(self, state):
        vars(self).update(state)

    def cut(self, text):
        """Words of a text, which join to it."""
        return words(text, self.lattice.best(half_width(text))) if text else []

    def predict(self, texts, rows=None):
        """Votes for the tags of each character, a `Ragged` of `(characters, 4)`."""
        texts = texts if rows is None else [texts[row] for row in rows]
        votes = np.eye(4) * SURE + (1 - SURE) / 4
        return tagged(votes[tags_of(list(map(len, self.cut(text))))] for text in texts)

    def save(self, folder):
        """Write `model.json.gz`."""
        (folder / "model.json.gz").write_bytes(gzip.compress(json.dumps(self.counts).encode(), mtime=0))

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        return cls(json.loads(gzip.decompress((folder / "model.json.gz").read_bytes())))


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`.

    Attributes:
        network: the Keras model.
        encoder: `Encoder`.
        longest: characters that it reads at once.
    """

    network: Any
    encoder: Encoder
    longest: int

    def predict(self, texts, rows=None):
        """Probabilities of the tags of each character, a `Ragged` of `(characters, 4)`."""
        from common.training import by_length, predict

        texts = texts if rows is None else [texts[row] for row in rows]
        cut = [pieces(text, self.longest) for text in texts]
        ids = Ragged.of([self.encoder.encode(piece) for some in cut for piece in some], (self.encoder.channels,))
        found = [None] * len(ids)
        for places, (steps,) in by_length(ids.lengths[:, None], BATCH, AREA):
            probabilities = predict(self.network, ids.padded(places, steps=steps))
            for place, rows_of_piece, length in zip(places, probabilities, ids.lengths[places], strict=True):
                found[place] = rows_of_piece[:length]
        one = iter(found)
        return tagged(np.concatenate([np.empty((0, 4), "float32"), *(next(one) for _ in some)]) for some in cut)

    def save(self, folder):
        """Write `model.keras`, `settings.json` and the encoder."""
        self.network.save(folder / "model.keras")
        self.encoder.save(folder)
        (folder / "settings.json").write_text(json.dumps({"longest": self.longest}), encoding="utf-8")


def tagged(arrays):
    """A `Ragged` of `(characters, 4)`, float16: what is kept of a prediction."""
    return Ragged.of(list(arrays), (4,), "float16")


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    if name == "unigram":
        return Words.load(folder)
    import keras

    import common.layers  # noqa: F401  registers what the network is made of

    network = keras.saving.load_model(folder / "model.keras", compile=False)
    return Network(network, Encoder.load(folder), json.loads((folder / "settings.json").read_text(encoding="utf-8"))["longest"])


def kinds(config):
    """How the predictions of a model are written and joined."""

    def join(several, rows, records):
        found = [np.empty((0, 4), "float16")] * len(records)
        for part, places in zip(several, rows, strict=True):
            for number, place in enumerate(places):
                found[place] = part[number]
        return tagged(found)

    kind = Kind(
        pack=vars,
        unpack=lambda arrays: Ragged(arrays["values"], arrays["bounds"]),
        join=join,
        mean=lambda several, records: Ragged(
            np.mean([one.values.astype("float32") for one in several], axis=0).astype("float16"), several[0].bounds
        ),
    )
    return dict.fromkeys(MODELS, kind)


@dataclass(frozen=True)
class Found:
    """What members say of some texts.

    Attributes:
        texts: as they are.
        members: for each member a `Ragged` of `(characters, 4)`.
        wanted: words of the user, which are taken wherever they stand.
    """

    texts: list
    members: list
    wanted: tuple = ()

    def take(self, rows):
        """Those of some texts."""
        return Found([self.texts[row] for row in rows], [one.take(rows) for one in self.members], self.wanted)

    def scores(self, member=None):
        """The logarithm of the probability of each tag, for each text `(characters, 4)`, of one member or the mean of all."""
        members = self.members if member is None else [self.members[member]]
        automaton = ahocorasick.Automaton()
        for word in self.wanted:
            automaton.add_word(half_width(word), len(word))
        automaton.make_automaton()
        for row, text in enumerate(self.texts):
            logs = np.mean([np.log(np.maximum(one[row].astype("float32"), FLOOR)) for one in members], axis=0)
            for last, length in automaton.iter_long(half_width(text)) if len(automaton) else ():
                logs[last + 1 - length : last + 1] += WANTED * np.eye(4)[tags_of([length])]
            yield logs


@dataclass(frozen=True)
class Tags:
    """The legal tags of the greatest logarithm.

    Attributes:
        member: number of the member that is asked; `None` for the mean of all.
    """

    member: int | None = None

    def __call__(self, found):
        tags = best_tags(list(found.scores(self.member)))
        return [words(text, ends_of(one)) for text, one in zip(found.texts, tags, strict=True)]


@dataclass(frozen=True)
class InLattice:
    """The best way through the dictionary's words and those of the tags, by the sum of both scores.

    Attributes:
        tags: `Tags`.
        words: `Words`.
        share: weight of a word's logarithm beside its tags'.
    """

    tags: Tags
    words: Words
    share: float

    def __call__(self, found):
        lattice, scores, answers = self.words.lattice, list(found.scores(self.tags.member)), []
        for text, logs, tags in zip(found.texts, scores, best_tags(scores), strict=True):
            ends = lattice.best(half_width(text), logs, ends_of(tags), self.share) if text else []
            answers.append(words(text, ends))
        return answers


def predict(learnt, texts, wanted=()):
    """Words of each text by an ensemble; blanks of the text stand between words and are none.

    Args:
        learnt: `experiment.Learnt`.
        texts: list.
        wanted: words that are taken wherever they stand.
    """
    known = learnt.first_of(("unigram",))
    blanked = sorted({word for word in (*wanted, *(known.counts if known else ())) if " " in word}, key=len, reverse=True)
    whole = re.compile(f"({'|'.join(map(re.escape, blanked))})") if blanked else None
    cut = [whole.split(text) if whole else [text] for text in texts]  # every second piece is a word with blanks
    flat = [part for some in cut for piece in some[::2] for part in piece.split()]
    answers = iter(learnt.way(Found(flat, learnt.found(flat), tuple(wanted))))
    return [
        [word for number, piece in enumerate(some) for word in ([piece] if number % 2 else in_parts(piece, answers))]
        for some in cut
    ]


def in_parts(piece, answers):
    """Words of a piece of text, whose parts between blanks are answered one by one."""
    return [word for _ in piece.split() for word in next(answers)]


def by_line(texts, answers):
    """Words of each text, from those of its parts between blanks."""
    one = iter(answers)
    return [in_parts(text, one) for text in texts]
