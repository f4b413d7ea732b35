"""Figures that are watched without being a loss, on either backend."""

import keras


class Watched:
    """Means of what has no loss, beside the loss in the log of `fit` and in `evaluate`; stands before `keras.Model`.

        class Network(Watched, keras.Model): ...

        model.watch(length=lambda x, y, y_pred: ops.norm(y_pred, axis=-1))

    A metric that a layer updates in its `call` works on TensorFlow alone, and `compile(metrics=...)` needs targets: this needs
    neither, so that models whose losses are end points are watched, too. A `Trainer` has it, through `Stage(watched=...)`. What
    is watched is not saved with a model.

    Reference: kexue.fm archive 6311, which appended to `metrics_tensors`.
    """

    def watch(self, **functions):
        """Watch by name what functions of a step's `x`, `y` and `y_pred` return: a scalar, or one value for each sample.

        Sample weights weigh the values of samples. What was watched before is forgotten; call it before the first step.
        """
        self._watched = list(functions.values())
        self._watched_means = [keras.metrics.Mean(name=name) for name in functions]  # as attributes Keras resets them

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        for function, mean in zip(getattr(self, "_watched", ()), getattr(self, "_watched_means", ()), strict=True):
            value = function(x, y, y_pred)
            mean.update_state(value, sample_weight if len(value.shape) else None)
        return super().compute_metrics(x, y, y_pred, sample_weight)
