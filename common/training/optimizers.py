"""Optimisers with what Keras's own lack: a rate for each layer, a hook on gradients, lookahead, lazy tables, exact schedules.

    AdamW(1e-3, rates={"(^|/)vectors/": 0.1}, undecayed=("bias$", "gamma$", "beta$"), transforms=[Centralisation()])

Patterns are regular expressions searched in a weight's path, which begins with the name of a `Sequential` or nested model:
write `(^|/)name/`. All of it saves and loads, on TensorFlow and JAX.

References: kexue.fm archive 6418 (rates per layer) and 6869 (lazy updates); Zhang et al. 2019, arXiv 1907.08610 (lookahead).
"""

import re
import warnings

import keras
from keras import ops

from common.training.transforms import dense

SLOTS = ("_momentums", "_velocities", "_velocity_hats", "momentums")  # of Keras's optimisers, one entry for each weight


class Recipes:
    """What `SGD`, `Adam` and `AdamW` of this module add to Keras's optimisers of these names.

    Args:
        rates: dict of patterns and factors of the learning rate; decoupled weight decay is scaled too, and 0 freezes.
        undecayed: patterns of weights that do not decay.
        transforms: callables `(gradients, variables) -> gradients` between loss and clipping, such as `Centralisation()`;
            to be saved, they are registered and have a `get_config`. Gradients are dense, and `None` where a weight has none.
        lookahead: `(steps, share)`: after every so many updates the weights go back to a slow copy that has moved by `share`
            towards them. Not together with gradient accumulation.
        lazy: patterns of tables: rows that got no gradient keep their moments and, but for decay, their values.

    A learning-rate schedule counts updates, also where gradients are accumulated over several batches.

    Raises:
        ValueError: two patterns of `rates` fit one weight.
    """

    def __init__(self, *args, rates=None, undecayed=(), transforms=(), lookahead=None, lazy=(), **kwargs):
        super().__init__(*args, **kwargs)
        if lookahead and self.gradient_accumulation_steps:
            raise ValueError("`lookahead` does not go together with `gradient_accumulation_steps`")
        self.rates = dict(rates or {})
        self.undecayed, self.lazy, self.lookahead = tuple(undecayed), tuple(lazy), lookahead and tuple(lookahead)
        self.transforms = [keras.saving.deserialize_keras_object(one) if isinstance(one, dict) else one for one in transforms]

    def build(self, variables):
        if self.built:
            return
        patterns = (*self.rates, *self.undecayed, *self.lazy)
        fits = {pattern: [variable for variable in variables if re.search(pattern, variable.path)] for pattern in patterns}
        for pattern, found in fits.items():
            if not found:
                paths = ", ".join(variable.path for variable in variables[:5])
                warnings.warn(f"No trained weight has a path with {pattern!r}; they are {paths} ...", stacklevel=2)
        factors = {}
        for pattern, factor in self.rates.items():
            for variable in fits[pattern]:
                if id(variable) in factors:
                    raise ValueError(f"Two patterns of `rates` fit {variable.path}; the second is {pattern!r}")
                factors[id(variable)] = float(factor)
        self._factors = [factors.get(id(variable), 1.0) for variable in variables]
        lazy = {id(variable) for pattern in self.lazy for variable in fits[pattern]}
        self._lazy = [id(variable) in lazy for variable in variables]
        if self.undecayed:
            self.exclude_from_weight_decay(var_list=[variable for pattern in self.undecayed for variable in fits[pattern]])
        super().build(variables)
        if self.lookahead:
            self._slow = [self.add_variable_from_reference(variable, name="slow") for variable in variables]
        for transform in self.transforms:
            for variable in getattr(transform, "variables", ()):
                self._track_variable(variable)  # part of the state that JAX carries from step to step

    def apply(self, grads, trainable_variables=None):
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(variables)
            self.built = True
        if self.transforms or self.lazy:
            grads = [dense(gradient, variable) for gradient, variable in zip(grads, variables, strict=True)]
        for transform in self.transforms:
            grads = transform(grads, variables)
        if self.lookahead:
            self._begin_slow()
        super().apply(grads, trainable_variables)
        if self.lookahead:
            self._look_ahead()

    def _begin_slow(self):
        first = ops.equal(ops.convert_to_tensor(self.iterations), 0)
        for slow, variable in zip(self._slow, self._trainable_variables, strict=True):
            slow.assign(ops.where(first, ops.convert_to_tensor(variable), ops.convert_to_tensor(slow)))

    def _look_ahead(self):
        steps, share = self.lookahead
        due = ops.equal(ops.mod(ops.convert_to_tensor(self.iterations), steps), 0)
        for slow, variable in zip(self._slow, self._trainable_variables, strict=True):
            fast, old = ops.convert_to_tensor(variable), ops.convert_to_tensor(slow)
            new = ops.where(due, old + share * (fast - old), old)
            variable.assign(ops.where(due, new, fast))
            slow.assign(new)

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)  # TensorFlow's variables have no path here
        if self._factors[index] != 1:
            learning_rate = learning_rate * self._factors[index]
        if not self._lazy[index]:
            super().update_step(gradient, variable, learning_rate)
            return
        kept = [variable, *(getattr(self, slot)[index] for slot in SLOTS if getattr(self, slot, None))]
        before = [ops.copy(one) for one in kept]
        super().update_step(gradient, variable, learning_rate)
        touched = ops.any(ops.not_equal(gradient, 0), axis=-1, keepdims=True)
        for one, old in zip(kept, before, strict=True):
            self.assign(one, ops.where(touched, ops.copy(one), old))

    def _apply_weight_decay(self, variables):
        if self.weight_decay is None:
            return
        for variable in variables:
            if self._use_weight_decay(variable):
                factor = self._factors[self._get_variable_index(variable)]
                rate = ops.cast(self.learning_rate, variable.dtype) * (factor * self.weight_decay)
                self.assign_sub(variable, ops.convert_to_tensor(variable) * rate)

    def _get_current_learning_rate(self):
        if isinstance(self._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return self._learning_rate(self.iterations)  # updates; Keras would count batches
        return super()._get_current_learning_rate()

    def get_config(self):
        return {
            **super().get_config(),
            "rates": self.rates,
            "undecayed": list(self.undecayed),
            "transforms": [keras.saving.serialize_keras_object(transform) for transform in self.transforms],
            "lookahead": self.lookahead and list(self.lookahead),
            "lazy": list(self.lazy),
        }


@keras.saving.register_keras_serializable(package="common")
class SGD(Recipes, keras.optimizers.SGD):
    """Keras's `SGD` with `Recipes`."""


@keras.saving.register_keras_serializable(package="common")
class Adam(Recipes, keras.optimizers.Adam):
    """Keras's `Adam` with `Recipes`."""


@keras.saving.register_keras_serializable(package="common")
class AdamW(Recipes, keras.optimizers.AdamW):
    """Keras's `AdamW` with `Recipes`."""


def layerwise(names, decay):
    """Rates for fine-tuning that fall with the distance from the output.

    Args:
        names: of layers, the one next to the input first.
        decay: what the rate of a layer is multiplied by from one to the one below it.

    Returns:
        `rates` of an optimiser; layers that are not named keep the full rate.
    """
    return {f"(^|/){re.escape(name)}/": decay ** (len(names) - number) for number, name in enumerate(names)}
