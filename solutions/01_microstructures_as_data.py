# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 01 · Microstructures as data
#
# **What is a microstructure, and how does it change?**
#
# *Time: about 60 minutes (30 for the core), of which the computer needs less than one.* You need
# Python with NumPy (arrays, shapes, `axis`), derivatives, and what a free energy is: a system left
# alone changes so that it falls. Nothing about neural networks: this lesson has none.

# %%
import numpy as np

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.physics.cahn_hilliard import (
    free_energy,
    initial_condition,
    simulate,
)
from vae_course.physics.descriptors import domain_size, radial_average

# %% jupyter={"source_hidden": true}
# Two constants of the material: section 2 says what they mean
b, lam = (
    85.0,
    0.015,
)
# Evenly spaced in log time
times = np.concatenate([[0], np.geomspace(2e-5, 0.025, 25)])
means = (0.5, 0.63, 0.75)
# The noise is drawn on 40 × 40 cells, in the range of ±0.05 around the mean.
starts = np.stack(
    [initial_condition(mean, grid=40, size=64, seed=1) for mean in means]
)
fields = simulate(starts, b, lam, times)  # (3 simulations, 26 times, 64, 64)

shown = [0, 3, 5, 8, 12, 16, 20, 25]
plotting.show(
    plotting.pattern_table(
        fields[:, shown],
        [f"mean {mean}" for mean in means],
        [f"t = {times[k]:.2g}" for k in shown],
    ),
    "Three rows of eight pictures from early to late. Each starts as even "
    "grey. In the first row a fine labyrinth of light and dark appears and "
    "becomes coarser and coarser; in the second the dark phase forms long "
    "and round islands; in the third, later than the others, round ones.",
)

# %% [markdown]
# You have just watched three mixtures come apart. Each square is a piece of material made of two
# substances. Light is pure substance 1, dark is pure substance 0, grey is a mixture. It starts
# evenly mixed but for a little noise. Within a moment it separates into **phases**, regions in
# which one of the substances prevails: light is phase 1, dark is phase 0. Then the regions, called
# **domains**, grow: slower and slower.
#
# The arrangement of the phases is the **microstructure**. (Elsewhere: the crystals of a rock, the
# fat in milk, two metals in an alloy that cools.) How stiff or how strong a material is depends on
# it, and not only on what the material is made of. In this course networks learn to describe,
# invent and predict such patterns. Before that, this lesson makes them yours: what drives them,
# how to measure them, and how to keep data honest.
#
# *Units.* Everything here is without dimension. Lengths are in sides of the square. What the unit
# of time is in seconds depends on the material ([the physics](../docs/physics.md) says how).
#
# ## What you will be able to do
#
# - Read a stack of microstructures as an array, and measure each picture of it (1.1).
# - Derive the force that separates a mixture, and run it yourself (1.2).
# - Describe a pattern by numbers that do not mistake its edges for structure (1.3).
# - Set data aside for testing in such a way that the test means something (1.4).
# - Measure a growth law, and know when not to believe it (1.5).

# %% [markdown]
# ## 1 A pattern is an array
#
# *Core, 5 minutes.*
#
# *Idea.* A field gives for every point the fraction of substance 1, $c$, between 0 and 1. On a
# computer the square is cut into 64 × 64 **pixels**, and $c$ is an array of shape (64, 64). The
# first index counts rows from the top, the second columns from the left. Many data sets keep only
# the phase of a pixel: 1 where $c > 0.5$, otherwise 0. And pictures come in stacks, called
# **batches**, with the number of the picture first: (N, 64, 64).
#
# *Worked example.* The last frame of the first simulation, made binary:

# %%
# 0 and 1; uint8 is a whole number in one byte
images = (fields > 0.5).astype("uint8")
pattern = images[0, -1]
print("shape of one pattern", pattern.shape, "and of all", images.shape)
print("upper left corner:")
print(pattern[:4, :12])
print("pixels of phase 1:", pattern.sum(), "of", pattern.size)

# %% [markdown]
# The simplest number that describes a pattern is the **volume fraction** of phase 1, $\varphi$
# (phi): the share of pixels that are 1. (In a flat picture it is an area; the name has stayed.)
# To measure each picture of a batch, say over which axes of the array you average:

# %% tags=["nbval-check-output"]
# Two pictures of 2 × 2 pixels
tiny = np.array([[[1, 0], [0, 0]], [[1, 1], [0, 1]]])
print("over all axes:     ", tiny.mean())
print("over the pictures: ", tiny.mean(axis=0).tolist())
print("over columns alone:", tiny.mean(axis=2).tolist())

# %% [markdown]
# ### Exercise 1.1 ★ `volume_fraction`
#
# - `images`: an array of 0 and 1, shape (N, height, width);
# - returns: an array of shape (N,), the volume fraction of phase 1 in each picture.
#
# <details>
# <summary>Hint 1</summary>
#
# The mean of zeros and ones is the share of ones. You want one number for each picture, so the
# first axis must stay, and the other two must go.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `axis` may be a pair: `images.mean(axis=(1, 2))` averages over rows and columns at once.
#
# </details>


# %% exercise="1.1"
def volume_fraction(images):
    """Compute the volume fraction of each: (N, height, width) -> (N,)."""
    ### BEGIN SOLUTION
    return images.mean(axis=(1, 2))
    ### END SOLUTION


# %% check="1.1"
volume_fraction = check.lesson_01.volume_fraction(volume_fraction)

# %% [markdown]
# **What you should see.** The three simulations were started around 0.5, 0.63 and 0.75; the noise
# has a small mean of its own on top. That is what is left at the end: substance is neither made nor
# lost, and the fields keep their mean up to the rounding of the computer. The binary pictures do
# not, because cutting at 0.5 rounds every pixel up or down.

# %%
last = volume_fraction(images[:, -1])
print("mean of the field, at the start:", starts.mean((1, 2)).round(6))
print(
    "mean of the field, at the end:  ",
    fields[:, -1].mean(axis=(1, 2)).round(6),
)
print("volume fraction of the image:   ", last.round(4))
check.expect(
    "Largest change of the mean of a field",
    np.ptp(fields.mean((2, 3)), 1).max(),
    0,
    1e-9,
)
check.expect(
    "Largest error of a volume fraction", np.abs(last - means).max(), 0, 0.03
)

# %% [markdown]
# ## 2 Why a mixture separates
#
# *Core, 11 minutes.*
#
# *Idea.* Mixtures, like everything, lower their free energy. For a uniform mixture with the
# fraction $c$, take the simplest curve with two equal lowest points, at the pure substances 0 and
# 1:
#
# $$ f(c) = b\, c^2 (1-c)^2. $$
#
# $f$ is an energy for each unit of area. The constant $b$ sets how high the hill between the two
# wells is: $b/16$ at $c = \tfrac12$.
#
# Now let a uniform mixture of fraction $c$ split: half of it becomes $c+\delta$, the other half
# $c-\delta$. The mean is kept. Taylor's formula gives the change of the energy:
# $\tfrac12[f(c+\delta)+f(c-\delta)] - f(c) \approx \tfrac12 f''(c)\,\delta^2$. **Where the curve
# bends down, $f'' < 0$, even the smallest split lowers the energy.** No hill has to be climbed
# first: the mixture falls apart by itself. This is **spinodal decomposition**. Since
# $f'' = 2b\,(1 - 6c + 6c^2)$, it happens for $c$ between 0.211 and 0.789.

# %%
c = np.linspace(-0.08, 1.08, 200)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {"free energy f(c)": (c, b * c**2 * (1 - c) ** 2)},
        "fraction c of substance 1",
        "free energy per area",
        span=(0.2113, 0.7887, "f bends down: unstable"),
    ),
    "The free energy: a double well, 0 at c = 0 and c = 1, with a hill of "
    "height 5.3 at one half. The part between 0.21 and 0.79, where the "
    "curve bends down, is shaded.",
)

# %% [markdown]
# *Worked example.* Is it true? Start one mixture inside that range and one outside, with the same
# noise, and watch how much $c$ varies over the square (its standard deviation).

# %%
pair = np.stack(
    [
        initial_condition(mean, grid=40, size=64, seed=1)
        for mean in (0.5, 0.85)
    ]
)
moments = np.array([0, 2e-5, 5e-5, 1e-4, 3e-4])
inside, outside = simulate(pair, b, lam, moments).std(axis=(2, 3))
print("time        ", moments)
print("mean of 0.5 ", inside.round(4))
print("mean of 0.85", outside.round(4))
check.expect(
    "At t = 3e-4, inside (0.5 is as far as it can go)", inside[-1], 0.35, 0.42
)
check.expect("At t = 3e-4, outside", outside[-1], 0.0, 0.003)

# %% [markdown]
# Inside, the noise grows into phases. Outside, it dies out. (A mixture outside *can* still
# separate, if a large enough drop happens to form: that is *nucleation*, and it does not happen
# from small noise.)
#
# If that were all, the finest patterns would be the best. But a border between phases costs energy
# as well: $\tfrac{\lambda}{2}|\nabla c|^2$ for each unit of area, where $\nabla c$ is the slope of
# $c$ (per side of the square), and $\lambda$ (lambda) says how much a slope costs. So the free
# energy of the whole square is
#
# $$ F = \int \Big[\, b\, c^2(1-c)^2 + \frac{\lambda}{2}\,|\nabla c|^2 \,\Big]\,\mathrm dA. $$
#
# How much does $F$ rise if you add a little of substance 1 in one place? That is the **chemical
# potential** $\mu$ (mu) of the place:
#
# $$ \mu = f'(c) - \lambda\,\nabla^2 c. $$
#
# $\nabla^2 c$ is the **Laplacian**, the sum of the second derivatives along rows and columns: it
# is positive where $c$ is lower than around it. Substance flows from places of high $\mu$ to places
# of low $\mu$, and what flows out of one place arrives in the next. That makes the **Cahn–Hilliard
# equation**,
#
# $$ \frac{\partial c}{\partial t} = \nabla^2\mu, $$
#
# with walls at the edges of the square through which nothing passes (**no-flux** walls).

# %% [markdown]
# *Worked example.* You will derive $f'$ yourself. A derivative that you derived yourself can be
# tested: go a small step to either side and divide by the distance. Here for another function,
# $g(c) = c^2(2-c)$. The product rule gives $g' = 2c\,(2-c) + c^2\cdot(-1)$; the $-1$ is the inner
# derivative of $2 - c$.

# %%
c, h = np.linspace(0, 1, 5), 1e-5
by_hand = 2 * c * (2 - c) - c**2
by_steps = ((c + h) ** 2 * (2 - (c + h)) - (c - h) ** 2 * (2 - (c - h))) / (
    2 * h
)
print("by hand ", by_hand)
print("by steps", by_steps.round(6))

# %% [markdown]
# ### Exercise 1.2 ★★ `bulk_chemical_potential`
#
# The first part of $\mu$, without the borders: the derivative of $b\,c^2(1-c)^2$ with respect to
# $c$.
#
# - `c`: fraction of substance 1, an array of any shape (noise may take it a little below 0 or
#   above 1; leave it as it is);
# - `b`: a number;
# - returns: an array of the shape of `c`, $f'(c)$.
#
# <details>
# <summary>Hint 1</summary>
#
# Product rule: the derivative of $c^2$ times $(1-c)^2$, plus $c^2$ times the derivative of
# $(1-c)^2$. For the latter you need the chain rule, and it brings a sign.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# $2c\,(1-c)^2 - 2c^2(1-c)$, all times $b$. Take $2c\,(1-c)$ out of both terms, and
# $(1-c) - c = 1 - 2c$ is left. It must be 0 at $c = 0$, ½ and 1: the wells and the top of the hill.
#
# </details>


# %% exercise="1.2"
def bulk_chemical_potential(c, b):
    """Compute the derivative of b c²(1 − c)², of the shape of c."""
    ### BEGIN SOLUTION
    return 2 * b * c * (1 - c) * (1 - 2 * c)
    ### END SOLUTION


# %% check="1.2"
bulk_chemical_potential = check.lesson_01.bulk_chemical_potential(
    bulk_chemical_potential
)

# %% [markdown]
# **What you should see.** With your function you have all of the equation. A dozen lines simulate
# it: walls by repeating the outermost pixels, the Laplacian from the four neighbours, and time in
# tiny steps.


# %%
def laplacian(u):
    """Laplacian of u, shape (n, n), on the unit square with no-flux walls."""
    around = np.pad(u, 1, mode="edge")
    neighbours = (
        around[2:, 1:-1]
        + around[:-2, 1:-1]
        + around[1:-1, 2:]
        + around[1:-1, :-2]
    )
    return (neighbours - 4 * u) * len(u) ** 2


start = initial_condition(0.5, grid=20, size=48, seed=1)
yours, step = start, 1e-7
lam_wide = 0.02  # a larger λ makes wider borders, for only 48 pixels a side
for _ in range(3000):
    mu = bulk_chemical_potential(yours, b) - lam_wide * laplacian(yours)
    yours = yours + step * laplacian(mu)

# %%
ours = simulate(start, b, lam_wide, [3000 * step])[0]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [[start, yours, ours]],
        ["fraction c"],
        ["start", "your simulation", "the library's"],
        side=1.8,
    ),
    "Three pictures: an even grey at the start; the labyrinth of your "
    "simulation; that of the library's. The two labyrinths have the same "
    "domains in the same places.",
)

# %%
differ = np.mean((yours > 0.5) != (ours > 0.5))
check.expect(
    "Share of pixels in another phase than the library's", differ, 0, 0.15
)
width = 4.4 * np.sqrt(lam_wide / (2 * b)) * 48
print(f"width of a border, by theory: {width:.1f} pixels")
check.expect(
    "Change of the mean of c", abs(yours.mean() - start.mean()), 0, 1e-9
)

# %% [markdown]
# The two are alike but not equal. Your Laplacian sees only the next pixels, and a border is hardly
# wider than two ([the physics](../docs/physics.md#four-facts-to-keep-in-mind) gives its width,
# $4.4\sqrt{\lambda/2b}$). The library's sees all pixels (it works with cosine waves). A small error
# made early, while the noise still grows, grows with it.
#
# Nature keeps one more promise: the free energy never rises. (With no-flux walls the equation gives
# $\mathrm dF/\mathrm dt = -\int |\nabla\mu|^2\,\mathrm dA$, which is not above 0.) In the
# simulations of the first picture:

# %%
energy = free_energy(fields, b, lam)  # (3, 26)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {
            f"mean {m}": (times[1:], e[1:])
            for m, e in zip(means, energy, strict=True)
        },
        "time (units of the simulation)",
        "free energy F",
        log=True,
    ),
    "Free energy against time, both axes logarithmic: three curves that "
    "only fall, from between 3 and 5 to below 1. That of mean 0.75 is flat "
    "until its phases appear.",
)

# %%
check.expect(
    "Largest rise of F from frame to frame",
    np.diff(energy, axis=1).max(),
    -1,
    1e-9,
)

# %% [markdown]
# ## 3 How long is a domain?
#
# *Going further, 12 minutes.*
#
# *Idea.* Two patterns may have the same volume fraction, one fine, one coarse. What tells them
# apart is how pixels *go together*. Choose two pixels at random, $r$ apart. How likely are both of
# phase 1? This probability is the **two-point correlation** $S_2(r)$. The step $r$ from the first
# pixel to the second, so many rows and so many columns, is called the **lag**.
#
# - At lag 0 both pixels are the same one, so $S_2(0) = \varphi$.
# - If pixels far apart know nothing of each other, $S_2 = \varphi\cdot\varphi = \varphi^2$.
# - In between, $S_2$ falls as fast as domains are small.
#
# To count pairs for all lags at once, use the **fast Fourier transform** (FFT). Transform the
# picture, take the squared magnitude, transform back: at each lag stands the number of pairs (the
# *correlation theorem*; you can check it by hand in a moment). There is one trap. The FFT takes the
# picture to be **periodic**: what leaves on the right comes in again on the left. Our squares have
# walls. The right edge and the left edge are as far apart as can be, and pairs across them are
# wrong. The cure is **zero padding**: append as many zeros as there are pixels, so that pairs
# across the edge count nothing.
#
# *Worked example*, in one dimension: a row of four pixels.

# %% tags=["nbval-check-output"]
row = np.array([1, 1, 0, 1])


def count_pairs(row, length):
    """Number of pairs of ones at each lag, by an FFT of the given length."""
    spectrum = np.fft.fft(row, length)
    return np.fft.ifft(np.abs(spectrum) ** 2).real


print("lag                    0 1 2 3")
print(
    "pairs, periodic       ",
    count_pairs(row, 4).round().astype(int)[:4],
    "wrong",
)
print("pairs, zero-padded    ", count_pairs(row, 8).round().astype(int)[:4])
print(
    "pairs that are possible",
    count_pairs(np.ones(4), 8).round().astype(int)[:4],
)

# %% [markdown]
# Count by hand: ones stand at places 0, 1 and 3. One pair is a step of 1 apart (0–1), one a step of
# 2 (1–3), one of 3 (0–3). The periodic count finds a second pair at lag 1, from place 3 around the
# corner to place 0.
#
# The last line is the same count for a row of nothing but ones: the number of pairs that the walls
# leave possible. A lag of 3 fits only once into four pixels. So the probability is *pairs* divided
# by *possible pairs*, lag by lag: here 3/4, 1/3, 1/2, 1.
#
# ### Exercise 1.3 ★ `two_point_correlation`
#
# - `image`: 0 and 1, shape (n, n);
# - returns: $S_2$, real, shape (n, n), for lags up to half a side in all directions.
#
# In the order of the FFT, negative lags come last: index `[2, 5]` is the lag of 2 rows down and 5
# columns to the right, `[-2, 5]` that of 2 rows up. The list of these lags is given: `lags` picks
# them out of a padded array. You write what comes in between: `np.fft.fft2` and `np.fft.ifft2` are
# the transforms in two dimensions.
#
# <details>
# <summary>Hint 1</summary>
#
# Do as in the worked example, with a length of (2n, 2n): once for the image, once for `np.ones((n,
# n))`. Each gives an array of shape (2n, 2n). Pick the lags out of both, *then* divide: among those
# that are left out there are some that are not possible at all (0/0).
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `pairs = np.fft.ifft2(np.abs(np.fft.fft2(image, (2 * n, 2 * n))) ** 2).real`, and `possible`
# likewise from `np.ones((n, n))`. The answer is `pairs[lags] / possible[lags]`. At `[0, 0]` it must
# be the volume fraction.
#
# </details>


# %% exercise="1.3"
def two_point_correlation(image):
    """Compute S₂ for lags up to half a side, with walls: (n, n) -> (n, n)."""
    n = len(image)
    one_way = np.r_[0 : (n + 1) // 2, -(n // 2) : 0]  # 0, 1, 2, …, −2, −1
    lags = np.ix_(one_way, one_way)
    ### BEGIN SOLUTION
    pairs = np.fft.ifft2(np.abs(np.fft.fft2(image, (2 * n, 2 * n))) ** 2).real
    possible = np.fft.ifft2(
        np.abs(np.fft.fft2(np.ones((n, n)), (2 * n, 2 * n))) ** 2
    ).real
    return pairs[lags] / possible[lags]
    ### END SOLUTION


# %% check="1.3"
two_point_correlation = check.lesson_01.two_point_correlation(
    two_point_correlation
)

# %% [markdown]
# **What you should see.** A map for a young, a middle and an old pattern of the first simulation.
# No direction is preferred, so `radial_average` of the library takes the mean over all lags of the
# same length. The bright spot in the middle of the map is the mean domain; it grows with time.

# %%
ages = [8, 16, 25]
# [0, 0] is lag zero
maps = [two_point_correlation(images[0, k]) for k in ages]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [images[0, ages], [2 * np.fft.fftshift(one) for one in maps]],
        ["pattern", "2 S₂, lag 0\nin the middle"],
        [f"t = {times[k]:.2g}" for k in ages],
        side=1.6,
    ),
    "Upper row: a fine, a middling and a coarse labyrinth. Lower row: their "
    "two-point correlations, a bright spot in the middle with a dark ring "
    "around it, small for the fine pattern and large for the coarse one.",
)

# %%
radial = radial_average(np.stack(maps))  # (3, 32): by the length of the lag
lag = np.arange(32) / 64  # in sides of the square
lines = {
    f"t = {times[k]:.2g}": (lag, one)
    for k, one in zip(ages, radial, strict=True)
}

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        lines | {"φ² for φ = ½": (lag, np.full(32, 0.25))},
        "lag r (sides of the square)",
        "S₂(r), a probability",
    ),
    "S₂ against the lag for three ages. All start at one half and fall "
    "below one quarter; the youngest falls fastest and swings around one "
    "quarter, the oldest falls slowest.",
)

# %%
check.expect("S₂ at lag 0, youngest", radial[0, 0], 0.48, 0.52)
check.expect("S₂ at a lag of 5 pixels, youngest", radial[0, 5], 0.17, 0.25)
check.expect("S₂ at a lag of 5 pixels, oldest", radial[2, 5], 0.37, 0.49)

# %% [markdown]
# In the young pattern, five pixels from a pixel of phase 1 you are more often than not in phase 0:
# $S_2$ is *below* $\varphi^2$. In the old one you are still in the same domain. And the old one
# does not settle at $\varphi^2$ within half a side: only a few domains fit into the square.
#
# Often one wants a single length. The course uses the **domain size** $L$: the mean wavelength of
# the pattern, that is, about the width of one light and one dark domain together, in sides of the
# square. (The picture is taken apart into cosine waves. A wave of wavelength $\ell$ has the wave
# number $q = 2\pi/\ell$; the mean $\langle q\rangle$ weighs each by how much it contributes to the
# picture, and $L = 2\pi/\langle q\rangle$.)

# %%
size = domain_size(images[0, ages])
print("domain size L, in sides of the square:", size.round(3))
check.expect(
    "Growth of L from the youngest to the oldest", size[2] / size[0], 3, 6
)

# %% [markdown]
# ## 4 A data set, and how to keep a test honest
#
# *Core, 12 minutes.*
#
# One simulation is no data set. The course brings 600 of them ([the data](../docs/data.md)), made
# as yours, with other noise and other $b$ and $\lambda$ for each; 400 have a mean of 0.5 (Case 1).
# Of each simulation it keeps about twelve pictures, called **frames**.

# %%
patterns = load_embedded(case=1)
for name in ("images", "simulation", "time", "strain_energy", "parameters"):
    array = getattr(patterns, name)
    print(f"{name:14} shape {array.shape}")
print("simulation of the first 26 frames:", patterns.simulation[:26])
print("what each was started with:       ", patterns.parameters.dtype.names)

# %% [markdown]
# `simulation` says which simulation a frame comes from: frames of one are listed together here.
# `time` is its time. `parameters` holds, among others, its $b$ and $\lambda$ (`lam`). The strain
# energy, what it takes to stretch the pattern, waits for lesson 08.

# %% [markdown]
# *Idea.* A model that learned from pictures must be judged on pictures that it has **not** seen,
# the **test set**; what it learns from is the **training set**. The obvious way is to shuffle the
# frames and put a fifth aside. Let us do that, and play a game: **read the barrier $b$ off a
# picture.**
#
# Our "model" is the simplest there is, the **nearest neighbour**. For a test picture, find the
# training picture that differs from it in the fewest pixels, and answer with *its* $b$. The score
# is
#
# $$ R^2 = 1 - \frac{\text{mean of }(\text{answer}-\text{truth})^2}{\text{variance of truth}}: $$
#
# 1 is perfect, 0 is no better than always answering with the mean, and less than 0 is worse than
# that.

# %%
# (4800, 4096)
pixels = patterns.images.reshape(len(patterns), -1).astype("float32")


def nearest_neighbour(test):
    """Index of each one's nearest training picture, share that differs."""
    a, train = pixels[test], np.flatnonzero(~test)
    # Pixels that differ: those of both, less twice the common ones.
    differ = (
        a.sum(1)[:, None] + pixels[train].sum(1) - 2 * a @ pixels[train].T
    )
    return train[differ.argmin(1)], differ.min(1) / 4096


def r_squared(answer, truth):
    """1 for perfect answers, 0 for answers as good as the mean."""
    return 1 - np.mean((answer - truth) ** 2) / np.var(truth)


# %%
barrier = patterns.parameters["b"]
shuffled = np.zeros(len(patterns), bool)
shuffled[
    np.random.default_rng(0).permutation(len(patterns))[: len(patterns) // 5]
] = True
neighbour, distance = nearest_neighbour(shuffled)
r2_shuffled = r_squared(barrier[neighbour], barrier[shuffled])
check.expect("R² of b, frames shuffled", r2_shuffled, 0.88, 0.99)

# %% [markdown]
# Almost perfect! Do you believe it? Look at some test pictures and the neighbours that they found:

# %%
some = np.flatnonzero(shuffled)[5:320:45]

# %% jupyter={"source_hidden": true}
found = neighbour[5:320:45]
plotting.show(
    plotting.pattern_table(
        [patterns.images[some], patterns.images[found]],
        ["test", "its nearest\nin training"],
        [f"simulation {s}" for s in patterns.simulation[some]],
        [[f"t = {t:.2g}" for t in patterns.time[k]] for k in (some, found)],
    ),
    "Seven test pictures and their nearest training pictures, which are "
    "almost the same: earlier or later frames of the same simulation.",
)

# %%
same = np.mean(
    patterns.simulation[neighbour] == patterns.simulation[shuffled]
)
check.expect("Share of neighbours from the same simulation", same, 0.94, 1.0)

# %% [markdown]
# The model has read nothing off the picture. It has recognised **the simulation**: its frames look
# alike and share one $b$, and most of the twelve are in the training set. This is a **leak**:
# something in the test set has already been seen in training. Nothing in the score gives it away.
# The cure: **whole simulations** go to one side or the other.
#
# ### Exercise 1.4 ★ `split_by_simulation`
#
# - `simulation`: the number of the simulation of each frame, shape (N,). Numbers may be missing
#   or stand in any order;
# - `test`: the share of the *simulations* to set aside, between 0 and 1;
# - `seed`: a whole number. Equal seeds give equal splits, other seeds give others;
# - returns: an array of booleans, shape (N,), True for the frames of the test set.
#
# Draw `round(test * number of simulations)` simulations at random.
#
# <details>
# <summary>Hint 1</summary>
#
# Three steps: which simulations are there (`np.unique`)? Which of them are drawn? Which frames
# belong to a drawn one? Randomness comes from `np.random.default_rng(seed)`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# With `numbers = np.unique(simulation)` and `count = round(test * len(numbers))`, draw
# `np.random.default_rng(seed).permutation(numbers)[:count]`. `np.isin(simulation, drawn)` asks of
# every frame whether its simulation is among the drawn ones.
#
# </details>


# %% exercise="1.4"
def split_by_simulation(simulation, test, seed):
    """Draw whole simulations: True for the frames of the test set, (N,)."""
    ### BEGIN SOLUTION
    numbers = np.unique(simulation)
    count = round(test * len(numbers))
    drawn = np.random.default_rng(seed).permutation(numbers)[:count]
    return np.isin(simulation, drawn)
    ### END SOLUTION


# %% check="1.4"
split_by_simulation = check.lesson_01.split_by_simulation(split_by_simulation)

# %% [markdown]
# ### Question 1.a ★ predict
#
# With shuffled frames the nearest neighbour told the barrier $b$ with an $R^2$ of 0.94. Now whole
# simulations are held out. What will its $R^2$ be?
#
# - **a**: About 0.9: a good model stays good.
# - **b**: About 0.5: half of it was knowledge.
# - **c**: 0 or less: no better than the mean of all.

# %% question="1.a"
check.question("1.a", "c")

# %% [markdown]
# **What you should see.** The same game with your split, and a second one beside it: read the
# *time* (its logarithm) off a picture.

# %%
held_out = split_by_simulation(patterns.simulation, test=0.2, seed=0)
honest, honest_distance = nearest_neighbour(held_out)
age = np.log(patterns.time)
r2_honest = r_squared(barrier[honest], barrier[held_out])
r2_age = [
    r_squared(age[nearest], age[test])
    for nearest, test in ((neighbour, shuffled), (honest, held_out))
]
print("                            shuffled frames   whole simulations")
print(f"R² of the barrier b         {r2_shuffled:15.2f}   {r2_honest:17.2f}")
print(f"R² of the logarithm of time {r2_age[0]:15.2f}   {r2_age[1]:17.2f}")
print(
    f"pixels that differ          {distance.mean():15.0%}   "
    f"{honest_distance.mean():17.0%}"
)
check.expect("R² of b, whole simulations", r2_honest, -1.3, -0.5)
check.expect(
    "R² of the logarithm of time, whole simulations", r2_age[1], 0.7, 0.9
)
sizes = domain_size(patterns.images)
growth = []
for number in np.unique(patterns.simulation):
    own = sizes[patterns.simulation == number]  # from early to late
    growth.append(own[-1] / own[0])
check.expect("Least growth of L in a simulation", min(growth), 2, 2.5)

# %% [markdown]
# From nearly 1 to below zero. For a new simulation the neighbour's $b$ is worth less than the mean
# of all, and little more than a random draw, which would give $-1$. (This does not prove that $b$
# cannot be read off a picture. It proves that this model does not do it.) The time is another
# matter: in each of the 400 simulations $L$ at least doubles from the first frame to the last. That
# is real knowledge, and it survives the honest test, though with less than the shuffled frames had
# promised.
#
# So in all of this course: **test sets hold whole simulations.** `patterns.split(test=0.2, seed=0)`
# of the library does what you have just written. The same goes for pieces cut from one micrograph,
# for cells of one patient, for photographs of one street.

# %% [markdown]
# ## 5 The law of growth
#
# *Going further, 12 minutes.*
#
# *Idea.* Why do domains grow once the phases are pure? Borders cost energy. So a pattern with less
# border is better, and large domains eat small ones. Substance has to travel from one to the other
# through the phase between them. Theory says how fast (I. M. Lifshitz and V. V. Slyozov, 1961, for
# drops that are far apart): $L$ grows as the cube root of time,
#
# $$ L = A\, t^{n}, \qquad n = \tfrac13, $$
#
# with a constant $A$. Twice as coarse takes eight times as long. How do you measure an exponent?
# Take logarithms of both sides: $\log L = \log A + n\,\log t$. On logarithmic axes a power law is a
# **straight line, and its slope is the exponent.**
#
# *Worked example.* Eight simulations, their domain size averaged at each time.

# %%
eight = np.stack(
    [initial_condition(0.5, grid=40, size=64, seed=k) for k in range(8)]
)
frames = simulate(eight, b, lam, times[1:])  # (8, 25, 64, 64)
length = domain_size(frames.reshape(-1, 64, 64)).reshape(8, 25).mean(axis=0)

# %% jupyter={"source_hidden": true}
cube_root = length[12] * (times[1:] / times[13]) ** (1 / 3)
plotting.show(
    plotting.curve_plot(
        {
            "mean of eight simulations": (times[1:], length),
            "slope ⅓": (times[1:], cube_root),
        },
        "time t (units of the simulation)",
        "domain size L (sides of the square)",
        log=True,
    ),
    "Domain size against time on logarithmic axes. The curve is flat at "
    "0.13 until about 5e-5 and then rises nearly along the line of slope "
    "one third, to about 0.8.",
)

# %%
fastest = 2 * np.pi * np.sqrt(2 * lam / b)
check.expect("L at the first time", length[0], 0.12, 0.14)
print(
    f"wavelength of the ripple that grows fastest, 2π √(2λ/b): {fastest:.3f}"
)

# %% [markdown]
# The curve has two parts. At first the phases are only coming into being. Nothing coarsens: $L$ is
# what the fastest ripple of the noise makes it (why it is just this one, see [the
# physics](../docs/physics.md#four-facts-to-keep-in-mind)). The law of growth is a law for *late*
# times, so **early times must not be in the fit.** We take the last factor of ten.
#
# ### Exercise 1.5 ★★★ `coarsening_exponent`
#
# - `times`: times above 0, shape (k,), in any order;
# - `lengths`: the domain size at each, shape (k,);
# - returns: one number, the slope of $\log L$ against $\log t$, by least squares, over all points
#   with $t \ge t_\text{max}/10$, where $t_\text{max}$ is the latest time.
#
# <details>
# <summary>Hint 1</summary>
#
# First choose the points: a mask of booleans, `times >= times.max() / 10`. Then take logarithms of
# both arrays, and fit a straight line.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `np.polyfit(x, y, 1)` returns two numbers, the slope first. So with
# `x = np.log(times[late])` and `y = np.log(lengths[late])` the answer is `np.polyfit(x, y, 1)[0]`.
#
# </details>


# %% exercise="1.5"
def coarsening_exponent(times, lengths):
    """Fit n of L = A tⁿ to the last factor of ten: (k,), (k,) -> number."""
    ### BEGIN SOLUTION
    late = times >= times.max() / 10
    slope, _ = np.polyfit(np.log(times[late]), np.log(lengths[late]), 1)
    return slope
    ### END SOLUTION


# %% check="1.5"
coarsening_exponent = check.lesson_01.coarsening_exponent(coarsening_exponent)

# %% [markdown]
# **What you should see.** First your eight simulations, then all 400 of the data set:

# %%
late = patterns.time >= 0.0025
n_eight = coarsening_exponent(times[1:], length)
n_all = coarsening_exponent(patterns.time, sizes)
check.expect("Exponent, eight simulations", n_eight, 0.25, 0.39)
check.expect(
    f"Exponent, {late.sum()} late frames of 400 simulations",
    n_all,
    0.32,
    0.35,
)

# %% [markdown]
# Eight simulations give a rough answer: with four other draws of the noise it is 0.28 to 0.34. At
# the end there is room for hardly more than one light and one dark domain in a square
# ($L \approx 0.8$), and each simulation ends a little differently. Four hundred simulations agree
# with one third.
#
# Now ask the other two cases. How far may you trust such a number? Measure it twice, on two halves
# of the simulations that have nothing in common. Your split does it:

# %%
for case, mean in ((1, 0.5), (2, 0.63), (3, 0.75)):
    some = load_embedded(case)
    half = split_by_simulation(some.simulation, test=0.5, seed=0)
    size = domain_size(some.images)
    n = [
        coarsening_exponent(some.time[part], size[part])
        for part in (half, ~half)
    ]
    low, high = (0.31, 0.36) if case == 1 else (0.24, 0.325)
    for name, exponent in zip(("one half", "the other"), n, strict=True):
        check.expect(
            f"Case {case}, mean {mean}: exponent in {name}",
            exponent,
            low,
            high,
        )

# %% [markdown]
# In Cases 2 and 3 every half lies below one third: that is no accident of a few simulations. The
# law is about a limit: domains far larger than their borders are wide, and far smaller than the
# square. Ours are in between. How near to the limit you are depends on the pattern (labyrinth or
# drops) and on how you define $L$. Report the exponent that you measured, with the range of times,
# and not the one in the book.

# %% [markdown]
# ## 6 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **One number for the whole batch.** `images.mean()` of a picture of the first simulation and one
# of the third together is a volume fraction that neither has:

# %%
mixed = images[[0, 2], -1].mean()
print(
    "each:", last[[0, 2]].round(3), " both together:", round(float(mixed), 3)
)
check.expect(
    "Distance to the nearer of the two",
    np.abs(last[[0, 2]] - mixed).min(),
    0.1,
    0.15,
)

# %% [markdown]
# **Subtracting bytes.** `uint8` has no negative numbers: 0 − 1 is 255. Convert first.

# %% tags=["nbval-check-output"]
before, after = np.array([0, 1, 1], "uint8"), np.array([1, 1, 0], "uint8")
print("before − after as bytes:   ", before - after)
print("before − after as integers:", before.astype(int) - after.astype(int))

# %% [markdown]
# **The periodic wrap.** Without padding, the FFT joins the right edge to the left. Take a picture
# that is light along both edges, in stripes of a quarter of a side. The FFT sees *one* stripe,
# twice as wide. At a lag of a quarter, no pair is of phase 1; the periodic count finds a quarter of
# all pixels.

# %%
stripes = np.zeros((64, 64))
stripes[:, :16] = stripes[:, 48:] = 1
wrapped = np.fft.ifft2(np.abs(np.fft.fft2(stripes)) ** 2).real / stripes.size
padded = two_point_correlation(stripes)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {
            "zero-padded": (lag, padded[0, :32]),
            "periodic: wrong": (lag, wrapped[0, :32]),
        },
        "lag along a row (sides of the square)",
        "S₂(r), a probability",
    ),
    "S₂ of the stripes along a row. Zero-padded, it falls from one half to "
    "0 at a lag of a quarter. The periodic one falls half as fast and is "
    "still at a quarter there.",
)

# %%
check.expect(
    "S₂ at a lag of a quarter of the side", padded[0, 16], -1e-9, 1e-9
)
check.expect("the same, periodic", wrapped[0, 16], 0.249, 0.251)

# %% [markdown]
# **A slope on linear axes.** It has a unit, and it is no exponent. Count time in thousandths, and
# it changes; the slope of the logarithms does not:

# %%
for unit, name in (
    (1.0, "units of the simulation"),
    (1e-3, "thousandths of it      "),
):
    t = times[1:] / unit
    print(
        f"time in {name}: linear slope {np.polyfit(t, length, 1)[0]:7.3f}, "
        f"exponent {coarsening_exponent(t, length):.3f}"
    )

# %% [markdown]
# **A time step that is too long.** An error in the finest ripples must shrink from step to step.
# With a step four times as long as ours it grows instead, and within a hundred steps the numbers
# are no fractions any more:

# %%
broken = start
for _ in range(100):
    mu = bulk_chemical_potential(broken, b) - lam_wide * laplacian(broken)
    # Or it would overflow
    broken = np.clip(broken + 4 * step * laplacian(mu), -1e6, 1e6)
check.expect("Largest c", broken.max(), 10, 1e6)

# %% [markdown]
# **Early times in the fit.** Suppose that the simulations had been stopped at $t = 5\cdot10^{-4}$,
# and all that was there was fitted. Half of it is from before the phases were pure:

# %%
early = times[1:] <= 5e-4
n_early = np.polyfit(np.log(times[1:][early]), np.log(length[early]), 1)[0]
check.expect("Exponent, all times up to 5e-4", n_early, 0.19, 0.24)
n_25 = np.polyfit(np.log(times[1:]), np.log(length), 1)[0]
check.expect("Exponent, all 25 times", n_25, 0.25, 0.31)

# %% [markdown]
# With all 25 times the mistake hides: the number is near that of the last factor of ten, because
# the flat beginning weighs little beside the rest. It is the *line* in the picture that tells, and
# not the number.

# %% [markdown]
# ## Summary
#
# 1. A microstructure is an array of phases, (64, 64); a batch is (N, 64, 64). Name your axes.
# 2. Where the free energy bends down, a mixture separates by itself; borders cost, so it coarsens.
# 3. Volume fraction, two-point correlation and domain size describe a pattern. Walls do not wrap.
# 4. Frames of one simulation are relatives. A test set must hold whole simulations.
# 5. A power law is a line on logarithmic axes. Fit it late, and report what you measure.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 1.b ★ choose
#
# Two mixtures with small noise: one with a mean of 0.2, the other of 0.3. Which of them separates?
#
# - **a**: Both: any mixture lowers its free energy by separating.
# - **b**: That of 0.3 alone, into islands of phase 1.
# - **c**: That of 0.3 alone, into islands of phase 0.
# - **d**: Neither: both are too far from one half.

# %% question="1.b"
check.question("1.b", "b")

# %% [markdown]
# ### Question 1.c ★ predict
#
# A pattern has taken one minute to coarsen to domains of 1 µm. After how many minutes are they 4
# µm, if $L \propto t^{1/3}$ holds all the way?

# %% question="1.c"
check.question("1.c", 64)

# %% [markdown]
# ### Question 1.d ★ find the fault
#
# A colleague cuts ten micrographs into a hundred tiles each and reports that her model is right on
# 99 % of the test tiles. Which of her steps spoils the number?
#
# - **a**: She cuts each micrograph into tiles that do not overlap.
# - **b**: She shuffles all thousand tiles and sets 200 aside for the test.
# - **c**: She trains on the other 800.
# - **d**: She counts the test tiles on which the model is right.

# %% question="1.d"
check.question("1.d", "b")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - [Lesson 02](02_squeezing_a_picture.ipynb): how few numbers does a microstructure need?
# - J. W. Cahn and J. E. Hilliard (1958), *Free energy of a nonuniform system. I*,
#   doi:10.1063/1.1744102; J. W. Cahn (1961), *On spinodal decomposition*,
#   doi:10.1016/0001-6160(61)90182-1: where the equation and the instability come from.
# - I. M. Lifshitz and V. V. Slyozov (1961), *The kinetics of precipitation from supersaturated
#   solid solutions*, doi:10.1016/0022-3697(61)90054-3: the cube root of time.
# - S. Torquato (2002), *Random Heterogeneous Materials*, doi:10.1007/978-1-4757-6355-3: two-point
#   correlations, and many more descriptors.
# - S. Kapoor and A. Narayanan (2022), *Leakage and the Reproducibility Crisis in ML-based Science*,
#   arXiv:2207.07048: how often leaks have fooled published work.
# - H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), *Enhancing Mechanical Metamodels with a
#   Generative Model-Based Augmented Training Dataset*, arXiv:2203.04183: the data set that ours
#   follows.

# %% tags=["nbval-check-output"]
check.progress("01")
