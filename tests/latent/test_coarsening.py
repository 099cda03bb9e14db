"""Coarsening without networks: the clock, and the conserved volume fraction."""

import numpy as np
import pytest

from vae_course.latent.coarsening import Clock, conserve


def test_a_clock_reads_a_stripe_of_known_width():
    stripes = np.zeros((1, 64, 64), dtype=np.uint8)
    stripes[:, :, 16:32] = stripes[:, :, 48:] = 1
    once, twice = (Clock(3.0, offset, 0.0)(stripes)[0] for offset in (0.0, np.log(2)))
    assert twice == pytest.approx(2 * once)


def test_conserve_sets_the_fraction_and_keeps_the_order_of_pixels():
    logits = np.random.default_rng(0).normal(size=(3, 16, 16))
    found = conserve(logits, [0.25, 0.5, 0.75])
    np.testing.assert_allclose((found > 0.5).mean(axis=(1, 2)), [0.25, 0.5, 0.75], atol=0.005)
    for one, shifted in zip(logits, found, strict=True):
        assert np.array_equal(np.argsort(one.ravel()), np.argsort(shifted.ravel()))
