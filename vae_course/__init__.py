"""Variational autoencoders on evolving microstructures, checked by physics."""

__version__ = "0.1.0"
