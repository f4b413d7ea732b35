"""Saliency: how much each input point speaks for a class, or for any other number that a model gives, on either backend.

Keras has no gradient of a function across backends, so `input_gradient` holds one short branch for each.
"""

import keras
import numpy as np

POINTS = 64  # samples whose gradients are taken at once
WAYS = ("integrated", "gradient", "leave_one_out", "states", "signed")  # of `step_shares`


def input_gradient(model, inputs, target):
    """Gradient of the target with respect to the inputs.

    Args:
        model: a Keras model.
        inputs: array `(batch, ...)`, or a list of them where the model takes several.
        target: index of a class, for a model that gives `(batch, classes)`; or a function, written with `keras.ops`, from the
            model's outputs to one number per sample, `(batch,)`.

    Returns:
        NumPy array of the shape of `inputs`, or a list of them.
    """
    several = isinstance(inputs, list | tuple)
    tensors = [keras.ops.convert_to_tensor(np.asarray(one, "float32")) for one in (inputs if several else [inputs])]

    def total(tensors):
        outputs = model(tensors if several else tensors[0], training=False)
        return keras.ops.sum(target(outputs) if callable(target) else outputs[:, target])

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            tape.watch(tensors)
            value = total(tensors)
        gradients = tape.gradient(value, tensors, unconnected_gradients="zero")
    else:
        import jax

        gradients = jax.grad(total)(tensors)
    gradients = [np.asarray(gradient) for gradient in gradients]
    return gradients if several else gradients[0]


def gradient_times_input(model, inputs, target):
    """`input_gradient` times the inputs: the first-order share of each point. Arguments and result as there."""
    gradients = input_gradient(model, inputs, target)
    if isinstance(inputs, list | tuple):
        return [gradient * one for gradient, one in zip(gradients, inputs, strict=True)]
    return gradients * inputs


def integrated_gradients(model, inputs, target, baseline=None, steps=32):
    """Integrated gradients: the shares of all points sum to the target at the input minus that at the baseline.

    The integral along the straight line from the baseline is taken with the midpoint rule.

    Args:
        model, inputs, target: as in `input_gradient`.
        baseline: array that broadcasts to `inputs`, or a list of them; zeros where it is `None`.
        steps: points of the integral.

    Returns:
        NumPy array of the shape of `inputs`, or a list of them.

    Reference: Sundararajan, Taly and Yan 2017, arXiv 1703.01365.
    """
    several = isinstance(inputs, list | tuple)
    ends = [np.asarray(one, "float32") for one in (inputs if several else [inputs])]
    given = [None] * len(ends) if baseline is None else baseline if several else [baseline]
    starts = [np.broadcast_to(np.float32(0) if one is None else one, end.shape) for one, end in zip(given, ends, strict=True)]
    shares = (np.arange(steps, dtype="float32") + np.float32(0.5)) / np.float32(steps)
    totals = [np.zeros_like(end) for end in ends]
    at_once = max(1, POINTS // len(ends[0]))
    for first in range(0, steps, at_once):
        part = shares[first : first + at_once]
        points = [
            np.concatenate([start + share * (end - start) for share in part]) for start, end in zip(starts, ends, strict=True)
        ]
        gradients = input_gradient(model, points if several else points[0], target)
        for total, gradient in zip(totals, gradients if several else [gradients], strict=True):
            total += gradient.reshape(len(part), *total.shape).sum(axis=0)
    found = [(end - start) * total / steps for end, start, total in zip(ends, starts, totals, strict=True)]
    return found if several else found[0]


def step_shares(
    network, inputs, target, way="integrated", vectors="vectors", states="states", mask=None, steps=32, baseline=None
):
    """How much each step of a sequence speaks for a class, or for any other number that a model gives.

    The same for every functional model that turns steps into vectors in a layer of its own. Where masks come from that very
    layer, not from the inputs, give sequences without padding: a model that begins at the vectors has no masks. `states` and
    `signed` need a layer of states, which a recurrent layer with `return_sequences=True` gives. The ways:

    - `integrated`: integrated gradients from vectors of zeros; shares sum to the target less that of no vectors at all.
    - `gradient`: gradient times vector, the same in one step.
    - `leave_one_out`: what the target loses when a step has the vector zero.
    - `states`: by how much the step brought the state nearer to the last one, see `state_distances`. It knows no target, and
      says nothing of the sign.
    - `signed`: the evidence that the step added, see `state_evidence`.

    Args:
        network: a functional Keras model.
        inputs: array `(batch, steps, ...)`, a list in the order of the model's inputs, or a dict by their names.
        target: as of `input_gradient`.
        way: one of these.
        vectors: name of the layer whose output, `(batch, steps, dim)`, is attributed; several names, for models that read
            several sequences; `None` where the first input itself is.
        states: name of the layer whose output are states.
        mask: real steps `(batch, steps)`, all where it is `None`.
        steps: of the integral.
        baseline: where the integral begins, an array that broadcasts to what is attributed, or a list of them; `None`
            for zeros.

    Returns:
        NumPy array `(batch, steps)`, or a list of them where `vectors` names several layers.

    Raises:
        ValueError: there is no such way or layer.
    """
    if way not in WAYS:
        raise ValueError(f"`way` must be one of {', '.join(WAYS)}. Received: {way!r}")
    given = [inputs[one.name] for one in network.inputs] if isinstance(inputs, dict) else inputs
    given = [np.asarray(one) for one in (given if isinstance(given, list | tuple) else [given])]
    if way in ("states", "signed"):
        return _of_states(network, given, target, way, states, mask)
    head, attributed, others = _from_vectors(network, given, vectors)
    if way == "leave_one_out":
        shares = [_left_out(head, attributed, others, place, target) for place in range(len(attributed))]
    elif way == "gradient":
        slopes = _each(input_gradient(head, _as_called([*attributed, *others]), target))
        shares = [_by_step(slope * one) for slope, one in zip(slopes, attributed, strict=False)]
    else:
        begins = baseline if isinstance(baseline, list | tuple) else [baseline] * len(attributed)
        start = _as_called([*begins, *others])  # only the vectors are taken away
        found = _each(integrated_gradients(head, _as_called([*attributed, *others]), target, start, steps))
        shares = [_by_step(one) for one in found[: len(attributed)]]
    shares = [one if mask is None else np.where(mask, one, 0) for one in shares]
    return shares[0] if vectors is None or isinstance(vectors, str) else shares


def _of_states(network, given, target, way, states, mask):
    """Shares by what the states of a layer do, `(batch, steps)`."""
    found = _output(network, states)
    seen = keras.ops.convert_to_numpy(keras.Model(network.inputs, found)(given))
    if way == "states":
        return state_distances(seen, mask)
    head = keras.Model([found, *network.inputs], network.output)
    slope = input_gradient(head, [seen, *given], target)[0].sum(axis=1)
    return state_evidence(seen, slope, mask)


def _from_vectors(network, given, vectors):
    """A model that begins at the vectors, what these are for the given inputs, and its other inputs."""
    if vectors is None:
        return network, [given[0].astype("float32")], given[1:]
    tensors = [_output(network, name) for name in ([vectors] if isinstance(vectors, str) else vectors)]
    head = keras.Model([*tensors, *network.inputs], network.output)  # the inputs are still needed, for masks
    found = keras.Model(network.inputs, tensors)(given)
    return head, [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(found)], given


def _by_step(values):
    """Sums over all axes but batch and steps."""
    return values.reshape(*values.shape[:2], -1).sum(axis=-1)


def state_distances(states, mask=None):
    """By how much each step brought the state of a recurrent network nearer to its last one.

    `s_t = (|h_n - h_(t-1)| - |h_n - h_t|) / |h_n|` with `h_0 = 0`; they sum to 1, and a step that leads away is negative.
    One forward pass has them all; but states drift, so that late steps get more, and no class is asked for.

    Args:
        states: `(batch, steps, dim)`.
        mask: real steps `(batch, steps)`, all where it is `None`; others have 0.

    Returns:
        `(batch, steps)`.

    Reference: Su Jianlin, kexue.fm archive 4582.
    """
    path, last = _path(states, mask)
    away = np.linalg.norm(last[:, None] - path, axis=-1)  # (batch, 1 + steps)
    return (away[:, :-1] - away[:, 1:]) / np.maximum(np.linalg.norm(last, axis=-1, keepdims=True), 1e-12)


def state_evidence(states, direction, mask=None):
    """How far each step moved the state in a direction: `s_t = w . (h_t - h_(t-1))` with `h_0 = 0`; they sum to `w . h_n`.

    Args:
        states, mask: as of `state_distances`.
        direction: `w`, `(dim,)`, or `(batch, dim)`, such as the weights of a class.

    Returns:
        `(batch, steps)`.
    """
    path, _ = _path(states, mask)
    return np.einsum("bsd,bd->bs", np.diff(path, axis=1), np.broadcast_to(direction, (len(path), path.shape[-1])))


def _path(states, mask):
    """States from zero on, `(batch, 1 + steps, dim)`, where masked steps stand still, and the last ones."""
    states = np.asarray(states, "float64")
    real = np.ones(states.shape[:2], bool) if mask is None else np.asarray(mask, bool)
    path = np.concatenate([np.zeros_like(states[:, :1]), states], axis=1)
    place = np.maximum.accumulate(np.where(real, np.arange(1, states.shape[1] + 1), 0), axis=1)  # of the last real state
    place = np.concatenate([np.zeros_like(place[:, :1]), place], axis=1)
    path = np.take_along_axis(path, place[..., None], axis=1)
    return path, path[:, -1]


def _left_out(head, attributed, others, place, target):
    """What the target of each sample loses without a step of one of several sequences of vectors, `(batch, steps)`."""
    vectors = attributed[place]
    batch, count = vectors.shape[:2]
    lost = np.zeros((batch, count))

    def value(changed, rows):
        inputs = [*attributed[:place], changed, *attributed[place + 1 :], *others]
        inputs = [one if number == place else one[rows] for number, one in enumerate(inputs)]
        outputs = head(_as_called(inputs), training=False)
        return keras.ops.convert_to_numpy(target(outputs) if callable(target) else outputs[:, target])

    whole = value(vectors, np.arange(batch))
    at_once = max(1, POINTS // batch)
    for first in range(0, count, at_once):
        steps = np.minimum(np.arange(first, first + at_once), count - 1)  # of one shape, which JAX compiles once
        without = np.repeat(vectors[None], at_once, axis=0)  # (at once, batch, steps, dim)
        without[np.arange(at_once), :, steps] = 0
        found = value(without.reshape(-1, *vectors.shape[1:]), np.tile(np.arange(batch), at_once))
        lost[:, steps] = whole[:, None] - found.reshape(at_once, batch).T
    return lost


def _as_called(inputs):
    """Inputs as a model takes them: one alone is no list."""
    return inputs if len(inputs) > 1 else inputs[0]


def _each(found):
    """A list, of one array, too."""
    return found if isinstance(found, list) else [found]


def _output(network, name):
    """What a layer gives.

    Raises:
        ValueError: there is no layer of this name.
    """
    names = [layer.name for layer in network.layers]
    if name not in names:
        raise ValueError(f"There is no layer {name!r}; there are {', '.join(names)}")
    return network.get_layer(name).output
