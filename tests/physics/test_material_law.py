"""Every law behind the one interface: slopes by differences, energy, and no direction preferred."""

import numpy as np
import pytest

from vae_course.physics._pixel_body import PixelBody
from vae_course.physics._pulled_body import Body
from vae_course.physics.hyperelasticity import _Body
from vae_course.physics.j2_law import J2Law
from vae_course.physics.material_law import PAIRS, ImpossibleError
from vae_course.physics.neo_hookean_law import NeoHookeanLaw
from vae_course.physics.pixel_grid import pixel_grid

RNG = np.random.default_rng(0)
ELEMENTS, POINTS = 5, 4
STIFFNESS = RNG.uniform(1, 2, (2, ELEMENTS))


def metal(m: float) -> J2Law:
    bulk, shear = 1000 * STIFFNESS
    return J2Law(bulk, shear, RNG.uniform(1, 3, ELEMENTS), np.full(ELEMENTS, 20.0), m)


LAWS = {
    "rubber": (NeoHookeanLaw(*STIFFNESS), 0.2),
    "metal, linear": (metal(1.0), 3e-3),
    "metal, power": (metal(0.4), 3e-3),
}
"""Each with the size of the deformation that it is tried with."""


@pytest.fixture(params=LAWS)
def law(request):
    return LAWS[request.param]


def deformed(size: float) -> np.ndarray:
    return size * RNG.uniform(-1, 1, (4, POINTS, ELEMENTS))


def full(tangent: np.ndarray) -> np.ndarray:
    found = np.zeros((4, 4, *tangent.shape[1:]))
    found[PAIRS], found[PAIRS[::-1]] = tangent, tangent
    return found


def test_the_tangent_is_the_slope_of_the_stress_also_when_it_flows(law):
    law, size = law
    state = law.respond(deformed(size), law.at_rest(POINTS)).state
    here, step = deformed(size), 1e-6 * size
    found = law.respond(here, state)
    if state is not None:
        assert 0.3 < np.mean(found.state[1] > state[1]) <= 1  # most points flow
    tangent = full(found.tangent())
    for component in range(4):
        sides = []
        for sign in (1, -1):
            moved = here.copy()
            moved[component] += sign * step
            sides.append(law.respond(moved, state).stress)
        slope = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(slope, tangent[component], atol=1e-4 * np.abs(tangent).max())


def test_the_stress_is_the_slope_of_what_is_stored_where_nothing_is_lost(law):
    law, size = law
    rest = law.at_rest(POINTS)
    here = deformed(size if rest is None else size / 50)
    step = 1e-5 * size
    for component in range(4):
        energies = []
        for sign in (1, -1):
            moved = here.copy()
            moved[component] += sign * step
            energies.append(law.stored(moved, law.respond(moved, rest).state))
        stress = law.respond(here, rest).stress
        slope = (energies[0] - energies[1]) / (2 * step)
        np.testing.assert_allclose(slope, stress[component], atol=1e-5 * np.abs(stress).max())


def test_at_rest_there_is_neither_stress_nor_energy(law):
    law, _ = law
    rest, nothing = law.at_rest(POINTS), np.zeros((4, POINTS, ELEMENTS))
    assert not law.respond(nothing, rest).stress.any()
    assert not law.stored(nothing, rest).any()


def test_rubber_that_is_only_turned_stores_nothing_and_what_is_inside_out_is_refused():
    rubber, _ = LAWS["rubber"]
    turn = np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]]) - np.eye(2)
    turned = np.broadcast_to(turn.reshape(4, 1, 1), (4, POINTS, ELEMENTS))
    np.testing.assert_allclose(rubber.respond(turned).stress, 0, atol=1e-14)
    np.testing.assert_allclose(rubber.stored(turned), 0, atol=1e-14)
    with pytest.raises(ImpossibleError, match="inside out"):
        rubber.respond(np.full((4, 1, ELEMENTS), -2.0))


def test_metal_forgets_nothing_and_its_heat_only_grows():
    law, size = LAWS["metal, linear"]
    state, heat = law.at_rest(POINTS), 0.0
    for _ in range(5):
        found = law.respond(deformed(size), state)
        assert (found.state[1] >= state[1]).all()
        assert law.dissipated(found.state).sum() >= heat
        state, heat = found.state, law.dissipated(found.state).sum()
    np.testing.assert_allclose(state[0][:3].sum(axis=0), 0, atol=1e-16)  # flow keeps the volume


def bodies() -> dict[str, PixelBody]:
    grid, phases = pixel_grid(3), np.arange(9).reshape(3, 3) % 2
    both = np.array([10.0, 1.0])
    phase = phases.ravel()[grid.pixels]
    law = J2Law(*(np.full(9, one) for one in (833.0, 385.0)), np.take((3.0, 1.0), phase),
                np.take((30.0, 20.0), phase), 1.0)  # fmt: skip
    return {"stretched": _Body(grid, phases, both, 1.5 * both), "pulled": Body(grid, law)}


@pytest.mark.parametrize(("name", "size"), [("stretched", 0.02), ("pulled", 1e-3)])
def test_a_body_s_tangents_are_the_slopes_of_its_forces(name, size):
    body = bodies()[name]
    u = RNG.normal(scale=size, size=(2, body.size))
    rest = body.law.at_rest(body.points)
    found = body.law.respond(body.deformation(u), rest)
    tangents = body.tangents(found.tangent())
    whole = np.zeros((2 * body.size, 2 * body.size))
    rows, columns = np.triu_indices(8)
    for e, dofs in enumerate(body.dofs.T):
        local = np.zeros((8, 8))
        local[rows, columns], local[columns, rows] = tangents[:, e], tangents[:, e]
        whole[np.ix_(dofs, dofs)] += local
    for dof in RNG.choice(2 * body.size, 8, replace=False):
        step = np.zeros(2 * body.size)
        step[dof] = 1e-5 * size
        sides = [
            body.forces(body.law.respond(body.deformation(v), rest).stress).ravel()
            for v in (u + step.reshape(2, -1), u - step.reshape(2, -1))
        ]
        slope = (sides[0] - sides[1]) / (2e-5 * size)
        np.testing.assert_allclose(slope, whole[:, dof], atol=2e-3 * np.abs(whole[:, dof]).max())
