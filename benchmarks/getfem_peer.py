"""The same pattern pulled by another package, GetFEM: getfem_peer.py [--finer 8].

Prints the mean stress at each strain. GetFEM comes with Linux distributions (python3-getfem in
Debian, whose own Python runs this file), not from the package registry; the curve that version
5.4.2 gives is kept in tests/physics/test_plasticity.py. With eight elements along each pixel it
takes two minutes.
"""

import argparse
import json

import getfem  # type: ignore[import-not-found, unused-ignore]
import numpy as np

LAW = ("plane strain Prandtl Reuss linear hardening", "displacement only")
LAW_DATA = ("u", "xi", "Ep", "alpha", "lam", "mu", "initial", "kinematic", "isotropic")
STRESS = "(lam*Trace(Grad_u)*Id(2)+2*mu*(Sym(Grad_u)-Ep))(1,1)"
SIDES = {"left": (0, -1), "right": (0, 1), "bottom": (1, -1), "top": (1, 1)}
YOUNG, POISSON, YIELD, HARDENING = 1000.0, 0.3, (3.0, 1.0), 10.0


def blobs(n: int = 8) -> np.ndarray:
    """Return the pattern of the test, shape (n, n)."""
    waves = np.random.default_rng(0).normal(size=(4, 4))
    x = np.pi * (np.arange(n) + 0.5) / n
    cosines = np.cos(np.outer(np.arange(4), x))
    return (np.einsum("mk,mi,kj->ij", waves, cosines, cosines) > 0).astype(int)


def pulled(pattern: np.ndarray, strains: np.ndarray, finer: int) -> list[float]:
    """Pull a pattern, in biquadratic elements with Lagrange multipliers on the four sides."""
    n = len(pattern)
    ticks = np.linspace(0, 1, n * finer + 1)
    mesh = getfem.Mesh("cartesian", ticks, ticks)
    faces = mesh.outer_faces()
    normals = mesh.normal_of_faces(faces)
    for number, (axis, sign) in enumerate(SIDES.values(), 1):
        mesh.set_region(number, faces[:, np.abs(normals[axis] - sign) < 1e-6])

    def elements(kind: str, components: int = 1) -> getfem.MeshFem:
        made = getfem.MeshFem(mesh, components)
        made.set_fem(getfem.Fem(kind))
        return made

    points = getfem.MeshIm(mesh, getfem.Integ("IM_GAUSS_PARALLELEPIPED(2,4)"))
    constant, multiplier = elements("FEM_QK(2,0)"), elements("FEM_QK(2,2)")
    x, y = constant.basic_dof_nodes()
    phase = pattern[n - 1 - (y * n).astype(int), (x * n).astype(int)]
    model = getfem.Model("real")
    displacement = elements("FEM_QK(2,2)", 2)
    model.add_fem_variable("u", displacement)
    model.add_fem_data("Previous_u", displacement)
    for name in ("xi", "Previous_xi"):
        model.add_fem_data(name, elements("FEM_QK_DISCONTINUOUS(2,1)"))
    model.add_im_data("Ep", getfem.MeshImData(points, -1, [2, 2]))
    model.add_im_data("alpha", getfem.MeshImData(points, -1))
    lame = YOUNG * POISSON / (1 + POISSON) / (1 - 2 * POISSON)
    constants = {"lam": lame, "mu": YOUNG / 2 / (1 + POISSON), "strain": 0.0}
    for name, value in (constants | {"kinematic": 0.0, "isotropic": HARDENING}).items():
        model.add_initialized_data(name, value)
    model.add_initialized_fem_data("initial", constant, np.take(YIELD, phase))
    model.add_small_strain_elastoplasticity_brick(points, *LAW, *LAW_DATA)
    model.add_variable("height", 1)
    for number, (side, (axis, _)) in enumerate(SIDES.items(), 1):
        model.add_filtered_fem_variable(side, multiplier, number)
        moved = {"right": "strain", "top": "height"}.get(side, "0")
        part = f"(u({axis + 1})-{moved})*Test_{side}+{side}*Test_u({axis + 1})"
        if side == "top":  # straight, and free of net force
            part += f"-{side}*Test_height"
        model.add_nonlinear_term(points, part, number)
    curve = []
    for strain in strains:
        model.set_variable("strain", [strain])
        model.solve("max_res", 1e-8, "max_iter", 60, "lsearch", "simplest")
        model.small_strain_elastoplasticity_next_iter(points, *LAW, *LAW_DATA)
        curve.append(float(getfem.asm_generic(points, 0, STRESS, -1, model)))
    return curve


def main() -> None:
    """Pull the pattern and print its curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--finer", type=int, default=8, help="elements along each pixel")
    arguments = parser.parse_args()
    curve = pulled(blobs(), np.linspace(0.001, 0.02, 20), arguments.finer)
    print(json.dumps([round(one, 5) for one in curve]))


if __name__ == "__main__":
    main()
