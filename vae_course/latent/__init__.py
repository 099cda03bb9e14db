"""What the latent space is used for: steering, evolution, properties and design."""

from vae_course.latent.baselines import extrapolate, extrapolate_images, nearest_past
from vae_course.latent.design import Design, design
from vae_course.latent.evolution import Evolution, resimulate
from vae_course.latent.flow import LatentFlow
from vae_course.latent.forecast import forecast
from vae_course.latent.geometry import interpolate, rank_axes, traverse
from vae_course.latent.pareto import Front, design_front, non_dominated
from vae_course.latent.properties import PropertyModel
from vae_course.latent.strain_energy_model import StrainEnergyModel

__all__ = [
    "Design",
    "Evolution",
    "Front",
    "LatentFlow",
    "PropertyModel",
    "StrainEnergyModel",
    "design",
    "design_front",
    "extrapolate",
    "extrapolate_images",
    "forecast",
    "interpolate",
    "nearest_past",
    "non_dominated",
    "rank_axes",
    "resimulate",
    "traverse",
]
