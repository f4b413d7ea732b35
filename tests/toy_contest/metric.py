"""The organisers' rule: accuracy."""

from common.experiment import Metric

ACCURACY = Metric(
    "accuracy", count=lambda colours, found: colours == found.argmax(axis=1), score=lambda right: float(right.mean())
)
