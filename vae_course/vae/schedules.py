"""What changes during training: the weight β of the KL term, and the learning rate over time."""

import math
import time
from collections.abc import Callable
from typing import Any

import keras


class WarmUp(keras.callbacks.Callback):
    """Raise β linearly from 0 to its final value over the first steps.

    A decoder that has learned nothing yet ignores its code, and the KL term would then switch
    the code off for good (posterior collapse); a small β at first leaves it time.

    Args:
        steps: Batches until the final value is reached.
        beta: The final value.

    Raises:
        ValueError: If steps or beta is negative.

    Source: S. R. Bowman et al. (2016), arXiv:1511.06349.
    """

    def __init__(self, steps: int, beta: float = 1.0) -> None:
        super().__init__()
        if steps < 0 or beta < 0:
            raise ValueError(f"steps and beta must not be negative; got {steps} and {beta}")
        self.steps, self.beta = steps, beta
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set β for the batch."""
        if self._step <= self.steps:
            part = self._step / self.steps if self.steps else 1.0
            self.model.beta.assign(self.beta * part)
        self._step += 1


class TimeBudget(keras.callbacks.Callback):
    """Train for a given time: the learning rate rises, falls along a cosine, and then it stops.

    Over the first batches the rate rises linearly from zero. Adam's first steps are as long as the
    rate whatever the gradient, and long first steps can switch the decoder off for good.

    Args:
        seconds: Time from the end of the first batch (which compiles the model) to the stop.
        learning_rate: The highest rate; it falls to a hundredth of this.
        ramp: Batches over which the rate rises.
        progress: Called after each batch with the part of the time that is over and the logs.

    Raises:
        ValueError: If seconds or learning_rate is not positive, or ramp is below 1.

    Source: I. Loshchilov and F. Hutter (2017), arXiv:1608.03983 (cosine); P. Goyal et al. (2017),
    arXiv:1706.02677 (rise).
    """

    def __init__(
        self,
        seconds: float,
        learning_rate: float = 1e-3,
        ramp: int = 100,
        progress: Callable[[float, dict[str, float]], None] | None = None,
    ) -> None:
        super().__init__()
        if not (seconds > 0 and learning_rate > 0 and ramp >= 1):
            raise ValueError(
                "seconds and learning_rate must be positive and ramp at least 1; "
                f"got {seconds}, {learning_rate} and {ramp}"
            )
        self.seconds, self.learning_rate, self.ramp = seconds, learning_rate, ramp
        self.progress = progress
        self._start: float | None = None
        self._step = 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rate for the batch."""
        self._step += 1
        cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self._part()))
        rise = min(1.0, self._step / self.ramp)
        self.model.optimizer.learning_rate.assign(self.learning_rate * cosine * rise)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Tell how far it is, and stop when the time is over."""
        if self._start is None:
            self._start = time.monotonic()
        part = self._part()
        if self.progress is not None:
            self.progress(part, logs or {})
        if part >= 1.0:
            self.model.stop_training = True

    def _part(self) -> float:
        if self._start is None:
            return 0.0
        return min(1.0, (time.monotonic() - self._start) / self.seconds)
