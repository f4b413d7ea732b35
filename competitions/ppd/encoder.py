"""Sentences to vectors: a GRU that learns to tell groups of synonymous questions apart, and is used without its classes.

    python -m competitions.ppd.train model=encoder
    python -m competitions.ppd.train model=encoder encoder_loss=softmax

It reads plain text, `tongyiju.csv`, and so has nothing to do with the anonymous pairs: its groups hold the positives of every
fold. Of the groups, one part trains, one chooses the epoch and one is scored.

Reference: kexue.fm archive 5743, with the padding masked and characters counted on the training part alone.
"""

import time
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from common import losses, paths, removal
from common.errors import ConfigError, DataError
from common.experiment.runs import open_run
from common.layers import ClassCosines, SampledClassCosines
from common.ragged import Ragged
from common.report.tables import show_table
from common.text.normalise import normalise
from common.text.vocabulary import CharVocabulary
from common.training import BucketedBatches, Redrawn, Stage, by_length, fit_stages, precision, predict
from competitions.ppd import data, retrieval
from competitions.ppd.data import GROUPS

PARTS = ("train", "choose", "score")
SHARES = (0.7, 0.8)  # groups up to here train, up to here choose the epoch, and the rest is scored
IN_BATCH = ("triplet", "supcon")  # losses that compare the questions of a batch with each other, and need mates in it
ENCODED = 512  # questions of a batch, at prediction
MULTIPLE = 8  # padded lengths are rounded up to it


@dataclass(frozen=True)
class Encoder:
    """A trained network and the characters it knows.

    Attributes:
        network: ids `(batch, steps)` to vectors of length 1, `(batch, dim)`.
        vocabulary: `CharVocabulary`.
        steps: characters of a question that are seen.
    """

    network: Any
    vocabulary: CharVocabulary
    steps: int

    def encode(self, texts):
        """Vectors of length 1 of plain texts, float32 `(texts, dim)`."""
        return encode(self.network, ids_of([normalise(text) for text in texts], self.vocabulary, self.steps))

    def save(self, folder):
        """Write a folder."""
        folder.mkdir()
        self.network.save(folder / "model.keras")
        self.vocabulary.save(folder / "characters.json")
        (folder / "steps.txt").write_text(str(self.steps), encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        network = keras.saving.load_model(folder / "model.keras", compile=False)
        steps = int((folder / "steps.txt").read_text(encoding="utf-8"))
        return cls(network, CharVocabulary.load(folder / "characters.json"), steps)


def main(config):
    """Train the encoder where it is not trained yet, and show how well it finds the mates of new questions."""
    encoder_run = train_encoder(config)
    metrics = encoder_run.read_json("metrics.json")
    row = [config.encoder_loss, *(f"{metrics[name]:.4f}" for name in ("score", "top5", "top10"))]
    row += [str(metrics["queries"]), f"{metrics['seconds'] / 60:.1f}", str(encoder_run.path)]
    columns = ("loss", "top-1", "top-5", "top-10", "questions", "minutes", "written to")
    show_table(f"mates of questions of new groups, found in {config.data / GROUPS}", columns, [row])


def train_encoder(config):
    """The finished run of the model `encoder`, trained where it is not finished yet.

    Raises:
        DataError: there is no file of groups, or too few groups.
    """
    path = config.data / GROUPS
    groups, texts = data.read_groups(path)
    encoder_run = open_run("ppd", "encoder", config, paths.fingerprint([path]), network=True)
    with encoder_run.locked():
        if encoder_run.complete():
            print(f"{encoder_run.name}: finished before, top-1 {encoder_run.read_json('metrics.json')['score']:.4f}")
            return encoder_run
        started = time.perf_counter()
        trained, log, scores = fit(groups, texts, config, encoder_run.checkpoint("encoder"))
        write_results(encoder_run, config, trained, log, scores, texts, time.perf_counter() - started)
        encoder_run.discard_checkpoints()
    return encoder_run


def fit(groups, texts, config, checkpoint=None):
    """Train on one part of the groups, choose the epoch by top-1 on another, and score a third.

    Args:
        groups: number of each question's group, `(rows,)`.
        texts: list of normalised questions.
        config: the contest's settings.
        checkpoint: file of a training that breaks off, see `fit_stages`.

    Returns:
        `Encoder`, its log, and the scores of the third part, see `retrieval.accuracy`.
    """
    rows = split(groups, config.seed)
    vocabulary = CharVocabulary(config.encoder_least).fit(texts[row] for row in rows["train"])
    ids = ids_of(texts, vocabulary, config.encoder_steps)
    keras.utils.set_random_seed(config.seed)
    network = new_encoder(len(vocabulary), config)
    labels = np.unique(groups[rows["train"]], return_inverse=True)[1]
    learner, drawn, loss = make_learner(network, ids.take(rows["train"]), labels, config)

    def top1(_):
        return scores_of("choose")["top1"]

    def scores_of(part):
        chosen = rows[part]
        return retrieval.accuracy(encode(network, ids.take(chosen)), groups[chosen])

    stages = [Stage("groups", drawn, loss, config.encoder_epochs, config.encoder_learning_rate, config.warm_up_steps)]
    log = fit_stages(learner, stages, top1, config, f"encoder, {config.encoder_loss}", checkpoint=checkpoint)
    return Encoder(network, vocabulary, config.encoder_steps), log, scores_of("score")


def split(groups, seed):
    """Questions of each part, no group in two: a dict of row numbers by name, see `PARTS`.

    Raises:
        DataError: fewer than ten groups.
    """
    count = int(groups.max()) + 1
    if count < 10:
        raise DataError(f"{GROUPS} has {count} groups; expected at least 10, to train, to choose the epoch and to score")
    place = np.random.default_rng(seed).permutation(count)[groups] / count
    part = np.digitize(place, SHARES)
    return {name: np.flatnonzero(part == number) for number, name in enumerate(PARTS)}


def ids_of(texts, vocabulary, steps):
    """The first characters of normalised texts as a `Ragged` of ids."""
    return Ragged.of([vocabulary.encode(text[:steps]) for text in texts])


def new_encoder(characters, config, vectors=None):
    """Untrained: characters, their vectors, a GRU whose last real state, at length 1, is the sentence.

    Args:
        characters: ids, padding among them.
        config: the contest's settings.
        vectors: where training of the characters' vectors begins, `(characters, width)`; `None` for random ones.
    """
    with precision(config.precision):
        ids = keras.Input((None,), dtype="int32", name="characters")
        width, given = (config.encoder_width, {}) if vectors is None else (vectors.shape[1], {"weights": [vectors]})
        embedded = keras.layers.Embedding(characters, width, mask_zero=True, **given)(ids)
        last = keras.layers.GRU(config.encoder_width)(embedded)
        return keras.Model(ids, keras.layers.UnitNormalization(dtype="float32")(last), name="encoder")


def make_learner(network, ids, labels, config):
    """What is trained around the encoder: with the classes that it must tell apart, or, for losses in the batch, alone.

    Args:
        network: from `new_encoder`.
        ids: `Ragged` of the training questions.
        labels: class of each, `(rows,)`.
        config: the contest's settings.

    Returns:
        Model, batches, loss.
    """
    generator = np.random.default_rng([config.seed, 1])
    if config.encoder_loss in IN_BATCH:
        return network, MateBatches(ids, labels, config, generator), loss_of(config)
    classes, negatives = int(labels.max()) + 1, config.encoder_negatives
    if not negatives:
        cosines = ClassCosines(classes)(network.output)
        return keras.Model(network.input, cosines), GroupBatches(ids, labels, config, generator), loss_of(config)
    if negatives > classes:
        raise ConfigError(f"encoder_negatives={negatives}: there are only {classes} training groups")
    group = keras.Input((), dtype="int32", name="group")
    cosines = SampledClassCosines(classes, negatives, seed=config.seed)([network.output, group])
    learner = keras.Model({"characters": network.input, "group": group}, cosines)
    return learner, GroupBatches(ids, labels, config, generator, sampled=True), loss_of(config, classes / negatives)


def loss_of(config, represents=1.0):
    """The loss that is named in the settings."""
    name, cosines = config.encoder_loss, {"scale": config.encoder_scale, "represents": represents}
    if name == "am":
        return losses.AMSoftmax(config.encoder_margin, **cosines)
    if name in IN_BATCH:
        return {"triplet": losses.Triplet, "supcon": losses.SupervisedContrastive}[name]()
    return {"softmax": losses.ScaledSoftmax, "arc": losses.ArcFace, "a_softmax": losses.SimplerASoftmax}[name](**cosines)


class GroupBatches(BucketedBatches):
    """Questions of similar length with the numbers of their groups.

    Args:
        ids: `Ragged` of the questions.
        labels: group of each, `(rows,)`.
        config: `encoder_batch`.
        generator: `numpy.random.Generator` of the order.
        sampled: the groups are an input, and the loss finds the true one in column 0.
    """

    def __init__(self, ids, labels, config, generator, sampled=False):
        self.ids, self.labels, self.sampled = ids, labels.astype("int32"), sampled
        super().__init__(config.encoder_batch, generator, multiple=MULTIPLE)

    def draw(self):
        return self.ids.lengths

    def make(self, rows, steps):
        ids, labels = self.ids.padded(rows, steps=steps), self.labels[rows]
        return ({"characters": ids, "group": labels}, np.zeros_like(labels)) if self.sampled else (ids, labels)


class MateBatches(Redrawn):
    """All questions of a group behind one another, the groups in random order: nearly every question has a mate in its batch.

    Arguments as of `GroupBatches`. All batches have one width, for their order is not by length.
    """

    def __init__(self, ids, labels, config, generator):
        super().__init__()
        self.ids, self.labels, self.generator = ids, labels.astype("int32"), generator
        self.batch_size, self.steps = config.encoder_batch, int(ids.lengths.max())
        self.on_epoch_end()

    def draw_epoch(self):
        place = self.generator.permutation(int(self.labels.max()) + 1)
        self.order = np.argsort(place[self.labels], kind="stable")

    def __len__(self):
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size :][: self.batch_size]
        return self.ids.padded(rows, steps=self.steps), self.labels[rows]


def encode(network, ids):
    """Vectors of length 1 of a `Ragged` of questions, float32 `(rows, dim)`."""
    vectors = np.empty((len(ids), network.output_shape[-1]), "float32")
    for rows, (steps,) in by_length(ids.lengths[:, None], ENCODED, multiple=MULTIPLE):
        vectors[rows] = predict(network, ids.padded(rows, steps=steps))
    return vectors


def write_results(encoder_run, config, trained, log, scores, texts, seconds):
    """The encoder, the vectors of all questions, the log and, last, the metrics of a run."""
    removal.erase(encoder_run.path / "encoder")  # of a run that broke off here: its vectors are others
    with paths.atomic(encoder_run.path / "encoder") as folder:
        trained.save(folder)
    encoder_run.save_arrays("questions", texts=np.array(texts), vectors=trained.encode(texts).astype("float16"))
    with paths.atomic(encoder_run.path / "log.csv") as path:
        log.to_csv(path, index=False)
    encoder_run.finish(
        {
            "metric": "top-1 of questions of new groups",
            "greater": True,
            "score": scores["top1"],
            **scores,
            "spread": None,
            "seconds": seconds,
            "data": paths.data_name(config.data),
        },
    )
