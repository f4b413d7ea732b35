"""What a network of one fold learns from: its sentences, exchanged ones and extra ones, and what is known of each."""

from dataclasses import replace

import numpy as np

from competitions.baidu_ie import augment, data, decode, features, relabel
from competitions.baidu_ie.batches import Source
from competitions.baidu_ie.inference import nothing_known
from competitions.baidu_ie.prior import TriplePrior


def of_fold(config, dataset, prepared, fold, labels=None):
    """The prior of a fold, and the `batches.Source` of its training sentences, of exchanged and joined ones, and of extra ones.

    No extra sentence takes part whose text stands in the validation part.
    """
    chance = np.random.default_rng(seeds(config, fold))
    train_rows = share_of(fold.train, config.sentences, chance)
    sentences = [dataset.train[row] for row in train_rows]
    if labels:
        sentences = relabel.relabelled(dataset.train, labels, train_rows)
    sentences = features.with_mended_labels(sentences, config.label_rules)
    encoded = prepared.encoder.encode(sentences) if labels else prepared.parts["train"]
    own_rows = np.arange(len(sentences)) if labels else train_rows  # a copy of the chosen ones would take as much again
    held_out = set(data.groups([dataset.train[row] for row in fold.valid]))
    extra_rows = [row for row, group in enumerate(data.groups(dataset.extra)) if group not in held_out]
    extra_rows = share_of(extra_rows, config.sentences, chance)
    extra = features.with_mended_labels([dataset.extra[row] for row in extra_rows], config.label_rules)
    prior = TriplePrior(dataset.predicates).fit([*sentences, *extra])
    parts = [(sentences, encoded, own_rows, "ske")]
    if exchanged := augment.exchange(sentences, round(config.augmentation * len(sentences)), seeds(config, fold)):
        parts.append((exchanged, prepared.encoder.encode(exchanged), np.arange(len(exchanged)), "ske"))
    if several := augment.join(sentences, round(config.joined * len(sentences)), config.window, seeds(config, fold)):
        parts.append((several, prepared.encoder.encode(several), np.arange(len(several)), "ske"))
    if extra:
        parts.append((extra, prepared.parts["extra"], extra_rows, "duie2"))
    sources = []
    for part, encoded, rows, source in parts:
        labelled = np.array([predicate in dataset.labelled[source] for predicate in dataset.predicates])
        known = decode.known_spans(prior, part, fitted=True) if config.prior else nothing_known(part)
        sources.append(Source(encoded, known.spread(rows, len(encoded)), rows, len(part), labelled))
    return prior, sources


def share_of(rows, share, generator):
    """Some of the rows, at random but in their order; all of them for a share of 1."""
    rows = np.asarray(rows, int)
    return rows if share == 1 else np.sort(generator.permutation(rows)[: max(1, round(share * len(rows)))])


def limited(sources, extra_share):
    """Sources with no more extra sentences in an epoch than a share of the contest's; none where the share is 0."""
    number = round(extra_share * sources[0].count)
    counts = [min(source.count, number) if source.encoded.source[0] else source.count for source in sources]
    return [replace(source, count=count) for source, count in zip(sources, counts, strict=True) if count]


def seeds(config, fold, *more):
    """What random numbers of a fold are drawn from."""
    return [config.seed, fold.number, *more, *([fold.copy] if fold.copy else [])]
