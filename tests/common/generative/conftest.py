from keras import ops


def numpy(x):
    """A tensor of either backend as float64."""
    return ops.convert_to_numpy(x).astype(float)
