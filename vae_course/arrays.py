"""Names for the kinds of arrays that are passed around."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers that physics computes with."""

Floats32 = NDArray[np.float32]
"""Numbers that networks compute with: codes, probabilities, logits."""

Images = NDArray[np.uint8]
"""Phase of each pixel, 0 or 1."""
