"""Cross-validate every model: one network for all styles, or one for each.

python -m competitions.captcha.train
python -m competitions.captcha.train styles=tencent joint=false synthetic=20000 data=DATA
"""

from functools import partial

import numpy as np
import pandas as pd

from common import experiment, run
from common.errors import ConfigError
from common.images.pictures import same_pixels
from competitions.captcha import data, inference, metric, pictures
from competitions.captcha.config import MODELS


def main(config):
    """Train what is not finished, and show all runs of this plan, style by style."""
    planned = plan(config)
    runs = experiment.train(planned)
    for finished in runs:
        pictures.show_styles(planned, finished)
    experiment.show(planned, runs)


def plan(config):
    """What is trained, on which pictures."""
    dataset = data.load(config)
    table, train = dataset.table, dataset.train
    names = [style.name for style in table.styles]
    if config.synthetic and config.imitates not in names:
        raise ConfigError(f"imitates={config.imitates}: {config.data} has no such style; name one of {', '.join(names)}")
    return experiment.Plan(
        contest="captcha",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=metric.full_match(table),
        truth=np.column_stack([train.styles, table.encode(train.labels)]),
        labels=np.array(names)[train.styles],
        groups=same_pixels(train.images),
        records=lambda: {"train": train} | ({"test": dataset.test} if dataset.test else {}),
        fits={name: partial(fit, name) for name in MODELS},
        networks=MODELS,
        dataset=dataset,
        pictures=pictures.draw,
        describe=lambda plan, row: train.images[row],
    )


def fit(name, plan, fold):
    """Train the networks of one fold; returns their reader, and one log of all."""
    config, table, train = plan.config, plan.dataset.table, plan.parts["train"]
    numbers = list(range(len(table.styles)))
    networks, logs = [], []
    for read in [numbers] if config.joint else [[number] for number in numbers]:
        of = "all styles" if config.joint else table.styles[read[0]].name
        rows = fold.train[np.isin(train.styles[fold.train], read)]
        seed = fold.seed(config.seed) + 100_000 * read[0]
        description = f"{name} fold {fold.number}, {of}"
        network, log = fit_network(name, table, train, rows, config, seed, description, fold.checkpoint)
        networks.append((network, read))
        logs.append(log.assign(network=of))
    reader, log = inference.Reader(table, networks), pd.concat(logs, ignore_index=True)
    log.loc[log.index[-1], "score"] = plan.metric.of(plan.truth[fold.valid], reader.predict(train, fold.valid))
    return reader, log


def fit_network(name, table, train, rows, config, seed, description, checkpoint):
    """Pre-train a network on drawn letters where that is asked for, then train it on some rows of the pictures."""
    import keras

    from common import training
    from competitions.captcha import model, synthetic
    from competitions.captcha.batches import Batches

    keras.utils.set_random_seed(seed)
    with training.precision(config.precision):
        network = getattr(model, name)(table, config, seed)
    stages = [("pictures", train, rows, config.steps)]
    if config.synthetic and config.imitates in {table.styles[number].name for number in np.unique(train.styles[rows])}:
        drawn = synthetic.pictures_of(table, config)
        stages.insert(0, ("drawn letters", drawn, np.arange(len(drawn)), config.synthetic_steps))
    logs = []
    for number, (title, shown, rows_of_stage, steps) in enumerate(stages):
        length = max(1, steps // config.reports)  # of what the log has a line for
        batches = Batches(table, shown, rows_of_stage, length, config, [seed, number])
        rate = training.cosine(config.learning_rate, steps, max(1, int(config.warm_up * steps)))
        stage = training.Stage(title, batches, model.either_case, max(1, steps // length), rate)
        own = checkpoint.with_name(f"{checkpoint.stem}-{seed}-{number}.joblib")  # of each network and stage
        logs.append(training.fit_stage(network, stage, None, config, f"{description}, {title}", checkpoint=own))
    return network, pd.concat(logs, ignore_index=True).assign(score=np.nan)


if __name__ == "__main__":
    run.stage(__spec__)
