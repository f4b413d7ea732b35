"""Learning rates that change from update to update; Keras has the others."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class PiecewiseLinear(keras.optimizers.schedules.LearningRateSchedule):
    """A rate along straight lines between points, and level outside.

    Args:
        points: dict or list of pairs, update to multiple of `rate`, for example `{0: 0, 1000: 1, 10000: 0.1}`.
        rate: what the multiples are of.
    """

    def __init__(self, points, rate):
        pairs = points.items() if isinstance(points, dict) else points
        self.points = sorted((int(step), float(share)) for step, share in pairs)
        self.rate = rate

    def __call__(self, step):
        step = ops.cast(step, "float32")
        (begin, share), *_ = self.points
        rate = share
        for end, next_share in self.points[1:]:
            rate = rate + (next_share - share) * ops.clip((step - begin) / (end - begin), 0, 1)
            begin, share = end, next_share
        return self.rate * rate

    def get_config(self):
        return {"points": [list(point) for point in self.points], "rate": self.rate}


def cosine(rate, steps, warm_up=0):
    """A schedule that rises in a straight line, and falls to 0 along one cosine.

    Args:
        rate: at its top.
        steps: of the whole training.
        warm_up: of these, over which it rises.
    """
    fall = max(1, steps - warm_up)
    if not warm_up:
        return keras.optimizers.schedules.CosineDecay(rate, fall)
    return keras.optimizers.schedules.CosineDecay(0.0, fall, warmup_target=rate, warmup_steps=warm_up)
