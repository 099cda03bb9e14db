"""What learns: variational autoencoders in Keras, on any of its backends."""

from vae_course.vae.model import VAE

__all__ = ["VAE"]
