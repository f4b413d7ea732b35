"""Cross-validate the models: pointers and linker, in two stages, the second on fewer extra sentences.

F1 of the triples out of fold 0.69 and 0.66, three folds each, in 26 and 61 minutes on two cores; together 0.72, on the dev part
0.74 (`ensemble.py`). Learnt from 2,601 sentences of the contest and 11,196 of DuIE 2.0.

python -m competitions.baidu_ie.train
python -m competitions.baidu_ie.train model=pointers folds=1 data=DATA
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
from competitions.baidu_ie import augment, data, decode, features, metric
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.prior import TriplePrior

SCORED = ("dev", "test")  # parts that every fold's network answers


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    runs = train_models(config, data.load(config.data, config.test_file))
    show(runs, config)


def train_models(config, dataset):
    """The finished runs of `config.model`, trained where they are not finished yet."""
    return [train_model(config, dataset, name) for name in config.model]


def train_model(config, dataset, name):
    """Cross-validate one model and write its run."""
    voters = {"voters": list(config.model)} if config.relabel else {}
    model_run = open_run("baidu_ie", name, config, features.fingerprint(config, dataset), **voters)
    with model_run.locked():
        if model_run.finished:
            print(f"{model_run.name}: finished before, F1 {model_run.read_json('metrics.json')['score']:.4f}")
            return model_run
        if not any(sentence.triples for sentence in dataset.train):
            raise DataError(f"{config.data}: no training sentence has a triple, there is nothing to learn from")
        prepared = features.prepare(config, dataset)
        if not (model_run.path / "encoder").exists():
            with paths.atomic(model_run.path / "encoder") as folder:
                prepared.encoder.save(folder)
        valid = make_folds(
            "baidu_ie",
            np.zeros(len(dataset.train), int),
            config.folds,
            config.seed,
            dataset.fingerprint,
            groups=data.groups(dataset.train),
        )
        fit = partial(fit_network, config, name, voted_labels(config, dataset))
        result = out_of_fold(fit, model_run, valid, config.cluster)
        write_results(model_run, config, dataset, valid, result)
    return model_run


def voted_labels(config, dataset):
    """The file of labels to learn from, where these are mended by vote; else `None`."""
    if not config.relabel:
        return None
    from competitions.baidu_ie import relabel

    return relabel.vote(config, dataset).resolve()


def fit_network(config, name, labels, fold, train_rows, valid_rows, folder):
    """Train one network on one fold; a pure function of its arguments and the data.

    Writes `model.keras`, `prior.jsonl.gz`, `log.csv` and the candidates of the validation sentences and of the scored parts.
    The prediction that it returns for each sentence is its row of `metric.counts`.
    """
    import keras

    from common import training
    from competitions.baidu_ie import batches, model

    dataset = data.load(config.data, config.test_file, report=False)
    prepared = features.prepare(config, dataset)
    keras.utils.set_random_seed(config.seed + fold)
    sentences = [dataset.train[row] for row in valid_rows]
    encoded = prepared.parts["train"].take(valid_rows)
    prior, sources = training_sources(config, dataset, prepared, train_rows, valid_rows, fold, labels)
    network = new_network(config, name, prepared)
    predicates = dataset.predicates
    known = known_of(prior, config, sentences)
    gold = {number: sentence.triples for number, sentence in enumerate(sentences)}

    def counts(network):
        found = decode.find(network, encoded, known, len(predicates), config.decision)
        return metric.counts(gold, dict(enumerate(decode.triples_of(sentences, found, predicates))))

    def f1(network):
        return metric.Score.of(counts(network)).f1

    losses, weights = model.losses_of(name)
    plan = [
        ("full", config.extra_share, config.epochs, config.learning_rate, config.warm_up_steps),
        ("fine", config.fine_extra_share, config.fine_epochs, config.fine_learning_rate, 0),
    ]
    stages = []
    for number, (stage, extra_share, epochs, learning_rate, warm_up_steps) in enumerate(plan):
        drawn = batches.Batches(limited(sources, extra_share), name, config, [config.seed, fold, number])
        steps = min(warm_up_steps, len(drawn))
        stages.append(training.Stage(stage, drawn, losses, epochs, learning_rate, steps, weights))
    log = training.fit_stages(network, stages, f1, config, f"{name} fold {fold}")
    log.to_csv(folder / "log.csv", index=False)
    network.save(folder / "model.keras")
    prior.save(folder / "prior.jsonl.gz")
    find = partial(decode.find, network, predicates=len(predicates), threshold=config.threshold)
    save_candidates(folder / "valid.npz", find(encoded, known))
    for part in SCORED:
        if part in prepared.parts:
            scored = find(prepared.parts[part], known_of(prior, config, getattr(dataset, part)))
            save_candidates(folder / f"{part}-candidates.npz", scored)
    return {"valid": counts(network)}


def new_network(config, name, prepared):
    """An untrained network of `model.py`."""
    from competitions.baidu_ie import model

    encoder = prepared.encoder
    return getattr(model, name)(len(encoder.vocabulary), encoder.vectors.matrix(), len(encoder.predicates), config)


def training_sources(config, dataset, prepared, train_rows, valid_rows, fold, labels=None):
    """The prior of a fold, and the `batches.Source` of its training, augmented and extra sentences.

    No extra sentence takes part whose text stands in the validation part.
    """
    from competitions.baidu_ie.batches import Source

    chance = np.random.default_rng([config.seed, fold])
    train_rows = share_of(train_rows, config.sentences, chance)
    sentences = [dataset.train[row] for row in train_rows]
    if labels:
        from competitions.baidu_ie import relabel

        sentences = relabel.relabelled(dataset.train, labels, train_rows)
    sentences = features.with_mended_labels(sentences, config.label_rules)
    encoded = prepared.encoder.encode(sentences) if labels else prepared.parts["train"].take(train_rows)
    held_out = set(data.groups([dataset.train[row] for row in valid_rows]))
    extra_rows = [row for row, group in enumerate(data.groups(dataset.extra)) if group not in held_out]
    extra_rows = share_of(extra_rows, config.sentences, chance)
    extra = features.with_mended_labels([dataset.extra[row] for row in extra_rows], config.label_rules)
    prior = TriplePrior(dataset.predicates).fit([*sentences, *extra])
    parts = [(sentences, encoded, "ske")]
    if exchanged := augment.exchange(sentences, round(config.augmentation * len(sentences)), [config.seed, fold]):
        parts.append((exchanged, prepared.encoder.encode(exchanged), "ske"))
    if extra:
        parts.append((extra, prepared.parts["extra"].take(extra_rows), "duie2"))
    sources = []
    for part, encoded, source in parts:
        labelled = np.array([predicate in dataset.labelled[source] for predicate in dataset.predicates])
        known = decode.known_spans(prior, part, fitted=True) if config.prior else nothing_known(part)
        sources.append(Source(encoded, known, np.arange(len(part)), len(part), labelled))
    return prior, sources


def share_of(rows, share, generator):
    """Some of the rows, at random but in their order; all of them for a share of 1."""
    rows = np.asarray(rows, int)
    return rows if share == 1 else np.sort(generator.permutation(rows)[: max(1, round(share * len(rows)))])


def known_of(prior, config, sentences):
    """What a prior knows of sentences that it has not seen."""
    return decode.known_spans(prior, sentences, fitted=False) if config.prior else nothing_known(sentences)


def nothing_known(sentences):
    """Known spans where there is no prior."""
    return Ragged.of([np.empty((0, 5), "int32")] * len(sentences), (5,))


def limited(sources, extra_share):
    """Sources with no more extra sentences in an epoch than a share of the contest's; none where the share is 0."""
    number = round(extra_share * sources[0].count)
    counts = [min(source.count, number) if source.encoded.source[0] else source.count for source in sources]
    return [replace(source, count=count) for source, count in zip(sources, counts, strict=True) if count]


def save_candidates(path, candidates):
    """Write `Candidates`."""
    save_arrays(path, **vars(candidates))


def load_candidates(path):
    """Read what `save_candidates` wrote."""
    with np.load(path) as arrays:
        return Candidates(**arrays)


def write_results(model_run, config, dataset, valid, result):
    """Candidates, log, pictures and, last, the metrics of a run."""
    oof, scored = [], {}
    for fold in range(config.folds):
        folder = model_run.path / f"fold{fold}"
        found = load_candidates(folder / "valid.npz")
        oof.append(found.renumbered(np.flatnonzero(valid == fold)))
        for part in SCORED:
            if (folder / f"{part}-candidates.npz").exists():
                scored.setdefault(part, []).append(load_candidates(folder / f"{part}-candidates.npz"))
    model_run.save_arrays("oof", **vars(Candidates.join(oof)), fold=valid)
    for part, several in scored.items():
        model_run.save_arrays(part, **vars(decode.merge(several, getattr(dataset, part), config.threshold)))
    log = plots.keep_log(model_run, config.folds)
    plots.learning_curves(log, model_run.plots / "learning_curves.png", "score")
    folds = [metric.Score.of(result["oof"][valid == fold]) for fold in range(config.folds)]
    total = metric.Score.of(result["oof"][valid >= 0])
    model_run.write_json(
        "metrics.json",
        {
            "metric": "triple F1",
            "score": total.f1,
            "precision": total.precision,
            "recall": total.recall,
            "folds": [score.f1 for score in folds],
            "spread": float(np.std([score.f1 for score in folds])) if len(folds) > 1 else None,
            "seconds": sum(result["seconds"]),
            "data": paths.data_name(config.data),
        },
    )


def show(runs, config):
    """Print precision, recall and F1, spread over folds and time of each run, and where it was written."""

    def figures(metrics):
        named = {"precision": "precision", "recall": "recall", "F1": "score"}
        return {column: f"{metrics[name]:.4f}" for column, name in named.items()}

    show_runs(f"out-of-fold scores on {paths.data_name(config.data)}", runs, figures)


if __name__ == "__main__":
    run.stage(__spec__)
