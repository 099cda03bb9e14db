"""The law of rubber: compressible neo-Hookean elasticity, at any deformation.

    ψ = μ/2 (F:F − 1 − 2 ln J) + λ/2 (½ (J² − 1) − ln J),      P = ∂ψ/∂F,

with the deformation gradient F = 1 + ∇u in the plane (plane strain: F_zz = 1) and J = det F.

Source: the law is that of H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183.
"""

from dataclasses import dataclass

import numpy as np

from vae_course.arrays import Floats
from vae_course.physics.material_law import PAIRS, ImpossibleError, Response


@dataclass(frozen=True)
class NeoHookeanLaw:
    """The law, with constants of each element, in any unit of stress.

    Deformations are ∇u and stresses P, each as (xx, xy, yx, yy). There is no memory: the state is
    None.

    Attributes:
        shear: μ of each element, shape (elements,).
        lame: λ of each element.

    Examples:
        A little stretch along both axes, and Hooke's law of it:

        >>> rubber = NeoHookeanLaw(np.array([1.0]), np.array([1.5]))
        >>> stretched = 1e-6 * np.array([1.0, 0.0, 0.0, 1.0]).reshape(4, 1, 1)
        >>> print(rubber.respond(stretched).stress.ravel().round(9), 1e-6 * (2 * 1.0 + 2 * 1.5))
        [5.e-06 0.e+00 0.e+00 5.e-06] 4.9999999999999996e-06
    """

    shear: Floats
    lame: Floats

    def at_rest(self, points: int) -> None:
        """Nothing is remembered."""

    def respond(self, deformation: Floats, state: None = None) -> Response[None]:
        """Compute P = μ (F − F⁻ᵀ) + λ/2 (J² − 1) F⁻ᵀ; see `MaterialLaw`.

        Its derivative is μ δᵢₖ δⱼₗ + (μ − λ/2 (J² − 1)) Gᵢₗ Gₖⱼ + λ J² Gᵢⱼ Gₖₗ with G = F⁻ᵀ.
        """
        dilation = _dilation(deformation)
        if not (dilation > -1).all():
            raise ImpossibleError("a point is turned inside out")
        j = 1 + dilation
        xx, xy, yx, yy = deformation
        inverse = np.stack([1 + yy, -yx, -xy, 1 + xx]) / j  # transposed
        pressure = self.lame / 2 * (dilation * (2 + dilation)) - self.shear
        stress = self.shear * deformation + pressure * inverse
        stress[0] += self.shear
        stress[3] += self.shear

        def tangent() -> Floats:
            bulk = self.lame * j**2
            found = np.empty((len(PAIRS[0]), *j.shape))
            for place, (c, d) in enumerate(zip(*PAIRS, strict=True)):
                (i, row), (k, column) = divmod(c, 2), divmod(d, 2)
                crossed = inverse[2 * i + column] * inverse[2 * k + row]
                found[place] = bulk * inverse[c] * inverse[d] - pressure * crossed
                if c == d:
                    found[place] += self.shear
            return found

        return Response(stress, state, tangent)

    def stored(self, deformation: Floats, state: None = None) -> Floats:
        """Compute ψ, written in ∇u so that nothing cancels where it is small."""
        dilation = _dilation(deformation)
        log_j = np.log1p(dilation)
        shear = 2 * (deformation[0] + deformation[3]) + (deformation**2).sum(axis=0) - 2 * log_j
        volume = dilation + dilation**2 / 2 - log_j
        return np.asarray(self.shear / 2 * shear + self.lame / 2 * volume)


def _dilation(gradient: Floats) -> Floats:
    """J − 1 = tr ∇u + det ∇u."""
    xx, xy, yx, yy = gradient
    return np.asarray(xx + yy + xx * yy - xy * yx)
