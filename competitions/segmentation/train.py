"""Cross-validate every model: a dictionary's best way, a network that learns from it alone, one that learns segmented text.

python -m competitions.segmentation.train
python -m competitions.segmentation.train model=unigram,dictionary dictionary=FILE data=DATA
"""

from functools import cache, partial

import numpy as np

from common import experiment, run
from common.text.normalise import half_width
from competitions.segmentation import data, dictionary, inference, metric
from competitions.segmentation.config import NETWORKS

STRETCHES = 50  # of the training texts, each of which is in one fold


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    print("\n".join(planned.dataset.notes[:20]), end="\n" if planned.dataset.notes else "")
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which texts."""
    dataset = data.load(config)
    parts = {"train": ["".join(words) for words in dataset.train]}
    if dataset.test is not None:
        parts["test"] = [piece for text in dataset.test for piece in text.split()]  # a blank is between words anyway
    recounted = cache(partial(counted, config, dataset, parts["train"]))
    return experiment.Plan(
        contest="segmentation",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=metric.word_f1(dataset.known),
        truth=dataset.train,
        labels=np.zeros(len(dataset.train), int),
        groups=neighbours(parts["train"]),
        records=lambda: parts,
        fits={"unigram": lambda plan, fold: (recounted(), None)} | {name: partial(fit, name, recounted) for name in NETWORKS},
        networks=NETWORKS,
        kinds=inference.kinds(config),
        dataset=dataset,
        answer=partial(own_words, parts),
    )


def neighbours(texts):
    """The group of each text: it shares its fold with equal texts and with those around it, which tell of the same events."""
    _, first, place = np.unique(texts, return_index=True, return_inverse=True)
    return first[place] * min(STRETCHES, len(texts)) // len(texts)


def counted(config, dataset, texts):
    """`Words` with counts taken from the raw text of the training part, whose blanks nobody sees here."""
    raw = [] if dataset.made_up else [half_width(text) for text in texts]
    rounds = config.expectation_rounds if raw else 0
    return inference.Words(dictionary.recounted(dataset.counts, dataset.patterns, raw, rounds, config.kept))


def own_words(parts, name, found, part, rows=None):
    """The words of one model alone."""
    texts = parts[part] if rows is None else [parts[part][row] for row in rows]
    return inference.Tags()(inference.Found(texts, [found]))


def fit(name, recounted, plan, fold):
    """Train the network on one fold: the tagger on its segmented texts, the other on what the dictionary makes up."""
    import keras

    from common import training
    from competitions.segmentation import batches, model
    from competitions.segmentation.encoder import SEVERAL, Encoder, shaped, words_of

    config, texts, seed = plan.config, plan.parts["train"], fold.seed(plan.config.seed)
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    if name == "tagger":
        segmented = [plan.truth[row] for row in fold.train]
        given = {shaped(word): SEVERAL for word in plan.dataset.counts if len(word) > 1}  # of the set itself: in the texts, too
        lists = (words_of(segmented), given) if config.dictionary else (words_of(segmented),)
        encoder = Encoder.of([texts[row] for row in fold.train], config.least_pairs, lists)

        def draw():
            return segmented
    else:
        counts = recounted()
        raw = [] if plan.dataset.made_up else [counts.cut(texts[row]) for row in fold.train]
        sentences = dictionary.Sentences(counts.counts, plan.dataset.patterns, config.power, config.most_words, generator)
        draw = batches.Mixture(sentences, raw, config.made_up, config.raw_share)
        first = dictionary.Sentences(counts.counts, plan.dataset.patterns, config.power, config.most_words, seed)
        encoder = Encoder.of([*map("".join, first.draw(5 * config.made_up)), *map("".join, raw)], config.least_pairs)
    with training.precision(config.precision):
        network = model.tagger(encoder.sizes, config)
    drawn = batches.Batches(draw, encoder, config, generator)
    rising = int(min(config.warm_up_epochs, config.epochs / 2) * len(drawn))
    rate = training.cosine(config.learning_rate, config.epochs * len(drawn), rising)
    watched = [texts[row] for row in fold.valid]
    own = name == "tagger"  # the other's epoch, too, is chosen without the annotators
    truth = [plan.truth[row] for row in fold.valid] if own else [counts.cut(text) for text in watched]

    def f1(network):
        found = inference.Network(network, encoder, config.longest).predict(watched)
        return plan.metric.of(truth, inference.Tags()(inference.Found(watched, [found])))

    stage = training.Stage("full", drawn, "sparse_categorical_crossentropy", config.epochs, rate)
    log = training.fit_stages(network, [stage], f1, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return inference.Network(network, encoder, config.longest), log


if __name__ == "__main__":
    run.stage(__spec__)
