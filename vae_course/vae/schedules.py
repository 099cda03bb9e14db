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
    """Train for a given time: cosine decay of the learning rate over it, then stop.

    Args:
        seconds: Time from the end of the first batch (which compiles the model) to the stop.
        learning_rate: Rate at the start; it falls to a hundredth of this.
        progress: Called after each batch with the part of the time that is over and the logs.

    Raises:
        ValueError: If seconds or learning_rate is not positive.
    """

    def __init__(
        self,
        seconds: float,
        learning_rate: float = 1e-3,
        progress: Callable[[float, dict[str, float]], None] | None = None,
    ) -> None:
        super().__init__()
        if not (seconds > 0 and learning_rate > 0):
            raise ValueError(
                f"seconds and learning_rate must be positive; got {seconds} and {learning_rate}"
            )
        self.seconds, self.learning_rate, self.progress = seconds, learning_rate, progress
        self._start: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Set the rate for the next batch, or stop."""
        now = time.monotonic()
        if self._start is None:
            self._start = now
        part = min(1.0, (now - self._start) / self.seconds)
        rate = self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))
        self.model.optimizer.learning_rate.assign(rate)
        if self.progress is not None:
            self.progress(part, logs or {})
        if part >= 1.0:
            self.model.stop_training = True
