"""Constants found from frames: the right ones, their intervals, and laws that are refused."""

import json

import numpy as np
import pytest

from vae_course.data import load_embedded
from vae_course.physics import cahn_hilliard, descriptors, identified
from vae_course.physics._phase_field import integrate
from vae_course.physics.identification import Identified, identify

B, LAM = 80.0, 0.05  # interfaces so wide that 48 cells are enough
RATE = np.sqrt(2 * B * LAM) / 6
TIMES = np.array([2e-3, 2.6e-3, 3.2e-3, 4e-3, 5e-3])


def evolved(mean: float = 0.5, n: int = 48, seed: int = 4, **law: bool) -> np.ndarray:
    """Frames of a mixture at TIMES, by either law and with either boundary."""
    start = cahn_hilliard.initial_condition(mean, 11, n, seed)
    if not law.get("conserved", True):  # from a separated state: else one phase soon wins
        start = next(integrate(start, B, LAM, np.array([1e-3]), 4e-4))
        return np.array(list(integrate(start, B, LAM, 40 * (TIMES - 1e-3), 4e-4, **law)))
    return np.array(list(integrate(start, B, LAM, TIMES, 4e-4, **law)))


@pytest.fixture(scope="module")
def fields() -> np.ndarray:
    return evolved()


@pytest.fixture(scope="module")
def known(fields: np.ndarray) -> Identified:
    noisy = fields + np.random.default_rng(0).normal(0, 0.02, fields.shape)
    return identify(noisy, TIMES)


def test_constants_of_noisy_grey_frames_are_found_within_their_intervals(known):
    assert known.conserved
    assert known.kind == "grey"
    assert known.noise == pytest.approx(0.02, rel=0.1)
    for estimate, truth, within in (
        (known.speed, B, 0.05),
        (known.width, LAM / B, 0.05),
        (known.rate, RATE, 0.03),
    ):
        assert estimate.value == pytest.approx(truth, rel=within)
        assert estimate.low < truth < estimate.high
    assert known.age.low < TIMES[-1] < known.age.high
    assert known.unexplained < 0.1 < known.unexplained_otherwise


def test_a_forecast_is_what_is_simulated(known, fields):
    start = cahn_hilliard.initial_condition(0.5, 11, 48, 4)
    times = TIMES[-1] + np.array([1e-3, 3e-3])
    truth = cahn_hilliard.simulate(start, B, LAM, times)
    predicted = known.simulate(times - TIMES[-1])
    error, unchanged = (
        np.sqrt(np.mean((one - truth) ** 2, axis=(1, 2))) for one in (predicted, fields[-1:])
    )
    assert np.all(error < unchanged / 10)
    np.testing.assert_allclose(known.simulate(1), known.simulate([known.interval]))


def test_grey_levels_units_of_time_and_the_name_of_a_phase_change_nothing_else(fields):
    first = identify(fields[:3], TIMES[:3])
    for levels, scale in (((20.0, 140.0), 1.0), ((0.9, 0.1), 1e4)):
        low, high = levels
        other = identify(low + (high - low) * fields[:3], scale * TIMES[:3])
        assert other.speed.value * scale == pytest.approx(first.speed.value, rel=0.01)
        assert other.width.value == pytest.approx(first.width.value, rel=0.01)
        assert sorted(other.levels) == pytest.approx(sorted(levels), abs=0.01 * abs(high - low))


def test_a_blurred_series_tells_the_blur_apart_from_the_interface():
    fields = evolved(n=64)
    q2 = (np.pi * np.arange(64)) ** 2
    factor = np.exp(-(q2[:, None] + q2) * (1.5 / 64) ** 2 / 2)
    from vae_course.physics._shooting import from_modes, modes

    found = identify(from_modes(modes(fields) * factor), TIMES)
    assert found.blur == pytest.approx(1.5, abs=0.1)
    assert found.speed.value == pytest.approx(B, rel=0.05)
    assert found.width.value == pytest.approx(LAM / B, rel=0.05)


def test_periodic_frames_are_known_by_periodic_boundaries_alone():
    frames = evolved(periodic=True)
    right, wrong = (identify(frames, TIMES, boundary=one) for one in ("periodic", "no-flux"))
    assert right.speed.value == pytest.approx(B, rel=0.01)
    assert right.unexplained < 0.02 < wrong.unexplained


def test_binary_frames_tell_the_coarsening_rate():
    rate = np.sqrt(2 * B * 0.02) / 6
    start = cahn_hilliard.initial_condition(0.5, 11, 128, 4)
    fields = cahn_hilliard.simulate(start, B, 0.02, TIMES).reshape(5, 64, 2, 64, 2).mean((2, 4))
    found = identify(fields > 0.5, TIMES)
    assert found.kind == "binary"
    assert found.speed is None
    assert found.width is None
    assert found.rate.value == pytest.approx(rate, rel=0.15)
    assert found.rate.low < rate < found.rate.high
    assert found.age.low < TIMES[-1] < found.age.high
    assert found.conserved


@pytest.mark.parametrize("kind", ["allen-cahn", "allen-cahn, binary", "shuffled", "reversed"])
def test_another_law_is_refused(kind, fields):
    frames = {
        "allen-cahn": lambda: evolved(conserved=False),
        "allen-cahn, binary": lambda: evolved(conserved=False) > 0.5,
        "shuffled": lambda: fields[[3, 0, 4, 1, 2]],
        "reversed": lambda: fields[::-1],
    }[kind]()
    found = identify(frames, TIMES)
    assert found.conserved is False
    assert found.rate is found.speed is found.age is None
    with pytest.raises(ValueError, match="no constants are known"):
        found.simulate(1)
    if kind.startswith("allen"):
        assert "Allen–Cahn) describes the frames" in found.verdict
    else:
        assert found.verdict.startswith("neither")


def test_growing_grains_are_refused():
    """Grains of five orientations that grow by curvature; their boundaries are dark."""
    n, rng = 48, np.random.default_rng(1)
    seeds = rng.uniform(0, 1, (25, 2))
    x = (np.arange(n) + 0.5) / n
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1)
    nearest = np.argmin(((grid[:, :, None] - seeds) ** 2).sum(axis=-1), axis=-1) % 5
    phases = np.stack([nearest == k for k in range(5)]).astype(float)
    frames = []
    for _ in range(4):
        for _ in range(60):  # ∂η/∂t = −(η³ − η + 3 η Σ others² − κ ∇²η)
            padded = np.pad(phases, ((0, 0), (1, 1), (1, 1)), mode="edge")
            around = padded[:, 2:, 1:-1] + padded[:, :-2, 1:-1]
            around += padded[:, 1:-1, 2:] + padded[:, 1:-1, :-2]
            squares = (phases**2).sum(axis=0)
            force = phases**3 - phases + 3 * phases * (squares - phases**2)
            phases -= 0.1 * (force - 0.8 * (around - 4 * phases))
        frames.append((phases**2).sum(axis=0))
    for series in (np.array(frames), np.array(frames) > 0.75):
        found = identify(series)
        assert found.conserved is False, found.verdict


def test_frames_that_do_not_change_are_no_evolution(fields):
    found = identify(np.repeat(fields[:1], 3, axis=0))
    assert found.conserved is False


def test_the_clock_of_one_frame_is_that_of_the_dataset():
    """Fitted anew to its training simulations, and tried on those held out."""
    rows, ages, held = [], [], []
    for case in (1, 2, 3):
        train, test = load_embedded(case).split()
        for patterns in (train, test):
            parameters = patterns.parameters
            reduced = patterns.time * np.sqrt(2 * parameters["b"] * parameters["lam"]) / 6
            if patterns is test:
                for image, age in zip(patterns.images[::7], reduced[::7], strict=True):
                    one = identify(image[None]).reduced_age
                    held.append(one.low < age < one.high)
                continue
            u = (patterns.images.mean(axis=(1, 2)) - 0.5) ** 2
            size = descriptors.domain_size(patterns.images)
            weight = 0.5 if case == 1 else 1.0  # there are four times as many
            rows.append(weight * np.stack([np.ones_like(u), np.log(size), u, u * u], axis=1))
            ages.append(weight * np.log(reduced))
    fitted, *_ = np.linalg.lstsq(np.concatenate(rows), np.concatenate(ages), rcond=None)
    np.testing.assert_allclose(identified._AGE, fitted, rtol=1e-3)
    assert np.mean(held) == pytest.approx(identified.LEVEL, abs=0.05)


def test_what_was_found_is_read_back_and_other_files_are_refused(known, tmp_path):
    path = tmp_path / "clock.json"
    known.save(path)
    again = Identified.load(path)
    assert again.rate == known.rate
    np.testing.assert_allclose(again.simulate(1), known.simulate(1))
    entry = json.loads(path.read_text())
    bad = {
        "a list": [],
        "a name too many": entry | {"more": 1},
        "no rate": {name: value for name, value in entry.items() if name != "rate"},
        "a strip": entry | {"last": [[0.0, 1.0]]},
        "words": entry | {"levels": ["low", "high"]},
        "a word for a number": entry | {"rate": {"value": "x", "low": 1, "high": 2}},
    }
    for content in bad.values():
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match=r"clock\.json: expected"):
            Identified.load(path)


@pytest.mark.parametrize(
    ("frames", "more", "message"),
    [
        (np.eye(32), {}, r"shape \(k, n, n\), n >= 16; got \(32, 32\)"),
        (np.zeros((2, 16, 20)), {}, r"got \(2, 16, 20\)"),
        (np.ones((2, 16, 16)), {}, "two phases each"),
        (np.full((2, 16, 16), np.nan), {}, "must be finite"),
        (np.random.default_rng(0).random((1, 16, 16)), {}, "single frame must be binary"),
        (np.tile(np.eye(16), (2, 1, 1)), {"times": [0, 1, 2]}, "as many as frames, 2"),
        (np.tile(np.eye(16), (2, 1, 1)), {"times": [1, 1]}, "finite and ascending"),
        (np.tile(np.eye(16), (2, 1, 1)), {"boundary": "walls"}, "no-flux, periodic or open"),
        (np.tile(np.eye(300), (2, 1, 1)), {}, "reduce them to 256"),
    ],
)
def test_frames_that_cannot_be_used_are_refused(frames, more, message):
    with pytest.raises(ValueError, match=message):
        identify(frames, **more)


def test_one_frame_cannot_be_simulated_on():
    found = identify(np.eye(32)[None])
    with pytest.raises(ValueError, match="one frame: only its reduced age"):
        found.simulate(3)
    with pytest.raises(ValueError, match="one frame: only its reduced age"):
        found.age_of(np.eye(32))


@pytest.mark.parametrize("ahead", [0, [], [2.0, 1.0], [-1.0]])
def test_no_frames_ahead_are_refused(ahead, known):
    with pytest.raises(ValueError, match="must be"):
        known.simulate(ahead)
