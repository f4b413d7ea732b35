"""What masked steps hold must not reach a result, nor a gradient."""

from keras import ops


def without_padding(inputs, mask):
    """The inputs with zeros in masked steps, whatever stood there: 0 times NaN would be NaN.

    Args:
        inputs: `(batch, steps, dim)`.
        mask: `(batch, steps)`, or `None` where all steps are real.
    """
    return inputs if mask is None else ops.where(mask[..., None], inputs, ops.zeros((), inputs.dtype))
