"""What changes during training: the weight β of the KL term, and the learning rate over time."""

import math
import time
from collections.abc import Callable
from typing import Any

import keras


def warm_up(step: float, steps: float, beta: float = 1.0) -> float:
    """Compute β at a step of a warm-up: beta · min(1, step / steps), and beta if steps is 0.

    Args:
        step: Batches trained on so far.
        steps: Batches until the final value is reached.
        beta: The final value.

    Returns:
        β for the next batch.

    Raises:
        ValueError: If an argument is negative or not finite.

    Source: S. R. Bowman et al. (2016), arXiv:1511.06349.

    Examples:
        >>> [warm_up(step, steps=4) for step in range(6)]
        [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """
    if not all(0 <= value < math.inf for value in (step, steps, beta)):
        raise ValueError(
            f"step, steps and beta must be finite and not negative; got {step}, {steps} and {beta}"
        )
    return beta * min(1.0, step / steps) if steps else beta


def cyclical(step: float, period: int, beta: float = 1.0, ramp: float = 0.5) -> float:
    """Compute β at a step of a schedule in cycles: a warm-up begun again every `period` steps.

    beta · min(1, τ / ramp), where τ = (step mod period) / period is the part of the cycle that
    is over.

    Args:
        step: Batches trained on so far.
        period: Batches in a cycle.
        beta: The value in the later part of each cycle.
        ramp: Part of each cycle in which β rises, from 0 (constant β) to 1 (a saw tooth).

    Returns:
        β for the next batch.

    Raises:
        ValueError: If period is below 1, ramp is not between 0 and 1, or step or beta is negative
            or not finite.

    Source: H. Fu et al. (2019), arXiv:1903.10145.

    Examples:
        >>> [cyclical(step, period=4) for step in range(8)]
        [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0]
    """
    if not 1 <= period < math.inf:
        raise ValueError(f"period must be finite and at least 1; got {period}")
    if not 0 <= ramp <= 1:
        raise ValueError(f"ramp must lie between 0 and 1; got {ramp}")
    if not (0 <= step < math.inf and 0 <= beta < math.inf):
        raise ValueError(f"step and beta must be finite and not negative; got {step} and {beta}")
    return warm_up(step % period, ramp * period, beta)


class _BetaSchedule(keras.callbacks.Callback):
    """Set the model's β before each batch; the count goes on from one `fit` to the next."""

    def __init__(self, schedule: Callable[[int], float]) -> None:
        super().__init__()
        schedule(0)  # bad arguments are named here, not in the first batch
        self.step = 0
        self._schedule = schedule
        self._last: float | None = None

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set β for the batch, where it changes."""
        value = self._schedule(self.step)
        if value != self._last:
            self.model.beta.assign(value)
            self._last = value
        self.step += 1


class WarmUp(_BetaSchedule):
    """Raise β linearly from 0 to its final value over the first steps; see `warm_up`.

    A decoder that has learned nothing yet ignores its code, and the KL term would then switch
    the code off for good (posterior collapse); a small β at first leaves it time.

    Args:
        steps: Batches until the final value is reached.
        beta: The final value.

    Attributes:
        step: Batches trained on so far, in all calls of `fit`; set it to go on after a restart.

    Raises:
        ValueError: If steps or beta is negative or not finite.

    Source: S. R. Bowman et al. (2016), arXiv:1511.06349.

    Examples:
        >>> from vae_course.vae.model import build_vae
        >>> vae = build_vae(latent=2, size=8, channels=(2,))
        >>> vae.compile("sgd")
        >>> images = keras.ops.zeros((3, 8, 8))
        >>> history = vae.fit(images, batch_size=1, verbose=0, callbacks=[WarmUp(steps=4)])
        >>> float(vae.beta)  # of the third batch
        0.5
    """

    def __init__(self, steps: int, beta: float = 1.0) -> None:
        super().__init__(lambda step: warm_up(step, steps, beta))
        self.steps, self.beta = steps, beta


class Cyclical(_BetaSchedule):
    """Raise β from 0 again and again: linearly, then constant, in each period; see `cyclical`.

    Each restart lets the decoder use the code freely for a while, starting from codes that are
    already better than those of the cycle before.

    Args:
        period: Batches in a cycle.
        beta: The value in the later part of each cycle.
        ramp: Part of each cycle in which β rises, from 0 (constant β) to 1 (a saw tooth).

    Attributes:
        step: Batches trained on so far, in all calls of `fit`; set it to go on after a restart.

    Raises:
        ValueError: If period is below 1, ramp is not between 0 and 1, or beta is negative or not
            finite.

    Source: H. Fu et al. (2019), arXiv:1903.10145.

    Examples:
        >>> from vae_course.vae.model import build_vae
        >>> vae = build_vae(latent=2, size=8, channels=(2,))
        >>> vae.compile("sgd")
        >>> images = keras.ops.zeros((5, 8, 8))
        >>> history = vae.fit(images, batch_size=1, verbose=0, callbacks=[Cyclical(period=4)])
        >>> float(vae.beta)  # of the fifth batch, the first of a cycle
        0.0
    """

    def __init__(self, period: int, beta: float = 1.0, ramp: float = 0.5) -> None:
        super().__init__(lambda step: cyclical(step, period, beta, ramp))
        self.period, self.beta, self.ramp = period, beta, ramp


class _Budget(keras.callbacks.Callback):
    """Raise the learning rate, let it fall along a cosine, and stop when the budget is used up.

    The count of batches goes on from one `fit` to the next.
    """

    def __init__(
        self,
        name: str,
        amount: float,
        learning_rate: float,
        ramp: int,
        progress: Callable[[float, dict[str, float]], None] | None,
    ) -> None:
        super().__init__()
        if not (0 < amount < math.inf and 0 < learning_rate < math.inf and ramp >= 1):
            raise ValueError(
                f"{name} and learning_rate must be positive and ramp at least 1; "
                f"got {amount}, {learning_rate} and {ramp}"
            )
        self.learning_rate, self.ramp, self.progress = learning_rate, ramp, progress
        self.step = 0

    def part(self) -> float:
        """Return the part of the budget that is used up, 0 to 1."""
        raise NotImplementedError

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rate for the batch."""
        cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.part()))
        rise = min(1.0, (self.step + 1) / self.ramp)
        self.model.optimizer.learning_rate.assign(self.learning_rate * cosine * rise)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Tell how far it is, and stop when the budget is used up."""
        self.step += 1
        part = self.part()
        if self.progress is not None:
            self.progress(part, logs or {})
        if part >= 1.0:
            self.model.stop_training = True


class TimeBudget(_Budget):
    """Train for a given time: the learning rate rises, falls along a cosine, and then it stops.

    Over the first batches the rate rises linearly from zero. Adam's first steps are as long as the
    rate whatever the gradient, and long first steps can switch the decoder off for good.

    On JAX, Keras takes the variables out of the model while an epoch runs: a `progress` that looks
    at the model must take it from this callback, as `budget.model`, which puts them back first.

    Args:
        seconds: Time from the end of the first batch (which compiles the model) to the stop.
        learning_rate: The highest rate; it falls to a hundredth of this.
        ramp: Batches over which the rate rises.
        progress: Called after each batch with the part of the time that is over and the logs.
        spent: Seconds that went by before a restart; part of `seconds`.

    Attributes:
        step: Batches trained on so far, in all calls of `fit`; set it to go on after a restart.

    Raises:
        ValueError: If seconds or learning_rate is not positive, ramp is below 1, or spent is
            negative.

    Source: I. Loshchilov and F. Hutter (2017), arXiv:1608.03983 (cosine); P. Goyal et al. (2017),
    arXiv:1706.02677 (rise).

    Examples:
        >>> model, zeros = keras.Sequential([keras.layers.Dense(1)]), keras.ops.zeros((8, 1))
        >>> model.compile("sgd", "mse")
        >>> budget = TimeBudget(seconds=0.05)
        >>> history = model.fit(zeros, zeros, epochs=10_000, verbose=0, callbacks=[budget])
        >>> budget.part(), len(history.epoch) < 10_000
        (1.0, True)
    """

    def __init__(
        self,
        seconds: float,
        learning_rate: float = 1e-3,
        ramp: int = 100,
        progress: Callable[[float, dict[str, float]], None] | None = None,
        spent: float = 0.0,
    ) -> None:
        super().__init__("seconds", seconds, learning_rate, ramp, progress)
        if not 0 <= spent < math.inf:
            raise ValueError(f"spent must be finite and not negative; got {spent}")
        self.seconds = seconds
        self._before = spent
        self._start: float | None = None

    @property
    def spent(self) -> float:
        """Seconds since the end of the first batch, and those before a restart."""
        now = 0.0 if self._start is None else time.monotonic() - self._start
        return self._before + now

    def part(self) -> float:
        """Return the part of the time that is over, 0 to 1."""
        return min(1.0, self.spent / self.seconds)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock after the first batch; tell how far it is, and stop at the end."""
        if self._start is None:
            self._start = time.monotonic()
        super().on_train_batch_end(batch, logs)


class StepBudget(_Budget):
    """Train for a given number of batches, with the learning rate of `TimeBudget`.

    Other than with a budget of time, equal seeds train equally far on any computer.

    Args:
        steps: Batches, in all calls of `fit`.
        learning_rate: The highest rate; it falls to a hundredth of this.
        ramp: Batches over which the rate rises.
        progress: Called after each batch with the part of the batches that is over and the logs;
            on JAX, see `TimeBudget`.

    Attributes:
        step: Batches trained on so far, in all calls of `fit`; set it to go on after a restart.

    Raises:
        ValueError: If steps or learning_rate is not positive, or ramp is below 1.

    Source: see `TimeBudget`.

    Examples:
        >>> model, zeros = keras.Sequential([keras.layers.Dense(1)]), keras.ops.zeros((8, 1))
        >>> model.compile("sgd", "mse")
        >>> budget = StepBudget(steps=3)
        >>> history = model.fit(zeros, zeros, epochs=10_000, verbose=0, callbacks=[budget])
        >>> budget.step
        3
    """

    def __init__(
        self,
        steps: int,
        learning_rate: float = 1e-3,
        ramp: int = 100,
        progress: Callable[[float, dict[str, float]], None] | None = None,
    ) -> None:
        super().__init__("steps", steps, learning_rate, ramp, progress)
        self.steps = steps

    def part(self) -> float:
        """Return the part of the batches that is over, 0 to 1."""
        return min(1.0, self.step / self.steps)
