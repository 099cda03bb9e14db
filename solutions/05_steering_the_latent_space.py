# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 05 · Steering the latent space
#
# **What does each axis do?**
#
# *Time: about 70 minutes (53 for the core), of which the computer needs one.* You need lesson 03: a
# variational autoencoder (VAE) turns a picture into a **code** $z$, a few numbers, and draws
# pictures from codes; all codes together lie around 0 on each axis, with a standard deviation near
# 1. All possible codes together are the **latent space**.

# %%
import numpy as np
from keras import ops
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.neighbors import KNeighborsRegressor

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.latent.figures import plane_figure
from vae_course.physics.descriptors import (
    domain_size,
    perimeter,
    volume_fraction,
)
from vae_course.vae import load_pretrained
from vae_course.vae.losses import bernoulli_nll

# Trained on other simulations than those below
vae = load_pretrained("case1-latent16")
patterns = load_embedded(case=1)
codes = vae.encode(patterns.images)  # (4800, 16)

# %% jupyter={"source_hidden": true}
energy = patterns.strain_energy[:, -1]  # at a displacement of 0.5
aged = patterns.time > 1e-3
centred = codes[aged] - codes[aged].mean(axis=0)
plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
plotting.show(
    plane_figure(
        plane,
        patterns.images[aged],
        energy[aged],
        "strain energy (lesson 08)",
    ),
    "Left: a round cloud of points, coloured by strain energy from low "
    "(dark) to high (light). High energies lie on one side of the cloud "
    "more than on the other, but mixed. Right: the same plane, tiled with "
    "small microstructures; neighbours look alike, and in the middle they "
    "are finer.",
)

# %% [markdown]
# Each point on the left is a microstructure. A VAE has turned it into 16 numbers, and these were
# projected on a plane. The colour is its **strain energy**: the work that it takes to stretch it
# (lesson 08 computes it). On the right is the same plane, tiled with the microstructures
# themselves. This kind of map made the notebook famous from which this course began. It is a good
# question what it shows. By the end of the lesson you can answer it in numbers.
#
# ## What you will be able to do
#
# - Change one number of a code at a time, and see what it does (5.1).
# - Project codes on a plane, and say how much the plane leaves out (5.2).
# - Walk from one microstructure to another without leaving the microstructures (5.3).
# - Rank axes by what they change, and not by how they spread (5.4).
# - Find out what a code knows, without fooling yourself (5.5).

# %% [markdown]
# ## 1 One axis at a time
#
# *Core, 8 minutes.*
#
# *Idea.* Take the code of one microstructure. Change one of its 16 numbers, keep the others, and
# decode. Do so for several values: a **traversal**. What you see is what this axis does, *here*.
#
# *Worked example.* A code is an array of shape (16,). Assigning to an entry changes the array
# itself, and everybody who uses it will see the change. So make a copy first.

# %% tags=["nbval-check-output"]
code = np.array([0.3, -1.2, 0.8])
same, other = code, code.copy()
same[0] = 99.0
print("the code after a change through another name:", code.tolist())
print("its copy:                                    ", other.tolist())

# %% [markdown]
# ### Exercise 5.1 ★ `traverse`
#
# - `z`: a code, an array of shape (k,); it must stay as it is;
# - `axis`: which of its numbers to change;
# - `values`: the values that this number shall have, shape (m,);
# - returns: an array of shape (m, k), in each row `z` with the value in place.
#
# <details>
# <summary>Hint 1</summary>
#
# You need m copies of `z`, one below the other. `np.tile(z, (m, 1))` makes them, as floats if `z`
# has floats.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `codes = np.tile(z, (len(values), 1))`, then one whole column at once: `codes[:, axis] = values`.
#
# </details>


# %% exercise="5.1"
def traverse(z, axis, values):
    """Set one number of a code to each of several values: (k,) -> (m, k)."""
    ### BEGIN SOLUTION
    moved = np.tile(np.asarray(z, float), (len(values), 1))
    moved[:, axis] = values
    return moved
    ### END SOLUTION


# %% check="5.1"
traverse = check.lesson_05.traverse(traverse)

# %% [markdown]
# **What you should see.** One microstructure, chosen at random (framed), and five axes of its code,
# each moved by up to three standard deviations σ. (σ is that of the axis over all codes, about 1.)

# %%
chosen = np.random.default_rng(5).choice(np.flatnonzero(patterns.time > 3e-3))
z = codes[chosen]
sigma = codes.std(axis=0)  # (16,)

# %% jupyter={"source_hidden": true}
steps = np.linspace(-3, 3, 7)
axes = [0, 3, 6, 9, 12]
plotting.show(
    plotting.pattern_table(
        [
            vae.decode(traverse(z, axis, z[axis] + steps * sigma[axis]))
            for axis in axes
        ],
        [f"axis {axis}" for axis in axes],
        [f"{step:+.0f} σ" if step else "as it is" for step in steps],
        highlight=3,
    ),
    "Five rows of seven microstructures. In each row one axis changes from "
    "left to right: domains shift, merge and part. All rows pass the same "
    "microstructure in the middle. No row changes a single property such as "
    "size or direction.",
)

# %%
check.expect(
    "Standard deviation of the codes, mean over axes", sigma.mean(), 0.9, 1.25
)

# %% [markdown]
# Every axis moves domains about. None of them is "the axis of coarseness" or "the axis of volume
# fraction". People hope for such axes, and call codes that have them **disentangled**. A VAE has no
# reason to make them: turn the whole latent space, and let the decoder turn back. The prior looks
# the same from all sides, so its part of the price stays. What the loss does notice is that a cloud
# has independent axes, and after the turn others. How much is that?

# %%
late = patterns.images[patterns.time > 5e-3][::3].astype("float32")
late_mean, late_log_variance = vae.posterior(late)
turn = np.linalg.qr(np.random.default_rng(0).standard_normal((16, 16)))[0]


def loss(turn, noise):
    """Minus the ELBO, with codes turned by an orthogonal matrix (16, 16)."""
    mean = late_mean @ turn.T
    variance = np.exp(late_log_variance) @ (turn**2).T
    z = (mean + np.sqrt(variance) * noise) @ turn  # and back
    logits = vae.decoder(z.astype("float32"))[..., 0]
    kl = 0.5 * (mean**2 + variance - 1 - np.log(variance)).sum(axis=1)
    return float(ops.mean(bernoulli_nll(late, logits))) + kl.mean()


noises = np.random.default_rng(1).standard_normal((12, *late_mean.shape))
plain = np.mean([loss(np.eye(16), noise) for noise in noises])
turned = np.mean([loss(turn, noise) for noise in noises])
check.expect("Loss of late patterns (nats)", plain, 310, 350)
check.expect("More, when the codes are turned", turned - plain, -0.8, 2)

# %% [markdown]
# Less than one nat in a hundred. Nothing in the loss to speak of ties an axis to a property. So
# what an axis means, you have to measure.

# %% [markdown]
# ## 2 A plane through sixteen dimensions
#
# *Core, 12 minutes.*
#
# *Idea.* You cannot look at 16 dimensions. But you can look along the two directions in which the
# codes spread most. They are the first two **principal components** of the codes (lesson 02 used
# them on pictures). Take the mean away, find the directions by the **singular value decomposition**
# (SVD) of the centred codes, and project.
#
# *Worked example.* `np.linalg.svd(a, full_matrices=False)` of an array (N, k) returns three arrays.
# The rows of the third, of shape (k, k), are the directions, the longest first; the second holds
# how long they are. Here for a flat cloud in two dimensions that lies aslant:

# %%
rng = np.random.default_rng(0)
cloud = rng.standard_normal((500, 2)) * [3, 0.5] @ np.array(
    [[0.8, 0.6], [-0.6, 0.8]]
) + [4, 1]
_, lengths, directions = np.linalg.svd(
    cloud - cloud.mean(axis=0), full_matrices=False
)
print("directions, one a row (their sign is arbitrary):")
print(directions.round(2))
share = lengths**2 / np.sum(lengths**2)
print("share of the variance along each:", share.round(3))
check.expect("Share of the first", share[0], 0.95, 0.99)

# %% [markdown]
# ### Exercise 5.2 ★★ `principal_plane`
#
# - `z`: codes, shape (N, k);
# - returns: an array of shape (N, 2), where each code lies along the first two principal
#   directions. The mean of the codes shall be the origin. (The sign of a direction is arbitrary:
#   either is right.)
#
# <details>
# <summary>Hint 1</summary>
#
# Three steps: take the mean over the codes away; find the directions; multiply the *centred* codes
# with the first two of them. Look at the shapes: (N, k) times what gives (N, 2)?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `centred = z - z.mean(axis=0)`, and `np.linalg.svd(centred, full_matrices=False)[2]` has the
# directions in its rows. The answer is `centred @` the transpose of the first two rows.
#
# </details>


# %% exercise="5.2"
def principal_plane(z):
    """Project codes on their first two principal directions: -> (N, 2)."""
    ### BEGIN SOLUTION
    from_mean = z - z.mean(axis=0)
    rows = np.linalg.svd(from_mean, full_matrices=False)[2]
    return from_mean @ rows[:2].T
    ### END SOLUTION


# %% check="5.2"
principal_plane = check.lesson_05.principal_plane(principal_plane)

# %% [markdown]
# **What you should see.** How much of the spread of the codes is in this plane?

# %%
plane = principal_plane(codes)
in_plane = plane.var(axis=0).sum() / codes.var(axis=0).sum()
check.expect("Share of the variance in the plane", in_plane, 0.17, 0.27)
lengths = np.linalg.norm(codes, axis=1)
young, old = patterns.time < 5e-4, patterns.time > 5e-3
check.expect(
    "Mean length of the codes of young patterns",
    lengths[young].mean(),
    1.0,
    2.6,
)
check.expect(
    "Mean length of the codes of old patterns", lengths[old].mean(), 4.8, 6.5
)

# %% [markdown]
# A fifth. If codes were spread evenly in all 16 directions, any plane would have 2/16 = 12.5 % of
# the variance. So this map is one of very many views, and hardly better than others. Two points
# that lie together on it may be far apart in the other 14 dimensions. Look at the neighbours in the
# first picture again: some are not alike at all.
#
# But one thing can be seen in every view: **young patterns lie in the middle.** Their codes are
# short. The 16 numbers cannot describe so fine a pattern, so the encoder says "I do not know" (a
# wide cloud around 0, lesson 03).

# %% [markdown]
# ## 3 Paths between microstructures
#
# *Core, 12 minutes.*
#
# *Idea.* To go from one microstructure to another, you could fade one picture out and the other in:
# a **cross-fade**. Or you walk from code to code, and decode on the way. On a straight line:
#
# $$ z(s) = (1-s)\,z_0 + s\,z_1, \qquad 0 \le s \le 1. $$
#
# In many dimensions straight lines have a flaw. Two random codes are nearly at right angles. The
# middle of the line between them is then shorter than both ends, by a factor of $\sqrt 2$: the path
# takes a short cut through the middle, where the codes of young, unknown patterns are. A path
# around the centre keeps its length. With the angle $\omega$ between the two codes,
# $\cos\omega = z_0\cdot z_1/(\lVert z_0\rVert\lVert z_1\rVert)$,
#
# $$ z(s) = \frac{\sin((1-s)\,\omega)}{\sin\omega}\,z_0 + \frac{\sin(s\,\omega)}{\sin\omega}\,z_1. $$
#
# This is **spherical interpolation**.
#
# *Worked example.* Two codes at right angles in two dimensions, half-way:

# %% tags=["nbval-check-output"]
z0, z1, omega = np.array([3.0, 0.0]), np.array([0.0, 3.0]), np.pi / 2
straight = 0.5 * z0 + 0.5 * z1
around = (np.sin(0.5 * omega) * z0 + np.sin(0.5 * omega) * z1) / np.sin(omega)
print(
    "straight:",
    straight.round(3).tolist(),
    "of length",
    round(float(np.linalg.norm(straight)), 3),
)
print(
    "around:  ",
    around.round(3).tolist(),
    "of length",
    round(float(np.linalg.norm(around)), 3),
)

# %% [markdown]
# ### Exercise 5.3 ★★ `interpolate`
#
# - `z0`, `z1`: codes, shape (k,);
# - `n`: how many codes, both ends included;
# - `mode`: "linear" or "spherical";
# - returns: an array of shape (n, k), from `z0` to `z1` in equal steps of $s$.
#
# <details>
# <summary>Hint 1</summary>
#
# `s = np.linspace(0, 1, n)[:, None]` has shape (n, 1), so that `s * z1` has shape (n, k). The angle
# comes from `np.arccos` of the cosine.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# The cosine is `z0 @ z1 / (np.linalg.norm(z0) * np.linalg.norm(z1))`. In both modes the answer is
# *weight* · z0 + *weight* · z1; only the weights differ: `1 - s` and `s`, or
# `np.sin((1 - s) * omega) / np.sin(omega)` and `np.sin(s * omega) / np.sin(omega)`.
#
# </details>


# %% exercise="5.3"
def interpolate(z0, z1, n, mode):
    """Go from z0 to z1, straight or around the centre: -> (n, k)."""
    ### BEGIN SOLUTION
    s = np.linspace(0, 1, n)[:, None]
    if mode == "linear":
        return (1 - s) * z0 + s * z1
    angle = np.arccos(z0 @ z1 / (np.linalg.norm(z0) * np.linalg.norm(z1)))
    return (np.sin((1 - s) * angle) * z0 + np.sin(s * angle) * z1) / np.sin(
        angle
    )
    ### END SOLUTION


# %% check="5.3"
interpolate = check.lesson_05.interpolate(interpolate)

# %% [markdown]
# **What you should see.** The same two microstructures at both ends of each row.

# %%
grown = np.flatnonzero(patterns.time > 2e-3)

# %% jupyter={"source_hidden": true}
first, last = np.random.default_rng(2).choice(grown, 2, replace=False)
fade = np.linspace(0, 1, 7)[:, None, None]
a, b = (
    patterns.images[first].astype(float),
    patterns.images[last].astype(float),
)
plotting.show(
    plotting.pattern_table(
        [
            (1 - fade) * a + fade * b,
            vae.decode(interpolate(codes[first], codes[last], 7, "linear")),
            vae.decode(
                interpolate(codes[first], codes[last], 7, "spherical")
            ),
        ],
        ["cross-fade", "straight", "around"],
        [f"s = {s:.2f}" for s in fade.ravel()],
    ),
    "Three rows from one microstructure to another. Cross-fade: grey double "
    "exposures. Straight line: the middle is blurred. Around the centre: "
    "each picture is a sharp microstructure, whose domains move and merge "
    "from step to step.",
)

# %%
pairs = np.random.default_rng(3).choice(grown, (40, 2))
middle = {
    mode: vae.decode(
        np.stack(
            [interpolate(codes[i], codes[j], 3, mode)[1] for i, j in pairs]
        )
    )
    for mode in ("linear", "spherical")
}
middle["cross-fade"] = (
    patterns.images[pairs[:, 0]] + patterns.images[pairs[:, 1]]
) / 2.0
middle["the ends themselves"] = vae.decode(codes[pairs[:, 0]])
undecided = {
    name: np.mean((p > 0.1) & (p < 0.9)) for name, p in middle.items()
}
border = {
    name: perimeter((p > 0.5).astype("uint8")).mean()
    for name, p in middle.items()
}
print(
    f"{'half-way':20} pixels undecided   length of the borders (sides of the "
    "square)"
)
for name in ("the ends themselves", "spherical", "linear", "cross-fade"):
    print(f"{name:20} {undecided[name]:^16.0%}   {border[name]:.2f}")
check.expect("Undecided half-way, straight", undecided["linear"], 0.3, 0.52)
check.expect("Undecided half-way, around", undecided["spherical"], 0.12, 0.26)
check.expect("Undecided, cross-fade", undecided["cross-fade"], 0.4, 0.6)

# %% [markdown]
# A pixel is **undecided** if its probability of phase 1 is neither below 0.1 nor above 0.9. Half of
# a cross-fade is undecided: it is no microstructure at all. The straight path is hardly better
# half-way. The path around the centre stays about as sharp as its ends, and its borders are about
# as long. Which intermediate pictures are microstructures? Those.
#
# One warning. Such a path looks like evolution in time, but it is not. No physics is in it. When a
# pattern coarsens, its borders become shorter. (Domains mostly merge or vanish; but where two dark
# ones merge, a light one between them can be cut in two.) On the path they become longer as often
# as shorter. Lesson 06 predicts evolution.

# %%
longer = []
for number in np.unique(patterns.simulation):
    own = (patterns.simulation == number) & (patterns.time > 1e-3)
    longer += (np.diff(perimeter(patterns.images[own])) > 0).tolist()
check.expect("Frames with longer borders than before", np.mean(longer), 0, 0)
longer = [
    np.diff(perimeter((vae.decode(path) > 0.5).astype("uint8"))) > 0
    for path in (
        interpolate(codes[i], codes[j], 7, "spherical") for i, j in pairs
    )
]
check.expect("Steps of a path with longer borders", np.mean(longer), 0.4, 0.7)

# %% [markdown]
# ## 4 Which axis matters?
#
# *Going further, 11 minutes.*
#
# *Idea.* People often rank axes by the variance of the codes, as in PCA. For a VAE that is not what
# you want to know. A number may vary and do little to the picture; another may vary less and do
# much. So measure in the *picture*: move the code one step up and one step down along the axis $j$,
# decode both, and compare pixel by pixel:
#
# $$ c_j = \big\langle\, |D(z + e_j) - D(z - e_j)| \,\big\rangle. $$
#
# $D$ is the decoder, $e_j$ a step of length 1 along axis $j$, and $\langle\cdot\rangle$ the mean
# over all pixels and all codes $z$ that you try.
#
# ### Exercise 5.4 ★★ `rank_axes`
#
# - `vae`: a model with `vae.decode(z)`, from codes (N, k) to pictures (N, n, n) of probabilities;
# - `z`: codes to look around, shape (N, k);
# - returns: an array of shape (k,), the numbers of the axes, the one with the largest $c_j$ first.
#
# <details>
# <summary>Hint 1</summary>
#
# For each axis: a step, `step = np.zeros(k)` with a 1 in its place. Decode `z + step` and
# `z - step`, all codes at once. Take the absolute value *before* the mean: pixels get lighter in
# one place and darker in another.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Collect the changes in a list, `np.abs(vae.decode(z + step) - vae.decode(z - step)).mean()` for
# each axis. `np.argsort` sorts from the smallest up, so sort the *negative* changes.
#
# </details>


# %% exercise="5.4"
def rank_axes(vae, z):
    """Order the axes by how much they change the picture: -> (k,)."""
    ### BEGIN SOLUTION
    effects = []
    for step in np.eye(z.shape[1]):
        apart = np.abs(vae.decode(z + step) - vae.decode(z - step))
        effects.append(apart.mean())
    return np.argsort(-np.array(effects))
    ### END SOLUTION


# %% check="5.4"
rank_axes = check.lesson_05.rank_axes(rank_axes)

# %% [markdown]
# **What you should see.** The two rankings side by side, for 40 codes.

# %%
some = codes[np.random.default_rng(1).choice(len(codes), 40, replace=False)]
by_change, by_variance = rank_axes(vae, some), np.argsort(-codes.var(axis=0))
print("by change of the picture:", by_change.tolist())
print("by variance of the codes:", by_variance.tolist())
both = len(set(by_change[:5].tolist()) & set(by_variance[:5].tolist()))
print(f"{both} of the first five are the same")
up, down = (
    vae.decode(some + sign * np.eye(16)[axis])
    for axis, sign in ((by_change[0], 1), (by_change[0], -1))
)
weak_up, weak_down = (
    vae.decode(some + sign * np.eye(16)[by_change[-1]]) for sign in (1, -1)
)
strongest, weakest = (
    np.abs(up - down).mean(),
    np.abs(weak_up - weak_down).mean(),
)
check.expect("Change by the strongest axis", strongest, 0.15, 0.25)
check.expect(
    "Change by the weakest axis over that", weakest / strongest, 0.6, 0.95
)

# %% [markdown]
# The rankings differ. And there is little to rank: even the weakest axis changes the picture almost
# as much as the strongest. This VAE uses all of its 16 numbers to the full, because 16 are far too
# few for these patterns. Lesson 04 shows a model in which no axis does
# anything.

# %% [markdown]
# ## 5 What does the code know?
#
# *Core, 19 minutes.*
#
# *Idea.* Is the domain size in the code? The strain energy? Take a simple model, and let it read
# the property off the code: a **probe**. The simplest is a **linear probe**, a weighted sum of the
# numbers of the code. Its score is $R^2$: 1 is perfect, 0 is no better than the mean (lesson 01).
#
# The probe is trained, so it must be tested on other codes. And you know from lesson 01 that other
# *frames* will not do: whole simulations must be set aside. **Cross-validation** does so in turn.
# The simulations are dealt into five **folds**; each fold is the test set once, with the other four
# for training; and the five scores are averaged.
#
# *Worked example.* scikit-learn has all of it. `Ridge` fits a weighted sum (and keeps the weights
# from growing wild). `GroupKFold` deals out whole groups. `cross_val_score` does the rest:

# %%
x = rng.standard_normal((100, 3))
# A weighted sum, and noise
y = x @ [1.0, -2.0, 0.5] + 0.5 * rng.standard_normal(100)
group = np.repeat(np.arange(20), 5)  # 20 groups of five
scores = cross_val_score(
    Ridge(), x, y, groups=group, cv=GroupKFold(5), scoring="r2"
)
print("R² of each fold:", scores.round(2), "mean", scores.mean().round(3))
check.expect("Mean R²", scores.mean(), 0.85, 1.0)

# %% [markdown]
# ### Exercise 5.5 ★★★ `linear_probe`
#
# - `z`: codes, shape (N, k);
# - `descriptor`: the property of each, shape (N,);
# - `groups`: the number of its simulation, shape (N,);
# - returns: one number, the mean $R^2$ of a `Ridge()` over five folds of whole simulations.
#
# <details>
# <summary>Hint 1</summary>
#
# It is the worked example in one function. Which argument of `cross_val_score` makes the folds
# whole simulations? Two are needed.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `groups=groups` says which simulation each code is from, and `cv=GroupKFold(5)` uses it. Without
# the second, the first is ignored. Return the mean of the five scores.
#
# </details>


# %% exercise="5.5"
def linear_probe(z, descriptor, groups):
    """Compute the mean R² of a linear probe over five folds."""
    ### BEGIN SOLUTION
    folds = GroupKFold(5)
    found = cross_val_score(
        Ridge(), z, descriptor, groups=groups, cv=folds, scoring="r2"
    )
    return found.mean()
    ### END SOLUTION


# %% check="5.5"
linear_probe = check.lesson_05.linear_probe(linear_probe)

# %% [markdown]
# ### Question 5.a ★ predict
#
# Remember the plane of section 2: young patterns lay in the middle and old ones outside, in all
# directions. With which $R^2$ will a **linear** probe read the logarithm of the domain size off the
# code?
#
# - **a**: About 0.9: the code must know how coarse a pattern is.
# - **b**: About 0.5.
# - **c**: About 0.

# %% question="5.a"
check.question("5.a", "c")

# %% [markdown]
# **What you should see.** Four properties, read off the code itself, and off the code together with
# the squares of its numbers.

# %%
properties = {
    "volume fraction": volume_fraction(patterns.images),
    "log of domain size": np.log(domain_size(patterns.images)),
    "length of borders": perimeter(patterns.images),
    "strain energy": energy,
}
squares = np.concatenate([codes, codes**2], axis=1)  # (4800, 32)
known = {}
print(f"{'R² of':20} linear   with squares")
for name, value in properties.items():
    known[name] = [
        linear_probe(one, value, patterns.simulation)
        for one in (codes, squares)
    ]
    print(f"{name:20} {known[name][0]:6.2f}   {known[name][1]:12.2f}")
check.expect(
    "Domain size, linear", known["log of domain size"][0], -0.05, 0.1
)
check.expect(
    "Domain size, with squares", known["log of domain size"][1], 0.85, 0.99
)
check.expect("Strain energy, linear", known["strain energy"][0], 0.25, 0.42)

# %% [markdown]
# The linear probe finds no trace of the domain size. Does the code not know it? It does, nearly
# perfectly: the *squares* tell. You have seen why. Young patterns lie in the middle and old ones
# outside, in all directions. The domain size is in the **length** of the code, and no weighted sum
# can see a length. "A linear probe cannot read it" never means "it is not there".
#
# The strain energy is another story. A third of its variance can be read linearly, and the squares
# add nearly nothing. That is the colour gradient in the first picture: real, and far from enough to
# predict an energy. Lesson 08 does better with a network.

# %% [markdown]
# ## 6 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **Random folds.** With shuffled frames a probe can recognise the simulation. The barrier $b$ of
# each simulation (lesson 01) cannot be read off a code honestly. With random folds it seems that it
# can:

# %%
barrier = patterns.parameters["b"]
nearest = KNeighborsRegressor(1)  # answers with the b of the nearest code
honest = cross_val_score(
    nearest, codes, barrier, groups=patterns.simulation, cv=GroupKFold(5)
)
leaking = cross_val_score(
    nearest, codes, barrier, cv=KFold(5, shuffle=True, random_state=0)
)
check.expect("R² of b, whole simulations", honest.mean(), -1.3, -0.6)
check.expect("R² of b, random folds", leaking.mean(), 0.8, 0.95)

# %% [markdown]
# **The first two numbers taken for the principal plane.** Any two numbers of the code make a plane,
# too, and it looks just as good. It has less of the variance:

# %%
two = codes[:, :2].var(axis=0).sum() / codes.var(axis=0).sum()
print(
    f"first two numbers {two:.1%}, principal plane {in_plane:.1%}, evenly "
    f"spread {2 / 16:.1%}"
)
check.expect("Share of the variance, first two numbers", two, 0.07, 0.14)

# %% [markdown]
# **A traversal far outside.** At ±3 σ you are at the edge of what the decoder has seen, at ±10 σ
# far outside. It still draws something, with sharp borders and great certainty. Nothing it has
# learned says that such a code means anything:

# %%
far = vae.decode(
    traverse(z, 3, z[3] + np.array([-30, -10, -3, 3, 10, 30]) * sigma[3])
)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [far], ["axis 3"], [f"{k:+} σ" for k in (-30, -10, -3, 3, 10, 30)]
    ),
    "Six pictures along one axis, at 3, 10 and 30 standard deviations to "
    "either side. All have sharp borders and look like microstructures, "
    "more and more unlike the one in the middle.",
)

# %%
sure = np.mean((far[[0, -1]] < 0.1) | (far[[0, -1]] > 0.9))
check.expect("Pixels decided at 30 σ", sure, 0.9, 1.0)

# %% [markdown]
# **One microstructure for all.** What an axis does depends on where you start. Rank and describe
# axes over many codes, as `rank_axes` does, not by one nice traversal.
#
# ## Summary
#
# 1. A traversal changes one number of a code. Axes of a VAE have no meaning by themselves.
# 2. A plane shows two directions of many: here a fifth of the variance. Say how much yours shows.
# 3. Walk around the centre, not through it. Half-way of a straight line is where nothing is known.
# 4. Rank axes by what they change in the picture.
# 5. A probe tells what can be read off the code, by this probe, on simulations it has not seen.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 5.b ★ choose
#
# Somebody trains the VAE again with another seed. Will axis 3 do the same as before?
#
# - **a**: Yes: the data are the same, and so is what there is to learn.
# - **b**: Yes, up to its sign.
# - **c**: No: another seed leads to another rotation of the latent space.

# %% question="5.b"
check.question("5.b", "c")

# %% [markdown]
# ### Question 5.c ★ choose
#
# In a picture of the latent space young patterns are in the middle. You find a code near 0. What is
# it?
#
# - **a**: A young pattern, surely.
# - **b**: A young pattern, or something that the encoder cannot describe.
# - **c**: A mixture of all patterns.

# %% question="5.c"
check.question("5.c", "b")

# %% [markdown]
# ### Question 5.d ★ find the fault
#
# "A linear probe reads the strain energy with $R^2 = 0.34$, and your network reads it off the same
# code with 0.9, tested on whole simulations." Which conclusion is **wrong**?
#
# - **a**: The code holds at least what the better of the two finds.
# - **b**: About a third of the variance lies along one direction.
# - **c**: The network invents what the code does not know.

# %% question="5.d"
check.question("5.d", "c")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - [Lesson 01](01_microstructures_as_data.ipynb) on leaks, and
#   [lesson 03](03_from_autoencoder_to_vae.ipynb) on where codes lie.
# - T. White (2016), *Sampling Generative Networks*, arXiv:1609.04468: spherical interpolation in
#   latent spaces.
# - F. Locatello et al. (2019), *Challenging Common Assumptions in the Unsupervised Learning of
#   Disentangled Representations*, arXiv:1811.12359: why axes have no meaning for free.
# - G. Alain and Y. Bengio (2016), *Understanding Intermediate Layers Using Linear Classifier
#   Probes*, arXiv:1610.01644.

# %% tags=["nbval-check-output"]
check.progress("05")
