"""Write `submissions/sentiment.csv`: `id,label` in the order of the test texts.

python -m competitions.sentiment.submit
"""

import numpy as np

from common import run
from common.experiment.submission import publish_labels
from competitions.sentiment import ensemble, train


def main(config):
    """Answer the test texts with the blend; where there are none, the validation part."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    if dataset.test:
        ids, answers = dataset.test.ids, blended.load_arrays("test")["probability"].argmax(axis=1)
    else:
        print("There are no test texts: the submission answers the validation part, from out-of-fold predictions.")
        oof = blended.load_arrays("oof")
        rows = np.flatnonzero(oof["fold"] >= 0)
        ids, answers = [dataset.train.ids[row] for row in rows], oof["probability"][rows].argmax(axis=1)
    labels = [dataset.classes[answer] for answer in answers]
    path = publish_labels("sentiment", ids, labels, dataset.classes, blended, header="id,label")
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    print(f"Wrote {path} ({len(labels)} texts, the first is {ids[0]}) and a copy in {blended.path}")


if __name__ == "__main__":
    run.stage(__spec__)
