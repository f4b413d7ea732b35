"""Cross-validate every model over whole sites: rules that learn nothing, and a classifier of blocks.

python -m competitions.web_text.train
python -m competitions.web_text.train model=classifier trees=500 data=DATA
"""

from collections import Counter
from functools import partial

import numpy as np

from common import experiment, run
from common.web import features as block_features
from competitions.web_text import data, features, inference, metric, pictures
from competitions.web_text.config import RULES

WEIGHT = 10_000  # of what a page weighs: LightGBM's bounds on leaves are made for weights about 1


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    print("\n".join(planned.dataset.notes), end="\n" if planned.dataset.notes else "")
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which pages."""
    dataset = data.load(config)
    parts = features.load(dataset)
    sheets = parts["train"]
    names = tuple(dict.fromkeys(sheet.set for sheet in sheets))

    def answer(name, found, part, rows=None):
        own = parts[part]
        return inference.answers(found, own if rows is None else [own[row] for row in rows])

    return experiment.Plan(
        contest="web_text",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=metric.of_sets(names),
        truth=sheets,
        labels=np.array([sheet.set for sheet in sheets]),
        groups=np.array([sheet.record.site for sheet in sheets]),
        records=lambda: parts,
        fits={name: partial(fit_rule, name) for name in RULES} | {"classifier": fit_classifier},
        kinds=inference.kinds(config),
        dataset=dataset,
        answer=answer,
        pictures=pictures.draw,
        describe=describe,
    )


def describe(plan, row):
    """A training page as a report shows it: where it is from, and how its text begins."""
    sheet = plan.parts["train"][row]
    return f"{sheet.set}/{sheet.record.id} ({sheet.record.site}): {' '.join(sheet.texts)}"


def fit_rule(name, plan, fold):
    """A rule, which learns nothing."""
    return inference.Rule(name), None


def fit_classifier(plan, fold):
    """LightGBM on the blocks of the fold's pages: each weighs its words, each page of a set the same, sets by the root of their
    pages."""
    import lightgbm

    config = plan.config
    sheets = [plan.truth[row] for row in fold.train if plan.truth[row].label is not None and len(plan.truth[row].texts)]
    pages = Counter(sheet.set for sheet in sheets)
    weights = [(sheet.words + 1) / max(config.least_words, sheet.words.sum()) / np.sqrt(pages[sheet.set]) for sheet in sheets]
    train = lightgbm.Dataset(
        np.concatenate([sheet.table for sheet in sheets]),
        np.concatenate([sheet.label for sheet in sheets]),
        weight=np.concatenate(weights) * WEIGHT,
        feature_name=list(block_features.NAMES),
        categorical_feature=["tag"],
        params={"verbosity": -1, "max_bin": 63},
    )
    settings = {
        "objective": "cross_entropy",  # labels are shares
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "max_bin": 63,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 1.0,
        "seed": fold.seed(config.seed),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    return inference.Trees(lightgbm.train(settings, train, config.trees)), None


if __name__ == "__main__":
    run.stage(__spec__)
