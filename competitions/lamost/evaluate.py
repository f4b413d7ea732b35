"""Score the runs and their blend against `*test_labels*.csv`. Nothing is chosen here.

python -m competitions.lamost.evaluate
"""

import numpy as np

from common import paths, run
from common.report.tables import show_table
from competitions.lamost import data, ensemble, metric, train

RESAMPLES = 1000  # of the bootstrap


def main(config):
    """Print macro-F1 with its bootstrap interval, and F1 by class, of every model and of the blend."""
    dataset = data.load(config.data, config.round, config.workers)
    truth = data.test_labels(dataset, config)
    blended = ensemble.main(config)
    rows = []
    for member in [*train.train_models(config, dataset), blended]:
        prediction = member.load_arrays("test")["probability"].argmax(axis=1)
        low, high = np.percentile(bootstrap(truth, prediction, config.seed), [2.5, 97.5])
        classes = [f"{score:.3f}" for score in metric.class_scores(truth, prediction)]
        rows.append([member.name, f"{metric.score(truth, prediction):.4f}", f"{low:.3f} - {high:.3f}", *classes])
    show_table(
        f"macro-F1 on the test set of {paths.data_name(config.data)}",
        ("run", "macro-F1", "95 % interval", *metric.LABELS),
        rows,
    )
    if dataset.test.broken:
        print(f"{len(dataset.test.broken)} broken test spectra are not counted")


def bootstrap(truth, prediction, seed):
    """Macro-F1 of resampled rows, shape `(1000,)`; two predictions resampled with one seed are paired."""
    generator = np.random.default_rng(seed)
    draws = generator.integers(len(truth), size=(RESAMPLES, len(truth)))
    return np.array([metric.score(truth[rows], prediction[rows]) for rows in draws])


if __name__ == "__main__":
    run.stage(__spec__)
