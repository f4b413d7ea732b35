"""Write `submissions/lamost.csv`: no header, `id,type` in the order of the test index.

python -m competitions.lamost.submit
"""

import numpy as np

from common import run
from common.experiment.submission import publish_labels
from competitions.lamost import ensemble, metric, train


def main(config):
    """Answer the test set with the blend; without a test set, the validation part."""
    plan = train.plan(config)
    dataset, blended = plan.dataset, ensemble.blend(plan)
    if dataset.test:
        ids, answers = test_answers(blended, dataset.test)
    else:
        print("There is no test set: the submission answers the validation part, from out-of-fold predictions.")
        rows, probability = blended.validated()
        ids, answers = dataset.train.ids[rows].tolist(), probability.argmax(axis=1)
    names = [metric.LABELS[answer] for answer in answers]
    path = publish_labels("lamost", ids, names, metric.LABELS, blended)
    counts = ", ".join(f"{label} {np.sum(answers == number)}" for number, label in enumerate(metric.LABELS))
    print(f"Wrote {path} ({len(names)} lines: {counts}) and a copy in {blended.path}")


def test_answers(blended, test):
    """All ids of the test index and the class of each; a broken spectrum is `unknown`, as the survey itself would say."""
    predicted = dict(zip(test.ids, blended.load_arrays("test")["probability"].argmax(axis=1), strict=True))
    unknown = metric.LABELS.index("unknown")
    return list(test.index), np.array([predicted.get(name, unknown) for name in test.index])


if __name__ == "__main__":
    run.stage(__spec__)
