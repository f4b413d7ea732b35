"""Batches of pieces of text with the tag of each character, new every epoch."""

import numpy as np

from common.ragged import Ragged
from common.text.lattice import tags_of
from common.training.batches import BucketedBatches
from competitions.segmentation.encoder import parts


class Batches(BucketedBatches):
    """Segmented texts, padded; padding has the weight 0.

    Args:
        draw_texts: function without arguments that gives an epoch's texts, lists of words.
        encoder: `Encoder`.
        config: `batch_size` and `longest`; a longer text is cut between words.
        generator: NumPy's, of the order.

    Items are `(ids (batch, steps, channels), tags (batch, steps), weights (batch, steps))`.
    """

    def __init__(self, draw_texts, encoder, config, generator):
        self.draw_texts, self.encoder, self.longest, self.texts = draw_texts, encoder, config.longest, None
        super().__init__(config.batch_size, generator)

    def draw(self):
        texts = self.draw_texts()
        if texts is not self.texts:  # else they have been encoded
            cut = [
                (words, part)
                for text, part in zip(texts, parts(len(texts)), strict=True)
                for words in between_words(text, self.longest)
            ]
            self.ids = Ragged.of([self.encoder.encode("".join(words), part) for words, part in cut], (self.encoder.channels,))
            self.tags = Ragged.of([tags_of(list(map(len, words))) for words, _ in cut])
            self.texts = texts
        return self.ids.lengths

    def make(self, rows, steps):
        ids = self.ids.padded(rows, steps=steps)
        return ids, self.tags.padded(rows, steps=steps), (ids[..., 0] > 0).astype("float32")


def between_words(words, longest):
    """Parts of some words of at most so many characters, ended behind a sentence where there is an end."""
    part, length = [], 0
    for word in words:
        if part and length + len(word) > longest:
            yield part
            part, length = [], 0
        part.append(word[:longest])
        length += len(part[-1])
        if word[-1] in "。！？；":
            yield part
            part, length = [], 0
    if part:
        yield part


class Mixture:
    """An epoch's texts: made-up sentences beside raw texts that the counts have cut.

    Args:
        sentences: `Sentences`.
        raw: lists of words.
        count: texts of an epoch.
        raw_share: how many of them are raw.
    """

    def __init__(self, sentences, raw, count, raw_share):
        self.sentences, self.raw = sentences, raw
        self.of_raw = round(count * raw_share) if raw else 0
        self.made_up = count - self.of_raw

    def __call__(self):
        generator = self.sentences.generator
        places = generator.integers(len(self.raw), size=self.of_raw) if self.of_raw else np.empty(0, int)
        return self.sentences.draw(self.made_up) + [self.raw[place] for place in places]
