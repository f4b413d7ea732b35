"""Score the runs and their ensemble out of fold, and on the test pairs where their labels are at hand. Nothing is chosen here.

    python -m competitions.ppd.evaluate

Labels of the test pairs are a column `label` of `*test_labels*.csv`, or of test.csv itself, a row for each row of test.csv.
"""

from dataclasses import replace

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from common import experiment, paths, run
from competitions.ppd import closure, data, ensemble, metric, train


def main(config):
    """Print log loss with its bootstrap interval, AUC and F1 of every model, of the ensemble and of a constant."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    runs = [*blended.members, blended]
    oof = {finished.name: finished.load_arrays("oof") for finished in runs}
    seen = oof[blended.name]["fold"] >= 0
    truth, joined = dataset.labels[seen], closure.components_of(dataset.pairs[seen], len(dataset.names))
    of_part = "of one hold-out part" if config.folds == 1 else f"of {config.folds} folds"
    found = {name: arrays["probability"][seen] for name, arrays in oof.items()}
    show(f"{len(truth)} training pairs, out of fold, {of_part}", plan, truth, joined, truth.mean(), found)
    truth = data.test_labels(config.data, dataset)
    if truth is None:
        print(f"{config.data} has no labels of the test pairs (*test_labels*.csv): only the above could be scored")
        return
    found = {finished.name: finished.load_arrays("test")["probability"] for finished in runs}
    joined = closure.components_of(dataset.test_pairs, len(dataset.names))
    show(f"{len(truth)} test pairs", plan, truth, joined, dataset.labels.mean(), found)


def show(what, plan, truth, joined, share, found):
    """Print the table of some pairs; `joined` is their component, `share` what the constant answers.

    Whole components are resampled: pairs that share questions are no independent sample.
    """
    scored = replace(plan.metric, name="log loss", count=columns, score=lambda rows: float(rows[:, 0].mean()), figures=figures)
    constant = metric.score(truth, np.full(len(truth), share))
    title = f"{what}, protocol {plan.config.protocol}, {paths.data_name(plan.config.data)}"
    more = [[f"constant {share:.3f}", f"{constant:.4f}", "", "", ""]]
    experiment.show_scores(title, scored, truth, found, plan.config.seed, joined, more)


def columns(truth, probability):
    """Loss, label and probability of each pair, `(rows, 3)`."""
    return np.column_stack([metric.checked_losses(truth, probability), truth, probability])


def figures(rows):
    """AUC, and F1 of calling those above a half the same."""
    _, truth, probability = rows.T
    return {"AUC": roc_auc_score(truth, probability), "F1 at 0.5": f1_score(truth, probability >= 0.5)}


if __name__ == "__main__":
    run.stage(__spec__)
