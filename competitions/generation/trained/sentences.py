"""Variational autoencoders of sentences."""

import numpy as np

from common import training
from common.errors import DataError
from common.generative import bounds
from common.generative.sequences import END, PADDING, Step, write
from common.generative.words import Words
from competitions.generation.trained.autoencoders import Weights, of_draws, of_gaussian_code
from competitions.generation.trained.generator import BATCH, Generator, network_of

AT_ONCE = 64  # sentences, whose logits are thousands at every step


class Sentences(Generator):
    """A variational autoencoder of sentences.

    Args:
        network: the Keras model.
        config: `Config`.
        words: `words.Words`.
    """

    metric = "nats"

    def __init__(self, network, config, words):
        super().__init__(network, config)
        self.words = words
        if network.is_autoregressive:
            self.step = Step(network.decoder.get_layer("writer"))

    def save(self, folder):
        """Write `model.keras` and `words.json`."""
        super().save(folder)
        self.words.save(folder / "words.json")

    @classmethod
    def load(cls, folder, config):
        """What `save` wrote."""
        return cls(network_of(folder / "model.keras"), config, Words.load(folder / "words.json"))

    def sample(self, count, seed):
        """Sentences of codes drawn from N(0, 1), their words drawn as they are probable, a list."""
        generator = np.random.default_rng(seed)
        return self.written(generator.normal(size=(count, self.network.units)), generator)

    def records(self, given):
        """A list of sentences as the network takes them.

        Raises:
            DataError: the network writes sentences of one length, and these have others.
        """
        ids = self.words.encode(given, end=self.network.is_autoregressive)
        if not self.network.is_autoregressive:
            steps = self.network.encoder.input_shape[1]
            if ids.shape[1] != steps or (ids == PADDING).any():
                raise DataError(f"sentences of {steps} words or characters are needed, as the model learnt them")
        return ids

    def encode(self, records):
        """Means of the codes `(records, units)`."""
        return by_length(self.network.encoder, records)[:, : self.network.units]

    def decode(self, codes):
        """The most probable sentences of codes, a list."""
        return self.written(codes)

    def written(self, codes, generator=None):
        """Sentences of codes, drawn by a generator or the most probable ones."""
        found = []
        for start in range(0, len(codes), BATCH):
            some = np.asarray(codes[start : start + BATCH], "float32")
            if self.network.is_autoregressive:
                ids = write(self.step, some, self.config.longest, generator)
            else:
                logits = training.predict(self.network.decoder, some)
                logits[..., : END + 1] = -np.inf
                ids = (logits + (0 if generator is None else generator.gumbel(size=logits.shape))).argmax(axis=-1)
            found += self.words.decode(ids)
        return found

    def figures(self, records, seed):
        """Nats of a sentence by the importance-weighted bound, perplexity of a word, and what the code holds."""
        ids, generator, units = self.records(list(records)), np.random.default_rng(seed), self.network.units
        parameters, weigh = by_length(self.network.encoder, ids), Weights(self.network)
        noises = (generator.normal(size=(len(ids), units)).astype("float32") for _ in range(self.config.draws))
        log_weights = [by_length(weigh, ids, parameters, noise) for noise in noises]
        nats = bounds.importance_weighted(log_weights)
        perplexity = {"perplexity": float(np.exp(nats.sum() / (ids != PADDING).sum()))}
        return of_draws(log_weights) | perplexity | of_gaussian_code(parameters, units, generator)


def by_length(network, ids, *others):
    """What a network answers for sentences, NumPy: those of similar length at a time, without the padding that they share."""
    found = [None] * len(ids)
    lengths = (ids != PADDING).sum(axis=1)[:, None]
    for rows, (steps,) in training.by_length(lengths, AT_ONCE):
        batch = [ids[rows][:, : min(steps, ids.shape[1])], *(one[rows] for one in others)]
        answers = training.predict(network, batch[0] if len(batch) == 1 else batch)
        for row, answer in zip(rows, answers, strict=True):
            found[row] = answer
    return np.stack(found)
