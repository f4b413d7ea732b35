"""Cross-validate the models: readers, pre-trained once on cloze and extra questions, and the ranker, which needs no network.

python -m competitions.webqa.train
python -m competitions.webqa.train folds=1 data=DATA vectors_corpus=TEXTS
"""

from dataclasses import replace
from functools import partial

import numpy as np

from common import paths, run
from common.errors import DataError
from common.experiment.folds import make_folds, out_of_fold
from common.experiment.runs import open_run, save_arrays
from common.ragged import Ragged
from common.report import plots
from common.report.tables import show_runs
from competitions.webqa import data, decode, features, metric
from competitions.webqa.config import NETWORKS

SOURCES = ("sogou", "webqa")  # in the order of `mix`
SCORED = ("valid", "test")  # parts whose questions are answered by every fold's network


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    runs = train_models(config, data.load(config.data))
    show(runs, config)


def train_models(config, dataset):
    """The finished runs of `config.model`, trained where they are not finished yet."""
    return [train_model(config, dataset, name) for name in config.model]


def train_model(config, dataset, name):
    """Cross-validate one model and write its run."""
    model_run = open_run("webqa", name, config, features.fingerprint(config, dataset))
    with model_run.locked():
        if model_run.finished:
            print(f"{model_run.name}: finished before, score {model_run.read_json('metrics.json')['score']:.4f}")
            return model_run
        check_answers(dataset, config)
        prepared = features.prepare(config, dataset)
        if not (model_run.path / "encoder").exists():
            with paths.atomic(model_run.path / "encoder") as folder:
                prepared.encoder.save(folder)
        if name in NETWORKS:
            pretrain(config, name, model_run, prepared)
        valid = make_folds(
            "webqa",
            [question.source for question in dataset.train],
            config.folds,
            config.seed,
            dataset.fingerprint,
            groups=data.groups(dataset.train),
        )
        fit = (
            partial(fit_network, config, name, model_run.path.resolve() / "pretrained")
            if name in NETWORKS
            else partial(fit_ranker, config)
        )
        result = out_of_fold(fit, model_run, valid, config.cluster)
        write_results(model_run, config, dataset, prepared, valid, result)
    return model_run


def check_answers(dataset, config):
    """Raise `DataError` where there is nothing to learn from."""
    if not any(question.answers for question in dataset.train):
        raise DataError(f"{config.data}: no training question has an answer in a passage")
    shares = dict(zip(SOURCES, config.mix, strict=True))
    if not any(shares[question.source] for question in dataset.train):
        raise DataError(
            f"{config.data}: mix={config.mix[0]},{config.mix[1]} leaves no training question; its order is SogouQA,WebQA"
        )


def new_network(config, name, prepared):
    """An untrained network of `model.py`."""
    from competitions.webqa import model

    return getattr(model, name)(len(prepared.encoder.vocabulary), prepared.encoder.vectors.matrix(), config)


def pretrain(config, name, model_run, prepared):
    """Train one network on cloze and extra questions, from which every fold starts; kept in `pretrained/`.

    No question or answer of the contest takes part. Where no plain texts are named, the cloze questions are made from the
    training passages of all folds, as unlabelled text; characters, words and their rarity are counted on these, too.
    """
    import keras

    from common.training import fit_stage
    from competitions.webqa.batches import Batches

    parts = [prepared.parts[part] for part in ("cloze", "extra") if part in prepared.parts]
    if not config.pretrain_epochs or not parts or (model_run.path / "pretrained").exists():
        return
    keras.utils.set_random_seed(config.seed)
    network = new_network(config, name, prepared)
    shares = [(part, np.arange(len(part.questions)), -(-len(part.questions) // config.pretrain_epochs)) for part in parts]
    drawn = Batches(shares, config, seed=[config.seed, 0])
    steps, warm_up = len(drawn) * config.pretrain_epochs, min(config.warm_up_steps, len(drawn))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    stage = new_stage(network, "pre-training", drawn, config.pretrain_epochs, rate)  # warm-up is part of the rate's course
    log = fit_stage(network, stage, None, config, f"{name} pre-training")
    with paths.atomic(model_run.path / "pretrained") as folder:
        folder.mkdir()
        network.save_weights(folder / "model.weights.h5")
        log.to_csv(folder / "log.csv", index=False)


def fit_network(config, name, pretrained, fold, train_rows, valid_rows, folder):
    """Train one network on one fold; a pure function of its arguments and the data.

    Writes `model.keras`, `log.csv` and the pointers of the validation questions' passages and of the scored parts'. The
    prediction that it returns for each question is accuracy and F1 of its own answer.
    """
    import keras

    from competitions.webqa import batches

    dataset = data.load(config.data, report=False)
    prepared = features.prepare(config, dataset)
    train = prepared.parts["train"]
    keras.utils.set_random_seed(config.seed + fold)
    network = new_network(config, name, prepared)
    if pretrained.exists():
        network.load_weights(pretrained / "model.weights.h5")
    questions = [dataset.train[row] for row in valid_rows]
    passages = train.passages_of(valid_rows)
    gold = metric.gold_of(questions)

    def score(network):
        pointers = batches.predict(network, train, passages)
        return metric.score(gold, own_answers(config, questions, pointers)).mean

    sources = training_sources(config, dataset, prepared, train_rows)
    log = fit_stages(network, config, score, sources, fold, f"{name} fold {fold}")
    log.to_csv(folder / "log.csv", index=False)
    network.save(folder / "model.keras")
    pointers = batches.predict(network, train, passages)
    save_pointers(folder / "valid.npz", pointers)
    for part in SCORED:
        if part in prepared.parts:
            encoded = prepared.parts[part]
            save_pointers(folder / f"{part}-pointers.npz", batches.predict(network, encoded, np.arange(len(encoded.passages))))
    return {"valid": question_scores(gold, own_answers(config, questions, pointers))}


def fit_ranker(config, fold, train_rows, valid_rows, folder):
    """Train the ranker on one fold; writes and returns what `fit_network` does, with spans in the place of pointers."""
    from competitions.webqa import ranker

    dataset = data.load(config.data, report=False)
    prepared = features.prepare(config, dataset)
    train, encoder = prepared.parts["train"], prepared.encoder
    trees, log = ranker.fit(dataset.train, train, encoder, train_rows, valid_rows, config.longest_answer, config.seed + fold)
    log.to_csv(folder / "log.csv", index=False)
    trees.save_model(folder / "model.txt")
    questions = [dataset.train[row] for row in valid_rows]
    part = train.take(valid_rows)
    spans = ranker.rank(trees, questions, part, encoder, config.longest_answer)
    save_arrays(folder / "valid.npz", **vars(spans))
    for name in SCORED:
        if name in prepared.parts:
            found = ranker.rank(trees, getattr(dataset, name), prepared.parts[name], encoder, config.longest_answer)
            save_arrays(folder / f"{name}-spans.npz", **vars(found))
    best = decode.best_answers(decode.candidates(questions, part.first, spans))
    answers = {question.id: answer for question, answer in zip(questions, best, strict=True)}
    return {"valid": question_scores(metric.gold_of(questions), answers)}


def question_scores(gold, answers):
    """Accuracy and F1 of each question, `(questions, 2)`."""
    scores = [(metric.accuracy_of(answers[name], truth), metric.f1_of(answers[name], truth)) for name, truth in gold.items()]
    return np.array(scores)


def own_answers(config, questions, pointers):
    """The answers that pointers alone give, by the vote over passages; dict by id."""
    spans = decode.find_spans(pointers, config.threshold, config.longest_answer)
    first = np.cumsum([0, *(len(question.passages) for question in questions)])
    best = decode.best_answers(decode.candidates(questions, first, spans))
    return {question.id: answer for question, answer in zip(questions, best, strict=True)}


def training_sources(config, dataset, prepared, rows):
    """What an epoch draws from: (encoded part, questions, how many), contest questions mixed by source, and extra ones."""
    sources = np.array([dataset.train[row].source for row in rows])
    groups = [(share, rows[sources == source]) for source, share in zip(SOURCES, config.mix, strict=True)]
    groups = [(share, rows) for share, rows in groups if len(rows) and share]
    least = min(share for share, _ in groups)
    drawn = [(prepared.parts["train"], rows, round(len(rows) * share / least)) for share, rows in groups]
    if "extra" in prepared.parts and config.extra_share:
        extra = prepared.parts["extra"]
        number = min(len(extra.questions), round(config.extra_share * sum(count for *_, count in drawn)))
        drawn.append((extra, np.arange(len(extra.questions)), number))
    return drawn


def fit_stages(network, config, score, sources, fold, description):
    """Two stages, the second with a lower learning rate; returns the log, see `common.training.fit_stages`."""
    from common import training
    from competitions.webqa.batches import Batches

    plan = [
        ("full", config.epochs, config.learning_rate, config.warm_up_steps),
        ("fine", config.fine_epochs, config.fine_learning_rate, 0),
    ]
    stages = []
    for number, (name, epochs, learning_rate, warm_up_steps) in enumerate(plan):
        drawn = Batches(sources, config, seed=[config.seed, fold, number])
        stages.append(new_stage(network, name, drawn, epochs, learning_rate, warm_up_steps))
    return training.fit_stages(network, stages, score, config, description)


def new_stage(network, name, drawn, epochs, learning_rate, warm_up_steps=0):
    """A `Stage` with the loss of the network's kind."""
    from common.training import Stage
    from competitions.webqa import model

    loss, scale = model.loss_of(network.name), model.loss_scale(network.name)
    return Stage(name, drawn, loss, epochs, learning_rate, min(warm_up_steps, len(drawn)), scale)


def save_pointers(path, pointers):
    """Write a `Ragged` of pointers."""
    save_arrays(path, values=pointers.values, bounds=pointers.bounds)


def load_pointers(path):
    """Read what `save_pointers` wrote."""
    with np.load(path) as arrays:
        return Ragged(arrays["values"], arrays["bounds"])


def gather_pointers(model_run, config, encoded, valid):
    """Out-of-fold pointers of all training passages, and the mean over folds of those of the scored parts, by part.

    Passages of questions that were never validated have NaN.
    """
    oof = np.full((int(encoded.passages.bounds[-1]), 2), np.nan, "float16")
    scored = {}
    for fold in range(config.folds):
        folder = model_run.path / f"fold{fold}"
        found = load_pointers(folder / "valid.npz")
        for place, passage in enumerate(encoded.passages_of(np.flatnonzero(valid == fold))):
            oof[encoded.passages.bounds[passage] : encoded.passages.bounds[passage + 1]] = found[place]
        for part in SCORED:
            if (folder / f"{part}-pointers.npz").exists():
                scored.setdefault(part, []).append(load_pointers(folder / f"{part}-pointers.npz"))
    means = {
        part: Ragged(
            np.mean([pointers.values.astype("float32") for pointers in found], axis=0).astype("float16"), found[0].bounds
        )
        for part, found in scored.items()
    }
    return Ragged(oof, encoded.passages.bounds), means


def gather_spans(model_run, config, encoded, valid):
    """Out-of-fold spans over the training passages, and the mean over folds of those of the scored parts, by part."""
    parts, scored = [], {}
    for fold in range(config.folds):
        folder = model_run.path / f"fold{fold}"
        spans, passages = load_spans(folder / "valid.npz"), encoded.passages_of(np.flatnonzero(valid == fold))
        parts.append(replace(spans, passage=passages[spans.passage]))
        for name in SCORED:
            if (folder / f"{name}-spans.npz").exists():
                scored.setdefault(name, []).append(load_spans(folder / f"{name}-spans.npz"))
    return decode.join(parts), {name: decode.mean(found) for name, found in scored.items()}


def load_spans(path):
    """Read `decode.Spans` that were written as arrays."""
    with np.load(path) as arrays:
        return decode.Spans(**arrays)


def write_results(model_run, config, dataset, prepared, valid, result):
    """Predictions, log, pictures and, last, the metrics of a run."""
    gather = gather_pointers if model_run.model in NETWORKS else gather_spans
    oof, scored = gather(model_run, config, prepared.parts["train"], valid)
    model_run.save_arrays("oof", **vars(oof), fold=valid)
    for part, found in scored.items():
        model_run.save_arrays(part, **vars(found))
    log = plots.keep_log(model_run, config.folds)
    plots.learning_curves(log, model_run.plots / "learning_curves.png", "score")
    folds = [result["oof"][valid == fold].mean(axis=0) for fold in range(config.folds)]
    accuracy, f1 = result["oof"][valid >= 0].mean(axis=0).tolist()
    means = [float(scores.mean()) for scores in folds]
    model_run.write_json(
        "metrics.json",
        {
            "metric": "mean of accuracy and F1",
            "score": (accuracy + f1) / 2,
            "accuracy": accuracy,
            "f1": f1,
            "folds": means,
            "spread": float(np.std(means)) if len(means) > 1 else None,
            "seconds": sum(result["seconds"]),
            "data": paths.data_name(config.data),
        },
    )


def show(runs, config):
    """Print accuracy, F1 and their mean, spread over folds and time of each run, and where it was written."""

    def figures(metrics):
        named = {"accuracy": "accuracy", "F1": "f1", "mean": "score"}
        return {column: f"{metrics[name]:.4f}" for column, name in named.items()}

    show_runs(f"out-of-fold scores on {paths.data_name(config.data)}", runs, figures)


if __name__ == "__main__":
    run.stage(__spec__)
