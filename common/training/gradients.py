"""Gradients, and steps that are compiled, said once for both backends; the backends' own are `gradients_*.py`.

A step is a plain function: it calls networks, takes `gradients`, applies optimisers, draws from seed generators and assigns
variables. `compiled` makes it quick.

    gradient(function, at)
        The gradient of `function(at) -> (number, more)` at a tensor or a structure of tensors, and `more`. It can be
        differentiated again.

    gradients(function, variables, state)
        Those of `function() -> (number, more)` by variables, a list, and `more`; zeros where the number does not depend on
        one. What the function assigns is assigned. `state`: all variables that the function reads or assigns.

    compiled(function, state)
        The function of tensors, compiled for their shapes. `state`: all variables that it reads or assigns.
"""

import keras

if keras.backend.backend() == "jax":
    from common.training.gradients_jax import compiled, gradient, gradients
else:
    from common.training.gradients_tensorflow import compiled, gradient, gradients

__all__ = ["compiled", "gradient", "gradients"]
