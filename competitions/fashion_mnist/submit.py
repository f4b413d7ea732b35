"""Write `submissions/fashion_mnist.csv`: `id,label` in the order of the test pictures, ids their rows from 0 on.

python -m competitions.fashion_mnist.submit
"""

import numpy as np

from common import run
from common.experiment.submission import publish_labels
from competitions.fashion_mnist import ensemble, train


def main(config):
    """Answer the test pictures with the blend; where there are none, the validation part."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    if dataset.test:
        ids, answers = dataset.test.ids, blended.load_arrays("test")["probability"].argmax(axis=1)
    else:
        print("There are no test pictures: the submission answers the validation part, from out-of-fold predictions.")
        oof = blended.load_arrays("oof")
        rows = np.flatnonzero(oof["fold"] >= 0)
        ids, answers = [dataset.train.ids[row] for row in rows], oof["probability"][rows].argmax(axis=1)
    labels = [dataset.labels[answer] for answer in answers]
    path = publish_labels("fashion_mnist", ids, labels, dataset.labels, blended, header="id,label")
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    print(f"Wrote {path} ({len(labels)} pictures, the first is {ids[0]}) and a copy in {blended.path}")


if __name__ == "__main__":
    run.stage(__spec__)
