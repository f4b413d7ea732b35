"""Score the runs and their blend against `labels.csv` of the test pictures. Nothing is chosen here.

python -m competitions.captcha.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.captcha import ensemble, metric, train


def main(config):
    """Print the full matches with their bootstrap interval, and those of each style."""
    plan = train.plan(config)
    table, test = plan.dataset.table, plan.dataset.test
    if test is None or test.labels is None:
        raise DataError(
            f"{config.data / 'test'} has no labels for all styles; the out-of-fold scores stand in `make leaderboard`"
        )
    truth = np.column_stack([test.styles, table.encode(test.labels)])
    blended = ensemble.blend(plan)
    title = f"full match on the test pictures of {paths.data_name(config.data)}, mean of {len(set(test.styles))} styles"
    experiment.show_rows(title, plan.metric, truth, blended, config.seed)
    rows = []
    for finished in (*blended.members, blended):
        counts = plan.metric.count(truth, finished.load_arrays("test")["probability"])
        rows.append([finished.name, *(f"{share:.4f}" for share in metric.by_style(counts).values())])
    show_table("by style", ["run", *(table.styles[number].name for number in metric.by_style(counts))], rows)


if __name__ == "__main__":
    run.stage(__spec__)
