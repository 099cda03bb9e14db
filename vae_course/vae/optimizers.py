"""Muon: steps of equal size in every direction of a layer's weights."""

from typing import Any

import keras
from keras import ops

_QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrix: Any, steps: int = 5) -> Any:
    """Bring the singular values of a matrix near 1 and keep its singular vectors.

    Newton–Schulz iteration X ← PX with P = a + bA + cA² and A = XXᵀ, begun at the matrix over its
    Frobenius norm. With these a, b, c, values well above 0 end between about 0.7 and 1.2. As A
    becomes PAP, all but the first A and the last product are done with the shorter side alone.

    Args:
        matrix: Shape (m, n).
        steps: Number of iterations.

    Returns:
        Nearly orthogonal matrix, shape (m, n).

    Raises:
        ValueError: If matrix does not have two axes.

    Source: K. Jordan et al. (2024), https://kellerjordan.github.io/posts/muon.

    Examples:
        The singular values of a diagonal matrix stand on its diagonal:

        >>> matrix = orthogonalise(ops.diag([3.0, 2.0, 1.0]))
        >>> print(ops.convert_to_numpy(ops.diag(matrix)).round(1))
        [1.1 0.7 0.7]
    """
    if len(matrix.shape) != 2:
        raise ValueError(f"matrix must have shape (m, n); got {tuple(matrix.shape)}")
    a, b, c = _QUINTIC
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
    gram = ops.matmul(x, ops.transpose(x))
    one = ops.eye(gram.shape[0], dtype=gram.dtype)
    product = one
    for _ in range(steps):
        factor = a * one + b * gram + c * ops.matmul(gram, gram)
        product = ops.matmul(factor, product)
        gram = ops.matmul(ops.matmul(factor, gram), factor)
    x = ops.matmul(product, x)
    return ops.transpose(x) if tall else x


@keras.saving.register_keras_serializable(package="vae_course")
class Muon(keras.optimizers.Optimizer):
    """Momentum orthogonalised for the kernels of layers, Adam for all other weights.

    A kernel is taken as a matrix, all axes but the last flattened; its step is

        −learning_rate · 0.2 √max(m, n) · orthogonalise(gradient + momentum · M),

    M the running sum of gradients. The factor makes the root mean square of a step that of Adam's,
    so that a learning rate means about the same for both kinds of weights. Adam's steps follow the
    few directions in which gradients are large; these go equally far in all, which for the
    convolutions here needs fewer batches for the same error.

    Unlike `keras.optimizers.Muon`, which leaves them to Adam, this takes convolutions in.

    Args:
        learning_rate: Length of a step, or a schedule of Keras.
        momentum: Part of the running sum that is kept.
        adam: Names (or parts of paths) of weights left to Adam, too.
        **kwargs: Passed on to `keras.optimizers.Optimizer`.

    Source: K. Jordan et al. (2024), https://kellerjordan.github.io/posts/muon; the factor: J. Liu
    et al. (2025), arXiv:2502.16982.

    Examples:
        Where the gradient is a hundredth, the step is nearly the same:

        >>> kernel = keras.Variable([[0.0, 0.0], [0.0, 0.0]])
        >>> Muon(learning_rate=1.0).apply([ops.diag([100.0, 1.0])], [kernel])
        >>> print(ops.convert_to_numpy(kernel).round(1))
        [[-0.2  0. ]
         [ 0.  -0.2]]
    """

    def __init__(
        self,
        learning_rate: Any = 4e-3,
        momentum: float = 0.95,
        adam: tuple[str, ...] = (),
        name: str = "muon",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must lie between 0 and 1, 1 excluded; got {momentum}")
        self.momentum, self.adam = momentum, tuple(adam)

    def build(self, variables: Any) -> None:
        """Create the running sums: one for a kernel, two for any other weight."""
        if self.built:
            return
        super().build(variables)
        self._first = [self.add_variable_from_reference(v, name="first") for v in variables]
        self._second = [
            None if self._is_kernel(v) else self.add_variable_from_reference(v, name="second")
            for v in variables
        ]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one weight."""
        index = self._get_variable_index(variable)
        first, second = self._first[index], self._second[index]
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        if second is None:
            total = gradient + self.momentum * first
            self.assign(first, total)
            ahead = gradient + self.momentum * total
            matrix = ops.reshape(ahead, (-1, variable.shape[-1]))
            length = 0.2 * max(matrix.shape) ** 0.5
            step = ops.reshape(length * orthogonalise(matrix), variable.shape)
        else:
            count = ops.cast(self.iterations + 1, variable.dtype)
            mean = 0.9 * first + 0.1 * gradient
            square = 0.999 * second + 0.001 * ops.square(gradient)
            self.assign(first, mean)
            self.assign(second, square)
            unbiased = square / (1 - ops.power(0.999, count))
            step = mean / (1 - ops.power(0.9, count)) / (ops.sqrt(unbiased) + 1e-7)
        self.assign_sub(variable, rate * step)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the optimizer again."""
        return {**super().get_config(), "momentum": self.momentum, "adam": self.adam}

    def _is_kernel(self, variable: Any) -> bool:
        return len(variable.shape) >= 2 and not any(part in variable.path for part in self.adam)
