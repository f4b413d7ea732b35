"""Adagrad for tables of vectors: one rate for each row, and only the rows that a batch has touched are read and written."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class RowAdagrad(keras.optimizers.Optimizer):
    """`a_r += mean(g_r^2)`, `w_r -= rate g_r / sqrt(a_r)` for the row r of every weight.

    One number of memory for each row instead of one or two for each weight. On TensorFlow a lookup's gradient names the rows it
    belongs to, and nothing else of the table is touched, so that a step costs the same for any number of rows; there a row that
    occurs several times in a batch adds the square of each occurrence. On JAX gradients are dense.

    Args:
        learning_rate: the rate, or a schedule.
        epsilon: keeps the first steps finite.

    Reference: Duchi et al. 2011; Gupta et al. 2014, "Training highly multiclass classifiers" (one rate a row).
    """

    def __init__(self, learning_rate=0.05, epsilon=1e-10, name="row_adagrad", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._squares = [
            self.add_variable(
                (len_of(variable), *(1,) * (len(variable.shape) - 1)), name=f"squares_{number}", initializer="zeros"
            )
            for number, variable in enumerate(variables)
        ]

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        squares = self._squares[self._get_variable_index(variable)]
        if hasattr(gradient, "indices"):  # TensorFlow's gradient of a lookup
            rows, values = gradient.indices, gradient.values
            of_rows = type(gradient)
            self.assign_add(squares, of_rows(mean_square(values), rows))
            scale = rate / ops.sqrt(ops.take(squares, rows, axis=0) + self.epsilon)
            self.assign_sub(variable, of_rows(values * scale, rows))
        else:
            self.assign_add(squares, mean_square(gradient))
            self.assign_sub(variable, rate * gradient / ops.sqrt(ops.convert_to_tensor(squares) + self.epsilon))

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}


def len_of(variable):
    """Rows of a weight."""
    return variable.shape[0] if len(variable.shape) else 1


def mean_square(gradient):
    """Mean of the squares of each row, with the row's rank kept."""
    axes = tuple(range(1, len(gradient.shape)))
    return ops.mean(ops.square(gradient), axis=axes, keepdims=True) if axes else ops.square(gradient)
