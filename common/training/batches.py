"""Batches of similar length, in random order, for sequences that are padded batch by batch."""

import copy

import keras
import numpy as np

from common.ragged import MULTIPLE, rounded_up

XLA = keras.backend.backend() == "jax"  # compiles every new shape, which takes seconds
SHAPES = 4  # that it compiles for one network


def bucketed(lengths, batch_size, generator, pool=20, count=None):
    """Batches of rows of similar length, in random order: of `pool` batches drawn at random, the rows are sorted by length.

    The first batch has the longest row, so that memory runs out at once or not at all, and the second the shortest: the
    TensorFlow trainer takes the shapes that may vary from these two.

    Args:
        lengths: of all rows, `(rows,)`.
        batch_size: rows of a batch; the last one may have fewer.
        generator: `numpy.random.Generator`.
        pool: batches that are sorted together; more make batches more even and their rows less mixed.
        count: rows to take, where it is not each one once; some are then left out or taken twice.

    Returns:
        List of arrays of row numbers.
    """
    order = generator.permutation(len(lengths))
    if count is not None:
        order = np.resize(order, count)
    batches = []
    for start in range(0, len(order), batch_size * pool):
        rows = order[start : start + batch_size * pool]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[place : place + batch_size] for place in range(0, len(rows), batch_size)]
    generator.shuffle(batches)
    longest = int(np.argmax([lengths[rows].max() for rows in batches]))
    batches.insert(0, batches.pop(longest))
    if len(batches) > 1:
        shortest = 1 + int(np.argmin([lengths[rows].max() for rows in batches[1:]]))
        batches.insert(1, batches.pop(shortest))
    return batches


class Redrawn(keras.utils.PyDataset):
    """Batches that are drawn anew for every epoch, and can be drawn again as they were when a training was broken off.

    A subclass defines `draw_epoch()`, which `__init__` calls by `on_epoch_end()` when all is in place.

    Attributes:
        carried: names of the attributes that drawing changes and begins from, the generator of random numbers among them.
        drawn_from: what these were before the present epoch was drawn.
    """

    carried = ("generator",)

    def on_epoch_end(self):
        self.drawn_from = copy.deepcopy({name: getattr(self, name) for name in self.carried})
        self.draw_epoch()

    def redraw(self, drawn_from):
        """Draw an epoch again, from the `drawn_from` of that epoch."""
        for name, value in copy.deepcopy(drawn_from).items():
            setattr(self, name, value)
        self.on_epoch_end()


class Shuffled(Redrawn):
    """Batches of one size of some rows, in a new order every epoch; what is left of an epoch, less than a batch, is not seen.

    A subclass defines `make(rows)`, the batch of some rows.

    Args:
        rows: those to draw from.
        batch_size: rows of a batch; all where there are fewer.
        generator: `numpy.random.Generator` of the order, and of what `make` draws.
    """

    def __init__(self, rows, batch_size, generator):
        super().__init__()
        self.rows, self.batch_size, self.generator = rows, min(batch_size, len(rows)), generator
        self.on_epoch_end()

    def draw_epoch(self):
        self.order = self.generator.permutation(self.rows)

    def __len__(self):
        return len(self.order) // self.batch_size

    def __getitem__(self, index):
        return self.make(self.order[index * self.batch_size :][: self.batch_size])


class OfArrays(Shuffled):
    """Shuffled batches of arrays whose rows belong together, as Keras takes them: inputs, targets, weights.

    Args:
        arrays: a tuple of them, `(all rows, ...)`.
        rows: those to draw from.
        batch_size: rows of a batch.
        seed: of the order.
    """

    def __init__(self, arrays, rows, batch_size, seed):
        self.arrays = arrays
        super().__init__(rows, batch_size, np.random.default_rng(seed))

    def make(self, rows):
        return tuple(array[rows] for array in self.arrays)


class BucketedBatches(Redrawn):
    """Length-bucketed batches that are drawn anew for every epoch.

    A subclass defines `draw()`, which returns the lengths of the epoch's rows, `(rows,)` or, of several inputs of different
    length, `(rows, inputs)`, and keeps what it needs to make them, and `make(rows, *steps)`, the batch of some of these rows,
    each input padded to its `steps`. Fit with `shuffle=False`: the order is random already.

    On TensorFlow a batch is as long as its longest row, and the second batch has one more step in every input: the trainer
    takes a length that the first two share for fixed. XLA compiles every shape anew, so on JAX there are `SHAPES` of them,
    found in the first epoch, and every batch is full: the rows that it lacks come twice.

    Args:
        batch_size: rows of a batch.
        generator: `numpy.random.Generator` of the order.
        bucket: `False` mixes all lengths in every batch.
        multiple: lengths are rounded up to it.
    """

    def __init__(self, batch_size, generator, bucket=True, multiple=MULTIPLE):
        super().__init__()
        self.batch_size = batch_size
        self.generator = generator
        self.bucket = bucket
        self.multiple = multiple
        self.count = self.shapes = None
        self.on_epoch_end()

    def draw_epoch(self):
        lengths = np.asarray(self.draw())
        self.lengths = lengths.reshape(len(lengths), -1)
        if self.count is None:  # the trainer asks once how many batches an epoch has
            self.count = len(lengths)
            if XLA:
                self.count = rounded_up(self.count, min(self.batch_size, self.count))
                self.shapes = shapes_of(rounded_up(self.lengths, self.multiple))
        sorted_by = self.lengths[:, 0] if self.bucket else np.zeros(len(lengths), int)
        self.batches = bucketed(sorted_by, self.batch_size, self.generator, count=self.count)

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        rows = self.batches[index]
        steps = padded_to(self.lengths[rows], self.multiple, self.shapes)
        return self.make(rows, *(steps if XLA else [one + (index == 1) for one in steps]))


def shapes_of(lengths):
    """At most `SHAPES` shapes that hold nearly equal parts of the rows, and all of them; `(shapes, inputs)`, rising.

    Args:
        lengths: rounded lengths of the rows, `(rows, inputs)`; the first input is what batches are sorted by.
    """
    known, counts = np.unique(lengths[:, 0], return_counts=True)
    if len(known) > SHAPES:
        place = np.searchsorted(np.cumsum(counts), len(lengths) * np.arange(1, SHAPES + 1) / SHAPES)
        known = known[np.unique(place)]
    return np.array([lengths[lengths[:, 0] <= longest].max(axis=0) for longest in known])


def padded_to(lengths, multiple, shapes=None):
    """What a batch is padded to: its longest row, in multiples, or the least of some shapes that holds it, where one does.

    Args:
        lengths: of the rows of the batch, `(rows, inputs)`.
        multiple: see `by_length`.
        shapes: from `shapes_of`.

    Returns:
        List of steps, one for each input.
    """
    longest = np.maximum(rounded_up(lengths.max(axis=0), multiple), multiple)
    fits = np.zeros(0, bool) if shapes is None else (shapes >= longest).all(axis=1)
    return (shapes[fits.argmax()] if fits.any() else longest).tolist()


def by_length(lengths, batch_size, area=None, multiple=MULTIPLE):
    """Batches for prediction: `(rows, steps)`, rows of similar length and what each input is padded to, the longest first.

    On JAX there are `SHAPES` of these at most in one call, each with the same number of rows, but for the last batch.

    Args:
        lengths: of all rows, `(rows, inputs)`; the first input is what rows are sorted by.
        batch_size: rows of a batch, at most.
        area: rows times length of a batch, at most, unless a single row has more.
        multiple: steps are rounded up to it.
    """
    shapes = shapes_of(rounded_up(lengths, multiple)) if XLA and len(lengths) else None
    order = np.argsort(-lengths[:, 0], kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start], 0])) if shapes is None else padded_to(lengths[order[[start]]], 1, shapes)[0]
        count = batch_size if area is None else max(1, min(batch_size, area // longest))
        rows = order[start : start + count]
        start += count
        yield rows, padded_to(lengths[rows], multiple, shapes)


def predict(network, inputs, full=1):
    """`predict_on_batch`, on JAX of few numbers of rows: what is lacking is filled with the last row, and cut off again.

    Args:
        network: a model.
        inputs: arrays `(batch, ...)`, one or a dict of them.
        full: rows that most calls have. A call has as many, or a quarter, a sixteenth and so on; more are taken as they are.
    """
    if not XLA:
        return network.predict_on_batch(inputs)
    rows = len(keras.tree.flatten(inputs)[0])
    places = np.minimum(np.arange(filled(rows, full)), rows - 1)
    found = network.predict_on_batch(keras.tree.map_structure(lambda array: np.asarray(array)[places], inputs))
    return keras.tree.map_structure(lambda array: array[:rows], found)


def predict_all(network, inputs, batch_size):
    """`predict` of any number of rows, so many at a time: arrays `(rows, ...)`, as many as the network answers with."""
    parts = []
    for start in range(0, len(keras.tree.flatten(inputs)[0]), batch_size):
        batch = keras.tree.map_structure(lambda array, start=start: array[start : start + batch_size], inputs)
        parts.append(predict(network, batch))
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def filled(rows, full):
    """The least of `full`, a quarter of it and so on, that holds some rows; a power of two above `full`."""
    if rows > full:
        return 1 << (rows - 1).bit_length()
    while full // 4 >= rows:
        full //= 4
    return full
