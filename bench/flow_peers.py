"""Flows of generation beside one of flowjax, in equal time on equal batches: bits per dimension of test pictures.

    make bench COMP=flow_peers data=DATA
    make bench COMP=flow_peers data=DATA seconds=600 depth=4 channels=32

The peer is the coupling flow of flowjax (affine couplings, random permutations, dense networks) on standardised pixels, with
the same noise and logit, Adam and a cosine over the same seconds of the processor, in which compilation does not count.
`pip install -e .[bench-flows]` installs it. Rows are kept, so that a table goes on where it was stopped; scores are of the test
part, or of the validation part where there is none. The table is written to bench/results/generation_flow_peers_DATA.md.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np

from bench.measure import report, resumed, without_path
from common import locate, paths, run
from common.config import identity
from common.errors import ConfigError
from common.generative import closed_form
from common.generative.bounds import bits_per_dimension
from competitions.generation import data
from competitions.generation.config import Config

RESULTS = Path(__file__).parent / "results"
FIXED = ("alpha=1e-6",)  # of the logit of all rows, unless it is given
FLOWS = ("realnvp", "glow", "flowjax")  # nice is published without a logit, and does not learn through one
PEER = {"flow_layers": 8, "nn_width": 500, "nn_depth": 2}
MOST = 5.0  # length of a gradient, as in `common.training`
AT_ONCE = 500  # pictures that are scored
COLUMNS = ("flow", "bits per dimension", "steps", "million weights")


def main(arguments):
    """Print and write the table.

    Raises:
        ConfigError: `seconds` is no whole number above 0, or a setting is unknown.
    """
    given = dict(one.partition("=")[::2] for one in (*FIXED, *arguments))
    seconds = given.pop("seconds", "300")
    if not seconds.isdigit() or not int(seconds):
        raise ConfigError(f"seconds={seconds}: expected a whole number from 1 on")
    config = locate.locate_data("generation", "train", Config, [f"{name}={text}" for name, text in given.items()])
    rows = []
    for name in FLOWS:
        kept = paths.home() / "bench" / "flow_peers" / f"{name}-{identity(config, seconds=seconds, on=str(config.data))}.npz"
        found = resumed(kept, measured, name, config, int(seconds))
        rows.append([name, f"{found['bits']:.3f}", f"{found['steps']:,}", f"{found['weights'] / 1e6:.2f}"])
    table = (f"{config.data.name}, logit with alpha {config.alpha:g}, {seconds} s each", COLUMNS, rows)
    command = " ".join(["make bench COMP=flow_peers", *map(without_path, arguments)])
    path = RESULTS / f"generation_flow_peers_{config.data.name}.md"
    report(path, "Flows and a peer in equal time", [table], "One seed.", command, paths.is_sample(config.data))


def measured(name, config, seconds):
    """The bits per dimension of a flow that has learnt for some seconds, its steps and weights, a dict."""
    dataset = data.load(config)
    real = dataset.valid if dataset.test is None else dataset.test
    step, nats, weights = (peer if name == "flowjax" else ours)(name, dataset, config)
    generator, steps, started = np.random.default_rng(config.seed), 0, time.process_time()
    while (share := (time.process_time() - started) / seconds) < 1:
        rate = config.learning_rate * (1 + math.cos(math.pi * share)) / 2
        step(dataset.train[generator.integers(len(dataset.train), size=config.batch_size)], rate)
        steps += 1
    found = np.concatenate([nats(real[start : start + AT_ONCE]) for start in range(0, len(real), AT_ONCE)])
    return {"bits": float(bits_per_dimension(found.mean(), real[0].size)), "steps": steps, "weights": weights}


def ours(name, dataset, config):
    """A flow of the contest: `step(pictures, rate)`, `nats(pictures)` and how many weights it has."""
    import keras

    from common.generative.bounds import expected
    from common.training.optimizers import AdamW
    from common.training.trainer import Trainer
    from competitions.generation import model

    keras.utils.set_random_seed(config.seed)
    network = getattr(model, name)(dataset.train, config, config.alpha)
    trainer, own = Trainer(network, config.momentum), np.zeros(config.batch_size, "float32")
    trainer.compile(AdamW(config.learning_rate, global_clipnorm=MOST), expected)
    trainer.begin(config.learning_rate)

    def step(pictures, rate):
        trainer.optimizer.learning_rate.assign(rate)
        trainer.train_on_batch(pictures, own)

    step(dataset.train[: config.batch_size], config.learning_rate)  # compiles
    return step, lambda pictures: np.asarray(network.predict_on_batch(pictures)), network.count_params()


def peer(name, dataset, config):
    """The same of flowjax."""
    import equinox
    import jax
    import jax.numpy as jnp
    import optax
    from flowjax.distributions import Normal
    from flowjax.flows import coupling_flow

    generator = np.random.default_rng(config.seed)
    some, _ = closed_form.prepared(dataset.train[:5000], config.alpha, generator)
    mean, spread = some.mean(axis=0), some.std(axis=0)
    flow = coupling_flow(jax.random.key(config.seed), base_dist=Normal(jnp.zeros(len(mean))), **PEER)
    optimizer = optax.inject_hyperparams(
        lambda learning_rate: optax.chain(optax.clip_by_global_norm(MOST), optax.adam(learning_rate))
    )(config.learning_rate)
    learnt, fixed = equinox.partition(flow, equinox.is_inexact_array)
    state = {"learnt": learnt, "optimizer": optimizer.init(learnt)}

    def loss(learnt, x):
        return -equinox.combine(learnt, fixed).log_prob(x)

    @jax.jit
    def update(learnt, state, x):
        slopes = jax.grad(lambda at: loss(at, x).mean())(learnt)
        moves, state = optimizer.update(slopes, state, learnt)
        return equinox.apply_updates(learnt, moves), state

    def standardised(pictures):
        x, logdet = closed_form.prepared(pictures, config.alpha, generator)
        return jnp.asarray((x - mean) / spread, "float32"), logdet - np.log(spread).sum()

    def step(pictures, rate):
        state["optimizer"].hyperparams["learning_rate"] = jnp.asarray(rate, "float32")
        state["learnt"], state["optimizer"] = update(state["learnt"], state["optimizer"], standardised(pictures)[0])

    def nats(pictures):
        x, logdet = standardised(pictures)
        return np.asarray(jax.jit(loss)(state["learnt"], x), float) - logdet

    step(dataset.train[: config.batch_size], config.learning_rate)  # compiles
    return step, nats, sum(leaf.size for leaf in jax.tree.leaves(learnt))


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
