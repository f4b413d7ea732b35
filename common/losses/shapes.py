"""What a loss does not understand is refused in words, before any number comes of it."""

from keras import ops


def require(holds, loss, expected, y_true, y_pred):
    """Raise `ValueError` unless the static shapes are what a loss expects.

    Args:
        holds: whether they are.
        loss: the `keras.losses.Loss`, or the layer that adds one.
        expected: in words.
        y_true, y_pred: as given.
    """
    if not holds:
        labels, predictions = tuple(y_true.shape), tuple(y_pred.shape)
        raise ValueError(f"`{loss.name}` expects {expected}. Received: labels {labels}, predictions {predictions}")


def require_no_mask(loss, y_pred):
    """Raise `ValueError` where predictions carry the mask of a sequence, which a loss of whole samples cannot apply."""
    if getattr(y_pred, "_keras_mask", None) is not None:
        raise ValueError(f"`{loss.name}` belongs to whole samples. Received: predictions with a mask of steps; pool them first")


def class_numbers(loss, y_true, y_pred, predictions):
    """Labels as integers, one for each row of the predictions.

    Args:
        loss: the `keras.losses.Loss`, or the layer that adds one.
        y_true: class numbers, `(batch, ...)` or `(batch, ..., 1)`.
        y_pred: `(batch, ..., width)`.
        predictions: what these are, in words.

    Raises:
        ValueError: the static shapes are others.
    """
    rows = y_pred.shape[:-1]
    holds = len(y_pred.shape) > 1 and (alike(y_true.shape, rows) or alike(y_true.shape, (*rows, 1)))
    require(holds, loss, f"class numbers (batch, ...) and {predictions}", y_true, y_pred)
    return ops.cast(ops.reshape(y_true, ops.shape(y_pred)[:-1]), "int32")


def alike(first, second):
    """Whether two static shapes may be the same; an unknown size fits any."""
    return len(first) == len(second) and all(None in pair or pair[0] == pair[1] for pair in zip(first, second, strict=True))
