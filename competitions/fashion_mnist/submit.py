"""Write `submissions/fashion_mnist.csv`: `id,label` in the order of the test pictures, ids their rows from 0 on.

python -m competitions.fashion_mnist.submit
"""

from common import run
from common.experiment.submission import publish_classes
from competitions.fashion_mnist import ensemble, train


def main(config):
    """Answer the test pictures with the blend; where there are none, the validation part."""
    plan = train.plan(config)
    publish_classes(plan, ensemble.blend(plan), plan.dataset.labels, "pictures")


if __name__ == "__main__":
    run.stage(__spec__)
