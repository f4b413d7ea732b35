"""Train the models, each once, and score its samples and its likelihood on the validation part.

python -m competitions.generation.train
python -m competitions.generation.train model=vae data=DATA
"""

import time
from functools import partial

import numpy as np

from common import paths, run
from common.errors import ConfigError, DataError
from common.experiment.metric import flat
from common.experiment.runs import open_run
from common.report import plots
from common.report.tables import show_table
from competitions.generation import data, scoring
from competitions.generation.config import FIRST, GAMES, OF_FLOWS, OF_PICTURES, OF_SENTENCES

WATCHED = 2000  # validation records whose loss is looked at after every epoch


def main(config):
    """Train what is not finished, and show all models of this plan."""
    dataset = data.load(config)
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    show(train_models(config, dataset), dataset, config)


def train_models(config, dataset):
    """The finished runs of the models that the settings name, or of those that suit the data.

    Raises:
        ConfigError: a model makes pictures, and the data are sentences, or the other way round.
    """
    suited = {"pictures": OF_PICTURES, "sentences": OF_SENTENCES}[dataset.kind]
    for name in config.model:
        if name not in suited:
            raise ConfigError(f"model={name}: {config.data} holds {dataset.kind}, for which there are {', '.join(suited)}")
    return [train_model(config, dataset, name) for name in config.model or FIRST[dataset.kind]]


def train_model(config, dataset, name):
    """The finished run of one model, trained where it is not finished yet."""
    model_run = open_run("generation", name, config, dataset.fingerprint, network=True)
    with model_run.locked():
        if model_run.complete():
            metrics = model_run.metrics
            print(f"{model_run.name}: finished before, {metrics['metric']} {metrics['score']:.4f}")
            return model_run
        started = time.monotonic()
        trained, log = FITS[name](dataset, config, model_run)
        trained.save(model_run.path)
        with paths.atomic(model_run.path / "log.csv") as path:
            log.assign(fold=0).to_csv(path, index=False)
        write(model_run, trained, log, dataset, config, started)
        model_run.discard_checkpoints()
    return model_run


def write(model_run, trained, log, dataset, config, started):
    """Samples, pictures and, last, the metrics of a run."""
    from competitions.generation import pictures

    made = trained.sample(config.samples, config.seed)
    model_run.save_arrays("samples", samples=np.array(made))
    scorer = scoring.Scorer(dataset, config, dataset.valid)
    figures = {**trained.figures(dataset.valid, config.seed), **scorer.figures(made)}
    with plots.drawing("the pictures of the run"):
        plots.learning_curves(log.assign(fold=0), model_run.plots / "learning_curves.png", trained.watched)
        pictures.draw_run(model_run, trained, made, dataset, config)
    score = figures.pop(trained.metric)
    metrics = {"metric": trained.metric, "greater": trained.greater, "score": score, "figures": figures, "spread": None}
    more = {"judge": scorer.name, "data": paths.data_name(config.data), "seconds": time.monotonic() - started}
    model_run.finish(metrics | more)


def fit_pictures(name, dataset, config, model_run):
    """Train a network that answers with the loss of each picture.

    Returns:
        The `Generator` and the log.
    """
    import keras

    from competitions.generation import inference, model
    from competitions.generation.batches import Unlabelled, seen
    from competitions.generation.trained.generator import in_batches

    keras.utils.set_random_seed(config.seed)
    more = (alpha_of(name, config),) if name in OF_FLOWS else ()
    network = getattr(model, name)(dataset.train, config, *more)
    network(dataset.train[:2])  # builds it
    batches = Unlabelled(dataset.train, config.batch_size, config.seed, config.binary and name not in OF_FLOWS)
    watched = dataset.valid[:WATCHED]
    if batches.binary:
        watched = seen(watched, config, config.seed)
    trained = inference.KINDS[name](network, config)
    return fit(trained, batches, lambda: in_batches(network, watched), model_run)


def fit_sentences(name, dataset, config, model_run):
    """Train a network that answers with the loss of each sentence; returns as `fit_pictures`.

    Raises:
        DataError: `couplet_vae` and sentences of several lengths.
    """
    import keras

    from common.generative.words import Words
    from competitions.generation import model
    from competitions.generation.batches import OfSentences, Unlabelled
    from competitions.generation.trained.sentences import Sentences, by_length

    keras.utils.set_random_seed(config.seed)
    words = Words.of(dataset.train, config.least_count)
    at_once = name == "couplet_vae"
    ids, watched = (words.encode(part, end=not at_once) for part in (dataset.train, dataset.valid[:WATCHED]))
    if at_once and ((ids == 0).any() or ids.shape[1:] != watched.shape[1:] or (watched == 0).any()):
        raise DataError(f"model={name} writes all words at once; sentences of {config.data} have several lengths")
    network = getattr(model, name)(ids, len(words), config)
    network(ids[:2])  # builds it
    batches = (Unlabelled if at_once else OfSentences)(ids, config.batch_size, config.seed)
    trained = Sentences(network, config, words)
    return fit(trained, batches, lambda: by_length(network, watched), model_run)


def fit(trained, batches, losses, model_run):
    """Train a `Generator` on its network's own losses; `losses()` are those of the validation records that are watched."""
    from common import training
    from common.generative.bounds import expected
    from competitions.generation.pictures import Frames

    config, name = trained.config, model_run.model
    rate = training.cosine(config.learning_rate, config.epochs * len(batches), len(batches))
    checkpoint = model_run.checkpoint(name)
    frames = Frames(model_run, checkpoint)

    def loss(_):
        frames.add(trained)
        return float(losses().mean())

    stage = training.Stage("full", batches, expected, config.epochs, rate, together=8)  # some steps are short
    return trained, training.fit_stages(trained.network, [stage], loss, config, name, greater=False, checkpoint=checkpoint)


def fit_game(name, dataset, config, model_run):
    """Train networks against a critic.

    Returns:
        The `Generator` and the log, whose score is the FID of some samples to validation pictures.
    """
    import keras

    from common.generative.quality import frechet
    from competitions.generation import games, inference, judge
    from competitions.generation.batches import played_with
    from competitions.generation.pictures import Frames

    keras.utils.set_random_seed(config.seed)
    trainer = getattr(games, name)(dataset.train.shape[1:], config)
    checkpoint = model_run.checkpoint(name)
    frames, real, looking = Frames(model_run, checkpoint), dataset.valid[:WATCHED], judge.load(dataset, config)
    of_real, _ = looking.look(real)
    makers = dict(trainer.averages)
    network = makers.pop("decoder", None) or makers.pop("generator")
    trained = inference.KINDS[name](network, config, *makers.values())

    def draw(generator):
        return played_with(dataset.train[generator.integers(len(dataset.train), size=config.game_batch)])

    def watch(trainer):
        frames.add(trained)
        return {"FID": frechet(looking.look(trained.sample(len(real), config.seed))[0], of_real)}

    every = min(config.every, config.rounds)
    log = trainer.fit(draw, config.rounds, every, config.seed, watch, checkpoint, name)
    return trained, log.assign(epoch=log["round"], loss=log["critic_loss"], score=log["FID"])


FITS = {  # fit(dataset, config, run) -> Generator, log
    **{name: partial(fit_game if name in GAMES else fit_pictures, name) for name in OF_PICTURES},
    **{name: partial(fit_sentences, name) for name in OF_SENTENCES},
}


def alpha_of(name, config):
    """Alpha of the logit that a flow sees pictures through, 0 for none; published are 0 for NICE and 0.05 for the others."""
    if config.alpha is not None:
        return config.alpha
    return 0.0 if name == "nice" else 0.05


def show(runs, dataset, config):
    """Print what the models' own scores are, a table for each kind of them, then what can be said of samples of any kind."""
    columns, by_metric, of_samples = scoring.COLUMNS[dataset.kind], {}, []
    for found in runs:
        metrics = found.metrics
        by_metric.setdefault(metrics["metric"], []).append((found.model, metrics))
        figures = {metrics["metric"]: metrics["score"], **metrics["figures"]}
        of_samples.append([found.model, *scoring.texts(figures, dataset.kind)])
    for name, group in by_metric.items():
        others = [key for key in group[0][1]["figures"] if key not in columns]
        title = f"{name} of the validation part of {paths.data_name(config.data)}"
        show_table(title, ("model", name, *others, "minutes"), [own_row(*one, others) for one in group])
    title = "; ".join(filter(None, ("samples beside the validation part", runs[0].metrics["judge"])))
    show_table(title, ("model", *columns), of_samples)
    print("Written to " + ", ".join(str(found.path) for found in runs))


def own_row(model, metrics, others):
    """Name, score, other figures of the likelihood, and minutes."""
    figures = flat(metrics["figures"])
    return [
        model,
        *(f"{value:.3f}" for value in (metrics["score"], *map(figures.get, others))),
        f"{metrics['seconds'] / 60:.1f}",
    ]


if __name__ == "__main__":
    run.stage(__spec__)
