"""What a lookup, a product with one-hots and a product with a sparse matrix cost: time and memory, forward and back.

    make bench COMP=embedding
    make bench COMP=embedding words=100,10000 dim=64,256 tokens=4096

One row for every size of vocabulary and width; the ways take turns, and a time is the median of the repeats, of the processor,
so that a busy machine does not change it. Forward and gradient of the table run compiled on one batch. The bytes are those that
each way has to hold beside the table: looked-up rows, the one-hots, and the gradient, which only the lookup on TensorFlow keeps
to the rows of the batch. KERAS_BACKEND=jax measures JAX.
"""

import statistics
import sys
import time

import numpy as np

from common import run
from common.errors import ConfigError
from common.report.tables import show_table

SIZES = {"words": "50,1000,20000", "dim": "32,128", "tokens": "1024", "repeats": "15"}
LARGEST = 1 << 31  # bytes of one-hots; larger ones are left out


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: an unknown setting, or no whole numbers.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    if unknown := given.keys() - SIZES.keys():
        raise ConfigError(f"{', '.join(sorted(unknown))}: expected some of {', '.join(SIZES)}")
    try:
        values = {name: [int(one) for one in text.split(",")] for name, text in (SIZES | given).items()}
    except ValueError:
        raise ConfigError(f"expected whole numbers with commas between them, found {' '.join(arguments)}") from None
    import keras

    (tokens,), (repeats,) = values["tokens"], values["repeats"]
    rows = [row for words in values["words"] for dim in values["dim"] for row in measured(words, dim, tokens, repeats)]
    columns = ["words", "dim", "way", "forward ms", "with gradient ms", "MB beside the table"]
    show_table(f"{tokens} tokens, {keras.backend.backend()}", columns, rows)


def measured(words, dim, tokens, repeats):
    """Rows of the ways for one table."""
    generator = np.random.default_rng(0)
    table = generator.normal(size=(words, dim)).astype("float32")
    ids = generator.integers(words, size=tokens).astype("int32")
    ways = {name: steps for name, steps in ways_of(table, ids).items() if name != "one-hot" or 4 * words * tokens < LARGEST}
    times = {name: ([], []) for name in ways}
    for steps in ways.values():  # compiled before the clock runs
        for step in steps:
            step()
    for _ in range(repeats):
        for name, steps in ways.items():
            for step, own in zip(steps, times[name], strict=True):
                began = time.process_time()
                step()
                own.append(1000 * (time.process_time() - began))
    held = {
        "lookup": 4 * tokens * dim * 2,  # rows, and their gradients
        "one-hot": 4 * tokens * (words + dim) + 4 * words * dim,
        "sparse": 12 * tokens + 4 * tokens * dim + 4 * words * dim,
    }
    return [
        [str(words), str(dim), name, *(f"{statistics.median(own):.2f}" for own in found), f"{held[name] / 1e6:.1f}"]
        for name, found in times.items()
    ]


def ways_of(table, ids):
    """By name: forward, and forward with the gradient of the table, each without arguments; they wait for their result."""
    import keras

    return (of_jax if keras.backend.backend() == "jax" else of_tensorflow)(table, ids)


def of_tensorflow(table, ids):
    """The three ways on TensorFlow."""
    import tensorflow as tf

    variable, ids = tf.Variable(table), tf.constant(ids)
    words, tokens = len(table), len(ids)
    places = tf.stack([tf.range(tokens, dtype=tf.int64), tf.cast(ids, tf.int64)], axis=1)
    sparse = tf.sparse.SparseTensor(places, tf.ones(tokens), (tokens, words))
    forward = {
        "lookup": lambda: tf.gather(variable, ids),
        "one-hot": lambda: tf.matmul(tf.one_hot(ids, words), variable),
        "sparse": lambda: tf.sparse.sparse_dense_matmul(sparse, variable),
    }

    def with_gradient(function):
        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(function() ** 2)
            gradient = tape.gradient(loss, variable)
            return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient

        return step

    def waiting(function):
        compiled = tf.function(function)
        return lambda: compiled().numpy()

    return {name: [waiting(function), waiting(with_gradient(function))] for name, function in forward.items()}


def of_jax(table, ids):
    """The three ways on JAX."""
    import jax
    from jax import numpy as jnp
    from jax.experimental import sparse

    words, tokens = len(table), len(ids)
    held = sparse.BCOO((jnp.ones(tokens), jnp.stack([jnp.arange(tokens), jnp.array(ids)], axis=1)), shape=(tokens, words))
    forward = {
        "lookup": lambda table: table[ids],
        "one-hot": lambda table: jax.nn.one_hot(ids, words) @ table,
        "sparse": lambda table: held @ table,
    }
    weights = jnp.array(table)
    steps = {}
    for name, function in forward.items():
        both = (jax.jit(function), jax.jit(jax.grad(lambda table, function=function: (function(table) ** 2).sum())))
        steps[name] = [lambda step=step: step(weights).block_until_ready() for step in both]
    return steps


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
