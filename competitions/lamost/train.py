"""Cross-validate every model: networks in two stages (cross-entropy, then soft macro-F1), LightGBM on features.

python -m competitions.lamost.train
python -m competitions.lamost.train model=dilated folds=1 data=DATA
"""

from functools import partial

from common import experiment, run
from common.errors import DataError
from competitions.lamost import data, features, inference, metric
from competitions.lamost.config import NETWORKS, TREES
from competitions.lamost.grid import Grid


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which spectra."""
    dataset = data.load(config.data, config.round, config.workers)

    def records():
        if lacking := [label for number, label in enumerate(metric.LABELS) if number not in dataset.train.labels]:
            raise DataError(f"{config.data} has no training spectrum of type {' and '.join(lacking)}; all four are needed")
        features.prepare(dataset, config.workers)
        parts = {"train": dataset.train, "test": dataset.test}
        return {name: features.Prepared.open(part) for name, part in parts.items() if part}

    return experiment.Plan(
        contest="lamost",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=metric.MACRO_F1,
        truth=dataset.train.labels,
        classes=metric.LABELS,
        records=records,
        fits={name: partial(fit_network, name) for name in NETWORKS} | {"lightgbm": fit_trees},
        networks=NETWORKS,
        dataset=dataset,
        before=prepare,
        pictures=draw,
    )


def prepare(plan, run):
    """Make the arrays first, so that their time is no fold's."""
    plan.parts  # noqa: B018  made when they are first asked for
    if run.model in TREES:
        noisy_copies(plan)


def noisy_copies(plan):
    """The training spectra with more noise, for the trees; `None` where they want none."""
    config = plan.config
    if not config.tree_noise:
        return None
    return features.noisy_copies(plan.dataset.train, config.tree_noise, config.seed, config.workers)


def fit_network(name, plan, fold):
    """Train one network of `model.py` on one fold."""
    import keras

    from common.training import precision
    from competitions.lamost import model
    from competitions.lamost.augment import AnotherNight

    config, flux, labels = plan.config, plan.parts["train"].normalised, plan.truth
    keras.utils.set_random_seed(fold.seed(config.seed))
    batches_of_epoch = max(1, len(fold.train) // config.batch_size)
    with precision(config.precision):
        night = AnotherNight(config.grid, config.redshift_jitter, config.noise, config.slope, config.mask)
        momentum = min(0.99, 1 - 1 / batches_of_epoch)  # statistics look back over an epoch at most
        network = getattr(model, name)(distortion=night, momentum=momentum)
    grid = Grid.parse(config.grid)

    def macro_f1(network):
        return plan.metric.of(labels[fold.valid], inference.predict_network(network, flux, grid, rows=fold.valid))

    batches = partial(make_batches, flux, labels, fold, config)
    log = fit_stages(network, config, macro_f1, batches, f"{name} fold {fold.number}", fold.checkpoint)
    return inference.Network(network, config), log


def make_batches(flux, labels, fold, config, batch_size, stratified):
    """Training batches of a fold, with random numbers of their own."""
    from competitions.lamost.batches import Batches

    seed = [config.seed, fold.number, int(stratified), *([fold.copy] if fold.copy else [])]
    return Batches(flux, labels, fold.train, batch_size, config, stratified, seed)


def fit_stages(network, config, score, batches, description, checkpoint=None):
    """Cross-entropy, then soft macro-F1 from the best weights; returns the log, see `common.training.fit_stages`."""
    from common import training
    from common.losses import SoftMacroF1

    plain = batches(batch_size=config.batch_size, stratified=False)
    stratified = batches(batch_size=config.soft_f1_batch_size, stratified=True)
    warm_up_steps = int(config.warm_up_epochs * len(plain))
    stages = [
        training.Stage("cross-entropy", plain, "categorical_crossentropy", config.epochs, config.learning_rate, warm_up_steps),
        training.Stage("soft macro-F1", stratified, SoftMacroF1(), config.soft_f1_epochs, config.soft_f1_learning_rate),
    ]
    return training.fit_stages(network, stages, score, config, description, checkpoint=checkpoint)


def fit_trees(plan, fold):
    """Train LightGBM on one fold; imports no Keras."""
    from competitions.lamost import trees

    return trees.fit(plan.parts["train"], noisy_copies(plan), plan.truth, fold, plan.config)


def draw(plan, finished):
    """The pictures of a run; those of a network with its saliency."""
    from competitions.lamost import pictures, saliency

    prepared, explain = plan.parts["train"], None
    if finished.model in NETWORKS:
        network = inference.load(finished.folds[0], finished.model, plan.config).network

        def explain(row, label):
            return saliency.of_class(network, prepared.normalised[row], label)

    pictures.draw_run(finished, plan.dataset.train, prepared, Grid.parse(plan.config.grid), explain)


if __name__ == "__main__":
    run.stage(__spec__)
