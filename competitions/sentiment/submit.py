"""Write `submissions/sentiment.csv`: `id,label` in the order of the test texts.

python -m competitions.sentiment.submit
"""

from common import run
from common.experiment.submission import publish_classes
from competitions.sentiment import ensemble, train


def main(config):
    """Answer the test texts with the blend; where there are none, the validation part."""
    plan = train.plan(config)
    publish_classes(plan, ensemble.blend(plan), plan.dataset.classes, "texts")


if __name__ == "__main__":
    run.stage(__spec__)
