"""What solved patterns teach a network of a property, beyond what it was trained on.

A network of a property ends with a linear layer on what it has pooled of a picture. That layer is
learned anew from the patterns that were solved, by Bayesian linear regression, which needs no
training: the pooled numbers f tell the correction

    c(f) = a + bᵀ (f − f̄),    a ~ N(0, τ²),  b ~ N(0, τ² Σ⁻¹ / k),    error of a solve ~ N(0, ν τ²),

so that c has its mean by the posterior of a and b; τ cancels. Σ is the covariance of f over known
patterns, damped, and k its effective number of directions: what varies little among known patterns
and much among new ones tells most.

Source: active learning with Bayesian regression on what a network has learned: J. Snoek et al.
(2015), arXiv:1502.05700.
"""

from collections.abc import Sequence

import keras
import numpy as np

from vae_course.arrays import Floats, Floats32

_DAMPING = 0.1  # of the covariance, times its trace
_NOISE = 0.01  # ν


def with_features(network: keras.Model) -> keras.Model:
    """Return a model of both: values (N, members), and what their last layers are told (N, k).

    A network without such layers has its values stand for both.
    """
    last = _told_to_last(network.output) or [network.output]
    told = keras.layers.Concatenate(name="told")(last) if len(last) > 1 else last[0]
    return keras.Model(network.input, [network.output, told])


def _told_to_last(output: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Go back from what a network finds to what the nearest linear layers are told, (N, k) each."""
    found, ahead, seen = [], [output], set()
    while ahead:
        layer, node, _ = ahead.pop()._keras_history
        if (layer, node) in seen:
            continue
        seen.add((layer, node))
        before = layer._inbound_nodes[node].input_tensors
        if isinstance(layer, keras.layers.Dense) and before[0].ndim == 2:
            found += before
        else:
            ahead += reversed(before)
    return found


class LastLayer:
    """The prior of a correction, and its posterior.

    Args:
        known: Features of known patterns, shape (N, k).
    """

    def __init__(self, known: Floats) -> None:
        self.mean = known.mean(axis=0)
        covariance = np.atleast_2d(np.cov(known.T))
        damped = covariance + (_DAMPING * np.trace(covariance) + 1e-12) * np.eye(len(covariance))
        directions = np.trace(np.linalg.solve(damped, covariance))
        directions = max(directions, 1 / (1 + _DAMPING))  # which it is at least, if anything varies
        self.prior = np.linalg.inv(damped) / directions

    def learned(self, features: Floats, left: Floats) -> Floats32:
        """Find the correction from features (n, k) and what the network misses by (n,).

        Returns:
            The correction at a feature of 0, and its slopes, shape (1 + k,).
        """
        away = features - self.mean
        kernel = 1 + away @ self.prior @ away.T
        kernel[np.diag_indices_from(kernel)] += _NOISE
        weights = np.linalg.solve(kernel, left)
        slopes = self.prior @ (away.T @ weights)
        return np.append(weights.sum() - self.mean @ slopes, slopes).astype(np.float32)


class Lessons:
    """What the solves of one design have taught the last layers of its networks.

    Args:
        layers: One for each property.
    """

    def __init__(self, layers: Sequence[LastLayer]) -> None:
        self.layers = layers
        self.seen: list[list[Floats]] = [[] for _ in layers]
        self.missed: list[list[float]] = [[] for _ in layers]
        self.corrections = [np.zeros(1 + one.mean.size, dtype=np.float32) for one in layers]

    def corrected(self, values: Floats, features: Sequence[Floats]) -> Floats:
        """Correct what the networks say, shape (n, properties), by what has been learned."""
        found = zip(self.corrections, features, strict=True)
        return np.asarray(
            values + np.stack([one[0] + told @ one[1:] for one, told in found], axis=1)
        )

    def learn(self, features: Sequence[Floats], missed: Floats) -> None:
        """Learn from pictures that were solved; those that could not be are left out.

        Args:
            features: Of each property, shape (n, k).
            missed: By what its network missed the solver's value, shape (n, properties).
        """
        for p, (layer, told) in enumerate(zip(self.layers, features, strict=True)):
            solved = np.isfinite(missed[:, p])
            self.seen[p] += list(told[solved])
            self.missed[p] += list(missed[solved, p])
            if self.seen[p]:
                learned = layer.learned(np.array(self.seen[p]), np.array(self.missed[p]))
                self.corrections[p] = learned
