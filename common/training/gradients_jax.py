"""Gradients and compiled steps on JAX; what they are stands in `gradients.py`."""

import jax
import keras


def gradient(function, at):
    """What `gradients.py` says of it."""
    (_, more), slope = jax.value_and_grad(function, has_aux=True)(at)
    return slope, more


def gradients(function, variables, state):
    """What `gradients.py` says of it."""
    now = [(variable, variable.value) for variable in state]

    def of(values):
        # of two values of one variable the later counts
        with keras.StatelessScope(state_mapping=[*now, *zip(variables, values, strict=True)]) as scope:
            value, more = function()
        return value, (more, [scope.get_current_value(variable) for variable in others])

    learnt = set(map(id, variables))
    others = [variable for variable in state if id(variable) not in learnt]
    slopes, (more, values) = jax.grad(of, has_aux=True)([variable.value for variable in variables])
    for variable, value in zip(others, values, strict=True):
        variable.assign(value)
    return slopes, more


def compiled(function, state):
    """What `gradients.py` says of it."""

    @jax.jit
    def pure(values, *arguments):
        with keras.StatelessScope(state_mapping=list(zip(state, values, strict=True))) as scope:
            found = function(*arguments)
        return found, [scope.get_current_value(variable) for variable in state]

    def run(*arguments):
        found, values = pure([variable.value for variable in state], *arguments)
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        return found

    return run
