"""How an ensemble learns a property: batches, training, and the calibration of its spread."""

from dataclasses import dataclass

import keras
import numpy as np
from scipy.optimize import minimize

from vae_course.arrays import Floats, Floats32, Images
from vae_course.latent._networks import Trend
from vae_course.latent.property_networks import build_image_network, with_trend
from vae_course.progress import Progress
from vae_course.vae.batches import SeededBatches
from vae_course.vae.optimizers import Muon
from vae_course.vae.schedules import StepBudget

_FRACTIONS = 0.1  # range of volume fractions over which a calibration may differ


@dataclass(frozen=True)
class Settings:
    """How an ensemble is trained: members, batches and their size, seed, and symmetries."""

    members: int = 3
    steps: int = 1500
    batch_size: int = 64
    rate: float = 4e-3
    seed: int = 0
    turns: bool = False
    widths: tuple[int, ...] = (16, 32, 64)
    blocks: int = 2


class PropertyBatches(SeededBatches):
    """Random batches, each drawn from its number; every member learns the same values.

    Images are mirrored at random, which also turns them by a half; turned by a quarter only where
    that keeps the property.
    """

    def __init__(self, images: Images, wanted: Floats, settings: Settings, first: int = 0) -> None:
        super().__init__(settings.seed)
        self.images, self.settings, self.first = images, settings, first
        each = wanted.reshape(len(wanted), -1)  # one value, or several
        self.wanted = np.tile(each, (1, settings.members)).astype(np.float32)

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, index: int) -> tuple[Floats32, Floats32]:
        rng = np.random.default_rng((self.settings.seed, self.first + index))
        chosen = rng.integers(len(self.images), size=self.settings.batch_size)
        batch = self.images[chosen]  # a copy
        rows, columns, transposed = rng.random((3, len(batch))) < 0.5
        batch[rows] = batch[rows, ::-1]
        batch[columns] = batch[columns, :, ::-1]
        if self.settings.turns:
            batch[transposed] = batch[transposed].transpose(0, 2, 1)
        return batch.astype(np.float32), self.wanted[chosen]


def untrained(
    images: Images, values: Floats, settings: Settings
) -> tuple[keras.Model, Floats, Trend | None]:
    """Build what is trained, what it is to learn, and the trend that is put behind it.

    Values above 0 are learned as what is left of a trend with the volume fraction.
    """
    trend, wanted = None, values
    if (values > 0).all():
        fraction = images.mean(axis=(1, 2))
        slope = int(np.ptp(fraction) > 0)
        trend = Trend.fit(fraction, values, degrees=(slope, slope))
        wanted = trend.residual(fraction, values)
    network = build_image_network(
        settings.members,
        settings.widths,
        settings.blocks,
        images.shape[1],
        float(wanted.mean()),
        float(wanted.std()) or 1.0,
        settings.seed,
    )
    return network, wanted, trend


def train(images: Images, values: Floats, settings: Settings, progress: Progress) -> keras.Model:
    """Train an ensemble, from images (N, n, n) to values (N, members)."""
    network, wanted, trend = untrained(images, values, settings)

    def tell(part: float, logs: dict[str, float]) -> None:
        progress("Training", part, f"loss {logs['loss']:.3g}")

    network.compile(Muon(settings.rate), "huber")
    batches = PropertyBatches(images, wanted, settings).as_dataset()
    budget = StepBudget(settings.steps, settings.rate, progress=tell)
    network.fit(batches, shuffle=False, verbose=0, callbacks=[budget])
    return network if trend is None else with_trend(network, trend)


def calibrate(
    mean: Floats, spread: Floats, true: Floats, volume_fraction: Floats | None = None
) -> tuple[float, float, float]:
    """Fit base, factor and growth of a `Calibration` by maximum likelihood, arrays (N,).

    There is no growth without volume fractions, nor where they hardly differ.
    """
    error = np.asarray(true - mean)
    away = np.zeros(len(error)) if volume_fraction is None else volume_fraction - 0.5
    grows = np.ptp(away) > _FRACTIONS

    def negative_log_likelihood(found: Floats) -> float:
        growth = found[2] if grows else 0.0
        variance = np.exp(2 * found[0] + growth * away) + np.exp(2 * found[1]) * spread**2
        return float(np.mean(np.log(variance) + error**2 / variance))

    start = [np.log(np.sqrt(np.mean(error**2)) + 1e-12), 0.0, 0.0][: 2 + grows]
    found = minimize(negative_log_likelihood, start, method="Nelder-Mead").x
    base, factor = np.exp(found[:2])
    return float(base), float(factor), float(found[2]) if grows else 0.0
