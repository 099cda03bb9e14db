# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 11 · From VAE to flow
#
# **Why are random codes bad, and what does better?**
#
# *Time: about 80 minutes (47 for the core), of which the computer needs one.* You need three things
# from earlier lessons. From [lesson 03](03_from_autoencoder_to_vae.ipynb): a **variational
# autoencoder** (VAE) turns a picture into a cloud of codes, with a mean and a variance on each
# axis, and is trained so that all clouds together resemble the **prior** N(0, 1). From [lesson
# 08](08_from_structure_to_strength.ipynb): the **strain energy** $W$ of a microstructure, computed
# by finite elements. From [lesson 05](05_steering_the_latent_space.ipynb): frames of one simulation
# resemble each other, so that a fair test holds back whole simulations.

# %%
import keras
import numpy as np
from keras import layers, ops
from scipy.stats import ks_2samp
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from vae_course import diagrams, plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.latent.coarsening import cut
from vae_course.physics.descriptors import (
    domain_size,
    perimeter,
    radial_average,
    two_point_correlation,
    volume_fraction,
)
from vae_course.physics.hyperelasticity import strain_energy
from vae_course.vae import load_pretrained
from vae_course.vae.networks import run_in_batches

keras.utils.set_random_seed(11)
# Trained on other simulations than those below
vae = load_pretrained("case1-latent16")
patterns = load_embedded(case=1)  # both phases equally common
# no simulation is in both
known, unseen = patterns.split(test=0.2, seed=0)

# %% jupyter={"source_hidden": true}
draw = np.random.default_rng(0)
noise = draw.standard_normal((1000, vae.latent)).astype("float32")
from_prior = (vae.decode(noise) > 0.5).astype("uint8")
some = draw.choice(len(unseen), 9, replace=False)
plotting.show(
    plotting.pattern_table(
        [from_prior[:9], unseen.images[some]],
        ["decoded from\nrandom codes", "simulated"],
        [""] * 9,
        side=0.95,
    ),
    "Two rows of microstructures. The upper ones, decoded from random "
    "codes, have blunt shapes and uneven amounts of the two phases. The "
    "lower ones, simulated, have even bands of one width in each picture.",
)

# %% [markdown]
# Draw a random code, decode it, and you have a new microstructure: that is what makes a VAE a
# *generative* model. Above are nine of them, and below nine from simulations that the VAE has never
# seen. You need not be an expert to tell the rows apart. Yet the same VAE gives back a picture that
# it is shown quite well. So the decoder knows what microstructures look like. **It is the codes
# that are wrong.** This lesson finds out how, and mends it.
#
# ## What you will be able to do
#
# - Measure how far the codes of real pictures are from the prior, and say what that measure does
#   not see (11.1).
# - Lay straight paths from noise to codes, and train a network to follow them (11.2, 11.3).
# - Follow the paths in a few steps, and say how many are enough (11.4).
# - Ask for microstructures with a wanted property, and let finite elements judge them (11.5).
# - Test whether anybody could tell your samples from data, without fooling yourself (11.6).

# %% [markdown]
# ## 1 Where the codes are
#
# *Core, 14 minutes.*
#
# *Idea.* The VAE turns each picture $x$ into a cloud $q(z|x)$ with mean $m(x)$ and variance
# $s^2(x)$ on each axis. All clouds together, one picture as likely as another, are the **aggregate
# posterior**. If it were the prior, random codes would be as good as those of pictures.
#
# *Worked example.* Two pictures and one axis. The clouds lie at $m = -1$ and $m = 1$, each with a
# variance of 0.25. Draw a picture, then a code from its cloud, many times:

# %%
means, variances = np.array([-1.0, 1.0]), np.array([0.25, 0.25])
which = draw.integers(2, size=100_000)
codes = means[which] + np.sqrt(variances[which]) * draw.standard_normal(
    100_000
)
print(f"variance of the codes drawn:      {codes.var():.3f}")
print(f"mean variance of the clouds:      {variances.mean():.3f}")
print(f"variance of the means:            {means.var():.3f}")
check.expect("Variance of the codes drawn", codes.var(), 1.23, 1.27)

# %% [markdown]
# The variance of the whole is **the mean of the variances plus the variance of the means** (the law
# of total variance). Neither of the two is enough.
#
# One more number. A code of $k$ axes drawn from N(0, 1) has a mean squared length $\|z\|^2$ of $k$:
# each axis adds its variance, 1. So codes of the prior lie near a shell of radius $\sqrt{k}$, and
# hardly any in the middle.
#
# ### Exercise 11.1 ★★ `aggregate_gap`
#
# - `means`, `log_variances`: of the clouds of N pictures, each of shape (N, k), as
#   `vae.posterior(images)` returns them;
# - returns two things: the variance of the aggregate on each axis, shape (k,); and its **relative
#   length**, the root of the mean squared length of its codes, divided by $\sqrt{k}$: one number, 1
#   for the prior.
#
# <details>
# <summary>Hint 1</summary>
#
# The variance of a cloud is `np.exp(log_variances)`. For the length you need no draws: the mean
# squared length of codes from one cloud is the sum over the axes of $m^2 + s^2$.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `s2 = np.exp(log_variances)`; the first is `s2.mean(axis=0) + means.var(axis=0)`. For the second,
# `squared = np.sum(means**2 + s2, axis=1)`, and then `np.sqrt(squared.mean() / means.shape[1])`.
#
# </details>


# %% exercise="11.1"
def aggregate_gap(means, log_variances):
    """Variance of the aggregate (k,), and its relative length."""
    ### BEGIN SOLUTION
    clouds = np.exp(log_variances)
    variance = clouds.mean(axis=0) + means.var(axis=0)
    squared = np.sum(means**2 + clouds, axis=1)
    return variance, np.sqrt(squared.mean() / means.shape[1])
    ### END SOLUTION


# %% check="11.1"
aggregate_gap = check.lesson_11.aggregate_gap(aggregate_gap)

# %% [markdown]
# ### Question 11.a ★ predict
#
# The relative length is 1 for codes that lie as draws from the prior do. What will it be for
# **young** microstructures?
#
# - **a**: About 1: the KL has seen to that.
# - **b**: Clearly less than 1.
# - **c**: Clearly more than 1.

# %% question="11.a"
check.question("11.a", "b")

# %%
means, log_variances = vae.posterior(unseen.images)
age = {
    "all": unseen.time > 0,
    "young (t < 0.001)": unseen.time < 1e-3,
    "old (t > 0.01)": unseen.time > 1e-2,
}
lengths = {}
for name, rows in age.items():
    variance, lengths[name] = aggregate_gap(means[rows], log_variances[rows])
    print(
        f"{name:18} variance on an axis {variance.min():.2f} to "
        f"{variance.max():.2f}, relative length {lengths[name]:.2f}"
    )
check.expect("Relative length of all", lengths["all"], 1.0, 1.2)
check.expect("Relative length, young", lengths["young (t < 0.001)"], 0.3, 0.6)
check.expect("Relative length, old", lengths["old (t > 0.01)"], 1.4, 1.9)

# %% [markdown]
# **What you should see.** Taken together, the codes look much like the prior: a variance near 1 on
# each axis, a relative length near 1. Taken by age, they do not. Codes of young patterns lie in the
# middle, those of old ones far out. On the shell of radius $\sqrt{k}$, where random codes are,
# there are neither many of the one nor of the other.
#
# A gap that such numbers show is the smaller part. Here is the larger one. We take the codes of the
# unseen pictures and **shuffle each axis by itself**: the numbers on an axis stay exactly those of
# real codes, but they no longer belong together.


# %%
def describe(images):
    """Three descriptors of each picture, by name."""
    return {
        "volume fraction": np.asarray(volume_fraction(images)),
        "perimeter": np.asarray(perimeter(images)),
        "domain size": np.asarray(domain_size(images)),
    }


def distances(images, others):
    """Kolmogorov–Smirnov distance of each descriptor of two sets."""
    found, truth = describe(images), describe(others)
    return {
        name: ks_2samp(found[name], truth[name]).statistic for name in found
    }


shuffled = np.stack([draw.permutation(axis) for axis in means.T], axis=1)
first_half = unseen.simulation < np.median(unseen.simulation)
sets = {
    "random codes": from_prior,
    "real codes, shuffled": (vae.decode(shuffled) > 0.5).astype("uint8"),
    "real codes": (vae.decode(means) > 0.5).astype("uint8"),
}
found = {
    name: distances(images, unseen.images) for name, images in sets.items()
}
found["data, two halves"] = distances(
    unseen.images[first_half], unseen.images[~first_half]
)
for name, row in found.items():
    print(f"{name:21}", {key: round(float(v), 2) for key, v in row.items()})
check.expect(
    "Perimeter, random codes", found["random codes"]["perimeter"], 0.25, 0.4
)
check.expect(
    "Perimeter, shuffled codes",
    found["real codes, shuffled"]["perimeter"],
    0.2,
    0.35,
)
check.expect(
    "Perimeter, real codes", found["real codes"]["perimeter"], 0.0, 0.1
)

# %% [markdown]
# The **Kolmogorov–Smirnov distance** of two samples of a number is the largest gap between their
# cumulative distributions: 0 if they are the same, 1 if they do not overlap. The last line is its
# **floor**: two halves of the data, from different simulations, are not at 0 either.
#
# Shuffled codes are nearly as bad as random ones, though each axis by itself is that of real codes.
# So it is not the axes that are wrong. **Real codes fill only a thin part of the space**, in which
# the numbers depend on each other. The KL term of the VAE looks at one cloud at a time, axis by
# axis; nothing in it asks where all clouds lie together.
#
# One flaw is not of the codes: the volume fraction of *real* codes, decoded, is off, too. A short
# code loses it. We know how to mend that: matter is conserved, and we may cut the decoded picture
# where the right number of pixels are in phase 1 (`cut`, which takes logits and volume fractions).

# %% [markdown]
# ## 2 A path from noise to a code
#
# *Core, 8 minutes.*
#
# *Idea.* We want a way to turn easy random numbers, **noise** $e$ from N(0, 1), into codes $y$ that
# lie where real ones do. Give each point a **velocity** $v(x, \tau)$, and let it move for a time
# $\tau$ from 0 to 1: a **flow**. ($\tau$ has nothing to do with the age of a pattern.) Where should
# the velocities come from? Lay straight paths: pick a noise $e$ and a code $y$ at random, and join
# them,
#
# $$ x_\tau = (1-\tau)\,e + \tau\,y, \qquad \frac{dx_\tau}{d\tau} = y - e . $$
#
# *Worked example.* One axis, and just two codes, $y = -1$ and $y = 1$. We start at $e = 0.4$ and do
# not know which of the two it will be:

# %% tags=["nbval-check-output"]
e = 0.4
for y in (-1.0, 1.0):
    x = [(1 - tau) * e + tau * y for tau in (0.0, 0.5, 1.0)]
    print(f"to y = {y:4}: x = {x}, velocity {y - e:.1f}")

# %% [markdown]
# ### Exercise 11.2 ★ `path`
#
# - `noise`, `code`: shape (N, k);
# - `tau`: between 0 and 1, shape (N, 1);
# - returns: where each path is at its $\tau$, shape (N, k), and its velocity, shape (N, k).
#
# It should work on NumPy arrays and on tensors alike: `+`, `-` and `*` do.
#
# <details>
# <summary>Hint 1</summary>
#
# At $\tau = 0$ there is noise, at $\tau = 1$ the code. The velocity along a straight path is the
# same everywhere: end minus start.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `return (1 - tau) * noise + tau * code, code - noise`
#
# </details>


# %% exercise="11.2"
def path(noise, code, tau):
    """Points on the paths from noise to codes, and their velocities."""
    ### BEGIN SOLUTION
    return (1 - tau) * noise + tau * code, code - noise
    ### END SOLUTION


# %% check="11.2"
path = check.lesson_11.path(path)

# %% [markdown]
# Many paths cross at one point, each with a velocity of its own. Which should the point have? Their
# **mean**. Then as many points arrive near each code as should: the flow that moves with the mean
# velocity carries the noise to the distribution of the codes (Lipman et al. 2023 prove it). With
# two codes the mean is known exactly, and we can look at the flow before any network is trained. A
# path through $x$ at $\tau$ that ends in $y$ has begun at $e = (x - \tau y)/(1 - \tau)$, and is as
# likely as that noise is.


# %%
def mean_velocity(x, tau):
    """Mean of y − e over the paths through x, for codes −1 and 1."""
    ends = np.array([-1.0, 1.0])
    starts = (x - tau * ends) / (1 - tau)  # (N, 2)
    weights = np.exp(-0.5 * starts**2)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.sum(weights * (ends - starts), axis=1, keepdims=True)


start = np.array([-1.5, -0.3, 0.0, 0.3, 1.5])[:, None]
tracks, moments = [start], np.linspace(0, 0.98, 99)
for tau in moments[:-1]:
    tracks.append(tracks[-1] + 0.01 * mean_velocity(tracks[-1], tau))
tracks = np.array(tracks)[..., 0]  # (99, 5)
check.expect(
    "Farthest from a code at the end",
    np.abs(np.abs(np.delete(tracks[-1], 2)) - 1).max(),
    0,
    0.1,
)
check.expect("End of the track from 0", tracks[-1, 2], -1e-9, 1e-9)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {
            f"from {s:.1f}": (moments, line)
            for s, line in zip(start[:, 0], tracks.T, strict=True)
            if s
        },
        "τ",
        "x",
    ),
    "Four tracks. Those from 1.5 and 0.3 bend to 1, those from −0.3 and −1.5 "
    "to −1. No two tracks cross.",
)

# %% [markdown]
# **What you should see.** The tracks of the flow are bent, though all paths were straight, and they
# do not cross: at one point there is one velocity. What starts above 0 ends at 1, and below at −1.
# (The track from exactly 0 cannot decide.)

# %% [markdown]
# ## 3 A network that learns the mean
#
# *Core, 13 minutes.*
#
# *Idea.* For real codes nobody knows the mean velocity. But lesson 07 has shown what a network
# learns that is trained by mean squared error on a question with many answers: their mean. There it
# was a nuisance; here it is just what we need. So: draw noise, a code, and a $\tau$; show the
# network $x_\tau$ and $\tau$; and let it guess $y - e$. That is **flow matching**.
#
# *Worked example.* Random numbers in a loss should come from a `SeedGenerator` of Keras, as in
# lesson 03. Each call with it gives new numbers:

# %% tags=["nbval-check-output"]
seeds = keras.random.SeedGenerator(0)
for _ in range(2):
    drawn = keras.random.uniform((3, 1), seed=seeds)
    print(ops.convert_to_numpy(drawn).shape)

# %% [markdown]
# ### Exercise 11.3 ★★★ `flow_matching_loss`
#
# - `velocity`: a function of $x$, shape (N, k), and $\tau$, shape (N, 1), that returns velocities,
#   shape (N, k);
# - `code`: codes, shape (N, k), a tensor;
# - `seed_generator`: a `SeedGenerator`;
# - returns: the mean squared error of the velocities over batch and axes, one number.
#
# Each code gets noise and a $\tau$ (uniform between 0 and 1) of its own, new in each call.
#
# <details>
# <summary>Hint 1</summary>
#
# `ops.shape(code)` is the shape of the codes. `keras.random.normal(shape, seed=seed_generator)`
# draws the noise, `keras.random.uniform` the $\tau$, one for each row. Then use `path`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `noise = keras.random.normal(ops.shape(code), seed=seed_generator)`, and `tau =
# keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)`. With `x, target = path(noise,
# code, tau)`, return `ops.mean(ops.square(velocity(x, tau) - target))`.
#
# </details>


# %% exercise="11.3"
def flow_matching_loss(velocity, code, seed_generator):
    """Mean squared error of velocities on random paths to codes."""
    ### BEGIN SOLUTION
    noise = keras.random.normal(ops.shape(code), seed=seed_generator)
    tau = keras.random.uniform((ops.shape(code)[0], 1), seed=seed_generator)
    x, target = path(noise, code, tau)
    return ops.mean(ops.square(velocity(x, tau) - target))
    ### END SOLUTION


# %% check="11.3"
flow_matching_loss = check.lesson_11.flow_matching_loss(flow_matching_loss)

# %% [markdown]
# The network takes one thing more, for section 5: a **condition**, two numbers. The first is the
# strain energy, in standard deviations from its mean; the second is 1. Where the energy is not to be
# told, both are 0. We tell it to seven codes in ten.
#
# Each pattern may be turned and mirrored; its energy stays. That makes eight views of it.


# %%
def velocity_network(k=16, width=192, blocks=3):
    """From x (N, k), τ (N, 1) and a condition (N, 2) to velocities."""
    x, tau, condition = (keras.Input((size,)) for size in (k, 1, 2))
    waves = [ops.sin(2 * np.pi * tau), ops.cos(2 * np.pi * tau)]
    told = layers.Concatenate()([tau, *waves, condition])
    told = layers.Dense(width, activation="gelu")(told)
    h = layers.Dense(width)(x)
    for _ in range(blocks):
        step = layers.Add()([h, layers.Dense(width)(told)])
        step = layers.LayerNormalization()(step)
        step = layers.Dense(width, activation="gelu")(step)
        h = layers.Add()([h, layers.Dense(width)(step)])
    h = layers.LayerNormalization()(h)
    return keras.Model(
        [x, tau, condition], layers.Dense(k, kernel_initializer="zeros")(h)
    )


class Flow(keras.Model):
    """Trains a velocity network by your loss."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, inputs):
        code, condition = inputs
        return flow_matching_loss(
            lambda x, tau: self.network([x, tau, condition]), code, self.seeds
        )

    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        return y_pred


images = known.images
turned = [np.rot90(images, quarter, axes=(1, 2)) for quarter in range(4)]
turned += [one[:, ::-1] for one in turned]
codes = vae.encode(np.concatenate(turned))  # (30720, 16)
energy = known.strain_energy[:, -1]
scaled = np.tile((energy - energy.mean()) / energy.std(), 8)
told = draw.random(len(codes)) < 0.7
conditions = np.stack([scaled * told, told], axis=1).astype("float32")
network = velocity_network()
flow = Flow(network)
epochs, batch = 14, 512
steps = epochs * (len(codes) // batch)
flow.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps))
)
history = flow.fit((codes, conditions), None, batch, epochs, verbose=0)
losses = history.history["loss"]
print("loss, first and last epoch:", np.round([losses[0], losses[-1]], 2))
check.expect("Loss in the last epoch", losses[-1], 1.4, 1.6)

# %% [markdown]
# **What you should see.** The loss falls and stops well above zero. It must: at a point through
# which many paths lead, no network can know which of them was meant. What is left is how much the
# paths disagree. So the loss does not tell whether a flow is good; its samples do.

# %% [markdown]
# ## 4 Follow the flow
#
# *Core, 10 minutes.*
#
# *Idea.* To sample, start at noise and take steps of length $h = 1/\text{steps}$. The simplest rule
# is Euler's: $x + h\,v(x, \tau)$, as if the velocity stayed what it is at the start of the step.
# **Heun's method** looks a second time, where Euler's step ends and at the later $\tau$, and goes
# with the mean of both velocities.
#
# *Worked example.* A velocity whose track we know: $v = x$ leads from 1 to Euler's number, 2.71828.

# %% tags=["nbval-check-output"]
for steps in (2, 4, 8):
    euler = (1 + 1 / steps) ** steps
    heun_ = (1 + 1 / steps + 0.5 / steps**2) ** steps
    print(
        f"{steps} steps: off by {np.e - euler:.3f} (Euler), "
        f"{np.e - heun_:.4f} (Heun)"
    )

# %% [markdown]
# Twice the steps halve Euler's error, and quarter Heun's. Heun asks the network twice a step, and
# is worth it.
#
# ### Exercise 11.4 ★★ `heun`
#
# - `velocity`: a function of $x$, shape (N, k), and of the number $\tau$, that returns velocities;
# - `noise`: shape (N, k);
# - `steps`: number of steps;
# - returns: where the points are at $\tau = 1$, shape (N, k).
#
# <details>
# <summary>Hint 1</summary>
#
# In step number $i$ (from 0), $\tau$ goes from $i h$ to $(i + 1) h$. First the velocity at $x$ and
# $i h$; then the velocity at $x + h\,v$ and $(i + 1) h$.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Begin with `x, h = noise, 1 / steps`. In the loop `for i in range(steps):` write `first =
# velocity(x, i * h)`, `second = velocity(x + h * first, (i + 1) * h)`, and `x = x + h * (first +
# second) / 2`.
#
# </details>


# %% exercise="11.4"
def heun(velocity, noise, steps):
    """Follow a velocity from τ = 0 to 1 by Heun's method."""
    ### BEGIN SOLUTION
    x, h = noise, 1 / steps
    for i in range(steps):
        first = velocity(x, i * h)
        second = velocity(x + h * first, (i + 1) * h)
        x = x + h * (first + second) / 2
    return x
    ### END SOLUTION


# %% check="11.4"
heun = check.lesson_11.heun(heun)


# %%
def asked(x, tau, condition):
    """Ask the trained network, with one τ and one condition for all."""
    rows = np.ones((len(x), 1), "float32")
    return run_in_batches(
        network, x, tau * rows, rows * np.array(condition, "float32")
    )[0]


def free(x, tau):
    """The velocity that is told nothing."""
    return asked(x, tau, (0, 0))


# %% jupyter={"source_hidden": true}
half = heun(lambda x, tau: free(x, tau / 2) / 2, noise[5:6], 8)
ends = {"noise e": noise[5], "halfway": half[0]}
ends["a code y"] = heun(free, noise[5:6], 16)[0]
parts = {
    name: (2 * k, 0, code) for k, (name, code) in enumerate(ends.items())
}
parts |= {
    f"{name}, decoded": (2 * k, 1.2, vae.decode(code[None])[0])
    for k, (name, code) in enumerate(ends.items())
}
parts |= {"follow\nv(x, τ)": (1, 0), "and further": (3, 0)}
plotting.show(
    diagrams.diagram(
        parts,
        [
            "noise e -> follow\nv(x, τ) -> halfway",
            "halfway -> and further -> a code y",
            *(f"{name} -> {name}, decoded" for name in ends),
        ],
        {"noise e": "τ = 0", "halfway": "τ = ½", "a code y": "τ = 1"},
    ),
    "Three codes of 16 numbers, joined by arrows: follow v(x, τ). "
    "They are noise at τ = 0, a point halfway, and a code at τ = 1. Below "
    "each is the picture that the decoder makes of it. Shapes change a "
    "little from one to the next, and domains become whole.",
)

# %%
# the data's own volume fractions, for the cut
fractions = draw.choice(unseen.images.mean(axis=(1, 2)), len(noise))
by_steps = {}
for steps in (1, 2, 4, 8, 16):
    z = heun(free, noise, steps)
    by_steps[steps] = cut(vae.decode_logits(z), fractions)
    row = distances(by_steps[steps], unseen.images)
    print(f"{steps:2} steps", {k: round(float(v), 2) for k, v in row.items()})
    found[f"flow, {steps} steps"] = row
check.expect(
    "Perimeter, one step", found["flow, 1 steps"]["perimeter"], 0.45, 0.75
)
check.expect(
    "Perimeter, sixteen steps", found["flow, 16 steps"]["perimeter"], 0, 0.16
)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [from_prior[:9], by_steps[1][:9], by_steps[16][:9]],
        ["random codes", "flow,\n1 step", "flow,\n16 steps"],
        [""] * 9,
        side=0.95,
    ),
    "Three rows of nine microstructures from the same noise: decoded as it "
    "is, after a flow of one step, and of sixteen. The last ones come nearer "
    "to simulated ones; the finest have ragged edges.",
)

# %% [markdown]
# **What you should see.** In perimeter, the distance to the data falls from 0.32 for random codes
# to about 0.1. In domain size it falls to about 0.15, and there real codes, decoded, are no better:
# what is left is the decoder's error, which a better choice of codes does not mend. The volume
# fraction is right because the pictures were cut so. A single step is worse than no flow at all: it
# goes straight on by the first velocity, to near the mean of all codes. From eight steps to sixteen
# hardly anything changes.

# %% [markdown]
# ## 5 Ask for something
#
# *Going further, 14 minutes.*
#
# *Idea.* The network also knows velocities *given an energy*. Follow these, and you sample
# microstructures of that energy. Often the condition is followed too loosely. **Guidance** makes it
# stronger: with $v_0$ the velocity that is told nothing and $v_c$ the one that is told the
# condition,
#
# $$ v = v_0 + g\,(v_c - v_0) . $$
#
# $g = 0$ ignores the condition, $g = 1$ is what was learned, and $g > 1$ goes further in the
# direction in which the condition has moved the velocity.
#
# *Worked example.* Say $v_0 = 1$ and $v_c = 3$ in some point:

# %% tags=["nbval-check-output"]
for g in (0.0, 1.0, 2.0):
    print(f"strength {g}: velocity {1 + g * (3 - 1)}, not {g * 3}")

# %% [markdown]
# ### Exercise 11.5 ★★ `guided`
#
# - `velocity`: a function of $x$, $\tau$ and a condition, such as `asked`; a condition of `(0, 0)`
#   tells it nothing;
# - `condition`: what is asked for, two numbers;
# - `strength`: $g$;
# - returns: **a function** of $x$ and $\tau$, for `heun`.
#
# <details>
# <summary>Hint 1</summary>
#
# Define a function inside, `def wanted(x, tau):`, and return it, without parentheses. It asks
# `velocity` twice.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# In `wanted`: `nothing = velocity(x, tau, (0, 0))`, then `something = velocity(x, tau, condition)`,
# and `return nothing + strength * (something - nothing)`. Below, `return wanted`.
#
# </details>


# %% exercise="11.5"
def guided(velocity, condition, strength):
    """A velocity that follows a condition with a strength."""
    ### BEGIN SOLUTION

    def wanted(x, tau):
        nothing = velocity(x, tau, (0, 0))
        something = velocity(x, tau, condition)
        return nothing + strength * (something - nothing)

    return wanted
    ### END SOLUTION


# %% check="11.5"
guided = check.lesson_11.guided(guided)

# %% [markdown]
# We ask for an energy one standard deviation below the mean of the data, and one above, and let
# finite elements judge sixteen samples of each: no network has a say in that.

# %%
solved, shown = {}, {}
for strength in (1.0, 3.0):
    for deviations in (-1.0, 1.0):
        wanted = guided(asked, (deviations, 1.0), strength)
        z = heun(wanted, noise[:16], 8)
        pictures = cut(vae.decode_logits(z), fractions[:16])
        w = strain_energy(pictures, (0.5,))[:, 0]
        solved[strength, deviations] = w
        shown[strength, deviations] = pictures
        target = energy.mean() + deviations * energy.std()
        print(
            f"strength {strength}: asked for {target:.2f}, median "
            f"{np.median(w):.2f}, from {w.min():.2f} to {w.max():.2f}"
        )
gap = {
    g: np.median(solved[g, 1.0]) - np.median(solved[g, -1.0])
    for g in (1.0, 3.0)
}
check.expect("Gap asked for", 2 * energy.std(), 0.17, 0.19)
check.expect("Gap of the medians, strength 1", gap[1.0], 0.0, 0.12)
check.expect("Gap of the medians, strength 3", gap[3.0], 0.06, 0.25)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [shown[3.0, -1.0][:6], shown[3.0, 1.0][:6]],
        ["low energy", "high energy"],
        [""] * 6,
        [[f"{w:.2f}" for w in solved[3.0, d][:6]] for d in (-1.0, 1.0)],
        side=1.3,
    ),
    "Two rows of six microstructures with their energies. In the upper row "
    "the soft light phase crosses the square; in the lower row the stiff "
    "dark phase does.",
)

# %% [markdown]
# **What you should see.** With strength 1 the medians move the right way, by a part of what was
# asked for. Our network was trained for half a minute, on 3,840 energies, and follows the condition
# loosely. With strength 3 the medians come nearer to what was asked for, and single samples still
# scatter about them. In the lower row the stiff phase 0 (dark) hangs together across the square
# more often, as lesson 08 would expect. Guidance is no more than a correction: too great a strength
# leads past the target.
#
# [Lesson 09](09_from_strength_to_structure.ipynb) *searches* for one microstructure with an energy,
# step by step down a gradient. A flow *samples*: it gives many different ones at once, each less
# exact. The two belong together: sample first, then let the search correct what is left.

# %% [markdown]
# ## 6 Could anybody tell?
#
# *Going further, 13 minutes.*
#
# *Idea.* Three descriptors are not everything. The hardest test of samples: train a **classifier**
# to tell them from data, and see how well it does on pictures that it was not trained on. If it
# does no better than a coin, you cannot do better by this kind of look.
#
# Its score is the **area under the ROC curve** (AUC): the chance that it finds a random sample more
# sample-like than a random data picture. One half is a coin, 1 is always right. Unlike the share of
# right answers it needs no threshold, and does not depend on how many there are of each.
#
# *Worked example.* Four pictures. The classifier gives each a probability of being a sample:

# %% tags=["nbval-check-output"]
is_sample = [0, 0, 1, 1]
for probability in ([0.1, 0.2, 0.8, 0.9], [0.1, 0.8, 0.2, 0.9]):
    print(probability, "AUC", roc_auc_score(is_sample, probability))

# %% [markdown]
# The trap is the one of lesson 05. Twelve frames of one simulation resemble each other. If some of
# them are trained on and others judged by, the classifier can recognise *the simulation*, and call
# everything else a sample.
#
# ### Exercise 11.6 ★★ `two_sample_auc`
#
# - `samples`, `patterns`: numbers that describe each sample, shape (K, f), and each data picture,
#   shape (N, f);
# - `groups`: number of the simulation of each data picture, shape (N,);
# - `classifier`: has `fit(features, labels)` and `predict_proba(features)`, as in scikit-learn;
# - returns: the AUC on pictures that the classifier was not trained on: half of the samples, and
#   all pictures of half of the simulations.
#
# <details>
# <summary>Hint 1</summary>
#
# `names = np.unique(groups)`, and `np.isin(groups, names[::2])` says for each picture whether its
# simulation is one of every second. Samples have no simulation: `samples[::2]` and `samples[1::2]`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# With `mine = np.isin(groups, np.unique(groups)[::2])`, make `x = np.concatenate([samples[::2],
# patterns[mine]])` and `y = np.repeat([1, 0], [len(samples[::2]), mine.sum()])`, and
# `classifier.fit(x, y)`. Do the same with `samples[1::2]` and `patterns[~mine]`, and return
# `roc_auc_score` of those labels and of `classifier.predict_proba(…)[:, 1]`.
#
# </details>


# %% exercise="11.6"
def two_sample_auc(samples, patterns, groups, classifier):
    """AUC of a classifier that tells samples from data."""
    ### BEGIN SOLUTION
    mine = np.isin(groups, np.unique(groups)[::2])
    halves = (
        (samples[::2], patterns[mine]),
        (samples[1::2], patterns[~mine]),
    )
    (x, y), (x_test, y_test) = (
        (np.concatenate(half), np.repeat([1, 0], [len(one) for one in half]))
        for half in halves
    )
    classifier.fit(x, y)
    return roc_auc_score(y_test, classifier.predict_proba(x_test)[:, 1])
    ### END SOLUTION


# %% check="11.6"
two_sample_auc = check.lesson_11.two_sample_auc(two_sample_auc)

# %% [markdown]
# As features we take the curve of lesson 01, exercise 1.3, at 32 distances, and the perimeter. The
# classifier is a **random forest**: two hundred decision trees, each grown on a random part of the
# pictures, that vote.


# %%
def features(images):
    """33 numbers for each picture."""
    curve = radial_average(two_point_correlation(images))
    return np.column_stack([curve, perimeter(images)])


data, groups = features(unseen.images), unseen.simulation
judged = {
    "random codes": from_prior,
    "flow": by_steps[16],
    "rebuilt data": cut(
        vae.decode_logits(means), volume_fraction(unseen.images)
    ),
}
auc = {}
for name, pictures in judged.items():
    forest = RandomForestClassifier(200, min_samples_leaf=5, random_state=0)
    auc[name] = two_sample_auc(features(pictures), data, groups, forest)
    print(f"{name:13} AUC {auc[name]:.2f}")
check.expect("AUC of random codes", auc["random codes"], 0.93, 1)
check.expect("AUC of the flow", auc["flow"], 0.78, 0.95)
check.expect("AUC of rebuilt data", auc["rebuilt data"], 0.6, 0.85)

# %% [markdown]
# **What you should see.** Random codes are told from data nearly every time, the flow's samples
# less often. But even data that went through encoder and decoder are told from data: the VAE with
# its 16 numbers blurs what a forest can see, and no flow on its codes gets below that. To get
# further, one needs a code that loses less, and a larger flow on it. The course comes with both
# (`vae_course.latent.LatentFlow`, or `vae-course generate`).
#
# And the split? Here we know the answer: the "samples" are data, too, one frame from each of 320
# *other* simulations, and there is nothing to tell. Each picture is reduced to 8 × 8 numbers, and
# the classifier asks which **five nearest neighbours** it has among the pictures trained on; near
# ones count more.


# %%
def coarse(images):
    """64 numbers for each picture: means over blocks of 8 × 8 pixels."""
    blocks = images.reshape(-1, 8, 8, 8, 8)
    return blocks.mean(axis=(2, 4)).reshape(-1, 64)


frames = [
    draw.choice(np.flatnonzero(known.simulation == number))
    for number in np.unique(known.simulation)
]
others, data = coarse(known.images[frames]), coarse(unseen.images)
neighbours = KNeighborsClassifier(5, weights="distance")
fair = two_sample_auc(others, data, unseen.simulation, neighbours)
unfair = two_sample_auc(others, data, np.arange(len(data)), neighbours)
print(f"data and data, split by simulation: AUC {fair:.2f}")
print(f"data and data, split by picture:    AUC {unfair:.2f}")
check.expect("Split by simulation", fair, 0.4, 0.65)
check.expect("Split by picture", unfair, 0.65, 0.9)

# %% [markdown]
# Split by picture, the classifier "tells" data from data: of each data picture it has seen another
# frame of the same simulation, a moment earlier. Split by simulation, it is a coin. A split by
# picture flatters the classifier, whatever it is used for.

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# Three flows, each with one mistake that raises no error. Which is which?

# %%
mistaken = {
    "A": heun(lambda x, tau: free(x, 1 - tau), noise, 8),
    "B": heun(lambda x, tau: free(x, 0.0), noise, 8),
    "C": heun(free, 0.5 * noise, 8),
}
for name, z in mistaken.items():
    pictures = cut(vae.decode_logits(z), fractions)
    row = distances(pictures, unseen.images)
    length = np.sqrt(np.mean(np.sum(z**2, axis=1)) / z.shape[1])
    print(
        f"{name}: relative length {length:.2f},",
        {key: round(float(v), 2) for key, v in row.items()},
    )
    mistaken[name] = row["perimeter"]
for name, distance in mistaken.items():
    check.expect(f"Perimeter, {name}", distance, 0.15, 1)

# %% [markdown]
# <details>
# <summary>Answer</summary>
#
# A has $\tau$ the wrong way round: it asks at the start what belongs at the end. B tells the
# network $\tau = 0$ all the way, where it answers with the way to the *mean* of all codes. C starts
# from noise that is half as long as the one it was trained on. All three end in codes; only what
# they decode to shows that something is wrong.
#
# </details>
#
# ## Summary
#
# 1. A VAE's random codes are bad because real codes fill only a thin part of the latent space. The
#    variances on the axes hardly show it.
# 2. A flow moves noise there. Its velocity is the mean of straight paths, learned by mean squared
#    error.
# 3. The loss of flow matching does not fall to zero, and does not tell how good the samples are.
# 4. Heun's method needs few steps; too few give something near the mean.
# 5. Told a condition now and then, one network gives both velocities that guidance needs.
# 6. Judge samples beside their floor, and beside rebuilt data; split by simulation.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 11.b ★ choose
#
# Why not train the VAE with a larger β, until its codes fill the prior?
#
# - **a**: Because its clouds would overlap, and its pictures blur.
# - **b**: Because it takes too long.
# - **c**: Because the prior would change.

# %% question="11.b"
check.question("11.b", "a")

# %% [markdown]
# ### Question 11.c ★ choose
#
# Your samples have an AUC of 0.5 against data. Is the model perfect?
#
# - **a**: Yes: nobody can tell them from data.
# - **b**: No: an AUC of 1 would be perfect.
# - **c**: Not necessarily: it may have learned its training pictures by heart.

# %% question="11.c"
check.question("11.c", "c")

# %% [markdown]
# ### Question 11.d ★ order
#
# Put the steps of one draw in order: from nothing to a microstructure.
#
# - **a**: Cut the picture at ½.
# - **b**: Follow the velocity from τ = 0 to τ = 1.
# - **c**: Decode the code.
# - **d**: Draw noise, as many numbers as the code has.

# %% question="11.d"
check.question("11.d", "dbca")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - Y. Lipman et al. (2023), *Flow Matching for Generative Modeling*, arXiv:2210.02747.
# - J. Ho and T. Salimans (2022), *Classifier-Free Diffusion Guidance*, arXiv:2207.12598.
# - D. Lopez-Paz and M. Oquab (2017), *Revisiting Classifier Two-Sample Tests*, arXiv:1610.06545.
# - M. D. Hoffman and M. J. Johnson (2016), *ELBO surgery: yet another way to carve up the
#   variational evidence lower bound*: the aggregate posterior and the prior.

# %% tags=["nbval-check-output"]
check.progress("11")
