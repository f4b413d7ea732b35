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


def of_segmented(plan, fold):
    """What the tagger learns from: a function that gives the segmented texts of a fold, and their `Encoder`."""
    from competitions.segmentation.encoder import SEVERAL, Encoder, shaped, words_of

    config, segmented = plan.config, [plan.truth[row] for row in fold.train]
    given = {shaped(word): SEVERAL for word in plan.dataset.counts if len(word) > 1}  # of the set itself: in the texts, too
    lists = (words_of(segmented), given) if config.dictionary else (words_of(segmented),)
    return lambda: segmented, Encoder.of([plan.parts["train"][row] for row in fold.train], config.least_pairs, lists)


def of_dictionary(plan, fold, counts, generator):
    """The same of the network that learns from a dictionary: made-up sentences, and raw texts of the fold that it has cut."""
    from competitions.segmentation import batches
    from competitions.segmentation.encoder import Encoder

    config = plan.config
    how = counts.counts, plan.dataset.patterns, config.power, config.most_words
    raw = [] if plan.dataset.made_up else [counts.cut(plan.parts["train"][row]) for row in fold.train]
    drawn = dictionary.Sentences(*how, fold.seed(config.seed)).draw(5 * config.made_up)
    encoder = Encoder.of([*map("".join, drawn), *map("".join, raw)], config.least_pairs)
    return batches.Mixture(dictionary.Sentences(*how, generator), raw, config.made_up, config.raw_share), encoder


def fit(name, recounted, plan, fold):
    """Train the network on one fold: the tagger on its segmented texts, the other on what the dictionary makes up."""
    import keras

    from common import training
    from competitions.segmentation import batches, model

    config, texts, seed = plan.config, plan.parts["train"], fold.seed(plan.config.seed)
    keras.utils.set_random_seed(seed)
    generator = np.random.default_rng(seed)
    own = name == "tagger"  # the other's epoch, too, is chosen without the annotators
    counts = None if own else recounted()
    draw, encoder = of_segmented(plan, fold) if own else of_dictionary(plan, fold, counts, generator)
    with training.precision(config.precision):
        network = model.tagger(encoder.sizes, config)
    drawn = batches.Batches(draw, encoder, config, generator)
    watched = [texts[row] for row in fold.valid]
    truth = [plan.truth[row] for row in fold.valid] if own else [counts.cut(text) for text in watched]

    def f1(network):
        found = inference.Network(network, encoder, config.longest).predict(watched)
        return plan.metric.of(truth, inference.Tags()(inference.Found(watched, [found])))

    cosine = config.epochs, config.learning_rate, config.warm_up_epochs
    stage = training.Stage.cosine("full", drawn, "sparse_categorical_crossentropy", *cosine)
    log = training.fit_stages(network, [stage], f1, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return inference.Network(network, encoder, config.longest), log


if __name__ == "__main__":
    run.stage(__spec__)
