"""What is learned from: pattern sets, read from files or made by simulation."""

from vae_course.data.embedded import load_embedded
from vae_course.data.generate import generate
from vae_course.data.mechanical_mnist import read_mechanical_mnist, read_pattern, read_patterns
from vae_course.data.micrographs import read_micrographs
from vae_course.data.pattern_set import PatternFileError, PatternSet
from vae_course.data.synthetic_micrographs import synthetic_micrographs

__all__ = [
    "PatternFileError",
    "PatternSet",
    "generate",
    "load_embedded",
    "read_mechanical_mnist",
    "read_micrographs",
    "read_pattern",
    "read_patterns",
    "synthetic_micrographs",
]
