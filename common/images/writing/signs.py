"""Pictures of text in several styles, each with signs of its own, and the table that numbers the signs of all together.

So one network reads them all: what a style does not show can be pushed out of its softmax, and what it does not answer with out
of its answer.
"""

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

END = ""  # sign 0: the label is over


@dataclass(frozen=True)
class Style:
    """A kind of pictures, as its data show it.

    Attributes:
        name: of its folder or zip.
        size: height and width of most of its pictures, pixels.
        signs: that occur in its labels, sorted.
        lengths: of its shortest and its longest label.
        cased: whether the case of a letter counts.
    """

    name: str
    size: tuple[int, int]
    signs: tuple[str, ...]
    lengths: tuple[int, int]
    cased: bool

    @property
    def shown(self):
        """Signs that its pictures may show: where all letters of the labels have one case, the labels tell nothing of it."""
        cases = {sign.islower() for sign in self.signs if sign.swapcase() != sign}
        other = {sign.swapcase() for sign in self.signs} if len(cases) == 1 and not self.cased else set()
        return {*self.signs, *(sign for sign in other if len(sign) == 1)}


@dataclass(frozen=True)
class Table:
    """The signs of all styles, numbered; number 0 is the end of a label."""

    styles: tuple[Style, ...]

    @cached_property
    def signs(self):
        """All signs, by number."""
        return (END, *sorted(set().union(*(style.shown for style in self.styles))))

    @cached_property
    def numbers(self):
        """Number of each sign."""
        return {sign: number for number, sign in enumerate(self.signs)}

    @cached_property
    def positions(self):
        """Signs of the longest label."""
        return max(style.lengths[1] for style in self.styles)

    @cached_property
    def cased(self):
        """Whether case counts, `(styles,)`."""
        return np.array([style.cased for style in self.styles])

    @cached_property
    def other_case(self):
        """Number of each sign's other case, its own where it has none; `(signs,)`."""
        return np.array([self.numbers.get(sign.swapcase(), number) for number, sign in enumerate(self.signs)])

    @cached_property
    def shown(self):
        """Whether a sign may stand at a position of a style's picture, `(styles, positions, signs)`."""
        return self._allowed([style.shown for style in self.styles])

    @cached_property
    def answered(self):
        """The same of the style's answers."""
        return self._allowed([style.signs for style in self.styles])

    def _allowed(self, alphabets):
        allowed = np.zeros((len(self.styles), self.positions, len(self.signs)), bool)
        for row, style, signs in zip(allowed, self.styles, alphabets, strict=True):
            row[: style.lengths[1], [self.numbers[sign] for sign in signs]] = True
            row[style.lengths[0] :, 0] = True
        return allowed

    def encode(self, labels):
        """Numbers of the signs of labels, `(labels, positions)`; -1 where a sign is unknown or a label too long."""
        numbers = np.zeros((len(labels), self.positions), "int32")
        for row, label in zip(numbers, labels, strict=True):
            known = [self.numbers.get(sign, -1) for sign in label]
            row[: len(known)] = known if len(known) <= self.positions else -1
        return numbers

    def decode(self, numbers):
        """Labels of numbers of signs `(labels, positions)`; what follows an end does not count."""
        texts = []
        for row in numbers:
            length = (*row, 0).index(0)
            texts.append("".join(self.signs[number] for number in row[:length]))
        return texts

    def answers(self, styles, probability):
        """The most probable signs, where case does not count by the sum of a letter's two cases, in the likelier case.

        Args:
            styles: number of the style of each picture, `(pictures,)`.
            probability: of signs, `(pictures, positions, signs)`.

        Returns:
            Numbers of signs `(pictures, positions)`, and the probability of each.
        """
        alone = self.other_case == np.arange(len(self.signs))
        best, sure = np.zeros(probability.shape[:2], "int32"), np.zeros(probability.shape[:2])
        for rows in np.array_split(np.arange(len(styles)), 1 + len(styles) // 1024):  # so that memory stays flat
            own, cased = probability[rows], self.cased[styles[rows]]
            summed = own + np.where(cased[:, None, None] | alone, 0, own[..., self.other_case])
            found = summed.argmax(axis=-1)
            sure[rows] = summed.max(axis=-1)
            twin = np.where(cased[:, None], found, self.other_case[found])
            of_found, of_twin = (np.take_along_axis(own, one[..., None], -1)[..., 0] for one in (found, twin))
            best[rows] = np.where(of_twin > of_found, twin, found)
        return best, sure

    def to_dict(self):
        """Ready for JSON."""
        return {"styles": [asdict(style) for style in self.styles]}

    @classmethod
    def from_dict(cls, values):
        """What `to_dict` gave."""
        restored = [{name: tuple(v) if isinstance(v, list) else v for name, v in one.items()} for one in values["styles"]]
        return cls(tuple(Style(**one) for one in restored))
