# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 06 · Predicting the future
#
# **Where is this microstructure going?**
#
# *Time: about 75 minutes (52 for the core), of which the computer needs one.* You need Python with
# NumPy, and two things from earlier lessons. From [lesson 01](01_microstructures_as_data.ipynb):
# two phases that have separated **coarsen**, small domains vanish and large ones grow, and the
# domain size grows about as the cube root of time. From [lesson
# 03](03_from_autoencoder_to_vae.ipynb): an **encoder** turns a picture into a short list of
# numbers, its **code**, and a **decoder** turns a code back into a picture.

# %%
import keras
import numpy as np
from keras import layers, ops

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.latent import Evolution
from vae_course.latent.evolution import conserve
from vae_course.physics.descriptors import domain_size, volume_fraction

keras.utils.set_random_seed(6)
# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)
# Trained on other simulations than these
pretrained = Evolution.load_pretrained("case1")

# %% jupyter={"source_hidden": true}
# 12 frames of each simulation
frames = test.images.reshape(-1, 12, 64, 64).astype("float32")
times = test.time.reshape(-1, 12)
shown = np.flatnonzero(np.isclose(times[:, 5], 2.5e-3))[:7]
predicted = (
    pretrained.forward(frames[shown, 5], times[shown, 8] / times[shown, 5])
    > 0.5
)
plotting.show(
    plotting.pattern_table(
        [frames[shown, 5], predicted, frames[shown, 8]],
        ["now", "later, A", "later, B"],
        [""] * 7,
    ),
    "Three rows of seven microstructures. The first row is now; rows A and "
    "B show the same ones later, with larger domains. A and B are nearly "
    "equal; A has a few stray pixels.",
)

# %% [markdown]
# The first row is now. Rows A and B both show the same microstructures when they are a bit more
# than three times as old. One of the two rows was **simulated** by solving the Cahn–Hilliard
# equation. The other was **predicted** by a network. It saw the first row and how many times
# older, and nothing else. Which is which?
#
# <details>
# <summary>Answer</summary>
#
# A was predicted, B simulated. Nearly all pixels agree. Where they do not, A has a ragged edge or
# stray pixels: there the network could not decide. Surface tension would have smoothed them.
#
# </details>
#
# This lesson takes you there: what a prediction must beat, what may be drawn by a ruler, what must
# be learned, and what physics has to say about the result.
#
# ## What you will be able to do
#
# - Judge a prediction against the simplest baseline there is, and say why accuracy alone means
#   little (6.1).
# - Extrapolate codes in the logarithm of time, the clock by which microstructures live (6.2).
# - Make training pairs that teach a network what time does, and nothing false (6.3).
# - Build a residual network that carries codes through time, and train it until it beats both
#   baselines (6.4).
# - Go far in small steps, and check conservation and growth on the way (6.5).

# %% [markdown]
# ## 1 Nothing changes
#
# *Core, 9 minutes.*
#
# The embedded data set of Case 1 (both phases equally common) holds 12 **frames** of each
# simulation, pictures at rising times. `times` is in units of the simulation; see
# [the data](../docs/data.md). The test set has 80 simulations. We put its frames in a table: one
# row a simulation, one column a frame.

# %%
# (simulation, frame, 64, 64)
frames = test.images.reshape(-1, 12, 64, 64).astype("float32")
times = test.time.reshape(-1, 12)  # (simulation, frame)
print("times of one simulation:  ", times[0])
print("times of another:         ", times[1])
ratio = times[:, 6:] / times[:, 4:-2]
print(
    f"frame k + 2 is {ratio.min():.1f} to {ratio.max():.1f} times as old as "
    "frame k, from 4 on"
)

# %% [markdown]
# So here is the task for the first half of this lesson. You are given frame $k$, "now", and are
# asked for frame $k + 2$, two to three times as old. We take $k$ from 4 to 9: at frame 4 the phases
# have separated, and domains coarsen.
#
# *Idea.* The cheapest prediction of all says: **nothing changes**. It is called **persistence**,
# and weather forecasters judge themselves against it, too. How good is it?

# %% [markdown]
# ### Question 6.a ★ predict
#
# What part of the pixels will persistence have right, from 0 to 1?

# %% question="6.a"
check.question("6.a", 0.8)

# %%
now = frames[:, 4:10].reshape(-1, 64, 64)  # (480, 64, 64)
# The frame before: we shall need it soon
before = frames[:, 3:9].reshape(-1, 64, 64)
truth = frames[:, 6:12].reshape(-1, 64, 64)  # two frames on
t_now, t_before, t_truth = (
    times[:, 4:10].ravel(),
    times[:, 3:9].ravel(),
    times[:, 6:12].ravel(),
)
accuracy = np.mean(now == truth)
print(f"{len(now)} pairs; persistence has {accuracy:.1%} of the pixels right")
check.expect("Accuracy of persistence", accuracy, 0.76, 0.88)

# %% [markdown]
# Four pixels of five are right, and nothing at all was predicted. Somebody who reports
# "80 % accuracy" has told you nothing, unless you know what "nothing changes" would have got. So
# we measure errors *in units of the baseline's error*. With the **mean squared error** (MSE, the
# mean of squared differences over all pixels and pictures) the **skill** is
#
# $$ \text{skill} = 1 - \frac{\mathrm{MSE}(\text{prediction}, \text{truth})}
# {\mathrm{MSE}(\text{baseline}, \text{truth})}. $$
#
# It has no unit. It is 1 for a perfect prediction, 0 for one that is as good as the baseline, and
# negative for one that is worse.
#
# *Worked example.* Four pixels; the truth is 1, 1, 0, 0, the baseline says 1, 0, 0, 1 (two wrong,
# MSE 0.5). A prediction of 1, ½, 0, 0 has an MSE of 0.25/4 = 0.0625. Its skill is
# 1 − 0.0625/0.5 = 0.875.
#
# ### Exercise 6.1 ★ `skill`
#
# - `prediction`, `truth`, `baseline`: arrays of one shape, (N, 64, 64), values between 0 and 1;
# - returns: one number, the skill over all pictures together.
#
# <details>
# <summary>Hint 1</summary>
#
# An MSE is `np.mean` of a squared difference, over everything: no `axis`. You need two of them, and
# both compare with the truth.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Divide the MSE of `prediction` by that of `baseline` and subtract the result from 1. Do not take
# the mean of one skill for each picture: a picture that hardly changes would have a baseline error
# of almost 0.
#
# </details>


# %% exercise="6.1"
def skill(prediction, truth, baseline):
    """Skill: 1 is perfect, 0 as good as the baseline. One number."""
    ### BEGIN SOLUTION
    return 1 - np.mean((prediction - truth) ** 2) / np.mean(
        (baseline - truth) ** 2
    )
    ### END SOLUTION


# %% check="6.1"
skill = check.lesson_06.skill(skill)

# %% [markdown]
# **What you should see.** Persistence has no skill, by definition. A grey picture that says ½
# everywhere has an MSE of 0.25, and its skill is *negative*. The picture with its phases swapped is
# worse still.

# %%
print(f"persistence: {skill(now, truth, now):6.2f}")
print(f"all grey:    {skill(0.5 + 0 * now, truth, now):6.2f}")
print(f"negative:    {skill(1 - now, truth, now):6.2f}")
check.expect(
    "Skill of an even grey", skill(0.5 + 0 * now, truth, now), -0.9, -0.1
)

# %% [markdown]
# ## 2 By a ruler
#
# *Core, 13 minutes.*
#
# *Idea.* If you have **two** frames, you can see which way things move, and go on in that
# direction. In pixels this makes no sense: a pixel is 0 or 1, it jumps. In a code it may, because
# codes change gradually.
#
# We take the pretrained VAE (variational autoencoder) `case1-fine`, which has seen none of these
# simulations. Its code has 256 numbers, which are a small picture themselves: 8 × 8 places with 4
# numbers each. `vae.encode` turns pictures into codes, `vae.decode` turns codes into the
# probability of phase 1 in each pixel. It rebuilds well, so what goes wrong later is not its fault:

# %%
vae = pretrained.vae


def mean_squared_error(prediction, truth):
    """Mean over pixels and pictures."""
    return float(np.mean((prediction - truth) ** 2))


# (480, 256)
z_before, z_now, z_truth = (
    vae.encode(before),
    vae.encode(now),
    vae.encode(truth),
)
persistence_error = mean_squared_error(now, truth)
rebuilt_error = mean_squared_error(vae.decode(z_truth), truth)
print(f"MSE of persistence:        {persistence_error:.3f}")
print(f"MSE of the truth, rebuilt: {rebuilt_error:.4f}")
check.expect("MSE of the truth, rebuilt", rebuilt_error, 0.001, 0.006)

# %% [markdown]
# How fast do codes move? Here is the distance between the codes of neighbouring frames (codes have
# no unit), divided by how much time passed between them: once by the time itself, once by its
# natural logarithm.

# %%
# (simulation, frame, 256)
z = vae.encode(test.images).reshape(-1, 12, vae.latent)
# (simulation, 7)
distance = np.linalg.norm(np.diff(z[:, 4:], axis=1), axis=-1)
by_time = np.mean(distance / np.diff(times[:, 4:], axis=1), axis=0)
by_log = np.mean(distance / np.diff(np.log(times[:, 4:]), axis=1), axis=0)
middle = np.sqrt(times[:, 4:-1] * times[:, 5:]).mean(axis=0)
print("mean time       " + "".join(f"{t:8.4f}" for t in middle))
print("per unit of t   " + "".join(f"{speed:8.0f}" for speed in by_time))
print("per unit of ln t" + "".join(f"{speed:8.1f}" for speed in by_log))
check.expect(
    "Fastest by slowest, per unit of t", by_time.max() / by_time.min(), 8, 30
)
check.expect(
    "Fastest by slowest, per unit of ln t",
    by_log.max() / by_log.min(),
    1.0,
    2.5,
)

# %% [markdown]
# **What you should see.** By the clock, codes slow down more than ten times. By the *logarithm* of
# the clock they keep nearly the same pace. Coarsening is **self-similar**. Domains grow as
# $L \propto t^{1/3}$, so doubling the age makes them larger by the same factor $2^{1/3} = 1.26$
# at any age. What counts is the *ratio* of times,
#
# $$ r = t_\text{new} / t_\text{now}, \qquad \log r = \log t_\text{new} - \log t_\text{now}. $$
#
# So if you draw a straight line through two codes, draw it over $\log t$:
#
# $$ z(t) = z_1 + (z_1 - z_0)\,\frac{\log t - \log t_1}{\log t_1 - \log t_0}. $$
#
# $z_0$ is the code at time $t_0$, $z_1$ the one at $t_1$, and $t$ the time asked for. The
# difference $z_1 - z_0$ divided by $\log t_1 - \log t_0$ is a **velocity in the latent space**.
#
# ### Exercise 6.2 ★★ `extrapolate`
#
# - `z0`, `z1`: codes of shape (N, latent), of the same N simulations at two times;
# - `t0`, `t1`, `t`: the times of `z0`, of `z1` and the times asked for, each of shape (N,);
# - returns: the codes at `t`, shape (N, latent).
#
# <details>
# <summary>Hint 1</summary>
#
# First how many steps to go: `np.log(t / t1) / np.log(t1 / t0)`, of shape (N,). If $t$ is as much
# older than $t_1$ as $t_1$ is than $t_0$, in *ratio*, it is 1.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# An array of shape (N,) does not multiply one of shape (N, latent). `steps[:, None]` has the shape
# (N, 1), and that does: `z1 + steps[:, None] * (…)`.
#
# </details>


# %% exercise="6.2"
def extrapolate(z0, t0, z1, t1, t):
    """Carry codes on along a straight line over log t: shape (N, latent)."""
    ### BEGIN SOLUTION
    steps = np.log(t / t1) / np.log(t1 / t0)  # (N,)
    return z1 + steps[:, None] * (z1 - z0)
    ### END SOLUTION


# %% check="6.2"
extrapolate = check.lesson_06.extrapolate(extrapolate)

# %%
by_ruler = vae.decode(extrapolate(z_before, t_before, z_now, t_now, t_truth))
ruler_skill = skill(by_ruler, truth, now)
check.expect("Skill, straight line over log t", ruler_skill, 0.22, 0.37)

# %% [markdown]
# And further ahead? From frame 6, we go one to five frames on, with two lines: yours, and one over
# the time $t$ itself.

# %%
late = times[:, 6] >= 2.5e-3  # then the last frame is at most 10 times as old
start, z_start, t = frames[late, 6], z[late, 6], times[late]
mean_ratio = np.exp(np.log(t[:, 7:] / t[:, 6:7]).mean(axis=0))
by_line, by_clock = [], []
for k in range(7, 12):
    line = extrapolate(z[late, 5], t[:, 5], z_start, t[:, 6], t[:, k])
    steps = (t[:, k] - t[:, 6]) / (t[:, 6] - t[:, 5])
    clock = z_start + steps[:, None] * (z_start - z[late, 5])
    by_line.append(vae.decode(line))
    by_clock.append(vae.decode(clock))
line_skill = [skill(by_line[k], frames[late, 7 + k], start) for k in range(5)]
clock_skill = [
    skill(by_clock[k], frames[late, 7 + k], start) for k in range(5)
]
print("ratio of times       " + "".join(f"{r:7.2f}" for r in mean_ratio))
print(
    "skill, line over ln t" + "".join(f"{value:7.2f}" for value in line_skill)
)
print(
    "skill, line over t   "
    + "".join(f"{value:7.2f}" for value in clock_skill)
)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [start[:7], frames[late, 9][:7], by_line[2][:7], by_clock[2][:7]],
        ["now", "truth", "line over\nlog t", "line over t"],
        [""] * 7,
    ),
    "Four rows: microstructures now; the truth, more than three times as "
    "old; the straight line over log t, with wavy edges and too many "
    "domains; the line over t, torn and lumpy.",
)

# %%
check.expect("Skill, line over log t, nearest", line_skill[0], 0.33, 0.48)
check.expect("Skill, line over log t, furthest", line_skill[-1], 0.05, 0.22)
check.expect("Skill, line over t, furthest", clock_skill[-1], -0.1, 0.12)

# %% [markdown]
# **What you should see.** Both lines beat persistence, and yours is the better one at every ratio.
# The line over $t$ overshoots: it takes the fast early pace for granted. But be honest: even at the
# smallest ratio the good line is not halfway to the truth, and further on it has nearly nothing
# left. Look at its row. The edges are wavy, and domains are still there that should be gone. A
# domain that is about to vanish shrinks slowly, then fast, and then it is over. A straight line
# does not know where to stop.

# %% [markdown]
# ## 3 Pairs to learn from
#
# *Core, 9 minutes.*
#
# *Idea.* Let a network learn what time does to a code. Then **one** frame is enough, since the
# Cahn–Hilliard equation needs no second one: the present alone fixes the future. It learns from
# pairs: the code of a frame, the code of a later frame **of the same simulation**, and the
# logarithm of the ratio of their times.
#
# From 9 frames of one simulation you can make up to 36 pairs. Here they are for four frames and a
# largest ratio of 4:

# %% tags=["nbval-check-output"]
example = [0.001, 0.002, 0.003, 0.008]
for first in example:
    for second in example:
        if 1 < second / first <= 4:
            print(
                f"from {first:.3f} to {second:.3f}: r = {second / first:.2f}"
            )

# %% [markdown]
# ### Exercise 6.3 ★★ `training_pairs`
#
# - `z`: codes of shape (N, latent);
# - `time`, `simulation`: time and number of the simulation of each, both of shape (N,). The codes
#   may come in any order;
# - `factor`: the largest ratio of times wanted, a number;
# - returns three arrays, one row for each of P pairs, in any order: the codes **now** (P, latent),
#   the codes **later** (P, latent), and $\log r$ (P, 1), with $1 < r \le$ `factor`.
#
# <details>
# <summary>Hint 1</summary>
#
# Make tables of shape (N, N), with one row for each frame *now* and one column for each frame
# *later*. `time[None, :] / time[:, None]` is the table of ratios. What is the table that says
# whether two frames belong to one simulation?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Join three tables of booleans by `&`: the same simulation, a ratio above 1, a ratio up to
# `factor`. `now, later = np.nonzero(table)` gives row and column of each True; then return
# `z[now]`, `z[later]` and the logarithm of `ratio[now, later]`, with `[:, None]` for its last axis.
#
# </details>


# %% exercise="6.3"
def training_pairs(z, time, simulation, factor):
    """Find pairs of one simulation: codes now, codes later, log of ratios."""
    ### BEGIN SOLUTION
    ratio = time[None, :] / time[:, None]  # (N, N): later by now
    same = simulation[None, :] == simulation[:, None]
    now, later = np.nonzero(same & (ratio > 1) & (ratio <= factor))
    return z[now], z[later], np.log(ratio[now, later])[:, None]
    ### END SOLUTION


# %% check="6.3"
training_pairs = check.lesson_06.training_pairs(training_pairs)

# %% [markdown]
# We make pairs of the training simulations. In Case 1 a picture with its phases swapped evolves
# just as well, so we encode the negatives, too. Each gets its pairs *separately*: a picture and a
# negative are not of one simulation.

# %%
FACTOR = 4
# Frames in which the phases have separated
old = train.select(train.time >= 9e-4)
halves = [
    training_pairs(vae.encode(images), old.time, old.simulation, FACTOR)
    for images in (old.images, 1 - old.images)
]
pairs_now, pairs_later, pairs_log = (
    np.concatenate(part) for part in zip(*halves, strict=True)
)
print(
    f"{len(pairs_now)} pairs of {len(np.unique(old.simulation))} simulations"
)
print(f"mean ratio of times: {np.exp(pairs_log.mean()):.2f}")

# %% [markdown]
# ## 4 Learn the motion
#
# *Core, 19 minutes.*
#
# *Idea.* A network could take a code and return the later one. It would spend its effort on
# copying, since most of a code stays. Better let it return the **change**, and add that to the
# code. This is a **residual** network:
#
# $$ z(r t) = z(t) + \log r \cdot f\big(z(t), \log r\big). $$
#
# $f$ is what is learned: a velocity in the latent space, as in 6.2, but a different one at every
# point. The factor $\log r$ in front makes sure that for $r = 1$ **nothing changes, exactly**, and
# whatever the weights. Persistence is built in; the network only has to learn what is beyond it.
#
# What shape should $f$ have? Physics helps. What happens to a domain depends on its neighbours, not
# on the far corner, and the law is the same everywhere. That is what a **convolution** does: at
# each place it sees the 3 × 3 places around, with the same weights everywhere. The code
# *is* a small picture, so we can use it. These are the pieces:

# %% tags=["nbval-check-output"]
code = keras.Input((256,))
log_factor = keras.Input((1,))
# The code as a picture of 8 × 8 places
picture = layers.Reshape((8, 8, 4))(code)
print("code as a picture:   ", picture.shape)
# Log r at every place
told = layers.Reshape((8, 8, 1))(layers.RepeatVector(64)(log_factor))
print("log r at every place:", told.shape)
both = layers.Concatenate()([picture, told])
print("one on the other:    ", both.shape)
hidden = layers.Conv2D(32, 3, padding="same", activation="gelu")(both)
print("after a convolution: ", hidden.shape)
print(
    "as a code again:     ",
    layers.Flatten()(layers.Conv2D(4, 3, padding="same")(hidden)).shape,
)

# %% [markdown]
# (`gelu` is an **activation**, a curve that each number goes through: about 0 below zero, about
# the number itself above. Without one, convolutions in a row are just one linear map.)
#
# ### Exercise 6.4 ★★★ `build_dynamics`
#
# - `latent`: length of a code, a multiple of 64, here 256: a picture of 8 × 8 places with
#   `latent // 64` numbers each;
# - returns: a `keras.Model` that takes a list of two inputs, codes (N, latent) and $\log r$ (N, 1),
#   in this order, and returns the later codes (N, latent), by the formula above.
#
# Let $f$ have a first convolution of 32 channels, three more of 32 channels whose output is
# *added* to their input, and a last one that returns `latent // 64` channels, without activation:
# a change may be positive or negative, and of any size. If the last one starts with zeros
# (`kernel_initializer="zeros"`), the untrained model is persistence.
#
# The check looks at the formula, then trains your model for some seconds.
#
# <details>
# <summary>Hint 1</summary>
#
# Start from the cell above, with `latent` in place of 256 and `latent // 64` in place of 4. Add the
# three inner convolutions in a loop: `x = x + layers.Conv2D(32, 3, …)(x)`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# If `change` is the flattened output of the last convolution, of shape (N, latent), the output of
# the model is `z + log_factor * change`. Operators work on what layers return. Put it together by
# `keras.Model([z, log_factor], …)`.
#
# </details>


# %% exercise="6.4"
def build_dynamics(latent):
    """Build z(rt) = z + log r · f(z, log r): [z, log r] -> (N, latent)."""
    ### BEGIN SOLUTION
    depth = latent // 64
    z, log_factor = keras.Input((latent,)), keras.Input((1,))
    everywhere = layers.Reshape((8, 8, 1))(
        layers.RepeatVector(64)(log_factor)
    )
    x = layers.Concatenate()([layers.Reshape((8, 8, depth))(z), everywhere])
    x = layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
    for _ in range(3):
        x = x + layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
    x = layers.Conv2D(depth, 3, padding="same", kernel_initializer="zeros")(x)
    return keras.Model([z, log_factor], z + log_factor * layers.Flatten()(x))
    ### END SOLUTION


# %% check="6.4"
build_dynamics = check.lesson_06.build_dynamics(build_dynamics)

# %% [markdown]
# Now train it on all pairs, three times over. The loss is the mean squared error *of codes*. The
# step of the optimiser shrinks towards the end (a cosine), which settles the noise.

# %%
dynamics = build_dynamics(vae.latent)
epochs, batch = 3, 64
schedule = keras.optimizers.schedules.CosineDecay(
    3e-3, epochs * (len(pairs_now) // batch + 1)
)
dynamics.compile(optimizer=keras.optimizers.Adam(schedule), loss="mse")
history = dynamics.fit(
    [pairs_now, pairs_log],
    pairs_later,
    batch_size=batch,
    epochs=epochs,
    verbose=0,
).history
nothing = mean_squared_error(pairs_now, pairs_later)
losses = ", ".join(f"{loss:.3f}" for loss in history["loss"])
print(f"MSE of codes, by epoch: {losses} (persistence: {nothing:.3f})")


# %%
def carry(z, factor):
    """Carry codes (N, 256) on by ratios of times (N,) with your network."""
    log_factor = np.log(factor * np.ones(len(z)))[:, None].astype("float32")
    return dynamics.predict([z, log_factor], batch_size=256, verbose=0)


learned = vae.decode(carry(z_now, t_truth / t_now))
best = pretrained.forward(now, t_truth / t_now)
learned_skill, best_skill = (
    skill(learned, truth, now),
    skill(best, truth, now),
)
check.expect("Skill, straight line over log t", ruler_skill, 0.22, 0.37)
check.expect("Skill, your network", learned_skill, 0.52, 0.74)
check.expect("Skill, pretrained network", best_skill, 0.88, 0.93)
some = [6 * s + 2 for s in range(0, 56, 8)]  # frame 6 of seven simulations

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [now[some], truth[some], by_ruler[some], learned[some], best[some]],
        ["now", "truth", "line over\nlog t", "your\nnetwork", "pretrained"],
        [""] * 7,
    ),
    "Five rows: now, the truth, the straight line with wavy edges, your "
    "network, near to the truth, and the pretrained one, nearly the truth, "
    "with grey where it hesitates.",
)

# %% [markdown]
# **What you should see.** Your network, trained for some seconds and given *one* frame, does about
# twice as well as the ruler with two. It has learned that small domains vanish and that edges
# become smooth. It still makes mistakes, and makes them with sharp edges: its pictures do not show
# where it was unsure.
#
# The pretrained network has the same form. It is wider and deeper, was trained for longer on 2,000
# simulations, turned and mirrored, and its error was measured in the *picture* and not in the code.
# So it says grey where it does not know, for instance whether a neck will hold. Its skill must
# agree with [the benchmark of this course](../docs/results.md#forward), which found 0.90 at $r = 2$
# on 100 other simulations.
#
# Now for other ratios: from frame 6, one to five frames on.

# %%
errors = {
    name: []
    for name in (
        "nothing changes",
        "line over log t",
        "your network",
        "pretrained",
    )
}
for k in range(7, 12):
    target, factor = frames[late, k], t[:, k] / t[:, 6]
    errors["nothing changes"].append(mean_squared_error(start, target))
    errors["line over log t"].append(
        mean_squared_error(by_line[k - 7], target)
    )
    errors["your network"].append(
        mean_squared_error(vae.decode(carry(z_start, factor)), target)
    )
    errors["pretrained"].append(
        mean_squared_error(pretrained.forward(start, factor), target)
    )

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.line_plot(
        {name: (mean_ratio, error) for name, error in errors.items()},
        "ratio of times r",
        "mean squared error",
        log_x=True,
    ),
    "Mean squared error against the ratio of times, 1.5 to 8. Nothing "
    "changes: rises to 0.4. The straight line lies a little lower, your "
    "network far lower, the pretrained one lowest.",
)

# %%
print("skill at r =  " + "".join(f"{r:8.2f}" for r in mean_ratio))
for name in errors:
    values = 1 - np.array(errors[name]) / errors["nothing changes"]
    print(f"{name:15}" + "".join(f"{value:8.2f}" for value in values))
check.expect(
    "Skill of the pretrained network, lowest", values.min(), 0.86, 0.92
)
check.expect(
    "Skill of the pretrained network, highest", values.max(), 0.89, 0.95
)
of_yours = 1 - np.array(errors["your network"]) / errors["nothing changes"]
check.expect(
    "Skill of your network at the largest ratio", of_yours[-1], 0.15, 0.6
)

# %% [markdown]
# **What you should see.** The pretrained network has a skill of about 0.9 at these ratios; it was
# trained on ratios up to 10. (Nearer to the present little changes, and persistence is harder to
# beat: the benchmark found 0.82 at $r = 1.25$ and 0.87 at $r = 1.5$.) Yours is good up to where its
# training ended, and falls beyond.
#
# Your network has never seen a ratio above 4, and nothing stops you from asking for 8. It answers
# all the same; a network always does. How could one do better? In steps.

# %% [markdown]
# ## 5 Step by step
#
# *Going further, 11 minutes.*
#
# *Idea.* Self-similarity says that going from $t$ to $1.8\,t$ is the same task at any age. So go a
# decade, from $t$ to $10\,t$, in four steps of $r = 10^{1/4} = 1.78$, each from where the last one
# arrived. This is called a **roll-out**. Its danger: errors go in again, and may grow.
#
# ### Exercise 6.5 ★★ `roll_out`
#
# - `step`: a function that takes an array of shape (N, …) and returns the next one, of the same
#   shape;
# - `z`: where to start: codes of shape (N, latent), or pictures (N, 64, 64);
# - `n`: the number of steps;
# - returns: all that was passed, the start included: a NumPy array of shape (N, n + 1, …), that is
#   (N, n + 1, latent) for codes.
#
# <details>
# <summary>Hint 1</summary>
#
# Keep a list that begins as `[z]`. In a loop, apply `step` to the *last* entry of the list, and
# append the result.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `path[-1]` is the last entry. At the end, `np.stack(path, axis=1)` puts the steps on the second
# axis, whatever axes come after.
#
# </details>


# %% exercise="6.5"
def roll_out(step, z, n):
    """Apply a step n times: (N, …) -> (N, n + 1, …), the start first."""
    ### BEGIN SOLUTION
    path = [z]
    for _ in range(n):
        path.append(step(path[-1]))
    return np.stack(path, axis=1)
    ### END SOLUTION


# %% check="6.5"
roll_out = check.lesson_06.roll_out(roll_out)

# %% [markdown]
# We start from all test frames at a time of exactly 2.5e-3 (not every simulation has one), and end
# at 0.025, where every simulation has its last frame. Four ways to get there:
#
# 1. your network in one **leap** of $r = 10$, far beyond what it was trained on;
# 2. your network in four steps, **code to code**;
# 3. your network in four steps, **cleaned**: after each step the code is decoded, each pixel is
#    set to the likelier phase, and the picture is encoded again;
# 4. the pretrained network in four steps, cleaned likewise.

# %%
STEP, STEPS = 10**0.25, 4
which, first = np.nonzero(np.isclose(times, 2.5e-3))  # simulation and frame
begin, end = frames[which, first], frames[which, -1]  # (26, 64, 64)


def cleaned(images):
    """Each pixel becomes the likelier phase: 0 or 1."""
    return (images > 0.5).astype("float32")


def binary_step(images):
    """A step of your network, from a picture to a picture of 0 and 1."""
    return cleaned(vae.decode(carry(vae.encode(images), STEP)))


# (26, 5, 256)
by_code = roll_out(lambda z: carry(z, STEP), vae.encode(begin), STEPS)
by_code = vae.decode(by_code.reshape(-1, 256)).reshape(-1, 5, 64, 64)
paths = {
    "code to code": cleaned(by_code),
    "cleaned": roll_out(binary_step, begin, STEPS),
    "pretrained": roll_out(
        lambda images: cleaned(pretrained.forward(images, STEP)), begin, STEPS
    ),
}
arrived = {"one leap": cleaned(vae.decode(carry(vae.encode(begin), 10)))}
arrived |= {name: path[:, -1] for name, path in paths.items()}
accuracy = {name: np.mean(images == end) for name, images in arrived.items()}
print(f"{len(begin)} simulations; pixels right after a decade:")
print(f"{'nothing changes':15} {np.mean(begin == end):.1%}")
for name in accuracy:
    print(f"{name:15} {accuracy[name]:.1%}")

# %%
check.expect(
    "Pixels right, nothing changes", np.mean(begin == end), 0.54, 0.66
)
check.expect("Pixels right, one leap", accuracy["one leap"], 0.6, 0.82)
check.expect(
    "Pixels right, code to code", accuracy["code to code"], 0.78, 0.92
)
check.expect("Pixels right, cleaned", accuracy["cleaned"], 0.78, 0.92)
check.expect("Pixels right, pretrained", accuracy["pretrained"], 0.94, 0.98)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [begin[:7], end[:7], *(images[:7] for images in arrived.values())],
        [
            "begin",
            "truth",
            "one leap",
            "code\nto code",
            "cleaned",
            "pretrained",
        ],
        [""] * 7,
    ),
    "Six rows: seven microstructures at the beginning; the truth at ten "
    "times the age; one leap, torn; code to code and cleaned, mostly like "
    "the truth; pretrained, nearly the truth.",
)

# %% [markdown]
# **What you should see.** The leap fails: the network was asked for what it had never been shown,
# and answered with torn pictures. In four small steps the *same network* gets most pixels right. It
# was trained up to $r = 4$, so each step is well inside what it knows, and its errors do not blow
# up. Cleaning hardly matters here. The pretrained network must agree with
# [the benchmark](../docs/results.md#forward) here, too: 95.8 % after the same decade.

# %% [markdown]
# ## 6 What physics must hold
#
# *Going further, 6 minutes.*
#
# Pixels are a severe judge: one neck that breaks the other way, and half a picture differs. Ask
# also whether the prediction is a **possible** future. Two laws can be checked without knowing the
# truth:
#
# - **Conservation.** Diffusion moves matter, and makes none. The **volume fraction** of phase 1,
#   its share of the pixels, must stay what it was.
# - **Growth.** The domain size $L$ must go on growing about as $t^{1/3}$. Here $L$ is in units of
#   the side of the picture; `domain_size` computes it from the wavelengths in the picture.
#
# The **drift** is how far the volume fraction of the prediction is from that of the beginning,
# averaged over the pictures, regardless of sign.


# %%
def drift(images):
    """Mean distance of the volume fraction from that at the beginning."""
    return np.abs(volume_fraction(images) - volume_fraction(begin)).mean()


print(f"{'':15} drift of volume fraction   mean L")
for name, images in (arrived | {"truth": end}).items():
    print(
        f"{name:15} {drift(images):^24.4f} {domain_size(images).mean():8.3f}"
    )
check.expect("Drift, truth", drift(end), 0.0, 0.006)
check.expect("Drift, pretrained", drift(arrived["pretrained"]), 0.002, 0.012)
check.expect(
    "Drift, your network, cleaned", drift(arrived["cleaned"]), 0.015, 0.12
)

# %% [markdown]
# **What you should see.** Your network makes matter, or loses it: after a decade, several per cent
# of the *whole picture* are of the wrong phase on balance. In the simulations it is a few
# thousandths, which comes from cutting grey fields into two phases. The loss never asked for
# conservation, and a small training set did not teach it. (The pretrained network did learn it,
# nearly, from 2,000 simulations.)
#
# *Idea.* Do not learn what you know. What the decoder computes for a pixel is a **logit**, a number
# that is 0 where both phases are equally likely. A pixel becomes phase 1 where it is above 0. Move
# that threshold, picture by picture, to where the volume fraction is right. The library's
# `conserve` does so: it shifts the logits of each picture by a constant and returns probabilities.

# %%
share = volume_fraction(begin)  # (26,), known from the beginning


def conserving_step(images):
    """A step of your network that keeps the volume fraction."""
    return cleaned(
        conserve(vae.decode_logits(carry(vae.encode(images), STEP)), share)
    )


paths["conserving"] = roll_out(conserving_step, begin, STEPS)
arrived["conserving"] = paths["conserving"][:, -1]
right = np.mean(arrived["conserving"] == end)
check.expect("Drift, conserving", drift(arrived["conserving"]), 0.0, 0.003)
check.expect("Pixels right, cleaned", accuracy["cleaned"], 0.78, 0.92)
check.expect("Pixels right, conserving", right, 0.78, 0.94)

# %% [markdown]
# **What you should see.** The drift is gone, by construction, and a few more pixels are right.
#
# Now the second law. We draw the mean of $L$ along two roll-outs, and along the simulations
# themselves (read off between their frames), with both axes logarithmic.

# %%
t_path = 2.5e-3 * STEP ** np.arange(STEPS + 1)


def mean_size(path):
    """Mean domain size after each step: (26, 5, 64, 64) -> (5,)."""
    return np.array(
        [domain_size(path[:, k]).mean() for k in range(path.shape[1])]
    )


all_sizes = domain_size(frames[which].reshape(-1, 64, 64)).reshape(-1, 12)
rows = zip(times[which], all_sizes, strict=True)
truth_path = np.mean(
    [np.interp(np.log(t_path), np.log(t), size) for t, size in rows], axis=0
)
growth = {
    "simulations": truth_path,
    "pretrained": mean_size(paths["pretrained"]),
    "your network, conserving": mean_size(paths["conserving"]),
    "slope 1/3": truth_path[0] * (t_path / t_path[0]) ** (1 / 3),
}

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {name: (t_path, size) for name, size in growth.items()},
        "time t (units of the simulation)",
        "domain size L (units of the side)",
        log=True,
    ),
    "Mean domain size against time on logarithmic axes: simulations, both "
    "roll-outs and a straight line of slope 1/3 lie close together, from "
    "0.36 to about 0.8.",
)

# %%
exponent = {
    name: np.polyfit(np.log(t_path), np.log(size), 1)[0]
    for name, size in growth.items()
}
for name, value in exponent.items():
    print(f"{name:25} L grows as t to the power {value:.3f}")
check.expect(
    "Exponent of the simulations", exponent["simulations"], 0.29, 0.38
)
check.expect(
    "Exponent of the pretrained network", exponent["pretrained"], 0.29, 0.38
)
check.expect(
    "Exponent of your network",
    exponent["your network, conserving"],
    0.26,
    0.42,
)
check.expect("L of the simulations at the end", truth_path[-1], 0.7, 0.85)

# %% [markdown]
# **What you should see.** In both roll-outs $L$ grows nearly as in the simulations, though nobody
# told the networks about the cube root: the pretrained one with the same exponent to 0.01, yours a
# little too fast (0.34 to 0.36, with four seeds). Each step was learned at many ages, and
# self-similarity did the rest. But this decade is the last one: at its end $L$ is 0.8 sides, there
# is room for hardly one light and one dark domain, and the square ends the law. And a mean over
# many pictures is lenient, though: it can be right while single pictures are wrong. A possible
# future need not be *the* future. So look at both, pixels and physics.

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **An accuracy with no baseline.** Here is the part of the pixels that persistence has right, by
# the ratio of times. If a paper chooses the ratio, it chooses the accuracy:

# %%
for k in range(5):
    print(
        f"r = {mean_ratio[k]:.2f}: "
        f"{np.mean(start == frames[late, 7 + k]):.1%}"
    )
check.expect(
    "Smallest ratio, pixels right",
    np.mean(start == frames[late, 7]),
    0.85,
    0.93,
)

# %% [markdown]
# **Pairs across simulations.** If the code now and the code later belong to different simulations,
# one tells nothing about the other. The best a network can do is to return the *mean* of all later
# codes, whatever it is given. That decodes to one and the same picture, which is no microstructure
# at all: the decoder was never asked what lies in the middle of all codes.

# %%
mean_code = pairs_later.mean(axis=0, keepdims=True)  # (1, 256)
one_for_all = vae.decode(mean_code)  # (1, 64, 64)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [[*one_for_all, *truth[some[:3]]]],
        [""],
        ["always", "truth"] + [""] * 2,
    ),
    "The decoded mean of all later codes, a grey chequered pattern, and "
    "three true microstructures.",
)

# %%
everywhere = np.broadcast_to(one_for_all, truth.shape)
check.expect(
    "Skill of the mean code", skill(everywhere, truth, now), -1.2, -0.2
)

# %% [markdown]
# **No factor $\log r$.** With $z + f$ in place of $z + \log r \cdot f$, a trained network changes a
# picture even if you ask for its present. With the factor the change is exactly 0:

# %%
at_once = np.abs(carry(z_now[:8], 1) - z_now[:8]).max()
print("largest change of a code at r = 1:", at_once)
check.expect("Largest change of a code at r = 1", at_once, 0, 1e-6)

# %% [markdown]
# **Every step from the start.** `step(z)` in place of `step(path[-1])` gives a roll-out that stands
# still after its first step. Its domain size does not grow; the plot of $L$ shows it at once:

# %%
once = binary_step(begin)
standing = mean_size(np.stack([begin] + [once] * STEPS, axis=1))
print("every step from the start:", standing.round(3))
print("simulations:              ", truth_path.round(3))

# %% [markdown]
# ## Summary
#
# 1. "Nothing changes" is the baseline; skill is what you gain over it, 1 at best.
# 2. Microstructures age by ratios: use $\log t$, in the input, in the line, in the pairs.
# 3. A residual network, $z + \log r \cdot f(z, \log r)$, starts from persistence and learns the
#    rest.
# 4. Small steps inside the range of the training reach further than one leap outside it.
# 5. Check conservation and growth; what you know for certain, build in rather than learn.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 6.b ★ choose
#
# One model has 95 % of the pixels right at a ratio of $r = 1.1$, another 85 % at $r = 3$. Which is
# better?
#
# - **a**: The first: 95 is more than 85.
# - **b**: The second: its task is harder.
# - **c**: These numbers do not say.

# %% question="6.b"
check.question("6.b", "c")

# %% [markdown]
# ### Question 6.c ★ choose
#
# The network is given neither the time nor the parameters of the material, but a picture and the
# ratio $r$. How can it predict at all?
#
# - **a**: Coarsening is self-similar: what happens from t to r t depends on the picture and on r.
# - **b**: It has learned every simulation by heart.
# - **c**: It works out the parameters from the picture first.

# %% question="6.c"
check.question("6.c", "a")

# %% [markdown]
# ### Question 6.d ★ order
#
# Put the lines in order: a prediction in small steps, cleaned on the way.
#
# - **a**: `z = dynamics([z, log_r])`
# - **b**: `z = encode(image)`
# - **c**: `image = decode(z) > 0.5`
# - **d**: `z = encode(decode(z) > 0.5)`

# %% question="6.d"
check.question("6.d", "badc")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - I. M. Lifshitz and V. V. Slyozov (1961), *The kinetics of precipitation from supersaturated
#   solid solutions*, doi:10.1016/0022-3697(61)90054-3: where the cube root of time comes from.
# - D. Montes de Oca Zapiain, J. A. Stewart and R. Dingreville (2021), *Accelerating
#   phase-field-based microstructure evolution predictions via surrogate models trained by machine
#   learning methods*, doi:10.1038/s41524-020-00471-8: the same task with principal components and a
#   recurrent network.
# - K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*,
#   arXiv:1512.03385: why a network should learn the change.
# - [Lesson 07](07_predicting_the_past.ipynb) asks the same question backward, and there one answer
#   is not enough.

# %% tags=["nbval-check-output"]
check.progress("06")
