"""Errors of reconstruction by the age of a pattern, against a count by hand."""

import numpy as np
import pytest

from vae_course.data.pattern_set import PARAMETERS, PatternSet
from vae_course.vae import VAE
from vae_course.vae.model import build_vae
from vae_course.vae.stage_errors import reconstruction_by_stage

SIZE = 4


@pytest.fixture(scope="module")
def vae() -> VAE:
    """Build a VAE that says of every pixel that it is of phase 1 with probability ¾."""
    vae = build_vae(latent=2, size=SIZE, channels=(2,))
    for weight in vae.decoder.weights:
        weight.assign(0 * weight)
    vae.decoder.get_layer("logits").bias.assign([np.log(3.0)])
    return vae


def patterns(times) -> PatternSet:
    """The first of phase 1, the second of it in one half, the others of phase 0."""
    count = len(times)
    images = np.zeros((count, SIZE, SIZE), dtype=np.uint8)
    images[0] = 1
    images[1:2, :2] = 1
    energy, parameters = np.full((count, 7), np.nan), np.zeros(count, dtype=PARAMETERS)
    return PatternSet(images, np.arange(count), np.asarray(times), energy, parameters)


def test_the_stage_table_agrees_with_a_count_by_hand(vae):
    table = patterns([0.001, 0.002, 0.0005, np.nan, 0.03])
    found = reconstruction_by_stage(vae, table)
    np.testing.assert_array_equal(found.count, [0, 1, 2, 0, 0, 1])
    low, high = 1 / 16, 9 / 16
    nan = np.nan
    means = [nan, high, (low + (low + high) / 2) / 2, nan, nan, high]
    np.testing.assert_allclose(found.squared_error, means, rtol=1e-5)
    np.testing.assert_allclose(found.accuracy, [nan, 0, 0.75, nan, nan, 0])
    one = reconstruction_by_stage(vae, table, edges=(0, 0.01))
    assert one.count.tolist() == [3]


def test_edges_that_do_not_rise_are_refused(vae):
    message = r"edges must be two or more rising numbers; got \(1, 1\)"
    with pytest.raises(ValueError, match=message):
        reconstruction_by_stage(vae, patterns([0.1]), (1, 1))
