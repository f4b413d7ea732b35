"""Two sides against each other: a critic that tells real samples from made ones, and the networks that make them.

    game = GAN(generator, critic, "wasserstein", GradientPenalty())
    trainer = AdversarialTrainer(game, Adam(1e-4, 0.5), Adam(1e-4, 0.5), critic_steps=5)
    log = trainer.fit(lambda generator: images[generator.integers(len(images), size=64)], rounds=10_000, every=500)
    trainer.averages["generator"]  # what to sample from

A game is said once for both backends: what it costs either side, of a batch. `AdversarialTrainer` plays it. Everything that
the next round depends on is a variable, or the generator that batches are drawn with: a training that was broken off goes on
as if it had not been.
"""

import time

import keras
import numpy as np
import pandas as pd
from keras import ops
from tqdm import tqdm

from common.errors import RunError
from common.generative.criteria import criterion_of
from common.generative.lipschitz import between, gradient_lengths
from common.training import checkpoint as checkpoints
from common.training.gradients import compiled, gradients
from common.training.trainer import copy_of


class Game:
    """What a critic and the makers of its fakes pay.

    A subclass defines `sides(batch)` and `maker_loss(batch)`.

    Args:
        critic: model from samples to scores `(batch, ...)`.
        makers: models by name.
        criterion: a `Criterion`, or a name of `criteria.CRITERIA`.
        penalty: `lipschitz.GradientPenalty`, or `None`.
        seed: of all that is drawn; where there is none, a random one.
    """

    def __init__(self, critic, makers, criterion, penalty=None, seed=None):
        self.critic, self.makers, self.penalty = critic, makers, penalty
        self.criterion = criterion_of(criterion) if isinstance(criterion, str) else criterion
        self.seeds = keras.random.SeedGenerator(seed)

    @property
    def variables(self):
        """All variables that a step reads or assigns, optimisers' excepted."""
        return [*self.critic.variables, *(v for maker in self.makers.values() for v in maker.variables), self.seeds.state]

    @property
    def maker_variables(self):
        """What the makers learn."""
        return [variable for maker in self.makers.values() for variable in maker.trainable_variables]

    def sides(self, batch):
        """What the critic takes for real and for fake, of a batch of data; each a tensor or a list of tensors."""
        raise NotImplementedError(f"{type(self).__name__} must define `sides(batch)`")

    def maker_loss(self, batch):
        """What the makers pay, a scalar, and figures to log, a dict of scalars."""
        raise NotImplementedError(f"{type(self).__name__} must define `maker_loss(batch)`")

    def critic_loss(self, batch):
        """What the critic pays, a scalar, and figures to log, a dict of scalars."""
        real, fake = keras.tree.map_structure(ops.stop_gradient, self.sides(batch))
        of_real, of_fake = self.critic(real, training=True), self.critic(fake, training=True)
        loss = self.criterion.critic(of_real, of_fake)
        figures = {"critic_loss": loss, "gap": ops.mean(of_real) - ops.mean(of_fake)}
        if self.penalty:
            epsilon = keras.random.uniform((2, len_of(batch)), seed=self.seeds)
            figures["penalty"] = self.penalty(self.critic, real, fake, epsilon)
            loss = loss + figures["penalty"]
        return loss + sum(self.critic.losses), figures

    def slopes(self, batch):
        """How steep the critic is between real and fake: the mean length of its gradient, and the share of those above 1."""
        real, fake = self.sides(batch)
        epsilon = keras.random.uniform((len_of(batch),), seed=self.seeds)
        found = gradient_lengths(self.critic, between(real, fake, epsilon))
        return {"slope": ops.mean(found), "above_1": ops.mean(ops.cast(found > 1, "float32"))}

    def remember(self):
        """What is done before the makers' steps of a round; nothing here."""

    def criterion_of_makers(self, real, fake):
        """What the makers pay to the critic for their fakes."""
        of_real = self.critic(real, training=True) if self.criterion.paired else None
        return self.criterion.maker(of_real, self.critic(fake, training=True))


class GAN(Game):
    """A generator makes samples from noise.

    With `stability` s the generator also pays s times the mean square, over a batch's numbers, of what its samples have moved
    since the round began: the term that the variational view of GANs has beside the critic's. The snapshot is one of weights,
    taken before the generator's steps of a round. In the first of these the term and its gradient are 0, so that a trainer
    has to take two at least.

    Args:
        generator: model from noise `(batch, units)` to samples.
        noise: `"normal"`, or `"uniform"` from -1 to 1.
        stability: s.

    The others are as of `Game`.

    Reference: Goodfellow et al. 2014, arXiv 1406.2661; kexue.fm archive 5716 and arXiv 1807.05936 for `stability`.
    """

    def __init__(self, generator, critic, criterion="non_saturating", penalty=None, noise="normal", stability=0.0, seed=None):
        super().__init__(critic, {"generator": generator}, criterion, penalty, seed)
        if noise not in NOISES:
            raise ValueError(f"`noise` must be one of {', '.join(NOISES)}. Received: {noise!r}")
        self.generator, self.noise, self.stability = generator, noise, stability
        self.before = keras.models.clone_model(generator) if stability else None

    @property
    def variables(self):
        return [*super().variables, *(self.before.variables if self.before else ())]

    def draw(self, count):
        """Noise `(count, units)`."""
        return NOISES[self.noise]((count, self.generator.input_shape[-1]), seed=self.seeds)

    def sides(self, batch):
        return batch, self.generator(self.draw(len_of(batch)), training=True)

    def maker_loss(self, batch):
        noise = self.draw(len_of(batch))
        fake = self.generator(noise, training=True)
        loss = self.criterion_of_makers(batch, fake)
        figures = {"generator_loss": loss}
        if self.before:
            old = ops.stop_gradient(self.before(noise, training=True))
            figures["moved"] = ops.mean(ops.square(fake - old))
            loss = loss + self.stability * figures["moved"]
        return loss, figures

    def remember(self):
        if self.before:
            assign_all(self.before.weights, self.generator.weights)


class AdversarialAutoencoder(Game):
    """An autoencoder whose codes a critic makes look like N(0, 1) noise (AAE).

    Args:
        encoder: model from samples to codes `(batch, units)`.
        decoder: model from codes to samples.
        critic: of codes.
        weight: of the squared error of a reconstruction, summed over a sample, beside the critic's cost.
        criterion, seed: as of `Game`.

    Reference: Makhzani et al. 2015, arXiv 1511.05644; kexue.fm archive 5716.
    """

    def __init__(self, encoder, decoder, critic, weight=1.0, criterion="non_saturating", penalty=None, seed=None):
        super().__init__(critic, {"encoder": encoder, "decoder": decoder}, criterion, penalty, seed)
        self.weight = weight

    def sides(self, batch):
        code = self.makers["encoder"](batch, training=True)
        return keras.random.normal(ops.shape(code), seed=self.seeds), code

    def maker_loss(self, batch):
        noise, code = self.sides(batch)
        cost = self.criterion_of_makers(noise, code)
        error = ops.square(batch - self.makers["decoder"](code, training=True))
        error = ops.mean(ops.sum(ops.reshape(error, (len_of(batch), -1)), axis=1))
        return cost + self.weight * error, {"encoder_loss": cost, "error": error}


class AdversariallyLearnedInference(Game):
    """A critic tells pairs of sample and code apart: real samples with their codes, and noise with what is made of it (ALI).

    The critic, its answers as logits, calls pairs of real samples real. As published the encoder works against the critic as
    the generator does: it pays -log(1 - D(x, E(x))). `derived=True` has it pay -log D(x, E(x)), which is what a joint
    Kullback-Leibler divergence leaves: the encoder helps the critic to know its pairs.

    Args:
        encoder: model from samples to codes `(batch, units)`; it may draw from a distribution.
        generator: model from codes to samples.
        critic: of a list, samples and codes.
        derived: which cost of the encoder.
        penalty, seed: as of `Game`.

    Reference: Dumoulin et al. 2016, arXiv 1606.00704; kexue.fm archive 5716 for the derived cost.
    """

    def __init__(self, encoder, generator, critic, derived=False, penalty=None, seed=None):
        super().__init__(critic, {"encoder": encoder, "generator": generator}, "non_saturating", penalty, seed)
        self.derived = derived

    def sides(self, batch):
        code = self.makers["encoder"](batch, training=True)
        noise = keras.random.normal(ops.shape(code), seed=self.seeds)
        return [batch, code], [self.makers["generator"](noise, training=True), noise]

    def maker_loss(self, batch):
        real, fake = self.sides(batch)
        of_real, of_fake = self.critic(real, training=True), self.critic(fake, training=True)
        of_encoder = ops.mean(ops.softplus(-of_real if self.derived else of_real))
        of_generator = self.criterion.maker(None, of_fake)
        return of_encoder + of_generator, {"encoder_loss": of_encoder, "generator_loss": of_generator}


class AdversarialTrainer:
    """Plays a game: some steps of the critic, then some of the makers, each on a batch of its own.

    Args:
        game: `Game`.
        critic_optimizer, maker_optimizer: of Keras.
        critic_steps, maker_steps: of a round.
        momentum: of the averages of the makers' weights, as of `common.training.Trainer`.

    Attributes:
        averages: models like the makers, by name, with their averaged weights and statistics.

    Raises:
        ValueError: a `GAN` with `stability` is to take a single maker's step, in which that has no gradient.
    """

    def __init__(self, game, critic_optimizer, maker_optimizer, critic_steps=1, maker_steps=1, momentum=0.999):
        if getattr(game, "stability", 0) and maker_steps < 2:
            raise ValueError(
                f"With stability={game.stability} a round needs two maker_steps at least: in the first its term is 0"
            )
        self.game, self.critic_optimizer, self.maker_optimizer = game, critic_optimizer, maker_optimizer
        self.critic_steps, self.maker_steps, self.momentum = critic_steps, maker_steps, momentum
        self.averages = {name: keras.models.clone_model(maker) for name, maker in game.makers.items()}
        self.step = keras.Variable(0, dtype="int32", trainable=False, name="step")  # of the makers
        critic_optimizer.build(game.critic.trainable_variables)
        maker_optimizer.build(game.maker_variables)
        for name, maker in game.makers.items():
            assign_all(self.averages[name].weights, map(copy_of, maker.weights))
        self._critic_step = compiled(self._critic_step, self.variables)
        self._maker_step = compiled(self._maker_step, self.variables)
        self._slopes = compiled(game.slopes, self.variables)

    @property
    def variables(self):
        """All that the next round depends on, the batches excepted."""
        averages = [variable for network in self.averages.values() for variable in network.variables]
        return [
            *self.game.variables,
            *averages,
            *self.critic_optimizer.variables,
            *self.maker_optimizer.variables,
            self.step,
        ]

    def fit(self, draw, rounds, every, seed=0, watch=None, checkpoint=None, description=""):
        """Play until so many rounds have been played.

        Args:
            draw: `draw(generator)`, a batch, float32 `(batch, ...)`, always of one size.
            rounds: at the end, counted from the first `fit` of a checkpoint on.
            every: rounds between two rows of the log, at which the state is looked at and may be kept.
            seed: of the `numpy.random.Generator` that batches are drawn with.
            watch: `watch(trainer) -> dict` of figures for the row, such as a FID; `None` for none.
            checkpoint: file that a training of more than two minutes writes at its rows; `None` for none. Who calls removes it.
            description: text in front of the progress bar.

        Returns:
            The log, a data frame: `round`, means of the costs since the row before, `gap` (mean score of real samples over
            that of fakes), `slope` and `above_1` (length of the critic's gradient, share above 1), and what is watched.

        Raises:
            RunError: a cost or a weight is no number any more. The networks are then as they were at the last row without
                such, which is what the checkpoint holds, too.
        """
        generator, begun = np.random.default_rng(seed), checkpoints.read(checkpoint)
        if begun:
            self._restore(begun, generator)
        kept, costs, written = begun or self._state([], generator), [], time.monotonic()
        done = kept["epochs"][-1]["round"] if kept["epochs"] else 0
        with tqdm(total=rounds, initial=done, desc=description, unit="round", mininterval=1) as bar:
            for number in range(done + 1, rounds + 1):
                costs.append(self._round(draw, generator))
                bar.update()
                if number % every and number < rounds:
                    continue
                row = {"round": number, **self._means(costs, number, kept, generator, checkpoint)}
                row |= {name: float(value) for name, value in self._slopes(tensors(draw(generator))).items()}
                row |= watch(self) if watch else {}
                kept, costs = self._state([*kept["epochs"], row], generator), []
                bar.set_postfix_str(", ".join(f"{name} {row[name]:.3g}" for name in row if name in ("gap", "slope", "FID")))
                if checkpoint and number < rounds and time.monotonic() - written >= checkpoints.EVERY:
                    checkpoints.write(checkpoint, kept)
                    written = time.monotonic()
        return pd.DataFrame(kept["epochs"])

    def _critic_step(self, batch):
        variables = self.game.critic.trainable_variables
        slopes, figures = gradients(lambda: self.game.critic_loss(batch), variables, self.game.variables)
        self.critic_optimizer.apply(slopes, variables)
        return figures

    def _maker_step(self, batch):
        variables = self.game.maker_variables
        slopes, figures = gradients(lambda: self.game.maker_loss(batch), variables, self.game.variables)
        self.maker_optimizer.apply(slopes, variables)
        self.step.assign_add(1)
        step = ops.cast(self.step, "float32")
        moved = 1 - ops.minimum(self.momentum, (1 + step) / (10 + step))
        for name, maker in self.game.makers.items():
            for average, weight in zip(self.averages[name].weights, maker.weights, strict=True):
                average.assign_add(moved * (weight - average))
        return figures

    def _round(self, draw, generator):
        """Play once; what it cost, a dict of tensors, the critic's of its last step."""
        costs = {}
        for _ in range(self.critic_steps):
            costs |= self._critic_step(tensors(draw(generator)))
        self.game.remember()
        for _ in range(self.maker_steps):
            costs |= self._maker_step(tensors(draw(generator)))
        return costs

    def _means(self, costs, number, kept, generator, checkpoint):
        """Mean costs of the rounds up to `number`, since the state that was `kept`."""
        table = pd.DataFrame([{name: float(value) for name, value in row.items()} for row in costs])
        bad = ~np.isfinite(table.to_numpy())
        if not bad.any() and all(np.isfinite(copy_of(variable)).all() for variable in self.variables):
            return table.mean().to_dict()
        first = number - len(costs) + 1
        where = f"in round {first + int(bad.any(axis=1).argmax())}" if bad.any() else f"between rounds {first} and {number}"
        what = ", ".join(table.columns[bad.any(axis=0)]) or "a weight"
        self._restore(kept, generator)
        if checkpoint:
            checkpoints.write(checkpoint, kept)
        also = f", and so is {checkpoint}" if checkpoint else ""
        raise RunError(
            f"The training went astray {where}: {what} is no number any more. The networks are as they were after round "
            f"{first - 1}{also}. Lower the learning rate, or bound the critic's slope."
        )

    def _state(self, rows, generator):
        """All that goes on from here, a dict; rows are what epochs are elsewhere."""
        values = [copy_of(variable) for variable in self.variables]
        return {"epochs": rows, "variables": values, "drawn_from": generator.bit_generator.state}

    def _restore(self, state, generator):
        """Go back to what `_state` gave."""
        assign_all(self.variables, state["variables"])
        generator.bit_generator.state = state["drawn_from"]


def noise_between(shape, seed):
    """Uniform from -1 to 1."""
    return keras.random.uniform(shape, -1.0, 1.0, seed=seed)


NOISES = {"normal": keras.random.normal, "uniform": noise_between}


def assign_all(variables, values):
    """Give variables values, one each."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def tensors(batch):
    """A batch as tensors, in its structure."""
    return keras.tree.map_structure(ops.convert_to_tensor, batch)


def len_of(batch):
    """Samples of a batch, a tensor or a structure of them."""
    return ops.shape(keras.tree.flatten(batch)[0])[0]
