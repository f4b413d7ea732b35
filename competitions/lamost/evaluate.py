"""Score the runs and their blend against `*test_labels*.csv`. Nothing is chosen here.

python -m competitions.lamost.evaluate
"""

from common import experiment, paths, run
from competitions.lamost import data, ensemble, metric, train


def main(config):
    """Print macro-F1 with its bootstrap interval, and F1 by class, of every model and of the blend."""
    plan = train.plan(config)
    truth = data.test_labels(plan.dataset, config)
    blended = ensemble.blend(plan)
    title = f"macro-F1 on the test set of {paths.data_name(config.data)}"
    experiment.show_rows(title, metric.MACRO_F1, truth, blended, config.seed)
    if plan.dataset.test.broken:
        print(f"{len(plan.dataset.test.broken)} broken test spectra are not counted")


if __name__ == "__main__":
    run.stage(__spec__)
