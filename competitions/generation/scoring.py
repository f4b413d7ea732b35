"""What is said of samples, whoever made them; real training records stand beside them as the floor."""

import functools

import numpy as np

from common.generative import quality
from competitions.generation import judge

SEED = 42  # not the setting: samples of all seeds are compared with the same real ones
OF_ANY = {"copies": ".4f", "doubles": ".4f"}
OF_PICTURES = {"FID": ".3f", "x floor": ".2f", "KID": ".4f", "precision": ".3f", "recall": ".3f"}
OF_CLASSES = {"classes": "d", "entropy": ".3f", "largest class": ".3f"}
OF_SENTENCES = {"words": ".2f", "distinct pairs": ".3f", "new pairs": ".3f", "word distance": ".3f"}
COLUMNS = {  # of samples, by what they are, and how each figure is written
    "pictures": OF_PICTURES | OF_CLASSES | OF_ANY,
    "sentences": OF_SENTENCES | OF_ANY,
}


class Scorer:
    """Scores samples against a part of a set.

    Args:
        dataset: `data.Dataset`.
        config: `Config`.
        real: the records of the part. As many are compared as there are on either side, drawn at random where there are more:
            a file or a folder may have them in the order of their classes.

    Attributes:
        name: what pictures are compared by, with its accuracy and hash; empty of sentences.
    """

    def __init__(self, dataset, config, real):
        self.dataset = dataset
        self.count = min(config.samples, len(real), len(dataset.train))
        self.real = self.some(real) if dataset.kind == "pictures" else real
        self.judge = judge.load(dataset, config) if dataset.kind == "pictures" else None
        self.name = self.judge.name if self.judge else ""

    def figures(self, made):
        """A dict of numbers; of pictures `x floor` says how many times as far they are from real ones as real ones are."""
        found = self.plain(self.some(made))
        if self.judge:
            found["x floor"] = found["FID"] / self.floor["FID"]
        return found | {"copies": quality.copies(made, self.dataset.train), "doubles": quality.doubles(made)}

    @functools.cached_property
    def floor(self):
        """The figures of training records, drawn at random."""
        return self.plain(self.some(self.dataset.train)) | ({"x floor": 1.0} if self.judge else {})

    @functools.cached_property
    def of_real(self):
        """Features of the real pictures."""
        return self.judge.look(self.real)[0]

    def some(self, records):
        """As many records as are compared."""
        rows = np.random.default_rng(SEED).permutation(len(records))[: self.count]
        return records[rows] if isinstance(records, np.ndarray) else [records[row] for row in rows]

    def plain(self, samples):
        """The figures without those that look at the training part."""
        if self.judge:
            return self.judge.score(samples, self.of_real, SEED)
        return quality.word_figures(samples, self.real)


def texts(figures, kind):
    """The figures as they stand in a table, a list."""
    return [format(figures[name], style) if name in figures else "" for name, style in COLUMNS[kind].items()]
