"""LightGBM on the tables of pair features. Imports no Keras.

Every column is the same for (a, b) and (b, a), and so is the answer.
"""

import lightgbm
import pandas as pd
from tqdm import tqdm

from competitions.ppd import closure, metric

STOP_AFTER = 100  # rounds without a lower log loss


def columns_of_fold(table, dataset, train_rows, config, fold):
    """The table of the training pairs as the models of one fold may see it: with what the fold's training labels imply.

    Args:
        table: of the training pairs.
        dataset: the `Dataset`.
        train_rows: pairs whose labels are known.
        config: the contest's settings.
        fold: number of the fold, part of the seed.

    Returns:
        Data frame as long as `table`.
    """
    if not config.uses_closure:
        return table
    pairs, known, labels = dataset.pairs, dataset.pairs[train_rows], dataset.labels[train_rows]
    questions = len(dataset.names)
    implied = closure.describe(pairs, known, labels, questions)
    own = closure.describe_training(known, labels, questions, config.seed + fold)
    implied.iloc[train_rows] = own.to_numpy()
    return pd.concat([table, implied], axis=1)


def fit(table, labels, train_rows, valid_rows, config, fold):
    """Boost until the log loss of the validation part has not fallen for a while.

    Args:
        table: data frame of the training pairs `(rows, columns)`.
        labels: of the training pairs.
        train_rows, valid_rows: rows to fit on, and to stop on.
        config: the contest's settings.
        fold: number of the fold, part of the seed.

    Returns:
        `lightgbm.Booster`, and its log: a data frame with columns `epoch` (boosting round), `loss` (of the training part) and
        `score` (log loss of the validation part).
    """
    train = lightgbm.Dataset(table.iloc[train_rows], labels[train_rows])
    valid = train.create_valid(table.iloc[valid_rows], labels[valid_rows])
    history = {}
    with tqdm(total=config.tree_rounds, desc=f"trees fold {fold}", unit="round", mininterval=1) as bar:
        booster = lightgbm.train(
            parameters(config, fold),
            train,
            config.tree_rounds,
            valid_sets=[train, valid],
            valid_names=["train", "valid"],
            callbacks=[
                lightgbm.early_stopping(STOP_AFTER, verbose=False),
                lightgbm.record_evaluation(history),
                lambda environment: bar.update(),
            ],
        )
    scores, losses = history["valid"]["binary_logloss"], history["train"]["binary_logloss"]
    return booster, pd.DataFrame({"epoch": range(1, len(scores) + 1), "loss": losses, "score": scores})


def predict(booster, table):
    """Probability that the questions of each pair mean the same, `(rows,)`, float32."""
    return metric.clip(booster.predict(table[booster.feature_name()])).astype("float32")


def parameters(config, fold):
    """LightGBM's settings."""
    return {
        "objective": "binary",
        "learning_rate": config.tree_learning_rate,
        "num_leaves": config.tree_leaves,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.3,  # many columns say nearly the same
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 127,
        "lambda_l2": 5.0,
        "force_col_wise": True,
        "deterministic": True,
        "num_threads": config.workers,  # 0 for all processors
        "seed": config.seed + fold,
        "verbose": -1,
    }
