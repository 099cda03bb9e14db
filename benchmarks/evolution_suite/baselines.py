"""Models without training of their own, for `vae-course benchmark FILE:NAME`."""

import warnings

import numpy as np

from vae_course.data._workers import run
from vae_course.latent import (
    Evolution,
    LatentFlow,
    StrainEnergyModel,
    design,
    extrapolate_images,
)
from vae_course.latent.evolution import TYPICAL_B, TYPICAL_LAM
from vae_course.latent.forecast import forecast
from vae_course.physics import cahn_hilliard
from vae_course.physics.identification import identify

COARSE = 32  # cells along a side of the solver on a coarse grid
THIRD = slice(0, None, 3)  # of the frames given: enough for two constants, in a third of the time


class NothingChanges:
    """The last frame, and the present as its own past."""

    def forecast(self, frames, times, ahead):
        """Repeat the last frame."""
        return np.repeat(frames[:, -1:], len(ahead), axis=1)

    def past(self, images, factor, samples, seed):
        """Repeat the present."""
        return np.repeat(images[:, None], samples, axis=1)


class LatentVelocity:
    """Codes of the first and the last frame, on along a straight line in log time."""

    def __init__(self):
        self.evolution = Evolution.load_pretrained("all-cases")

    def forecast(self, frames, times, ahead):
        """Date the frames by their domain size, and extrapolate."""
        phases = (frames > 0.5).astype(np.uint8)
        ages = self.evolution.clock(phases[:, -1])
        first = np.maximum(ages - (times[-1] - times[0]), 0.2 * ages)
        vae = self.evolution.vae
        return np.concatenate(
            [
                extrapolate_images(vae, one[:1], start, one[-1:], now, now + ahead)
                for one, start, now in zip(phases, first, ages, strict=True)
            ]
        )


class CoarseSolver:
    """The Cahn-Hilliard equation on 32 × 32 cells, with constants from the middle of the ranges."""

    def forecast(self, frames, times, ahead):
        """Simulate means of 2 × 2 pixels on, and put the result on all pixels."""
        found = []
        for frame in frames[:, -1]:
            coarse = frame.reshape(COARSE, 2, COARSE, 2).mean(axis=(1, 3))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it is coarse is the point
                fields = cahn_hilliard.simulate(coarse, TYPICAL_B, TYPICAL_LAM, ahead)
            found.append(np.kron(fields, np.ones((1, 2, 2))))
        return np.stack(found)


def _by_physics(frames, times, ahead):
    one = identify(frames[THIRD], times[THIRD])
    return frames[-1:].repeat(len(ahead), 0) if one.constants is None else one.simulate(ahead)


def _by_pasts(frames, times, ahead):
    return forecast(frames[THIRD], times[THIRD], ahead, by="past").fields


def _each(function, series, times, ahead):
    found = dict(run(function, [(one, times, ahead) for one in series], -1, None))
    return np.stack([found[place] for place in range(len(series))])


class IdentifiedPhysics:
    """Constants fitted to four of the ten frames, and the last of them simulated on."""

    def forecast(self, frames, times, ahead):
        """Identify each series, and simulate."""
        return _each(_by_physics, frames, times, ahead)


class Pasts:
    """Physics from the network's past: constants are identified, pasts drawn and simulated on."""

    def forecast(self, frames, times, ahead):
        """Forecast each series."""
        return _each(_by_pasts, frames, times, ahead)


class Course:
    """The networks of the course, as they are shipped; ages by its clock, from domain sizes."""

    def __init__(self):
        self.evolution = Evolution.load_pretrained("all-cases")
        self.energies = StrainEnergyModel.load_pretrained("all-cases")
        self.flow = LatentFlow.load_pretrained("all-cases")

    def forecast(self, frames, times, ahead):
        """Carry the last frame on."""
        phases = (frames[:, -1] > 0.5).astype(np.uint8)
        ages = self.evolution.clock(phases)
        found = []
        for after in ahead:
            found.append(self.evolution.forward(phases, np.clip(1 + after / ages, 1, 10)))
        return np.stack(found, axis=1)

    def past(self, images, factor, samples, seed):
        """Draw pasts by the flow."""
        return self.evolution.backward(images, factor, samples, seed)

    def strain_energy(self, images):
        """Predict energies, and how sure they are."""
        return np.stack(self.energies.predict_with_uncertainty(images))

    def design(self, targets, seed):
        """Search codes, verified by finite elements."""
        found = []
        for target in np.unique(targets):
            count = int(np.sum(targets == target))
            found.append(design(float(target), candidates=count, seed=seed).images)
        return np.concatenate(found)

    def sample(self, times, fractions, seed):
        """Draw from the flow."""
        return self.flow.sample(len(times), time=times, volume_fraction=fractions, seed=seed)
