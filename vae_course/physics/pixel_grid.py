"""The finite elements of a square picture: one bilinear quadrilateral of scikit-fem a pixel."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skfem import Basis, ElementQuad1, MeshQuad

from vae_course.arrays import Floats

SIDES = ("left", "right", "top", "bottom")
"""The order of the reaction forces, as in the dataset."""

_QUADRATURE = 1 / 3
"""Where the 2 × 2 quadrature points lie between the centre (0) and the edges (1) of a pixel.

At the Gauss points, 1/√3, bilinear elements are too stiff in bending and at corners where pixels
touch. For 6 patterns of 64 × 64 from phase separation, either phase ten times as stiff as the
other, the energy of small strains lies 0.3 to 1.9 % above the limit of refined elements with Gauss
points, and 0.1 to 1.3 % above it with these.
"""


@dataclass(frozen=True)
class PixelGrid:
    """What depends on the number of pixels only. Displacements are (2, nodes): components first.

    The unknowns are numbered column by column, so that the tangent is a narrow band.

    Attributes:
        nodes: Nodes of each element, shape (4, elements).
        gradients: Gradients of the shape functions, shape (4, 2, points).
        weight: Weight of each of the 4 quadrature points.
        pixels: Flat index of the pixel of each element, shape (elements,).
        corners: Node at each corner of the pixels, laid out like the image, shape (n + 1, n + 1).
        sides: Component that each side fixes, and the nodes on it, in the order of `SIDES`.
        affine: Displacement of the nodes at d = 1, shape (2, nodes).
        free: Flat index of each unknown, shape (unknowns,).
        band_height: Height of the upper band of the tangent.
        entries: Which entries of the element tangents lie in the upper band.
        places: Where they go in the band.

    Examples:
        The quadrature points of all pixels share the area of the square:

        >>> grid = pixel_grid(4)
        >>> grid.nodes.shape, grid.weight * 4 * 4**2
        ((4, 16), 1.0)
    """

    nodes: NDArray[np.int64]
    gradients: Floats
    weight: float
    pixels: NDArray[np.int64]
    corners: NDArray[np.int64]
    sides: tuple[tuple[int, NDArray[np.int64]], ...]
    affine: Floats
    free: NDArray[np.int64]
    band_height: int
    entries: NDArray[np.int64]
    places: NDArray[np.int64]


@lru_cache(maxsize=4)
def pixel_grid(n: int) -> PixelGrid:
    """Build the grid of n × n pixels on the unit square.

    Args:
        n: Pixels along a side, at least 2.

    Returns:
        The grid; the same one for the same n.

    Examples:
        Four pixels have nine corners; nodes are numbered upwards, column by column:

        >>> print(pixel_grid(2).corners.tolist())
        [[2, 5, 8], [1, 4, 7], [0, 3, 6]]
    """
    ticks = np.linspace(0, 1, n + 1)
    mesh = MeshQuad.init_tensor(ticks, ticks).with_defaults()
    points = 0.5 + _QUADRATURE / 2 * np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]])
    basis = Basis(mesh, ElementQuad1(), quadrature=(points, np.full(4, 0.25)))
    x, y = mesh.p
    nodes = basis.element_dofs.astype(np.int64)
    x_centre, y_centre = x[nodes].mean(axis=0), y[nodes].mean(axis=0)
    sides = tuple((i // 2, basis.get_dofs(side).flatten()) for i, side in enumerate(SIDES))
    is_free = np.ones((2, x.size), dtype=bool)
    for component, on_side in sides:
        is_free[component, on_side] = False
    free = np.lexsort((np.repeat([0, 1], x.size), np.tile(y, 2), np.tile(x, 2)))
    free = free[is_free.ravel()[free]]
    number = np.full(2 * x.size, -1)
    number[free] = np.arange(free.size)
    unknowns = number.reshape(2, -1)[:, nodes].swapaxes(0, 1)  # (4, 2, elements)
    row = np.broadcast_to(unknowns[:, :, None, None], (4, 2, 4, 2, n * n)).ravel()
    column = np.broadcast_to(unknowns[None, None], (4, 2, 4, 2, n * n)).ravel()
    entries = np.flatnonzero((row >= 0) & (column >= row))
    row, column = row[entries], column[entries]
    height = int((column - row).max()) + 1
    return PixelGrid(
        nodes=nodes,
        gradients=np.array([shape[0].grad[:, 0] for shape in basis.basis]),
        weight=float(basis.dx[0, 0]),
        pixels=np.floor((1 - y_centre) * n).astype(np.int64) * n
        + np.floor(x_centre * n).astype(np.int64),
        corners=np.lexsort((x, -y)).reshape(n + 1, n + 1),
        sides=sides,
        affine=mesh.p - 0.5,
        free=free,
        band_height=height,
        entries=entries,
        places=column * height + height - 1 + row - column,
    )


def checked_pattern(pattern: ArrayLike) -> NDArray[np.int64]:
    """Require that a pattern is square, and has values 0 and 1.

    Args:
        pattern: Phases, shape (n, n) with n ≥ 2.

    Returns:
        The same as integers.

    Raises:
        ValueError: If it is not so.

    Examples:
        >>> checked_pattern([[0, 1], [2, 0]])
        Traceback (most recent call last):
        ValueError: pattern must have shape (n, n), ... got (2, 2) int64 with values [2]
    """
    phases = np.asarray(pattern)
    square = phases.ndim == 2 and phases.shape[0] == phases.shape[1] >= 2
    if not square or not np.isin(phases, (0, 1)).all():
        found = f"{phases.shape} {phases.dtype}"
        if square:
            found += f" with values {np.setdiff1d(phases, (0, 1))[:3].tolist()}"
        raise ValueError(
            f"pattern must have shape (n, n), n at least 2, with values 0 and 1; got {found}"
        )
    return phases.astype(np.int64)
