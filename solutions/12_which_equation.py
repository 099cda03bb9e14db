# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 12 · Which equation?
#
# **What can ten pictures tell you about the law behind them?**
#
# *Time: about 80 minutes (54 for the core), of which the computer needs one.* You need two things
# from earlier lessons. From [lesson 01](01_microstructures_as_data.ipynb): a mixture separates and
# coarsens by the **Cahn–Hilliard equation**, whose two constants are the **barrier** $b$ of the
# free energy and the **gradient-energy coefficient** $\lambda$. From [lesson
# 06](06_predicting_the_future.ipynb): a trained network predicts how a microstructure goes on, and
# a prediction is judged beside "nothing changes". If you know least squares for a straight line,
# you know enough about fitting.

# %%
import keras
import numpy as np
from keras import layers, ops
from scipy.fft import dctn, idctn
from scipy.ndimage import gaussian_filter

from vae_course import plotting
from vae_course.classroom import check
from vae_course.latent import Evolution
from vae_course.physics.cahn_hilliard import initial_condition, simulate

SEED = 4
STEP = 2e-4  # time between two frames
NOISE = 0.02  # standard deviation of the camera's noise
draw = np.random.default_rng(SEED)
times = 8e-3 + STEP * np.arange(10)
b_true, lam_true = 80.0, 0.05
mixture = initial_condition(mean=0.5, grid=12, size=32, seed=SEED)
clean = simulate(mixture, b_true, lam_true, times)
frames = clean + NOISE * draw.standard_normal(clean.shape)  # (10, 32, 32)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [frames[::3], np.clip(0.5 + 2 * (frames - frames[0]), 0, 1)[::3]],
        ["as seen", "what has\nchanged (× 2)"],
        [f"frame {k}" for k in range(0, 10, 3)],
        side=1.5,
    ),
    "Four of ten grey pictures of a mixture that separates, 32 × 32 pixels "
    "with a little noise, and below each what has changed since the first. "
    "The change grows from frame to frame and follows the borders.",
)

# %% [markdown]
# Somebody hands you ten pictures: a mixture seen through a microscope, one picture every so often.
# They do not know $b$, nor $\lambda$, and are not even sure that Cahn and Hilliard have anything to
# do with it. They ask two things: *which law made these pictures, and how does my sample look
# tomorrow?*
#
# All lessons so far learned from thousands of simulations whose law was known. Here there are ten
# pictures. That is not much to train a network on. But it is plenty to find **two numbers**, if you
# have an equation in which only two numbers are missing.
#
# ## What you will be able to do
#
# - Measure how badly an equation with trial constants fits pictures, and see which constants the
#   pictures can tell apart (12.1).
# - Turn constants of the laboratory, in micrometres and minutes, into those of a simulation, and
#   back (12.2).
# - Fit constants to pictures by Gauss–Newton, in some twenty simulations (12.3).
# - Give an interval for what you found, and test that it holds what it promises (12.4).
# - Say whether the equation is the right one at all (12.5), and when a trained network does better.

# %% [markdown]
# ## 1 A model with two unknowns
#
# *Core, 12 minutes.*
#
# *Idea.* Take the first frame as it is, simulate on from there with trial constants, and compare
# with the frames that followed. A **model**, in this lesson, is a function that does so:
#
# - `constants`: its unknown numbers, such as $(b, \lambda)$;
# - `first`: the picture it starts from, shape (n, n);
# - `count`: how many pictures to give after that, one every `STEP`;
# - it returns them, shape (count, n, n).


# %%
def cahn_hilliard(constants, first, count):
    """The `count` pictures that follow the first."""
    b, lam = constants
    first = np.clip(first, -0.1, 1.1)  # noise must not leave it far
    return simulate(first, b, lam, STEP * np.arange(1, count + 1))


# %% [markdown]
# *Worked example.* With the true constants, and with half the barrier:

# %%
for b in (80.0, 40.0):
    off = cahn_hilliard((b, lam_true), frames[0], 9)[-1] - frames[9]
    print(f"b = {b:.0f}: largest difference in frame 9: {abs(off).max():.2f}")

# %% [markdown]
# One number says how well all of them fit: the **misfit**, the root of the mean squared difference
# over all pixels of all frames that were predicted. The first frame is not among them: nothing
# predicted it.
#
# ### Exercise 12.1 ★★ `misfit`
#
# - `model`: a model, as above;
# - `constants`: its constants;
# - `frames`: K + 1 pictures, shape (K + 1, n, n), noise and all;
# - returns: the root mean square of predicted minus seen, over frames 1 to K: one number.
#
# <details>
# <summary>Hint 1</summary>
#
# The model starts from `frames[0]` and gives `len(frames) - 1` pictures, which belong to
# `frames[1:]`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `predicted = model(constants, frames[0], len(frames) - 1)`, and then `return
# np.sqrt(np.mean((predicted - frames[1:]) ** 2))`.
#
# </details>


# %% exercise="12.1"
def misfit(model, constants, frames):
    """Root mean square of predicted minus seen."""
    ### BEGIN SOLUTION
    predicted = model(constants, frames[0], len(frames) - 1)
    return np.sqrt(np.mean((predicted - frames[1:]) ** 2))
    ### END SOLUTION


# %% check="12.1"
misfit = check.lesson_12.misfit(misfit)

# %%
factors = np.geomspace(1 / 1.4, 1.4, 13)
directions = {
    "b and λ together": lambda f: (b_true * f, lam_true * f),
    "b up, λ down": lambda f: (b_true * f, lam_true / f),
}
along = {
    f"{name}, {count} frames": [
        misfit(cahn_hilliard, way(f), frames[:count]) for f in factors
    ]
    for count in (10, 2)
    for name, way in directions.items()
}
for name, values in along.items():
    print(f"{name:28}", np.round(values[::3], 3))
together, against, together_2, against_2 = along.values()
check.expect("Misfit of the true constants", together[6], 0.019, 0.022)
check.expect("40 % off, together", together[12], 0.022, 0.06)
check.expect("40 % off, against each other", against[12], 0.035, 0.075)
check.expect("Together, two frames", together_2[12], 0.019, 0.03)
check.expect("Against, two frames", against_2[12], 0.03, 0.06)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {name: (factors, values) for name, values in along.items()},
        "b, as a multiple of the true one",
        "misfit",
        span=(0.98, 1.02, "the truth, ± 2 %"),
    ),
    "Four curves of the misfit, lowest at the true constants. With ten "
    "frames both are steep, more so where one constant grows and the other "
    "shrinks. With two frames, the curve along which both grow is flat, and "
    "has no lowest point that could be made out.",
)

# %% [markdown]
# **What you should see.** At the truth the curves are at the height of the noise, 0.02, and hardly
# anywhere lower: no constants fit better than the noise allows. But they are not equally steep.
#
# - If $b$ rises and $\lambda$ falls, borders between the phases get *thinner* (their thickness is
#   about $4.4\sqrt{\lambda/2b}$, see [the physics](../docs/physics.md)). Any single picture shows
#   how thick borders are. So already two frames tell the ratio.
# - If both rise together, borders stay as they are and everything happens *faster*. Only what
#   changes between frames can tell. In two frames next to each other hardly anything changes but
#   the noise, and the misfit has a **valley**: a direction along which it is nearly flat.
#
# A valley is not a fault of the method. It is the answer: *these pictures do not tell that
# combination of constants*. More time between first and last frame makes it steeper; a better
# optimiser does not.

# %% [markdown]
# ## 2 Take the units out
#
# *Core, 12 minutes.*
#
# *Idea.* So far lengths were in sides of the picture, and time in a unit of our own. A laboratory
# has micrometres and minutes. There the equation reads
#
# $$ \frac{\partial c}{\partial t} = \nabla^2\bigl(b\,g(c) - \lambda\,\nabla^2 c\bigr), \qquad
# g(c) = 2c(1-c)(1-2c), $$
#
# with $b$ in µm²/min (a mobility times an energy; the two are never seen apart) and $\lambda$ in
# µm⁴/min. Measure lengths in units of the side $\ell$, $x = \ell\,x'$, and times in units of some
# $T$, $t = T\,t'$. Each derivative in space gives a $1/\ell$, the one in time a $1/T$.
#
# *Worked example.* Take plain diffusion, $\partial c/\partial t = D\,\nabla^2 c$. In the new units
# the left side is $\frac1T\,\partial c/\partial t'$ and the right one
# $\frac{D}{\ell^2}\,\nabla'^2 c$. Multiply by $T$: the new constant is $D' = D\,T/\ell^2$, a number
# without a unit.

# %% tags=["nbval-check-output"]
side, interval_of_time = 20.0, 60.0  # µm, min
print("D =", 0.5, "µm²/min, D' =", 0.5 * interval_of_time / side**2)

# %% [markdown]
# ### Exercise 12.2 ★ `scale_out`
#
# - `b`, `lam`: in length²/time and length⁴/time, in any units of length and time;
# - `length`: the side of the picture, in that unit of length;
# - `time`: what is to be the unit of time, in that unit of time;
# - returns: $b'$ and $\lambda'$, as in the worked example, two numbers.
#
# <details>
# <summary>Hint 1</summary>
#
# Count the derivatives in space in front of each constant: $\nabla^2 g$ has two of them, and
# $\nabla^2\nabla^2 c$ four.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `return b * time / length**2, lam * time / length**4`
#
# </details>


# %% exercise="12.2"
def scale_out(b, lam, length, time):
    """Constants on a unit square, with `time` as the unit of time."""
    ### BEGIN SOLUTION
    return b * time / length**2, lam * time / length**4
    ### END SOLUTION


# %% check="12.2"
scale_out = check.lesson_12.scale_out(scale_out)

# %% [markdown]
# A film of 20 µm, photographed every minute. Somebody has measured its constants, and we simulate
# it on our unit square, with the minute as `STEP`: a unit of time is then 1 / `STEP` minutes.

# %%
b_film, lam_film = 6.4, 1.6  # µm²/min, µm⁴/min
b_ours, lam_ours = scale_out(b_film, lam_film, 20.0, 1 / STEP)
print(f"every minute:     b' = {b_ours:.1f}, λ' = {lam_ours:.4f}")
b_slow, lam_slow = scale_out(b_film / 2, lam_film / 2, 20.0, 2 / STEP)
print(f"another film:     b' = {b_slow:.1f}, λ' = {lam_slow:.4f}")
check.expect("b' of the film", b_ours, 79.9, 80.1)
check.expect("λ' of the film", lam_ours, 0.0499, 0.0501)
check.expect("b' of the other film", b_slow, 79.9, 80.1)

# %% [markdown]
# **What you should see.** The first film is ours: $b' = 80$, $\lambda' = 0.05$. The other film is
# twice as slow and photographed half as often, and its pictures are *the same*. Pictures without a
# clock tell $\lambda'/b'$ and nothing else. That is a valley with an exactly flat floor, and no
# number of frames helps. Always write down when a picture was taken, and how wide it is.

# %% [markdown]
# ## 3 Down the slope, in a few steps
#
# *Core, 16 minutes.*
#
# *Idea.* A map of the misfit costs hundreds of simulations. **Gauss–Newton** needs about twenty. It asks
# how each pixel changes if a constant grows a little; takes the pixels to be *straight lines* in
# the constants; finds by least squares the change of the constants that fits the frames best;
# and repeats, since the lines were not quite straight.
#
# Constants are positive, and what counts is by what *factor* they are off. So the changes are those
# of $\log b$ and $\log\lambda$: a change of 0.1 multiplies by $e^{0.1}$.
#
# *Worked example.* How the pixels change, by **finite differences**: simulate again with one
# constant a little larger, and divide by how much its logarithm grew. Each column of the result
# belongs to one constant, each row to a pixel of a frame.


# %%
def slopes(model, constants, first, count, little=0.02):
    """Predicted pixels (M,), and their slopes (M, 2) in log constants."""
    constants = np.asarray(constants, dtype=float)
    predicted = model(constants, first, count)
    columns = []
    for k in range(len(constants)):
        more = constants.copy()
        more[k] *= np.exp(little)
        grown = model(more, first, count) - predicted
        columns.append(grown.ravel() / little)
    return predicted.ravel(), np.stack(columns, axis=1)


predicted, columns = slopes(cahn_hilliard, (60.0, 0.08), frames[0], 9)
print("pixels:", predicted.shape, "slopes:", columns.shape)

# %% [markdown]
# With $J$ the slopes and $r$ what is missing (seen minus predicted, all pixels in one column), the
# best change $\delta$ makes $\|r - J\delta\|^2$ as small as it gets. That is linear least squares,
# and NumPy has it:
#
# `delta = np.linalg.lstsq(J, r, rcond=None)[0]`
#
# ### Exercise 12.3 ★★★ `fit`
#
# - `model`: a model;
# - `frames`: shape (K + 1, n, n);
# - `start`: constants to begin with, two positive numbers;
# - returns: the constants after six steps of Gauss–Newton in their logarithms, shape (2,).
#
# Far from the truth a step can be much too long. Let none change a logarithm by more than 0.7,
# which is a factor of two: `np.clip(delta, -0.7, 0.7)`.
#
# <details>
# <summary>Hint 1</summary>
#
# One step: `slopes` at the constants you have, `r` from `frames[1:].ravel()`, then `delta`. A
# change of the logarithm by `delta` multiplies the constant by `np.exp(delta)`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Begin with `constants = np.array(start, dtype=float)`. In the loop `for _ in range(6):` write
# `predicted, columns = slopes(model, constants, frames[0], len(frames) - 1)`, then `delta =
# np.linalg.lstsq(columns, frames[1:].ravel() - predicted, rcond=None)[0]`, and `constants =
# constants * np.exp(np.clip(delta, -0.7, 0.7))`.
#
# </details>


# %% exercise="12.3"
def fit(model, frames, start):
    """Constants by six steps of Gauss–Newton in their logarithms."""
    ### BEGIN SOLUTION
    constants = np.array(start, dtype=float)
    for _ in range(6):
        predicted, columns = slopes(
            model, constants, frames[0], len(frames) - 1
        )
        missing = frames[1:].ravel() - predicted
        delta = np.linalg.lstsq(columns, missing, rcond=None)[0]
        constants = constants * np.exp(np.clip(delta, -0.7, 0.7))
    return constants
    ### END SOLUTION


# %% check="12.3"
fit = check.lesson_12.fit(fit)

# %%
START = (60.0, 0.08)
found = fit(cahn_hilliard, frames, START)
print(f"from b = {START[0]:.0f}, λ = {START[1]}:")
print(f"to   b = {found[0]:.2f}, λ = {found[1]:.5f}")
check.expect("b found, of the true one", found[0] / b_true, 0.95, 1.05)
check.expect("λ found, of the true one", found[1] / lam_true, 0.95, 1.05)
check.expect(
    "Misfit left", misfit(cahn_hilliard, found, frames), 0.019, 0.022
)

# %% [markdown]
# **What you should see.** Ten noisy pictures of 32 × 32 pixels give both constants to a few per
# cent or better, and what is left is the noise. That took 18 simulations, a second or so. No
# network was trained, and there is nothing to forget to hold back: two numbers cannot learn ten
# pictures by heart.

# %% [markdown]
# ## 4 How sure are you?
#
# *Going further, 15 minutes.*
#
# *Idea.* Had the camera's noise been other, you would have found other constants. An **interval of
# 90 %** is one that holds the truth for nine of ten such cameras. Textbooks on least squares give
# one: with $s$ the noise, the standard deviations of $\log b$ and $\log\lambda$ are the roots of
# the diagonal of $s^2 (J^\top J)^{-1}$, and 90 % of a normal distribution lie within 1.645 of them.


# %%
def ends(constants, spread):
    """Lower and upper ends, 1.645 spreads of the logarithm away: (2, 2)."""
    factor = np.exp(1.645 * np.asarray(spread))
    return np.stack([constants / factor, constants * factor])


def textbook(model, constants, frames):
    """Interval of 90 % by the textbook, lower and upper ends: (2, 2)."""
    predicted, columns = slopes(model, constants, frames[0], len(frames) - 1)
    left = frames[1:].ravel() - predicted
    variance = left.var() * np.diag(np.linalg.inv(columns.T @ columns))
    return ends(constants, np.sqrt(variance))


# %% [markdown]
# *Worked example.* For our frames:

# %%
low, high = textbook(cahn_hilliard, found, frames)
for name, truth, k in (("b", b_true, 0), ("λ", lam_true, 1)):
    print(f"{name}: {low[k]:.4g} to {high[k]:.4g}, in truth {truth:g}")

# %% [markdown]
# Narrow, and perhaps beside the truth. Something is missing: the textbook's noise is in the frames
# that are *compared*. But ours is also in the first frame, **from which everything is simulated**,
# and the equation carries it on through all frames.
#
# A formula for that would be long, and you need none. *Let it happen again*: make pictures like yours
# from constants that you know, give them new noise, **the first one too**, and see where a fit
# ends up. How far those fits scatter is how far yours may be off. A whole fit is not needed for
# each: near the answer one step of Gauss–Newton will do, with slopes that you already have.
#
# ### Exercise 12.4 ★★ `interval`
#
# - `model`, `constants`, `frames`: a model, the constants that were fitted, and to which frames;
# - `draws`: how often to let it happen again;
# - `seed`: of the random numbers;
# - returns: lower and upper ends of intervals of 90 %, shape (2, 2): the first row is the lower
#   ends of both constants, as `ends` gives them.
#
# In each draw: new noise for *all* K + 1 frames; the model once more, from the noisy first frame;
# and the change of the logarithms that brings its pictures to `predicted` plus the other noise.
#
# <details>
# <summary>Hint 1</summary>
#
# `slopes` once gives `predicted` and `columns`; the noise is the standard deviation of what is
# left, as in `textbook`. In a draw, `r` is `predicted + new[1:].ravel()` minus what the model makes
# of `frames[0] + new[0]`. Keep the change `delta` of each draw; their standard deviations are the
# spread for `ends`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Begin with `rng = np.random.default_rng(seed)` and `count = len(frames) - 1`. After `predicted,
# columns = slopes(model, constants, frames[0], count)` and `noise = np.std(frames[1:].ravel() -
# predicted)`, write in each draw: `new = noise * rng.standard_normal(frames.shape)`, `again =
# model(constants, frames[0] + new[0], count)`, `r = predicted + new[1:].ravel() - again.ravel()`,
# and keep `np.linalg.lstsq(columns, r, rcond=None)[0]`. At the end, `return ends(constants,
# np.std(kept, axis=0))`.
#
# </details>


# %% exercise="12.4"
def interval(model, constants, frames, draws, seed):
    """Interval of 90 % with new noise in all frames: (2, 2)."""
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    count = len(frames) - 1
    predicted, columns = slopes(model, constants, frames[0], count)
    noise = np.std(frames[1:].ravel() - predicted)
    kept = []
    for _ in range(draws):
        new = noise * rng.standard_normal(frames.shape)
        again = model(constants, frames[0] + new[0], count)
        r = predicted + new[1:].ravel() - again.ravel()
        kept.append(np.linalg.lstsq(columns, r, rcond=None)[0])
    return ends(constants, np.std(kept, axis=0))
    ### END SOLUTION


# %% check="12.4"
interval = check.lesson_12.interval(interval)

# %% [markdown]
# ### Question 12.a ★ predict
#
# The textbook takes the first frame as exact, but it is as noisy as the others. In what part of the
# cases will its intervals "of 90 %" hold the truth, from 0 to 1?

# %% question="12.a"
check.question("12.a", 0.2)

# %% [markdown]
# Does it hold what it promises? There is one way to know: use it where the truth is known. Sixteen
# samples, each with constants and noise of its own; in each we ask how many standard deviations
# the answer is off, by the textbook and by `interval`. Both give 32 numbers.

# %%
off = {"textbook": [], "all frames": []}
for number in range(16):
    truth = np.array([draw.uniform(60, 100), draw.uniform(0.04, 0.07)])
    other = initial_condition(0.5, 12, 32, seed=SEED + 1 + number)
    seen = simulate(other, *truth, times)
    seen = seen + NOISE * draw.standard_normal(seen.shape)
    constants = fit(cahn_hilliard, seen, START)
    for name, (low, high) in {
        "textbook": textbook(cahn_hilliard, constants, seen),
        "all frames": interval(cahn_hilliard, constants, seen, 25, number),
    }.items():
        half = np.log(high / low) / 2  # 1.645 standard deviations
        off[name].append(1.645 * np.abs(np.log(constants / truth)) / half)
held = {}
for name in off:
    held[name] = np.mean(np.ravel(off[name]) < 1.645)
    print(f"{name:10}: intervals of 90 % hold the truth in {held[name]:.0%}")
check.expect("Held by the textbook's", held["textbook"], 0.1, 0.55)
check.expect("Held with noise in all frames", held["all frames"], 0.7, 1)

# %% jupyter={"source_hidden": true}
levels = np.linspace(0, 1, 33)
plotting.show(
    plotting.curve_plot(
        {
            name: (np.sort(np.ravel(values)), levels[1:])
            for name, values in off.items()
        },
        "how far off, in standard deviations as claimed",
        "part of all answers",
        span=(0, 1.645, "should hold 0.9"),
    ),
    "Two rising curves: which part of all answers is off by no more than "
    "so many standard deviations. That of all frames reaches about 0.9 near "
    "1.6, as it should. That of the textbook is at a quarter there, and runs "
    "far out of the shaded part.",
)

# %% [markdown]
# **What you should see.** The textbook's interval holds the truth in about a quarter of all
# cases, where it promises nine in ten. With new noise in all frames it is about what was promised. The
# formula was not wrong; it answered for a noise that was only half of ours. **An interval that was
# never tried where the truth is known is a guess.**

# %% [markdown]
# ## 5 Is it the right equation at all?
#
# *Core, 12 minutes.*
#
# *Idea.* A fit returns something, whatever it is given. Give it frames of anything, and it finds the constants
# that are least bad. So fit **another equation beside it**, with as many unknowns, and see which
# one does better, *on frames that neither was fitted to*; and whether the better one is good.
#
# The natural rival is the **Allen–Cahn equation**. It has the same free energy, but lets each place
# slide down it by itself:
#
# $$ \frac{\partial c}{\partial t} = -\bigl(b\,g(c) - \lambda\,\nabla^2 c\bigr). $$
#
# In a mixture, matter has to travel from place to place, and its amount is **conserved**: that is
# Cahn–Hilliard. If the phases are two *orientations* of one crystal, atoms need only turn over
# where they are, and nothing is conserved: that is Allen–Cahn, the simplest law of grains that grow.


# %%
def allen_cahn(constants, first, count):
    """The `count` pictures that follow, if nothing is conserved."""
    b, lam = constants
    q = np.pi * np.arange(len(first))
    q2 = q[:, None] ** 2 + q**2  # −∇² of a cosine wave
    h, c, pictures = STEP / 4, first, []
    for small_step in range(4 * count):
        ahead = c - h * b * (2 * c * (1 - c) * (1 - 2 * c) - c)
        waves = dctn(ahead, norm="ortho") / (1 + h * (b + lam * q2))
        c = idctn(waves, norm="ortho")
        if small_step % 4 == 3:
            pictures.append(c)
    return np.array(pictures)


models = {
    "Cahn–Hilliard": (cahn_hilliard, START),
    "Allen–Cahn": (allen_cahn, (900.0, 2.5)),
}

# %% [markdown]
# *Worked example.* Is it not enough to look whether the amount of phase 1 changes? We let the same
# first frame go on by each law:

# %%
grains = np.concatenate([clean[:1], allen_cahn((1500.0, 4.0), clean[0], 9)])
grains = grains + NOISE * draw.standard_normal(grains.shape)
for name, seen in {"Cahn–Hilliard": frames, "Allen–Cahn": grains}.items():
    drift = seen[-1].mean() - seen[0].mean()
    change = np.sqrt(np.mean((seen[-1] - seen[0]) ** 2))
    print(f"{name:13}: mean changed by {drift:+.3f}, pixels by {change:.2f}")
check.expect("Drift, Allen–Cahn", abs(drift), 0, 0.06)

# %% [markdown]
# With as much of one phase as of the other, there is hardly a drift by either law: what one domain
# loses, another one gains. The mean is one number; the pictures have thousands.
#
# ### Exercise 12.5 ★★ `verdict`
#
# - `models`: a dictionary; for each name a pair of a model and constants to start from;
# - `frames`: shape (K + 1, n, n);
# - `noise`: standard deviation of the noise;
# - returns: the name of the model that predicts the **last three** frames best, if fitted to the
#   others; or `"none"`, if even the best is off by more than 1.25 times the noise.
#
# A model predicts them from the first frame, as always; "off" is the root mean square over the
# three.
#
# <details>
# <summary>Hint 1</summary>
#
# `fit(model, frames[:-3], start)` never sees the last three. To predict them, ask the model for
# *all* pictures after the first, and take the last three.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Make `off = {}`, and in `for name, (model, start) in models.items():` write `constants = fit(model,
# frames[:-3], start)`, `last = model(constants, frames[0], len(frames) - 1)[-3:]`, and `off[name] =
# np.sqrt(np.mean((last - frames[-3:]) ** 2))`. Then `best = min(off, key=off.get)`, and `return best
# if off[best] <= 1.25 * noise else "none"`.
#
# </details>


# %% exercise="12.5"
def verdict(models, frames, noise):
    """Name of the model that predicts the last three frames, or "none"."""
    ### BEGIN SOLUTION
    off = {}
    for name, (model, start) in models.items():
        constants = fit(model, frames[:-3], start)
        last = model(constants, frames[0], len(frames) - 1)[-3:]
        off[name] = np.sqrt(np.mean((last - frames[-3:]) ** 2))
    best = min(off, key=off.get)
    return best if off[best] <= 1.25 * noise else "none"
    ### END SOLUTION


# %% check="12.5"
verdict = check.lesson_12.verdict(verdict)

# %%
shuffled = frames[draw.permutation(len(frames))]
cases = {"our frames": frames, "grains": grains, "shuffled": shuffled}
verdicts = {
    name: verdict(models, seen, NOISE) for name, seen in cases.items()
}
for name, law in verdicts.items():
    print(f"{name:10}: {law}")
right = ["Cahn–Hilliard", "Allen–Cahn", "none"]
agree = sum(a == b for a, b in zip(verdicts.values(), right, strict=True))
check.expect("Right verdicts of three", agree, 3, 3)

# %% [markdown]
# **What you should see.** Our frames obey Cahn–Hilliard, the grains Allen–Cahn, and frames in a
# random order neither. The third answer matters most. A method that cannot say "none" will, sooner
# or later, give you constants of an equation that has nothing to do with your sample.

# %% [markdown]
# ## 6 Physics, or a network?
#
# *Going further, 5 minutes.*
#
# *Idea.* For the second question, how the sample looks tomorrow, there are now three ways: the
# fitted equation, simulated on; a network trained **on the same ten frames**; and the network of
# lesson 06, trained on **two thousand simulations**, which has never seen these frames. Which
# would you trust? We ask for the picture forty frames after the last, of 64 × 64 pixels, and count
# wrong pixels. There are three situations:
#
# - **ten frames**, with the noise of above;
# - **two frames**, with ten times the noise;
# - **another law**: ten frames of grains.
#
# In the third, Cahn–Hilliard is fitted all the same, as if we had never asked for a verdict.
#
# The network on ten frames predicts from each frame the next, and is trained on nine pairs, each in
# eight views (turned and mirrored). To see forty frames ahead it is asked forty times.


# %%
def network_of(frames):
    """A network from a frame to the next, trained on these frames."""
    keras.utils.set_random_seed(SEED)
    n = frames.shape[1]
    now = keras.Input((n, n, 1))
    h = layers.GaussianNoise(0.05)(now)  # so that errors do not pile up
    for _ in range(2):
        # walls: a picture goes on beyond them as in a mirror
        h = ops.pad(h, ((0, 0), (2, 2), (2, 2), (0, 0)), "symmetric")
        h = layers.Conv2D(8, 5, activation="gelu")(h)
    change = layers.Conv2D(1, 1, kernel_initializer="zeros")(h)
    network = keras.Model(now, now + 0.1 * change)
    views = [np.rot90(frames, quarter, axes=(1, 2)) for quarter in range(4)]
    views = np.stack(views + [view[:, ::-1] for view in views])[..., None]
    pairs = views[:, :-1], views[:, 1:]
    now, later = (part.reshape(-1, n, n, 1) for part in pairs)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 20 * len(now) // 8)
    network.compile(keras.optimizers.Adam(rate), "mse")
    network.fit(now, later, batch_size=8, epochs=20, verbose=0)
    return network


def asked_again(network, frame, times):
    """Where a network ends that is asked again and again."""
    c = frame[None, ..., None]
    for _ in range(times):
        c = ops.convert_to_numpy(network(c))
    return c[0, ..., 0]


def binarise(frame):
    """Smooth a noisy picture, then cut it in the middle, as in lesson 10."""
    return (gaussian_filter(frame, 1.0) > 0.5).astype("uint8")


shipped = Evolution.load_pretrained("case1")
AHEAD, CONSTANTS = 40, (85.0, 0.0175)
far = np.append(times, times[-1] + AHEAD * STEP)
wrong = {}
for number in range(2):
    mixture = initial_condition(0.5, 20, 64, seed=SEED + 100 + number)
    mixing = simulate(mixture, *CONSTANTS, far)
    turning = allen_cahn((3000.0, 0.9), mixing[0], 9 + AHEAD)
    turning = np.concatenate([mixing[:1], turning[:9], turning[-1:]])
    for name, series, noise, given in (
        ("ten frames", mixing, NOISE, 10),
        ("two frames", mixing, 10 * NOISE, 2),
        ("another law", turning, NOISE, 10),
    ):
        truth, seen = series[-1] > 0.5, series[10 - given : 10]
        seen = seen + noise * draw.standard_normal(seen.shape)
        fitted = fit(cahn_hilliard, seen, (60.0, 0.03))
        answers = {
            "nothing changes": binarise(seen[-1]),
            "Cahn–Hilliard": cahn_hilliard(
                fitted, seen[0], given - 1 + AHEAD
            )[-1],
            "network, these frames": asked_again(
                network_of(seen), seen[-1], AHEAD
            ),
            "network, 2,000 runs": shipped.forward(
                binarise(seen[-1])[None], far[-1] / times[-1]
            )[0],
        }
        for way, answer in answers.items():
            row = wrong.setdefault(way, {}).setdefault(name, [])
            row.append(np.mean((answer > 0.5) != truth))
wrong = {
    way: {name: np.mean(values) for name, values in row.items()}
    for way, row in wrong.items()
}
situations = list(wrong["nothing changes"])
print("wrong pixels, %:      " + "".join(f"{one:>13}" for one in situations))
for way, row in wrong.items():
    print(f"{way:22}" + "".join(f"{100 * v:13.1f}" for v in row.values()))
still, physics, own, known = wrong.values()
check.expect("Ten frames, equation", physics["ten frames"], 0, 0.02)
check.expect("Ten frames, these frames", own["ten frames"], 0.03, 0.3)
check.expect("Ten frames, 2,000 runs", known["ten frames"], 0.005, 0.05)
check.expect("Two frames, equation", physics["two frames"], 0.02, 0.2)
check.expect("Two frames, 2,000 runs", known["two frames"], 0.005, 0.05)
check.expect("Another law, equation", physics["another law"], 0.01, 0.2)
check.expect("Another law, 2,000 runs", known["another law"], 0.05, 0.25)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [
            [answer > 0.5 for answer in (truth, *answers.values())],
            [None, *((a > 0.5) != truth for a in answers.values())],
        ],
        ["another law", "wrong pixels"],
        ["truth", "now", "Cahn–Hilliard", "these frames", "2,000 runs"],
        side=1.25,
    ),
    "Five pictures of grains: in truth forty frames later, now, and as three "
    "ways predict it; below, which pixels are wrong. By Cahn–Hilliard and "
    "by the network of these frames they are thin seams where borders have "
    "not moved far enough. By the network of 2,000 simulations they are "
    "broad bands.",
)

# %% [markdown]
# **What you should see.**
#
# - *Ten frames.* The fitted equation has hardly a pixel wrong. The network of lesson 06 is good,
#   with one to three in a hundred: it works on codes, which lose the finest detail. The network
#   trained on the same ten frames does little better than "nothing changes". Nine pairs teach it a
#   step, but not one so exact that it can be repeated forty times.
# - *Two frames, much noise.* Now the network of 2,000 simulations wins. It needs one picture, and
#   brings all it knows about mixtures. The fit has a valley, in which the noise moves it about.
# - *Another law.* Cahn–Hilliard is little better than "nothing changes", and the large network is
#   **worse**: it goes on with grains as if they were a mixture, without a word of doubt.
#
# So: *the equation wherever it holds and there are frames enough; a network where there are few; and
# the verdict before either.* For the grains, it would have told you:

# %%
law = verdict(models, seen, NOISE)
turned = fit(allen_cahn, seen, models["Allen–Cahn"][1])
answer = allen_cahn(turned, seen[0], 9 + AHEAD)[-1]
print(f"{law}: {np.mean((answer > 0.5) != truth):.1%} of the pixels wrong")
check.expect(
    "Wrong by the law found", np.mean((answer > 0.5) != truth), 0, 0.02
)

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# Three sets of frames, in each of which something is not as the model thinks. One mistake cannot be
# seen in the misfit at all, one can, and one is none. Which is which?

# %%
handed = {
    "A": frames[::2],
    "B": 0.1 + 0.8 * frames,
    "C": 1 - frames,
}
left = {}
for name, seen in handed.items():
    constants = fit(cahn_hilliard, seen, START)
    left[name] = misfit(cahn_hilliard, constants, seen)
    print(
        f"{name}: b = {constants[0]:5.1f}, λ = {constants[1]:.4f}, "
        f"misfit {left[name]:.3f}"
    )
check.expect("Misfit, A", left["A"], 0.018, 0.022)
check.expect("Misfit, B", left["B"], 0.03, 0.12)
check.expect("Misfit, C", left["C"], 0.018, 0.022)

# %% [markdown]
# <details>
# <summary>Answer</summary>
#
# In A every second frame is missing, and nobody has told the model: both constants come out twice
# as large, and the misfit is perfect. Only the laboratory's notebook can save you. In B the
# camera's grey levels run from 0.1 to 0.9 where the phases are at 0 and 1. The equation knows its
# phases, cannot follow, and the misfit says so. In C light and dark are exchanged. That is no
# mistake: $b\,c^2(1-c)^2$ is the same from both sides, and so are the constants.
#
# </details>
#
# ## Summary
#
# 1. An equation with two unknown constants needs a few frames, not thousands of simulations.
# 2. The misfit has valleys: combinations of constants that the frames do not tell. Without a clock,
#    speed is one.
# 3. Gauss–Newton in the logarithms needs some twenty simulations.
# 4. Noise in the frame that you start from counts, too. Try your interval where the truth is known.
# 5. Fit a rival, judge by frames that were not fitted, and be ready to answer "none".
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 12.b ★ choose
#
# Your pictures are binary: each pixel is one phase or the other. What is lost?
#
# - **a**: Nothing: where a border runs is all that matters.
# - **b**: How thick borders are, and with it λ/b.
# - **c**: How fast borders move, and with it b λ.

# %% question="12.b"
check.question("12.b", "b")

# %% [markdown]
# ### Question 12.c ★ choose
#
# Why are two rivals judged by the last three frames, and not by all?
#
# - **a**: A model fits better what it has been fitted to.
# - **b**: The last frames are the least noisy.
# - **c**: It saves time.

# %% question="12.c"
check.question("12.c", "a")

# %% [markdown]
# ### Question 12.d ★ choose
#
# The interval of $b$ is 78 to 81, with 90 %. Is the law Cahn–Hilliard with a certainty of 90 %?
#
# - **a**: Yes: that is what an interval of 90 % says.
# - **b**: No: it is certain, as the interval is narrow.
# - **c**: No: it says how far noise may have moved b, if the law is right.

# %% question="12.d"
check.question("12.d", "c")

# %% [markdown]
# ## Read next
#
# - [Try your model](../docs/benchmark.md): the same question as a benchmark, for any model.
# - `vae-course identify FRAMES` does all of this for your own pictures: with blur, grey levels and
#   noise as unknowns, and a forecast.
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - J. Nocedal and S. J. Wright (2006), *Numerical Optimization*, chapter 10: Gauss–Newton.
#   doi:10.1007/978-0-387-40065-5.
# - S. M. Allen and J. W. Cahn (1979), *A microscopic theory for antiphase boundary motion and its
#   application to antiphase domain coarsening*, doi:10.1016/0001-6160(79)90196-2.
# - H. Zhao et al. (2020), *Learning the physics of pattern formation from images*,
#   doi:10.1103/PhysRevLett.124.060201.

# %% tags=["nbval-check-output"]
check.progress("12")
