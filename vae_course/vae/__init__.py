"""What learns: variational autoencoders in Keras, on any of its backends."""

from vae_course.vae.conditional import ConditionalVAE
from vae_course.vae.model import VAE, build_vae
from vae_course.vae.pretrained import load_pretrained

__all__ = ["VAE", "ConditionalVAE", "build_vae", "load_pretrained"]
