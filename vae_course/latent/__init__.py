"""What the latent space is used for: steering, evolution, properties and design."""

from vae_course.latent.evolution import extrapolate, extrapolate_images
from vae_course.latent.geometry import interpolate, rank_axes, traverse

__all__ = ["extrapolate", "extrapolate_images", "interpolate", "rank_axes", "traverse"]
