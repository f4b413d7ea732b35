"""Score the runs and their ensemble out of fold, and on the test pairs where their labels are at hand. Nothing is chosen here.

    python -m competitions.ppd.evaluate

Labels of the test pairs are a column `label` of `*test_labels*.csv`, or of test.csv itself, a row for each row of test.csv.
"""

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from competitions.ppd import closure, data, ensemble, metric

RESAMPLES = 1000  # of the bootstrap
COLUMNS = ("run", "log loss", "95 % interval", "AUC", "F1 at 0.5")


def main(config):
    """Print log loss with its bootstrap interval, AUC and F1 of every model, of the ensemble and of a constant."""
    dataset = data.load(config.data)
    blended = ensemble.main(config)
    runs = [*ensemble.members_of(blended), blended]
    oof = {finished.name: finished.load_arrays("oof") for finished in runs}
    seen = oof[runs[-1].name]["fold"] >= 0
    truth, joined = dataset.labels[seen], closure.components_of(dataset.pairs[seen], len(dataset.names))
    of_part = "of one hold-out part" if config.folds == 1 else f"of {config.folds} folds"
    show(
        f"{len(truth)} training pairs, out of fold, {of_part}",
        config,
        truth,
        joined,
        truth.mean(),
        {name: arrays["probability"][seen] for name, arrays in oof.items()},
    )
    truth = test_labels(config.data, dataset)
    if truth is None:
        print(f"{config.data} has no labels of the test pairs (*test_labels*.csv): only the above could be scored")
        return
    found = {finished.name: finished.load_arrays("test")["probability"] for finished in runs}
    joined = closure.components_of(dataset.test_pairs, len(dataset.names))
    show(f"{len(truth)} test pairs", config, truth, joined, dataset.labels.mean(), found)


def show(what, config, truth, joined, share, found):
    """Print the table of some pairs; `joined` is their component, `share` what the constant answers."""
    rows = [row(name, truth, probability, joined, config.seed) for name, probability in found.items()]
    rows.append([f"constant {share:.3f}", f"{metric.score(truth, np.full(len(truth), share)):.4f}", "", "", ""])
    show_table(f"{what}, protocol {config.protocol}, {paths.data_name(config.data)}", COLUMNS, rows)


def row(name, truth, probability, joined, seed):
    """One row of the table."""
    draws = resampled_means(metric.losses(truth, probability), joined, seed)
    low, high = np.percentile(draws, [2.5, 97.5])
    auc, f1 = roc_auc_score(truth, probability), f1_score(truth, probability >= 0.5)
    return [name, f"{metric.score(truth, probability):.4f}", f"{low:.4f} - {high:.4f}", f"{auc:.4f}", f"{f1:.4f}"]


def resampled_means(values, groups, seed):
    """Means where whole groups are drawn with replacement, `(1000,)`: pairs that share questions are no independent sample.

    Two lists of values that are resampled with one seed are paired.
    """
    generator, number = np.random.default_rng(seed), np.unique(groups, return_inverse=True)[1]
    count, total = np.bincount(number), np.bincount(number, values)
    draws = (generator.integers(len(count), size=len(count)) for _ in range(RESAMPLES))
    return np.array([total[drawn].sum() / count[drawn].sum() for drawn in draws])


def test_labels(folder, dataset):
    """Labels of the test pairs `(test rows,)`, `None` where there are none.

    Raises:
        DataError: several files, another number of rows than test.csv has, a label other than 0 and 1, or pairs (where the
            file names them) that are not those of test.csv.
    """
    if dataset.test_pairs is None:
        return None
    paths = sorted(folder.glob("*test_labels*.csv"))
    if len(paths) > 1:
        raise DataError(f"{folder} has several files of test labels: {', '.join(path.name for path in paths)}; leave one")
    path = paths[0] if paths else folder / "test.csv"
    frame = data.read_table(path, ("label",) if paths else ("q1", "q2"))
    if "label" not in frame:
        return None
    data.refuse(path, frame, ~frame["label"].isin(["0", "1"]), "a label other than 0 and 1")
    if len(frame) != len(dataset.test_pairs):
        raise DataError(f"{path} has {len(frame)} labels, test.csv {len(dataset.test_pairs)} pairs")
    if "q1" in frame and "q2" in frame:
        asked = dataset.names[dataset.test_pairs]
        data.refuse(path, frame, (frame[["q1", "q2"]].to_numpy() != asked).any(axis=1), "not the pair of this row of test.csv")
    return (frame["label"] == "1").to_numpy("int8")


if __name__ == "__main__":
    run.stage(__spec__)
