"""What a loss does not understand is refused in words, before any number comes of it."""


def require(holds, loss, expected, y_true, y_pred):
    """Raise `ValueError` unless the static shapes are what a loss expects.

    Args:
        holds: whether they are.
        loss: the `keras.losses.Loss`.
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


def alike(first, second):
    """Whether two static shapes may be the same; an unknown size fits any."""
    return len(first) == len(second) and all(None in pair or pair[0] == pair[1] for pair in zip(first, second, strict=True))
