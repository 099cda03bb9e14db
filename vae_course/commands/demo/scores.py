"""How predictions are scored in the report."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Score = dict[str, Any]


def mean_squared_error(predicted: NDArray[Any], truth: NDArray[Any]) -> float:
    """Mean over images and pixels of the squared difference; arrays of one shape."""
    return float(np.mean((predicted.astype(np.float64) - truth) ** 2))


def pixel_accuracy(predicted: NDArray[Any], truth: NDArray[Any]) -> float:
    """Part of the pixels whose phase is right once the prediction is binarised at 0.5."""
    return float(np.mean((predicted > 0.5) == (truth > 0.5)))
