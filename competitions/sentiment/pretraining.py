"""What `pretrained` learns ahead of any label: to tell the next word of all texts; once for all folds."""

import json

import keras
import numpy as np

from common import paths
from common.errors import RunError
from common.ragged import Ragged
from common.text.units import UnitVocabulary
from competitions.sentiment import model

FOLDER, VOCABULARY, REPORT = "pretrained", "vocabulary.json", "language_model.json"
ENCODER = ("vectors", "states")  # layers that are handed on
BATCH, ARTICLE_STEPS = 64, 10  # windows; 4374 has windows of ten words
HELD_OUT = 50  # one text in this many tells the perplexity


def vocabulary_of(config, name, run, texts):
    """The vocabulary of a network: that of the language model, or one of the texts of a fold."""
    if name == "pretrained":
        return UnitVocabulary.load(run / FOLDER / VOCABULARY)
    return UnitVocabulary.of(texts, model.UNITS[name], config.min_count, config.most_units)


def pretrain(config, run, texts):
    """Train the language model on texts, of which no label is read; kept in `pretrained/` with its perplexity.

    The texts of all folds take part, as unlabelled ones, so that out-of-fold figures are transductive; those of the test do
    only where `transductive=true` asks for it.

    Raises:
        RunError: folds were trained from it, and it has vanished.
    """
    from common import training
    from common.training import language_model as language

    if (run.path / FOLDER).exists():
        return
    if run.folds:
        raise RunError(
            f"{run.path / FOLDER} is missing, from which the finished folds were trained. Move {run.path} away and repeat."
        )
    keras.utils.set_random_seed(config.seed)
    vocabulary = UnitVocabulary.of(texts, "words", config.min_count, config.most_units)
    encoded = [vocabulary.encode(text) for text in texts]
    with training.precision(config.precision):
        network = model.build("pretrained", len(vocabulary), 2, config)
    for name in ENCODER:
        network.get_layer(name).trainable = True
    lesson = language.language_model(network.input, network.get_layer("states").output, vocabulary.counts)
    learnt = Ragged.of([ids for row, ids in enumerate(encoded) if row % HELD_OUT])
    kept = Ragged.of(encoded[::HELD_OUT])
    report = {"words": len(vocabulary), "texts": len(texts), "unigram": unigram_perplexity(vocabulary.counts, kept)}
    if config.language_epochs:
        steps = ARTICLE_STEPS if config.article else config.language_steps
        generator = np.random.default_rng(config.seed)
        size = 1000 if config.article else BATCH
        batches = language.LanguageBatches(learnt, vocabulary.counts, steps, size, config.candidates, generator, config.article)
        rate = training.cosine(config.language_rate, len(batches) * config.language_epochs, min(100, len(batches)))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        stage = training.Stage(
            "language model", batches, loss, config.language_epochs, rate, undecayed=("embeddings$", "table$", "bias$")
        )
        log = training.fit_stage(lesson, stage, None, config, "pretrained", checkpoint=run.checkpoint("language"))
        report |= {"perplexity": language.perplexity(lesson, kept, steps), "loss": log["loss"].tolist()}
    with paths.atomic(run.path / FOLDER) as folder:
        folder.mkdir()
        weights = {f"{name}{place}": one for name in ENCODER for place, one in enumerate(network.get_layer(name).get_weights())}
        np.savez(folder / "encoder.npz", **weights)
        vocabulary.save(folder / VOCABULARY)
        (folder / REPORT).write_text(json.dumps(report), encoding="utf-8")
    print(
        f"language model: {', '.join(f'{name} {value:.4g}' for name, value in report.items() if not isinstance(value, list))}"
    )


def unigram_perplexity(counts, ids):
    """Perplexity of texts by the frequency of words alone, each counted once more than it occurs."""
    share = (np.asarray(counts[1:]) + 1) / (np.sum(counts[1:]) + len(counts) - 1)
    following = np.concatenate([ids[row][1:] for row in range(len(ids))])
    return float(np.exp(-np.log(share[following - 1]).mean()))


def give(network, run):
    """Give a network the encoder of the language model."""
    with np.load(run / FOLDER / "encoder.npz") as stored:
        for name in ENCODER:
            layer = network.get_layer(name)
            layer.set_weights([stored[f"{name}{place}"] for place in range(len(layer.get_weights()))])
