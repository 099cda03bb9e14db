"""What comes after frames: by the identified equation, by the network, and by both."""

import importlib

import numpy as np
import pytest

from vae_course.data.generate import draw_parameters
from vae_course.latent import Evolution
from vae_course.latent.forecast import forecast
from vae_course.physics.identification import identify
from vae_course.suite.data import film, noisy

pytestmark = [pytest.mark.slow, pytest.mark.any_backend]
MODULE = importlib.import_module("vae_course.latent.forecast")
TIMES = np.array([0.0, 4e-4, 8e-4])
AHEAD = np.array([2e-3, 4e-3])


@pytest.fixture(scope="module")
def series():
    """Grey levels from 40 to 200, and what comes."""
    fields = film(draw_parameters(2, 3, seed=12)[1], np.array([0, 2, 4, 14, 24]))
    return 40 + 160 * noisy(fields[:3], 0), 40 + 160 * fields[3:]


@pytest.fixture(scope="module")
def identified(series):
    return identify(series[0], TIMES)


@pytest.fixture
def known(identified, monkeypatch):
    """Identify once for all tests."""
    monkeypatch.setattr(MODULE, "identify", lambda *given, **more: identified)


def rms(one):
    return np.sqrt(np.mean(one**2, axis=(1, 2)))


def test_each_way_beats_nothing_changes_and_physics_is_best(series, known):
    frames, truth = series
    found = {way: forecast(frames, TIMES, AHEAD, by=way) for way in ("physics", "network", "past")}
    off = {way: rms(one.fields - truth) for way, one in found.items()}
    unchanged = rms(frames[-1] - truth)
    for way, errors in off.items():
        assert found[way].by == way
        assert np.all(errors < 0.8 * unchanged), (way, errors, unchanged)
        assert np.all(off["physics"] <= errors)
    assert np.all(off["physics"] < 0.2 * unchanged)


def test_unless_told_the_better_one_goes_on(series, known):
    found = forecast(series[0], TIMES, 2)
    assert found.by == "physics"
    assert found.errors["physics"] < found.errors["network"] < found.errors["nothing changes"]
    assert found.fields.shape == (2, 64, 64)
    np.testing.assert_allclose(found.fields, found.identified.simulate(2))


def test_where_the_network_does_not_know_such_frames_physics_alone_is_asked(series, known):
    class Stranger:
        vae = Evolution.load_pretrained("all-cases").vae

        @staticmethod
        def knows(images):
            return False

    found = forecast(series[0], TIMES, 1, evolution=Stranger())
    assert found.by == "physics"
    assert "network" not in found.errors


def test_frames_that_no_coarsening_describes_are_refused():
    still = np.tile(np.arange(64) % 16 < 8, (3, 64, 1))
    with pytest.raises(ValueError, match="nothing can be forecast: nothing changes but noise"):
        forecast(still)


@pytest.mark.parametrize(
    ("frames", "more", "words"),
    [
        (np.zeros((1, 8, 8)), {}, r"frames must have shape \(k, n, n\), k at least 2"),
        (np.zeros((2, 8, 8)), {"by": "magic"}, "by must be physics, network or past; got magic"),
    ],
)
def test_what_cannot_be_used_is_named(frames, more, words):
    with pytest.raises(ValueError, match=words):
        forecast(frames, **more)


def test_no_frame_ahead_is_refused(series, known):
    with pytest.raises(ValueError, match="ahead must be at least 1; got 0"):
        forecast(series[0], TIMES, 0)
