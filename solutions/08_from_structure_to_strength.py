# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 08 · From structure to stiffness
#
# **How stiff is it?**
#
# *Time: about 75 minutes (32 for the core), of which the computer needs one.* You need from lesson
# 01 the volume fraction $\varphi$, the domain size, the two-point correlation, $R^2$, and why a
# test set must hold whole simulations. From lesson 02 you need convolutions, and from lesson 03
# what a code is. Of mechanics you need that a stiffer spring takes more work to pull.

# %%
import keras
import numpy as np
from scipy.ndimage import label
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupShuffleSplit, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler
from sklearn.svm import SVR

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.latent import StrainEnergyModel
from vae_course.latent.baselines import two_point_baseline
from vae_course.physics import energy_bounds as proven
from vae_course.physics.descriptors import (
    domain_size,
    perimeter,
    volume_fraction,
)
from vae_course.physics.figures import (
    against_truth,
    points_and_curves,
    stretched_patterns,
)
from vae_course.physics.hyperelasticity import solve, strain_energy

# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)
# W, see section 1
energy, unseen = (
    train.strain_energy[:, -1],
    test.strain_energy[:, -1],
)

# %% jupyter={"source_hidden": true}
half = np.flatnonzero(np.abs(volume_fraction(test.images) - 0.5) < 0.001)
ranked = half[np.argsort(unseen[half])]
# From soft to stiff
six = ranked[np.linspace(0, len(ranked) - 1, 6).round().astype(int)]
plotting.show(
    plotting.pattern_table(
        [test.images[six[[3, 0, 5, 1, 4, 2]]]],
        [""],
        list("ABCDEF"),
        side=1.35,
    ),
    "Six two-phase microstructures, A to F, each half dark and half light: "
    "some fine labyrinths, some with large domains.",
)

# %% [markdown]
# Each of these six squares is half stiff rubber (dark) and half soft rubber (light). The dark one
# is ten times as stiff. Now you pull all four sides outwards. Which square resists most, and which
# least?
#
# <details>
# <summary>Answer</summary>
#
# C is the stiffest and B the softest. In C a dark band reaches from side to side, both ways. In B
# two dark pieces lie in the light phase, and neither reaches from a side to the opposite one. The
# energies of all six are at the end of section 1.
#
# </details>
#
# All six have the same volume fraction, so whatever tells them apart is *arrangement*. This lesson
# looks for numbers that know about it. A word on words: **stiffness** is the resistance to being
# stretched, **strength** is the load at which something breaks. People say "strength" for both.
# Nothing breaks in this lesson: it is about stiffness.
#
# ## What you will be able to do
#
# - Say between which limits the energy of a composite must lie (8.1).
# - Bring quantities with different units to one scale, without a leak (8.2).
# - Score a prediction honestly, and for each kind of pattern separately (8.3).
# - Build a regressor on codes that suits what a code is (8.4).
# - Ask the physics, one pattern at a time, whether a prediction is true (8.5).

# %% [markdown]
# ## 1 What a stretched square stores
#
# *Core, 7 minutes.*
#
# *Idea.* Cut out a square with sides of length 1 and pull its four sides outwards until it has
# sides of length $1 + d$. Each side moves outwards by $d/2$, and what is on it can slide along it
# without friction. The square is a slice of a thick slab that keeps its thickness (**plane
# strain**). The **displacement** $d$ is in units of the side. The work that you did is stored as
# **strain energy** $W$. A stiffer square stores more.
#
# How much a material resists is its **Young's modulus** $E$, a stress (force per area). We count it
# in units of the modulus of the soft phase: $E_1 = 1$ for phase 1 (light) and $E_0 = 10$ for phase
# 0 (dark). $W$ is then in that unit times the area of the square (for a slab of thickness 1).
#
# A uniform square stretches alike everywhere, by the factor $s = 1 + d$. Its energy is
# $W = E\,w(s)$. For small stretch this is a parabola, as for a spring. For large stretch it is not,
# and one needs a law for rubber. Ours is the **neo-Hookean** one:
#
# $$ w(s) = \mu\,(s^2 - 1 - 2\ln s) + \frac{\Lambda}{2}\Big(\frac{s^4 - 1}{2} - 2\ln s\Big), \qquad
# \mu = \frac{1}{2(1+\nu)}, \quad \Lambda = \frac{\nu}{(1+\nu)(1-2\nu)}. $$
#
# All of it is dimensionless. $\nu = 0.3$ is **Poisson's ratio**: how much a strip becomes thinner
# when it becomes longer. The first bracket counts change of shape and size, the second change of
# area ($s^2$ is the area afterwards). [The physics
# page](../docs/physics.md#how-much-energy-it-stores) has the law for any deformation.
#
# *Worked example.* Both laws, from no stretch to half as long again:


# %%
def uniform_energy(stretch, poisson=0.3):
    """Energy w(s) of a uniform square with E = 1, in units of its area."""
    mu = 1 / (2 * (1 + poisson))
    lam = poisson / ((1 + poisson) * (1 - 2 * poisson))
    log = 2 * np.log(stretch)
    return mu * (stretch**2 - 1 - log) + lam / 2 * (
        (stretch**4 - 1) / 2 - log
    )


UNIFORM = float(uniform_energy(1.5))  # all data of this lesson are at d = 0.5
d = np.linspace(0, 0.5, 51)
# What small stretches would suggest
parabola = uniform_energy(1.001) * (d / 0.001) ** 2

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {
            "neo-Hookean": (d, uniform_energy(1 + d)),
            "linear elasticity": (d, parabola),
        },
        "displacement d (sides of the square)",
        "W (E × area)",
    ),
    "Two rising curves. They agree at first; at 0.5 the neo-Hookean one "
    "is at 0.52, the parabola a little lower, at 0.48.",
)

# %%
check.expect(
    "W of a uniform square at d = 0.5 (E × area)", UNIFORM, 0.5208, 0.5209
)
check.expect("The parabola at d = 0.5 (E × area)", parabola[-1], 0.478, 0.483)

# %% [markdown]
# A real pattern does not stretch alike everywhere. The soft phase gives way, and the stiff phase
# turns, bends and carries. Where everything goes is found by **finite elements**: each pixel
# becomes a small piece of rubber that hangs together with its neighbours at the corners, and the
# computer moves the corners until no other positions store less energy. That is how nature does it,
# too: the equilibrium is the state of least energy.
#
# *Worked example.* The stiffest of the six patterns, at three displacements.

# %%
stiffest = test.images[six[-1]]
solution = solve(stiffest, (0.0, 0.25, 0.5))

# %% jupyter={"source_hidden": true}
plotting.show(
    stretched_patterns(
        stiffest,
        list(solution.displacement_fields),
        [
            f"d = {level:g}, W = {w:.2f}"
            for level, w in zip(
                solution.displacements, solution.strain_energy, strict=True
            )
        ],
    ),
    "One microstructure at rest, stretched by a quarter and by a half. "
    "Light regions swell; the dark band becomes straighter and thinner.",
)

# %%
steps = np.arange(65) / 64
corners = (
    np.stack(np.meshgrid(steps, 1 - steps), axis=-1)
    + solution.displacement_fields[-1]
)
# Diagonals
down, up = (
    corners[1:, 1:] - corners[:-1, :-1],
    corners[:-1, 1:] - corners[1:, :-1],
)
# (64, 64)
growth = (
    64**2 * np.abs(down[..., 0] * up[..., 1] - down[..., 1] * up[..., 0]) / 2
)
check.expect(
    "Area of all pixels, after over before", growth.mean(), 2.2499, 2.2501
)
check.expect(
    "Area of the light ones, after over before",
    growth[stiffest == 1].mean(),
    2.5,
    4.0,
)
check.expect(
    "Area of the dark ones, after over before",
    growth[stiffest == 0].mean(),
    1.0,
    1.8,
)

# %% [markdown]
# **What you should see.** The area of the square has grown by the factor 2.25, and the light phase
# has taken most of that: it covers three times as much as before, the dark one 1.4 times. The dark
# band becomes straighter, and thin in its middle.
#
# Such a solution takes a few tenths of a second. The data set comes with the energies of all its
# patterns; `strain_energy[:, -1]` is that at $d = 0.5$. Here are the six again, in order:

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [test.images[six]],
        [""],
        list("BDFAEC"),
        [[f"W = {w:.2f}" for w in unseen[six]]],
        side=1.35,
    ),
    "The six patterns from the softest to the stiffest: B, D, F, A, E, C, "
    "with W rising from about 1 to about 1.4.",
)

# %%
check.expect(
    "W of the stiffest over that of the softest",
    unseen[six[-1]] / unseen[six[0]],
    1.25,
    1.6,
)
check.expect(
    "Spread (standard deviation) of W in the data", energy.std(), 0.08, 0.1
)

# %% [markdown]
# ### Question 8.a ★ predict
#
# The softest pattern stores 0.99. Now it is rolled by half a side: the same arrangement, cut out
# half a side further. What does it store?
#
# - **a**: 0.99 again: the arrangement is the same.
# - **b**: Clearly less.
# - **c**: Clearly more.

# %% question="8.a"
check.question("8.a", "c")

# %% [markdown]
# $W$ belongs to this square with these edges: it is an **apparent** energy, not yet a property of
# the material. Put four copies of the softest pattern together, or begin the cut half a side
# further, and another number comes out of the same arrangement:

# %%
softest = test.images[six[0]]
tiled, rolled = (
    float(strain_energy(image, (0.5,))[0])
    for image in (np.tile(softest, (2, 2)), np.roll(softest, 32, axis=1))
)
check.expect("W of the softest pattern", unseen[six[0]], 0.99, 1.0)
check.expect("The same, tiled 2 × 2 (by its area)", tiled, 1.03, 1.06)
check.expect("The same, rolled by half a side", rolled, 1.25, 1.28)

# %% [markdown]
# ## 2 What must be: bounds
#
# *Going further, 12 minutes.*
#
# *Idea.* Before you predict, ask what is possible. Two simple pictures of a composite give two
# estimates that need the volume fraction alone. $\varphi$ is that of phase 1, and that of phase 0
# is $1 - \varphi$.
#
# **Uniform strain** (Voigt). Suppose that both phases stretch alike, by $s$. Then energies add up:
#
# $$ W_\text{upper} = w(s)\,\big[(1-\varphi) E_0 + \varphi E_1\big]. $$
#
# The true state has the least energy of all, this one included. So no pattern can store more: it is
# an **upper bound**.
#
# **Uniform stress** (Reuss). Suppose instead that both phases carry the same stress, like two
# springs in a row. A phase then stretches in proportion to $1/E$, and it is $1/E$ that is averaged:
#
# $$ W_\text{lower} = w(s) \Big/ \Big[\frac{1-\varphi}{E_0} + \frac{\varphi}{E_1}\Big]. $$
#
# That stretch is proportional to stress is linear elasticity. There it is a proven **lower bound**.
# At large stretch it is an estimate, and we shall have to look.
#
# *Worked example.* One half of each, by hand: the average of 10 and 1 is 5.5. The average of 1/10
# and 1/1 is 0.55, and its inverse is 1.82. The same ingredients, and a factor of three in between.
#
# ### Exercise 8.1 ★★ `energy_bounds`
#
# - `volume_fraction`: $\varphi$ of phase 1, an array of shape (N,), values between 0 and 1;
# - returns: two arrays of shape (N,), `lower` and `upper`, in this order, at $d = 0.5$ and for
#   $E_0 = 10$, $E_1 = 1$. Use `UNIFORM` for $w(1.5)$.
#
# <details>
# <summary>Hint 1</summary>
#
# Phase 0 is the stiff one, and the volume fraction is that of phase 1. So which of the two moduli
# belongs to $1 - \varphi$? Test with $\varphi = 0$: both bounds must be those of a square that is
# all stiff, $10\,w$.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# The mean modulus is `10 * (1 - volume_fraction) + volume_fraction`; multiply it by `UNIFORM`. The
# mean of the inverses is `(1 - volume_fraction) / 10 + volume_fraction`; divide `UNIFORM` by it.
#
# </details>


# %% exercise="8.1"
def energy_bounds(volume_fraction):
    """Estimate W from below and from above: (N,) -> (N,), (N,)."""
    ### BEGIN SOLUTION
    stiffness = (1 - volume_fraction) * 10.0 + volume_fraction * 1.0
    compliance = (1 - volume_fraction) / 10.0 + volume_fraction / 1.0
    return UNIFORM / compliance, UNIFORM * stiffness
    ### END SOLUTION


# %% check="8.1"
energy_bounds = check.lesson_08.energy_bounds(energy_bounds)

# %% [markdown]
# The data hold three cases, with volume fractions near 0.50, 0.65 and 0.78. All of them, between
# your bounds:

# %%
cases = [load_embedded(case=number) for number in (1, 2, 3)]
fractions = [volume_fraction(one.images) for one in cases]
energies = [one.strain_energy[:, -1] for one in cases]
phi = np.linspace(0.4, 0.9, 51)
lower, upper = energy_bounds(phi)


def hashin_shtrikman(phi):
    """Bounds of Z. Hashin and S. Shtrikman in the plane, times w(1.5)."""
    shear = 0.4  # μ over the plane modulus of area change, for ν = 0.3
    low = 1 + (1 - phi) / (1 / (10 - 1) + phi / (1 + shear))
    high = 10 + phi / (1 / (1 - 10) + (1 - phi) / (10 + 10 * shear))
    return UNIFORM * low, UNIFORM * high


# %% jupyter={"source_hidden": true}
least, most = hashin_shtrikman(phi)
plotting.show(
    points_and_curves(
        {f"case {k + 1}": (fractions[k], energies[k]) for k in range(3)},
        {
            "uniform strain": (phi, upper),
            "Hashin–Shtrikman, upper": (phi, most),
            "Hashin–Shtrikman, lower": (phi, least),
            "uniform stress": (phi, lower),
        },
        "volume fraction φ of the soft phase",
        "W (E of the soft phase × area)",
    ),
    "The upper bound is a straight line from 3.3 down to 1; the lower one a "
    "flat curve from 1.1 to 0.6; between them the narrower pair of Hashin "
    "and Shtrikman. Three clouds of points lie close above the lowest "
    "curve; the first is a tall column through the next one.",
)

# %%
for k in range(3):
    below = np.mean(energies[k] < hashin_shtrikman(fractions[k])[0])
    print(f"case {k + 1}: {below:.0%} below the lower Hashin–Shtrikman bound")

# %%
places = []  # 0 at the lower bound, 1 at the upper
for k in range(3):
    lower, upper = energy_bounds(fractions[k])
    places.append((energies[k] - lower) / (upper - lower))
    check.expect(
        f"Case {k + 1}: lowest place between the bounds",
        places[k].min(),
        0.0,
        0.05,
    )
    check.expect(f"Case {k + 1}: highest", places[k].max(), 0.02, 0.4)
tight = np.concatenate([proven.energy_bounds(one)[0] for one in fractions])
yours = np.concatenate([energy_bounds(one)[0] for one in fractions])
margin = np.concatenate(energies) / tight - 1
print(f"{len(margin)} patterns")
check.expect(
    "Proven lower bound over uniform stress, least",
    (tight / yours).min(),
    1.005,
    1.02,
)
check.expect(
    "Proven lower bound over uniform stress, greatest",
    (tight / yours).max(),
    1.015,
    1.025,
)
check.expect(
    "Smallest distance from the proven bound, relative",
    margin.min(),
    0.0,
    0.005,
)
ratio = energies[0].max() / energies[0].min()
along = 9 * UNIFORM * fractions[0].std()  # of the upper bound, by its slope
explained = (along / energies[0].std()) ** 2
check.expect("Variance of W that the slope explains", explained, 0.02, 0.04)
check.expect(
    "Case 1: spread (standard deviation) of φ",
    fractions[0].std(),
    0.003,
    0.004,
)
check.expect("Case 1: largest W over smallest", ratio, 1.5, 1.6)

# %% [markdown]
# **What you should see.** All 7,200 patterns lie between the two. They lie in the lowest third,
# because a stiff phase can only help if the load gets to it. And at large stretch the lower one
# *does* hold here. That is no accident. The library has a lower bound that is proven for this law
# at any stretch (`vae_course.physics.energy_bounds`, by the polyconvexity of J. M. Ball, see *Read
# next*). At these volume fractions it is one or two percent above yours. Some patterns come within
# half a percent of it.
#
# The narrower pair in the figure are the bounds of Hashin and Shtrikman. They are for a *large*
# piece that is alike in all directions, and for small stretch; times $w(1.5)$ they are estimates
# here. Our squares are small and have edges: 8 % of Case 1 lie below the lower one, and all of
# Cases 2 and 3. A tighter bound has more assumptions, and must not be used where they do not hold.
#
# Now look at the column of Case 1. The volume fraction there is $0.500 \pm 0.003$: nearly the same
# for all. And the stiffest stores half as much again as the softest. If $W$ followed the slope of
# the upper bound, so little of $\varphi$ could explain 3 % of its variance. The rest is
# arrangement. (Whether $\varphi$ *tells* something about the arrangement is another question:
# section 5.) From here on we look at Case 1 alone.

# %% [markdown]
# ## 3 Measure more, and bring it to one scale
#
# *Core, 11 minutes.*
#
# *Idea.* Let us measure more than $\varphi$, and let a model learn $W$ from it. Numbers that
# describe a pattern are its **descriptors**; what a model is given is called its **features**. You
# know three from lesson 01 and 03: the volume fraction, the length of the borders (`perimeter`, in
# sides of the square) and the domain size (in sides of the square).


# %%
def describe(images):
    """Measure three descriptors of each picture: (N, 64, 64) -> (N, 3)."""
    return np.stack(
        [volume_fraction(images), perimeter(images), domain_size(images)],
        axis=1,
    )


# (3840, 3), (960, 3)
features, features_unseen = (
    describe(train.images),
    describe(test.images),
)
print(f"{'':16} {'mean':>7} {'spread':>7}")
for k, name in enumerate(["volume fraction", "perimeter", "domain size"]):
    print(
        f"{name:16} {features[:, k].mean():7.3f} {features[:, k].std():7.3f}"
    )
check.expect(
    "Spread of the volume fraction", features[:, 0].std(), 0.002, 0.005
)
check.expect(
    "Spread of the perimeter (sides)", features[:, 1].std(), 1.5, 3.5
)

# %% [markdown]
# Look at the spreads (standard deviations). The perimeter varies by units, the volume fraction by
# thousandths. Our model is a **support-vector regression** (SVR). It predicts a weighted sum over
# the patterns it has seen, with weights that fall off with the distance from the new pattern in the
# space of features. Whatever is counted in large numbers rules that distance. To the model as it
# stands all volume fractions are equal.
#
# The cure: give each column a mean of 0 and a standard deviation of 1. A **scaler** measures mean
# and spread, and then applies them. Many physical numbers are also **skewed**: they crowd near
# small values and have a long tail to the right. A **power transform** bends such a scale first.
# The one of Yeo and Johnson replaces a value $x \ge 0$ by
#
# $$ \frac{(x + 1)^{p} - 1}{p}, $$
#
# with a power $p$ for each column that makes it as close to a bell curve as it can be ($p = 1$
# changes nothing, $p \to 0$ is the logarithm; for negative $x$ there is a mirrored formula).
#
# *Worked example.* scikit-learn has both. All its transformers work in two steps: `fit(x)`
# measures, `transform(x)` applies. Skewness is the mean third power of the standardised values, 0
# for a symmetric distribution.

# %%
length = features[:, 1:2]  # the perimeters, as a column: shape (3840, 1)
scaled = {
    "perimeter": length,
    "scaled": StandardScaler().fit(length).transform(length),
    "power, scaled": PowerTransformer(method="yeo-johnson")
    .fit(length)
    .transform(length),
}
skewness = {
    name: np.mean(((x - x.mean()) / x.std()) ** 3)
    for name, x in scaled.items()
}
for name, x in scaled.items():
    print(
        f"{name:14} mean {x.mean():5.2f}, spread {x.std():4.2f}, skewness "
        f"{skewness[name]:5.2f}"
    )
check.expect("Skewness of the perimeter", skewness["perimeter"], 0.5, 0.9)
check.expect(
    "After the power transform", abs(skewness["power, scaled"]), 0, 0.1
)

# %% [markdown]
# **Where is the leak?** A scaler is fitted, so it is part of the model. It must not see the test
# set: neither its mean, nor its spread, nor its power. So *fit on the training set, apply to both*.
# A prediction for a pattern must not depend on which other patterns you ask about, either.
#
# ### Exercise 8.2 ★★ `fit_scaler`
#
# - `train`: features to fit to, shape (N, k); columns may be skewed, and have any units and sign;
# - returns: a *fitted scaler*. It is an object with the method `transform`, which takes features of
#   any patterns, shape (M, k), and returns them bent by the powers, with the mean 0 and standard
#   deviation 1 that belong to the training set, shape (M, k).
#
# <details>
# <summary>Hint 1</summary>
#
# Return the object that knows, not the numbers that it makes. It must have seen `train`, and
# nothing else, when you return it.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `PowerTransformer()` has the method of Yeo and Johnson by default, and standardises too. Its
# method `fit` returns the fitted object itself.
#
# </details>


# %% exercise="8.2"
def fit_scaler(train):
    """Fit a power transform with standardisation to features (N, k)."""
    ### BEGIN SOLUTION
    return PowerTransformer().fit(train)
    ### END SOLUTION


# %% check="8.2"
fit_scaler = check.lesson_08.fit_scaler(fit_scaler)


# %%
def support_vectors(known, asked):
    """Fit an SVR to scaled features, and predict W: -> (len(asked),)."""
    scaler = fit_scaler(known)
    model = SVR(C=1.0, epsilon=0.005).fit(scaler.transform(known), energy)
    return model.predict(scaler.transform(asked))


unscaled = (
    SVR(C=1.0, epsilon=0.005).fit(features, energy).predict(features_unseen)
)
predicted = {"three descriptors": support_vectors(features, features_unseen)}
check.expect(
    "R² of the SVR, features as they are",
    r2_score(unseen, unscaled),
    -0.1,
    0.2,
)
check.expect(
    "R², scaled", r2_score(unseen, predicted["three descriptors"]), 0.45, 0.78
)

# %% [markdown]
# **What you should see.** Without scaling the SVR knows nearly nothing: $R^2$ is near 0, as for
# somebody who always answers with the mean. With it, more than half of the variance is explained.
# An honest remark: nearly all of that comes from the scaling. The *power* adds nearly nothing here,
# as you can check with `StandardScaler`. It is cheap, and it helps where tails are long.

# %% [markdown]
# ## 4 Score it honestly
#
# *Core, 12 minutes.*
#
# *Idea.* You know $R^2$ as one number:
#
# $$ R^2 = 1 - \frac{\sum_i (W_i - \hat W_i)^2}{\sum_i (W_i - \bar W)^2}. $$
#
# $W_i$ is the true energy of pattern $i$, $\hat W_i$ the predicted one and $\bar W$ the mean of the
# true ones. One number hides a lot. Is the model equally good on young, fine patterns as on old,
# coarse ones? So compute it for groups, each with its own $\bar W$. Three rules:
#
# - Truth and prediction are not interchangeable. The denominator holds the *truth*.
# - Do not repair the prediction first. The squared **correlation** looks like $R^2$. But it is the
#   $R^2$ of the best straight line through the points of the *test set*, so it forgives any wrong
#   factor and any offset. You will not have that line when you predict a new material.
# - A group with little spread is harder: the same error is a larger share of less.
#
# *Worked example.* A prediction that is 0.1 too large everywhere:

# %%
too_large = unseen + 0.1
recalibrated = np.corrcoef(unseen, too_large)[0, 1] ** 2
print(
    f"R² {r2_score(unseen, too_large):.2f}, squared correlation "
    f"{recalibrated:.2f}"
)
check.expect(
    "R² of a prediction that is 0.1 too large",
    r2_score(unseen, too_large),
    -1.0,
    0.1,
)

# %% [markdown]
# ### Exercise 8.3 ★★ `r2_by_group`
#
# - `true`, `predicted`: energies, shape (N,);
# - `group`: a number for each pattern that says to which group it belongs, shape (N,);
# - returns: an array of shape (G,), $R^2$ within each of the G groups, in the order of
#   `np.unique(group)`.
#
# <details>
# <summary>Hint 1</summary>
#
# `np.unique(group)` has each number once, in order. For one of them, `group == number` is a mask:
# `true[group == number]` are its true energies. In which order does `r2_score` take its arguments?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# For each `number` of `np.unique(group)`: make the mask, and put `r2_score(…)` of the true and the
# predicted values behind that mask, the true ones first, in a list. Return `np.array` of it.
#
# </details>


# %% exercise="8.3"
def r2_by_group(true, predicted, group):
    """Compute R² within each group: three arrays (N,) -> (G,)."""
    ### BEGIN SOLUTION
    masks = [group == number for number in np.unique(group)]
    return np.array([r2_score(true[mask], predicted[mask]) for mask in masks])
    ### END SOLUTION


# %% check="8.3"
r2_by_group = check.lesson_08.r2_by_group(r2_by_group)

# %% [markdown]
# Three models side by side. The first knows the volume fraction alone. It gets a straight line
# (`RidgeCV`, a linear regression that keeps its weights from growing wild): the cloud of Case 1 is
# so narrow that a curve would not help. The second is the SVR. The third is what many people in
# materials informatics do: the whole map of the two-point correlation, reduced to 30 **principal
# components** (lesson 02), with the volume fraction, in a linear regression.
#
# We group the patterns by their age, in time units of the simulation: young (before 1e-3), middle
# (to 5e-3), old.

# %%
fraction, fraction_unseen = features[:, :1], features_unseen[:, :1]
line = RidgeCV(np.logspace(-6, 2, 9)).fit(fraction, energy)
predicted["volume fraction"] = line.predict(fraction_unseen)
two_point = two_point_baseline(components=30).fit(train.images, energy)
predicted["two-point correlation"] = two_point.predict(test.images)
stage = np.digitize(test.time, [1e-3, 5e-3])  # 0 young, 1 middle, 2 old


def table(names):
    """Print R² of these predictions, for all patterns and by age."""
    print(f"{'R²':24}    all  young middle    old")
    for name in names:
        groups = " ".join(
            f"{r2:6.2f}" for r2 in r2_by_group(unseen, predicted[name], stage)
        )
        print(f"{name:24} {r2_score(unseen, predicted[name]):6.2f} {groups}")


table(["volume fraction", "two-point correlation", "three descriptors"])
spread = [unseen[stage == k].std() for k in range(3)]
print(
    f"{'spread of W':24} {unseen.std():6.3f} "
    + " ".join(f"{one:6.3f}" for one in spread)
)

# %%
three = ("volume fraction", "two-point correlation", "three descriptors")
r2 = {name: r2_score(unseen, one) for name, one in predicted.items()}

# %% jupyter={"source_hidden": true}
plotting.show(
    against_truth(
        unseen, {name: predicted[name] for name in three}, "W (E × area)"
    ),
    "Three panels of predicted against true energy. The volume fraction "
    "gives a broad cloud; the other two hug the diagonal better, and still "
    "miss by a tenth here and there.",
)

# %%
check.expect("R² of the volume fraction", r2["volume fraction"], 0.3, 0.58)
check.expect(
    "R² of the two-point correlation", r2["two-point correlation"], 0.5, 0.75
)

# %% [markdown]
# **What you should see.** The volume fraction explains nearly half of the variance. That should
# surprise you: by itself it can do 3 % (section 2). Section 5 finds out what it stands for. Three
# descriptors and the whole map of correlations explain about two thirds. That is all patterns
# together. By age the picture changes:
#
# - On young patterns the volume fraction is *below zero*. Whoever answered with the mean of the
#   young ones would do better. The line was fitted to all ages, and young patterns do not follow
#   it.
# - The energies of old patterns spread more than three times as widely as those of young ones.
#   Large domains come out either way: the few that there are happen to bridge the square, or not.
#   So one number for all patterns is above all a number for the old ones.
#
# And how sure is a score? The test set holds 80 simulations. Deal out others, five times
# (`GroupShuffleSplit` keeps simulations whole), and score the three descriptors again:

# %%
known, answers = (
    np.concatenate([features, features_unseen]),
    np.concatenate([energy, unseen]),
)
simulation = np.concatenate([train.simulation, test.simulation])
# One object: both steps
model = make_pipeline(PowerTransformer(), SVR(C=1.0, epsilon=0.005))
dealt = GroupShuffleSplit(5, test_size=0.2, random_state=0)
draws = cross_val_score(
    model, known, answers, groups=simulation, cv=dealt, scoring="r2"
)
print("R² of five draws:", draws.round(2))
check.expect("Lowest R² of five draws", draws.min(), 0.4, 0.65)
check.expect("Highest R² of five draws", draws.max(), 0.55, 0.78)

# %% [markdown]
# A score is a measurement, with an error of its own: here several hundredths. A gap of 0.03 between
# two models, on one test set of this size, means little. The gaps that follow are larger.
#
# ## 5 Ask what carries the load
#
# *Going further, 3 minutes.*
#
# *Idea.* What do volume fraction, borders and correlations not know? Look at the six patterns
# again. A stiff phase carries a load if there is a **path** of it from side to side. A gap breaks
# it, and a statistic of pairs of pixels does not see whether a path leads from one to the other. So
# let us ask for it directly: in how many directions, 0, 1 or 2, does the stiff phase cross the
# square? (People call this **percolation**.)
#
# *Worked example.* `label` of SciPy gives each connected region of the stiff phase a number from 1
# on, and 0 to all the rest. Pixels that touch at a corner count as connected, as they do in the
# finite elements. A region crosses if its number is on two opposite sides.


# %%
def crossings(image):
    """Count the directions, 0 to 2, in which the stiff phase crosses."""
    region, _ = label(image == 0, structure=np.ones((3, 3)))
    # A number other than 0 on both sides
    down = np.intersect1d(region[0], region[-1]).any()
    across = np.intersect1d(region[:, 0], region[:, -1]).any()
    return int(down) + int(across)


crossed = np.array([crossings(image) for image in train.images])
crossed_unseen = np.array([crossings(image) for image in test.images])
print("the six patterns:", [crossings(image) for image in test.images[six]])
mean_energy = [energy[crossed == k].mean() for k in range(3)]
for k in range(3):
    print(
        f"{k} crossings: {np.sum(crossed == k):4d} patterns, mean W "
        f"{mean_energy[k]:.3f}"
    )
check.expect(
    "Mean W of two crossings less that of none",
    mean_energy[2] - mean_energy[0],
    0.15,
    0.25,
)
mean_phi = [features[crossed == k, 0].mean() for k in range(3)]
print("mean φ of 0, 1, 2 crossings:", np.round(mean_phi, 4))
check.expect(
    "φ of none less that of two", mean_phi[0] - mean_phi[2], 0.003, 0.007
)
among = np.concatenate(
    [
        features[crossed == k, 0] - mean_phi[k]  # within a group
        for k in range(3)
    ]
)
rest = np.concatenate(
    [energy[crossed == k] - mean_energy[k] for k in range(3)]
)
within = np.corrcoef(among, rest)[0, 1] ** 2
check.expect("R² of φ among patterns of equal crossings", within, 0, 0.3)

# %%
more = np.column_stack([features, crossed])  # (3840, 4)
more_unseen = np.column_stack([features_unseen, crossed_unseen])
predicted["with crossings"] = support_vectors(more, more_unseen)
table(["three descriptors", "with crossings"])
r2["with crossings"] = r2_score(unseen, predicted["with crossings"])
check.expect("R² with crossings", r2["with crossings"], 0.78, 0.93)

# %% [markdown]
# **What you should see.** Patterns that the stiff phase crosses both ways have a few thousandths
# more of it. So $\varphi$ is a **proxy** here: it tells a little of the crossings, and these
# decide. Among patterns with equally many crossings it explains half as much, 0.24, since it also
# goes with how wide the paths are. Do not take a model that knows $\varphi$ alone for one that
# knows nothing of arrangement.
#
# A single number more, and $R^2$ leaps from 0.7 to 0.9. It rises for all ages. No larger model was
# needed for that; somebody asked the right question. Remember it when you read that a network beats
# "the descriptors": which ones?

# %% [markdown]
# ## 6 Learn from codes
#
# *Going further, 15 minutes.*
#
# *Idea.* You will not always know what to ask. A VAE's code was made to rebuild the picture, so it
# should know of paths, too. (A code is also something a search can move; lesson 09 does it.) We
# take the codes of the pretrained VAE `case1-fine`: 256 numbers a picture.
#
# *Worked example.* First as one does with any table of features, 256 columns:

# %%
# Holds the VAE, and more; see section 7
surrogate = StrainEnergyModel.load_pretrained("case1")
vae = surrogate.vae
# (3840, 256), (960, 256)
codes, codes_unseen = (
    vae.encode(train.images),
    vae.encode(test.images),
)
linear = RidgeCV(np.logspace(-2, 4, 7)).fit(codes, energy)
predicted["codes, linear"] = linear.predict(codes_unseen)
predicted["codes, SVR"] = support_vectors(codes, codes_unseen)
table(["codes, linear", "codes, SVR"])
flat = {
    name: r2_score(unseen, predicted[name])
    for name in ("codes, linear", "codes, SVR")
}
check.expect("R² of codes, linear", flat["codes, linear"], 0.15, 0.6)
check.expect("R² of codes, SVR", flat["codes, SVR"], 0.25, 0.62)

# %% [markdown]
# That is hardly better than the volume fraction. Has the code forgotten the paths? Look at it. This
# VAE keeps its 256 numbers as a small picture: **8 × 8 places, with 4 numbers each**. Each place
# looks after a patch of 8 × 8 pixels and what is around it.

# %% jupyter={"source_hidden": true}
small = codes_unseen[six].reshape(6, 8, 8, 4)
plotting.show(
    plotting.pattern_table(
        [test.images[six], *(0.5 + small[..., k] / 6 for k in range(4))],
        ["pattern", *(f"number {k + 1}" for k in range(4))],
        [""] * 6,
    ),
    "Six patterns, and below each its code as four pictures of 8 by 8 "
    "places. The first looks like the pattern, coarse and blurred. The "
    "others are nearly even, but busy in fine patterns.",
)

# %% [markdown]
# The first number of each place is a coarse picture of the pattern. The other three are busy where
# the pattern is fine. So the numbers have *places*, and what matters is what lies beside what. A
# model that takes them as 256 unrelated columns has to learn from scratch which of them are
# neighbours, and with 3,840 patterns it does not get far. The SVR is worse off still: two patterns
# with the same structure, shifted by a patch, are far apart in its distance.
#
# What would suit? Three facts help.
#
# - What happens at a place depends on its neighbourhood: **convolutions** of 3 × 3, several of
#   them, so that each place sees far enough.
# - $W$ is an integral over the square, $W = \int \psi\,\mathrm dA$ with the energy density $\psi$.
#   So end with an **average over all places** (`GlobalAveragePooling2D`).
# - Energies are any real numbers. So the last layer has *no* activation.
#
# We train on standardised energies, $(W - \bar W)/\text{spread}$, with mean and spread of the
# training set: networks learn best if what goes in and what comes out are numbers around 1. They
# are negative half of the time.
#
# ### Exercise 8.4 ★★★ `build_regressor`
#
# - `shape`: shape of a code as a small picture, here (8, 8, 4);
# - returns: a `keras.Model`, not yet compiled, from flat codes of shape (N, 8 · 8 · 4) to one
#   number a code, shape (N, 1), with fewer than 100,000 weights.
#
# The check trains your network for some seconds, in the same way as the cell below, on real codes.
# On unseen simulations it has to reach $R^2 = 0.7$, more than the two-point correlation.
#
# <details>
# <summary>Hint 1</summary>
#
# `keras.layers.Reshape(shape)` makes a small picture of the flat code. Then three convolutions that
# keep the size (`padding="same"`), with an activation each. Then the average over places, and a
# `Dense` layer that makes one number of the channels.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `keras.Sequential([…])` takes the layers as a list: `keras.Input((math.prod(shape),))` or
# `keras.Input((256,))`, `Reshape`, three times `Conv2D(32, 3, padding="same", activation="relu")`,
# `GlobalAveragePooling2D()`, `Dense(1)`.
#
# </details>


# %% exercise="8.4"
def build_regressor(shape):
    """Build a network from flat codes of small pictures to energies."""
    ### BEGIN SOLUTION
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((shape[0] * shape[1] * shape[2],)),
            layers.Reshape(shape),
            *(
                layers.Conv2D(32, 3, padding="same", activation="relu")
                for _ in range(3)
            ),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )
    ### END SOLUTION


# %% check="8.4"
build_regressor = check.lesson_08.build_regressor(build_regressor)

# %%
keras.utils.set_random_seed(0)
network = build_regressor((8, 8, 4))
mean, spread = energy.mean(), energy.std()
epochs, batch = 12, 64
rate = keras.optimizers.schedules.CosineDecay(
    3e-3, epochs * len(codes) // batch
)
network.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
history = network.fit(
    codes,
    (energy - mean) / spread,
    batch_size=batch,
    epochs=epochs,
    verbose=0,
    # To look at, not to choose by
    validation_data=(
        codes_unseen,
        (unseen - mean) / spread,
    ),
    validation_batch_size=len(unseen),
).history
predicted["codes, your network"] = (
    mean + spread * network.predict(codes_unseen, verbose=0)[:, 0]
)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.line_plot(
        {
            "training": (np.arange(1, epochs + 1), history["loss"]),
            "unseen simulations": (
                np.arange(1, epochs + 1),
                history["val_loss"],
            ),
        },
        "epoch",
        "mean squared error (variances of W)",
    ),
    "Both errors fall over twelve epochs; that on unseen simulations levels "
    "off a little above that of the training.",
)

# %%
table(
    [
        "codes, linear",
        "two-point correlation",
        "codes, your network",
        "with crossings",
    ]
)
r2["network"] = r2_score(unseen, predicted["codes, your network"])
check.expect("R² of your network on codes", r2["network"], 0.72, 0.93)

# %% [markdown]
# **What you should see.** The same codes, and far more $R^2$. The code had not forgotten: a model
# has to look at it in the way it was written. Your network beats the volume fraction and the
# two-point correlation by far. It does *not* beat the SVR that was told of the crossings, and on
# young patterns it is much worse. A place of the code looks after 8 × 8 pixels, and the domains of
# young patterns are finer than that. On the other hand nobody had to tell it what to look for.

# %% [markdown]
# ## 7 Ask the physics
#
# *Going further, 7 minutes.*
#
# *Idea.* The library has a larger version, the `StrainEnergyModel` that you have loaded above. It
# is an **ensemble**, three networks whose answers are averaged, trained on 12,600 patterns: one
# ensemble on codes, one on the pictures themselves. None of the simulations here was among them. A
# fast model that stands in for a slow computation is a **surrogate**.

# %%
predicted["codes, library"] = surrogate.predict_codes(codes_unseen)
predicted["pictures, library"] = surrogate.predict(test.images)
table(["codes, your network", "codes, library", "pictures, library"])

# %% jupyter={"source_hidden": true}
shown = ("two-point correlation", "codes, your network", "pictures, library")
plotting.show(
    against_truth(
        unseen, {name: predicted[name] for name in shown}, "W (E × area)"
    ),
    "Three panels of predicted against true energy: a broad band along the "
    "diagonal for the two-point correlation, a narrower one for your "
    "network, a thin line for the library's.",
)

# %%
error = np.mean(np.abs(predicted["pictures, library"] / unseen - 1))
check.expect("Mean relative error, pictures, library", error, 0.002, 0.005)
check.expect(
    "R², codes, library",
    r2_score(unseen, predicted["codes, library"]),
    0.94,
    0.985,
)
check.expect(
    "R², pictures, library",
    r2_score(unseen, predicted["pictures, library"]),
    0.994,
    0.999,
)

# %% [markdown]
# The library's networks agree with [the results page](../docs/results.md#from-structure-to-energy),
# where they are tested on all 4,800 patterns: 0.967 from codes, 0.997 from pictures. So from
# pictures the answer is nearly exact. And it is quick: a single pattern is answered in a few
# milliseconds, many at once in less than one each, where a solve takes more than a hundred. May you
# believe it?
#
# You may ask. The energies of the test set are finite-element solutions that somebody made for you.
# For a pattern of your own you solve yourself: `strain_energy(image, displacements=(0.5,))` takes a
# picture (n, n) of 0 and 1 and returns $W$ at each of the displacements asked for, shape (1,). The
# default is seven displacements, from 0 to 0.5, as in the data set.
#
# ### Exercise 8.5 ★ `finite_element_error`
#
# Solve one pattern by finite elements, and say how far off a prediction is.
#
# - `image`: a pattern, shape (n, n);
# - `predicted`: a predicted energy, a number;
# - returns: one number, the *relative* error $(\hat W - W)/W$ at $d = 0.5$; positive where the
#   prediction is too large.
#
# <details>
# <summary>Hint 1</summary>
#
# Solve for the one displacement 0.5 and take the number out of the array of shape (1,): `[0]`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# With `true = strain_energy(image, displacements=(0.5,))[0]`, the error is
# `(predicted - true) / true`. It is the truth that you divide by.
#
# </details>


# %% exercise="8.5"
def finite_element_error(image, predicted):
    """Compute the relative error of a predicted energy, signed."""
    ### BEGIN SOLUTION
    solved = strain_energy(image, displacements=(0.5,))[0]
    return predicted / solved - 1
    ### END SOLUTION


# %% check="8.5"
finite_element_error = check.lesson_08.finite_element_error(
    finite_element_error
)

# %% [markdown]
# First the pattern of the test set that your network gets most wrong. Then something that no
# mixture has ever become: stripes, of four widths. Both phases have one half each.

# %%
worst = int(np.argmax(np.abs(predicted["codes, your network"] - unseen)))
column = np.arange(64)
stripes = [
    np.tile(column // width % 2, (64, 1)).astype("uint8")
    for width in (4, 8, 16, 32)
]
asked = [test.images[worst], *stripes]
answers = surrogate.predict(np.stack(asked))
errors = [
    finite_element_error(image, w)
    for image, w in zip(asked, answers, strict=True)
]
true = [w / (1 + error) for w, error in zip(answers, errors, strict=True)]
captions = [
    f"W {t:.3f}, said {w:.3f}" for t, w in zip(true, answers, strict=True)
]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [asked],
        [""],
        ["hard for you", *(f"stripes of {k}" for k in (4, 8, 16, 32))],
        [captions],
        side=1.45,
    ),
    "A microstructure and four pictures of vertical stripes, each with its "
    "energy by finite elements and what the library's network said.",
)

# %%
yours = finite_element_error(
    test.images[worst], predicted["codes, your network"][worst]
)
print(f"your network on the first: {yours:+.1%}")
for name, error in zip(
    ["first", "stripes of 4", "8", "16", "32"], errors, strict=True
):
    print(f"library's network, {name:12} {error:+.1%}")
check.expect(
    "Your network on its hardest pattern, relative error",
    abs(yours),
    0.05,
    0.4,
)
check.expect(
    "Library's network on stripes of 4, relative error", errors[1], 0.03, 0.12
)
check.expect(
    "W of stripes, from narrowest to widest, spread",
    np.ptp(true[1:]),
    0.0,
    1e-6,
)

# %% [markdown]
# **What you should see.** Stripes of any width have the *same* energy: finite elements find 1.308
# four times. (Nothing in elasticity knows a length, so only arrangement counts, not its scale.) The
# network says four different numbers, and is furthest off for the finest: it has never seen
# stripes. Typically it is off by 0.3 %, but *typically* means: for patterns like those it was
# trained on. Lesson 09 will search among codes for a wanted energy, and a search leaves what is
# typical as soon as that pays. That is why there the last word belongs to finite elements.

# %% [markdown]
# ## 8 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **A scaler that is fitted to whatever comes.** `fit_transform` where `transform` belongs. Then a
# pattern alone has the mean of itself, all its features become 0, and the prediction is that of an
# average pattern, for any pattern:

# %%
scaler = fit_scaler(features)
svr = SVR(C=1.0, epsilon=0.005).fit(scaler.transform(features), energy)
alone = [
    svr.predict(PowerTransformer().fit_transform(features_unseen[k : k + 1]))[
        0
    ]
    for k in (5, 500)
]
right = [
    svr.predict(scaler.transform(features_unseen[k : k + 1]))[0]
    for k in (5, 500)
]
print(
    "two patterns, each asked alone:",
    np.round(alone, 3),
    "fitted once:",
    np.round(right, 3),
)
check.expect(
    "Difference of two patterns asked alone",
    abs(alone[1] - alone[0]),
    0,
    1e-6,
)

# %% [markdown]
# And a scaler fitted on training *and* test set? It is a leak, and here you would not notice: the
# score changes in the third digit, since 960 patterns more of the same kind have the same mean. Do
# it right all the same. With few data, or a test set of another kind, it does show.
#
# **Frames dealt out at random.** This leak is no matter of the third digit. A regressor that
# answers with the mean of the three nearest codes looks brilliant if frames of the same simulation
# are in both sets, because it finds the neighbouring frame:

# %%
everything, order = (
    np.concatenate([codes, codes_unseen]),
    np.random.default_rng(0).permutation(4800),
)
all_energies = np.concatenate([energy, unseen])
seen, rest = order[960:], order[:960]
nearest = KNeighborsRegressor(3).fit(everything[seen], all_energies[seen])
leaking = r2_score(all_energies[rest], nearest.predict(everything[rest]))
honest = r2_score(
    unseen, KNeighborsRegressor(3).fit(codes, energy).predict(codes_unseen)
)
check.expect("R² of nearest codes, frames at random", leaking, 0.8, 0.96)
check.expect("R² of nearest codes, whole simulations", honest, -0.1, 0.45)

# %% [markdown]
# **An estimate taken for a bound.** Uniform stress, done "properly" at large stretch: let both
# phases stretch by factors $s_0$, $s_1$ with $(1-\varphi)s_0 + \varphi s_1 = 1.5$, such that the
# energy is least (their stresses are then equal). It sounds better than the formula of exercise
# 8.1. But it is the least of a few simple states only, with each phase stretched alike in both
# directions. A real pattern has more freedom, and some store *less*:

# %%
phi = fractions[0]
s0 = np.linspace(1, 1.5, 501)[:, None]
s1 = (1.5 - (1 - phi) * s0) / phi
uniform_stress = (
    (1 - phi) * 10 * uniform_energy(s0) + phi * uniform_energy(s1)
).min(axis=0)
check.expect(
    "Share of Case 1 below that estimate",
    np.mean(energies[0] < uniform_stress),
    0.02,
    0.06,
)

# %% [markdown]
# **The wrong phase stiff.** In this data set 0 is the stiff phase. Swap the phases of a pattern
# that has as much of one as of the other, and the volume fraction does not notice. A disc does:

# %%
away = np.hypot(column[:, None] - 31.5, column - 31.5)
# Half of the area
soft_disc = (away < 64 * np.sqrt(0.5 / np.pi)).astype("uint8")
soft, stiff = (
    float(strain_energy(one, (0.5,))[0]) for one in (soft_disc, 1 - soft_disc)
)
print(
    f"soft disc in the stiff phase: W = {soft:.2f}; stiff disc in the soft "
    f"phase: W = {stiff:.2f}"
)
check.expect("Ratio", soft / stiff, 1.4, 1.6)

# %% [markdown]
# ## Summary
#
# 1. Strain energy is the work of stretching; finite elements find it as the least of all energies.
# 2. Volume fractions give bounds, far apart. In between, arrangement decides: paths of stiff phase.
#    A number that goes with the paths, as $\varphi$ does here, is a proxy.
# 3. Scale features by what the training set says. Score with $R^2$, by group, without repairs.
# 4. One good question (does the stiff phase cross?) can be worth thousands of correlations.
# 5. A code is read best the way it was written: as a small picture. And physics has the last word.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 8.b ★ choose
#
# A model has $R^2 = 0.9$ on old patterns and 0.7 on young ones. Are its errors larger on the young
# ones?
#
# - **a**: Yes: 0.7 is worse than 0.9.
# - **b**: The table does not say enough to tell.
# - **c**: Not necessarily: it depends on how much each group spreads.

# %% question="8.b"
check.question("8.b", "c")

# %% [markdown]
# ### Question 8.c ★ choose
#
# The phases of all patterns are swapped, so that phase 1 becomes the stiff one. Which descriptor
# does **not** change?
#
# - **a**: The volume fraction of phase 1.
# - **b**: The domain size.
# - **c**: The crossings of the stiff phase.

# %% question="8.c"
check.question("8.c", "b")

# %% [markdown]
# ### Question 8.d ★ find the fault
#
# Four claims about patterns with $\varphi = 0.5$. Which one **must** be wrong?
#
# - **a**: A solver finds W = 0.9 for one of them.
# - **b**: A network says 1.1 for one, and finite elements 1.2.
# - **c**: Two of them store 1.0 and 1.4.
# - **d**: One of them, cut elsewhere, stores 25 % more.

# %% question="8.d"
check.question("8.d", "a")

# %% [markdown]
# ## Read next
#
# - [Lesson 09](09_from_strength_to_structure.ipynb): from a wanted energy back to a microstructure.
# - [The physics](../docs/physics.md), [the results](../docs/results.md), and [the
#   glossary](../docs/glossary.md).
# - H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), *Enhancing Mechanical Metamodels with a
#   Generative Model-Based Augmented Training Dataset*, arXiv:2203.04183: the data set and its law.
# - Z. Hashin and S. Shtrikman (1963), *A variational approach to the theory of the elastic
#   behaviour of multiphase materials*, doi:10.1016/0022-5096(63)90060-7; in the plane: R. Hill
#   (1964), doi:10.1016/0022-5096(64)90019-5.
# - S. Torquato (2002), *Random Heterogeneous Materials*, doi:10.1007/978-1-4757-6355-3: bounds and
#   descriptors of all kinds.
# - J. M. Ball (1977), *Convexity conditions and existence theorems in nonlinear elasticity*,
#   doi:10.1007/BF00279992: what replaces convexity at large stretch.
# - I.-K. Yeo and R. A. Johnson (2000), *A new family of power transformations to improve normality
#   or symmetry*, doi:10.1093/biomet/87.4.954.

# %% tags=["nbval-check-output"]
check.progress("08")
