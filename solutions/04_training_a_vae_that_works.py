# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 04 · Training a VAE that works
#
# **Is it good, and how would you know?**
#
# *Time: about 75 minutes (56 for the core), of which the computer needs two.* You need lesson 03: a
# VAE's encoder gives each picture a cloud of codes, and training lowers minus the **ELBO**, the sum
# of two terms in nats: how badly the picture is rebuilt, $-\log p(x|z)$, and what its cloud costs,
# the **KL**.

# %%
import keras
import numpy as np

from vae_course import plotting
from vae_course.classroom import check
from vae_course.classroom.curves import curves_figure, load_curves
from vae_course.data import load_embedded
from vae_course.vae import VAE, load_pretrained
from vae_course.vae.diagnostics import (
    importance_weighted_bound,
    rate_distortion,
)
from vae_course.vae.losses import kl_per_axis
from vae_course.vae.networks import build_decoder, build_encoder
from vae_course.vae.schedules import WarmUp

# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)

# %% jupyter={"source_hidden": true}
curves = load_curves()
plotting.show(
    curves_figure(curves),
    "Training curves of four models, A to D: minus the ELBO against the "
    "epoch, on training and on validation pictures, and below them the KL. "
    "A, 199 pictures: training falls to the end, validation falls and then "
    "rises. B, 2,213 pictures: both fall side by side. C, 160 pictures: "
    "both fall to the end, validation a little above. D: both stay high, "
    "and the KL is zero.",
)

# %% [markdown]
# Four VAEs were trained on microstructures. One went well. One ignores its code. One has learned
# its pictures by heart. And one looks fine, but its author has fooled herself. **Validation**
# pictures are pictures kept out of training, on which the loss is computed after each epoch. Which
# is which? Make a guess now. You will decide in exercise 4.5.
#
# ## What you will be able to do
#
# - Raise the price of the code slowly, and translate a β from one convention to another (4.1, 4.2).
# - See which numbers of a code are used at all, and keep them alive (4.3, 4.4).
# - Read training curves: collapse, overfitting and a leak (4.5).
# - Compare models by a bound that depends less on the encoder than the ELBO does (4.6).

# %% [markdown]
# ## 1 The price of a nat
#
# *Core, 15 minutes.*
#
# *Idea.* Multiply the KL by a weight β (beta):
#
# $$ \mathrm{loss} = -\log p(x|z) + \beta\,\mathrm{KL}. $$
#
# With $\beta = 1$ this is minus the ELBO. A larger β makes information in the code expensive, a
# smaller one makes it cheap. The KL is also called the **rate**: what is sent through the code, in
# nats. The term $-\log p(x|z)$ is the **distortion**: what is lost on the way.
#
# *Worked example.* The same small VAE, trained for a few seconds with four values of β; nothing
# else differs. We take late microstructures (time above 5e-3), which are simple enough for so small
# a model. In all four, β rises from 0 to its value over the first 150 of about 165 batches: why,
# comes next.

# %% [markdown]
# ### Question 4.a ★ predict
#
# At which β will the **sum** of rate and distortion be smallest, on unseen pictures?
#
# - **a**: 0.1: information is cheap, so that pictures are rebuilt best.
# - **b**: 1: that is the sum which is trained.
# - **c**: 20: the code is short.
# - **d**: 4,096: the code costs nothing.

# %% question="4.a"
check.question("4.a", "b")

# %%
late, unseen = (
    part.select(part.time > 5e-3).images for part in (train, test)
)
# Negatives are as good (lesson 02)
images = np.concatenate([late, 1 - late]).astype("float32")
unseen = unseen.astype("float32")


def trained(beta, rise=0, free_bits=0.0, seed=4):
    """Train a small VAE; β rises over the first batches."""
    keras.utils.set_random_seed(seed)
    channels = (8, 16, 32, 64)
    vae = VAE(
        build_encoder(16, channels, seed=seed),
        build_decoder(16, channels, seed=seed),
        beta=beta,
        seed=seed,
        free_bits=free_bits,
    )
    vae.compile(optimizer=keras.optimizers.Adam(3e-3))
    rising = [WarmUp(rise, beta)]
    vae.fit(images, batch_size=64, epochs=4, verbose=0, callbacks=rising)
    return vae


betas = (0.1, 1.0, 20.0, 4096.0)
models = {beta: trained(beta, rise=150) for beta in betas}

# %%
found = {beta: rate_distortion(vae, unseen) for beta, vae in models.items()}

# %% jupyter={"source_hidden": true}
shown = unseen[:: len(unseen) // 6][:6]
plotting.show(
    plotting.pattern_table(
        [shown, *(vae.reconstruct(shown) for vae in models.values())],
        ["unseen", *(f"β = {beta:g}" for beta in betas)],
        [""] * 6,
    ),
    "Unseen microstructures and their reconstructions by four VAEs. At "
    "β = 0.1 and 1 they look alike; at 20 they are softer, and small domains "
    "are gone; at 4096 all are the same grey.",
)

# %%
for beta, one in found.items():
    print(
        f"β = {beta:6g}: rate {one.rate:6.1f}, distortion "
        f"{one.distortion:6.0f}, sum {one.rate + one.distortion:6.0f} nats"
    )
check.expect("Rate at β = 1", found[1.0].rate, 30, 75)
check.expect("Rate at β = 4096", found[4096.0].rate, 0, 3)
sums = [one.rate + one.distortion for one in found.values()]
check.expect(
    "Rate at β = 0.1 over that at 1",
    found[0.1].rate / found[1.0].rate,
    1.5,
    3,
)
check.expect(
    "Distortion, the same",
    found[0.1].distortion / found[1.0].distortion,
    0.9,
    1.05,
)
check.expect(
    "Rate at β = 20 over that at 1",
    found[20.0].rate / found[1.0].rate,
    0.25,
    0.65,
)
check.expect(
    "Distortion, the same",
    found[20.0].distortion / found[1.0].distortion,
    1.15,
    1.6,
)
check.expect("Sum at β = 1 over that at 0.1", sums[1] / sums[0], 0.85, 1.01)
check.expect("Sum at β = 1 over that at 20", sums[1] / sums[2], 0.65, 0.95)

# %% [markdown]
# Read the table from the bottom. At 4,096 the code costs so much that the model has stopped using
# it: its rate is 0, and all pictures are rebuilt as the same grey. This state is called **posterior
# collapse**. From 20 to 1 rate and distortion are traded: more than twice the rate, for three
# quarters of the distortion. From 1 to 0.1 the rate more than doubles once more, and next to
# nothing is gained by it: in four epochs this decoder has not learned to use so precise a code. The
# sum of both is minus the ELBO. It is the number to compare models by, and β = 1 is trained to make
# it small.
#
# A collapse need not wait for so large a β. Early in training the decoder cannot read the code yet,
# so the code is worth nothing, and its price can drive it to zero before it has learned to be
# useful. The cure is the **warm-up** of above: let β rise from 0 to its value over the first steps.
#
# ### Exercise 4.1 ★★ `warm_up`
#
# - `step`: how many batches have been trained on, from 0;
# - `steps`: how many batches the warm-up takes; 0 means that there is none;
# - `beta`: the final value;
# - returns: β for the next batch, a number: 0 at step 0, rising in a straight line to `beta` at
#   `steps`, and `beta` ever after.
#
# <details>
# <summary>Hint 1</summary>
#
# The part of the warm-up that is over is `step / steps`. What must happen when it is above 1? And
# what if `steps` is 0?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `beta * min(1.0, step / steps)`, and before that: if `steps` is 0, return `beta`.
#
# </details>


# %% exercise="4.1"
def warm_up(step, steps, beta):
    """Compute β at a step of a warm-up."""
    ### BEGIN SOLUTION
    if steps == 0:
        return beta
    part_over = min(1.0, step / steps)
    return beta * part_over
    ### END SOLUTION


# %% check="4.1"
warm_up = check.lesson_04.warm_up(warm_up)

# %% [markdown]
# **What you should see.** A rise over 200 batches, and level after it.

# %% jupyter={"source_hidden": true}
batches = np.arange(0, 500, 20)
plotting.show(
    plotting.line_plot(
        {"β": (batches, [warm_up(int(step), 200, 1.0) for step in batches])},
        "batch",
        "weight β",
    ),
    "The weight β against the batch: it rises in a straight line from 0 to "
    "1 at batch 200, and then stays at 1.",
)

# %% [markdown]
# Does it help? β = 5, three seeds, without a warm-up and with one over 150 batches. Nothing else
# differs. (`WarmUp` of the library calls what you have just written before each batch.)

# %%
rates = {}
for rise in (0, 150):
    three = [trained(5.0, rise, seed=seed) for seed in (4, 1004, 2004)]
    rates[rise] = [rate_distortion(vae, unseen).rate for vae in three]
    print(f"warm-up of {rise:3} batches: rates {np.round(rates[rise], 1)}")
check.expect("Smallest rate with a warm-up (nats)", min(rates[150]), 25, 45)

# %% [markdown]
# Without it, two of three have collapsed on our machine, and a fourth seed, 3004, has not. (Which
# ones do can change with the machine: it is decided by a few early batches.) With it, none has.

# %% [markdown]
# ## 2 Whose β?
#
# *Core, 14 minutes.*
#
# *Idea.* A paper says: "the loss is the mean squared error plus $10^{-4}$ times the KL". Is that a
# very small β? You cannot tell before you have put both terms into nats.
#
# Suppose pixels have Gaussian noise with a variance of 1 around the decoded picture $\hat x$. Then,
# but for a constant,
#
# $$ -\log p(x|z) = \tfrac12 \sum_{\text{pixels}} (x-\hat x)^2. $$
#
# This is a *sum*, with a ½. The paper's term is a *mean* over $P$ pixels, without it. Multiply the
# paper's loss by $P/2$, and its first term becomes the right one. (Multiplying a loss by a number
# does not change where it is lowest.) The weight of the KL is then no longer $10^{-4}$.
#
# ### Exercise 4.2 ★★★ `beta_in_nats`
#
# - `beta`: the weight of the KL (a sum over axes, in nats) beside a squared error, as published;
# - `pixels`: the number of pixels $P$ of a picture;
# - `reduction`: "mean" if the squared error is averaged over pixels, "sum" if it is added up;
# - returns: the weight of the KL once the squared error is brought into nats (variance 1).
#
# <details>
# <summary>Hint 1</summary>
#
# By what do you have to multiply the published squared error to get $\tfrac12\sum(x-\hat x)^2$? The
# KL is multiplied by the same number.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# A sum has to be multiplied by ½. A mean is a sum divided by $P$, so it has to be multiplied by
# $P/2$.
#
# </details>


# %% exercise="4.2"
def beta_in_nats(beta, pixels, reduction):
    """Translate a weight beside a squared error into one beside nats."""
    ### BEGIN SOLUTION
    factor = {"mean": pixels / 2, "sum": 0.5}[reduction]
    return beta * factor
    ### END SOLUTION


# %% check="4.2"
beta_in_nats = check.lesson_04.beta_in_nats(beta_in_nats)

# %% [markdown]
# **What you should see.** The published value for pictures of 64 × 64 pixels. And a second number:
# the noise is not 1. A model that rebuilds with a mean squared error of 0.02 has a variance of 0.02
# left, and honest nats divide by it.

# %%
published = beta_in_nats(1e-4, 4096, "mean")
at_noise = published / 0.02
print(
    f"1e-4 beside a mean squared error: β = {published:.3f} at a variance of "
    "1"
)
print(
    f"                                  β = {at_noise:.1f} at a variance of "
    "0.02"
)
check.expect("β at a variance of 1", published, 0.2, 0.21)
check.expect("β at a variance of 0.02", at_noise, 10, 10.5)

# %% [markdown]
# So "$10^{-4}$" is no small number. Beside an error that is left at 0.02, it charges the code ten
# times its price, and the pictures become soft. Nothing is wrong with choosing so. But a β without
# the reduction and the variance beside it means nothing, and two papers with "β = 1" may differ by
# a factor of thousands. (A Bernoulli likelihood, as ours, has no variance to choose: β = 1 is the
# ELBO.)

# %% [markdown]
# ## 3 Which numbers are used?
#
# *Core, 18 minutes.*
#
# *Idea.* The KL of a code is a sum over its axes. So look at it axis by axis, averaged over
# pictures. An axis with a KL of 0 has the same cloud for every picture: it says nothing. Another
# measure looks at the means of the clouds alone. An axis is an **active unit** if its mean varies
# from picture to picture, with a variance above a small threshold.
#
# *Worked example.* Three pictures, two axes. On the first axis the means differ; on the second the
# cloud is always $\mathcal N(0, 1)$.

# %%
# (3 pictures, 2 axes)
mean = np.array([[1.0, 0.0], [-2.0, 0.0], [1.0, 0.0]], "float32")
log_variance = np.array([[-4.0, 0.0], [-4.0, 0.0], [-4.0, 0.0]], "float32")
print("KL of each picture and axis, in nats:")
print(np.asarray(kl_per_axis(mean, log_variance)).round(2))
print("variance of the means over pictures:", mean.var(axis=0))

# %% [markdown]
# ### Exercise 4.3 ★★ `axis_report`
#
# - `mean`, `log_variance`: of the clouds, arrays of shape (N, k);
# - `threshold`: variance of the mean above which an axis is active;
# - returns: two things, the KL of each axis averaged over pictures, shape (k,), and the number of
#   active units.
#
# <details>
# <summary>Hint 1</summary>
#
# The KL of a picture and axis is $\tfrac12(\mu^2 + \sigma^2 - 1 - \log\sigma^2)$ (lesson 03). Both
# results are taken over the *pictures*: which axis of the array is that?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)`, then `kl.mean(axis=0)`. The
# active units are `np.sum(mean.var(axis=0) > threshold)`.
#
# </details>


# %% exercise="4.3"
def axis_report(mean, log_variance, threshold):
    """Compute the KL of each axis, count active units: -> (k,), number."""
    ### BEGIN SOLUTION
    nats = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    active = int(np.sum(mean.var(axis=0) > threshold))
    return nats.mean(axis=0), active
    ### END SOLUTION


# %% check="4.3"
axis_report = check.lesson_04.axis_report(axis_report)

# %% [markdown]
# **What you should see.** The axes of the four models, sorted by their KL.

# %%
reports = {
    beta: axis_report(*vae.posterior(unseen), 0.01)
    for beta, vae in models.items()
}

# %% jupyter={"source_hidden": true}
axis = np.arange(1, 17)
plotting.show(
    plotting.line_plot(
        {
            f"β = {beta:g}": (axis, np.sort(kl)[::-1])
            for beta, (kl, _) in reports.items()
        },
        "axis, sorted",
        "KL (nats)",
    ),
    "KL of the 16 axes, sorted, for four values of β. At β = 0.1 each axis "
    "carries six nats or so, at 1 about three, at 20 between one and two; "
    "at 4,096 none carries anything.",
)

# %%
for beta, (_, count) in reports.items():
    print(f"β = {beta:6g}: {count} of 16 units are active")
check.expect("Active units at β = 1", reports[1.0][1], 15, 16)
check.expect("Active units at β = 20", reports[20.0][1], 10, 16)
check.expect("Active units at β = 4096", reports[4096.0][1], 0, 2)

# %% [markdown]
# Here the collapse is all or nothing. Sixteen numbers are too few for these pictures, so that each
# of them is worth its price, until none is.

# %% [markdown]
# *Idea.* You have seen that without a warm-up it can be a matter of luck whether the code survives
# the first epochs. **Free bits** are another way out: the first nats of each axis cost nothing.
# Average the KL over the batch, axis by axis, and count each axis with a floor $\lambda$ at least:
#
# $$ \sum_{j} \max\big(\lambda,\ \langle \mathrm{KL}_j\rangle\big). $$
#
# An axis below the floor has no gradient that could push it further down. Saying nothing gains
# nothing, so it may as well say something.
#
# *Worked example.* Two axes with 0.1 and 2 nats, and a floor of 0.5:

# %% tags=["nbval-check-output"]
two = np.array([0.1, 2.0])
print("axis by axis:      ", np.maximum(two, 0.5).sum())
print("floor on the sum:  ", max(two.sum(), 0.5))

# %% [markdown]
# ### Exercise 4.4 ★★ `free_bits`
#
# - `kl`: nats of each picture and axis, an array of shape (N, k);
# - `floor`: nats that each axis has for free;
# - returns: one number, the sum over axes as above.
#
# <details>
# <summary>Hint 1</summary>
#
# Three steps, in this order: the mean over pictures, the floor, the sum over axes.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `np.maximum(kl.mean(axis=0), floor)` has shape (k,). Sum it.
#
# </details>


# %% exercise="4.4"
def free_bits(kl, floor):
    """Sum the mean KL of the axes, each with a floor: (N, k) -> number."""
    ### BEGIN SOLUTION
    of_axes = kl.mean(axis=0)
    return np.maximum(of_axes, floor).sum()
    ### END SOLUTION


# %% check="4.4"
free_bits = check.lesson_04.free_bits(free_bits)

# %% [markdown]
# **What you should see.** β = 60 without a warm-up, first without free bits, then with one free nat
# for each axis. Nothing else differs:

# %%
charged, relieved = trained(60.0), trained(60.0, free_bits=1.0)
print(f"rate without: {rate_distortion(charged, unseen).rate:.1f} nats")
kl, active = axis_report(*relieved.posterior(unseen), 0.01)
print(
    f"active units {active}, KL of an axis from {kl.min():.2f} to "
    f"{kl.max():.2f} nats"
)
print(
    f"the axes carry {kl.sum():.1f} nats; the loss counts at least one for "
    f"each: {free_bits(np.tile(kl, (2, 1)), 1.0):.1f}"
)
check.expect("Active units with free bits", active, 15, 16)
check.expect("Smallest KL of an axis", kl.min(), 0.5, 2.0)
check.expect(
    "Distortion with free bits",
    rate_distortion(relieved, unseen).distortion,
    700,
    1300,
)

# %% [markdown]
# Each axis carries about its free nat, and pictures are rebuilt. The price beyond the free nat is
# still sixty times the true one, so that the model buys no more.

# %% [markdown]
# ## 4 Read the curves
#
# *Core, 7 minutes.*
#
# *Idea.* Now you know the signs.
#
# - **Collapse**: the KL goes to zero. The loss stops at what the mean picture costs.
# - **Overfitting**: the training loss goes on falling, the validation loss turns and rises. The
#   model learns its pictures by heart.
# - **A leak**: validation pictures are frames of the *training simulations* (lesson 01). Then what
#   the model learns by heart helps with them, too, and the validation loss falls to the end. Be
#   suspicious where few pictures lead to almost as low a validation loss as many.
# - **Healthy**: both fall, with a small gap that does not grow; the KL settles at some tens of
#   nats.
#
# ### Exercise 4.5 ★ `diagnose`
#
# - `run`: a letter, "A", "B", "C" or "D", of the first picture;
# - returns: one of the texts "healthy", "collapsed", "overfits", "split by frame".
#
# <details>
# <summary>Hint 1</summary>
#
# Two of them you see at once: in one the KL is zero, in one the validation loss rises.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# B and C are left. One was trained on 2,213 pictures, the other on 160, and yet its validation loss
# goes on falling, towards that of the first. How can that be?
#
# </details>


# %% exercise="4.5"
def diagnose(run):
    """Say what happened in the training shown under a letter."""
    ### BEGIN SOLUTION
    return {
        "A": "overfits",
        "B": "healthy",
        "C": "split by frame",
        "D": "collapsed",
    }[run]
    ### END SOLUTION


# %% check="4.5"
diagnose = check.lesson_04.diagnose(diagnose)

# %% [markdown]
# **What you should see.** The same curves, and the loss on simulations of which *nobody* has seen a
# frame.

# %% jupyter={"source_hidden": true}
plotting.show(
    curves_figure(curves, new=True),
    "The four runs again, with the loss on new simulations. In A, B and D "
    "it follows validation. In C it rises far above validation, which had "
    "looked so good.",
)

# %%
last = {
    letter: {key: run[key][-1] for key in ("validation", "new")}
    for letter, run in curves.items()
}
for letter, one in last.items():
    run = curves[letter]
    print(
        f"{letter}: {run['pictures']} pictures, β = {run['beta']:g}, "
        f"{len(run['training'])} epochs"
    )
    print(
        f"   validation {one['validation']:.0f}, new simulations "
        f"{one['new']:.0f} nats"
    )
check.expect(
    "Healthy: new over validation",
    last["B"]["new"] / last["B"]["validation"],
    0.9,
    1.15,
)
check.expect(
    "Split by frame: new over validation",
    last["C"]["new"] / last["C"]["validation"],
    3,
    7,
)

# %% [markdown]
# The author of C would have reported a fifth of the true loss. Nothing in her curves gave it away
# but that they were too good for 160 pictures. Split by simulation.
#
# (The four differ in more than what they show. B sees its pictures turned, mirrored and with phases
# swapped at random, the others as they are. A and C were trained at β = 0.1, which lets a model
# learn by heart sooner, and D at 150, so that it collapses. So compare the curves of *one* letter
# with each other, and do not read from A and B what the number of pictures does.)

# %% [markdown]
# ## 5 A tighter bound
#
# *Going further, 13 minutes.*
#
# *Idea.* The ELBO is a lower bound on $\log p(x)$. How far below? That depends on the encoder: its
# cloud is a bell with independent axes, and the true distribution of codes for a picture need not
# be one. So a good decoder can look bad because of its encoder. A fairer bound draws $K$ codes from
# the cloud and averages **before** the logarithm:
#
# $$ L_K = \log\frac1K\sum_{k=1}^{K} w_k, \qquad w_k = \frac{p(x|z_k)\,p(z_k)}{q(z_k|x)}. $$
#
# With $K = 1$ it is an estimate of the ELBO. The larger $K$, the closer it comes to $\log p(x)$: it
# is the **importance-weighted bound**.
#
# The weights are tiny: $\log w_k$ is about minus some hundreds, and $e^{-800}$ is 0 on a computer.
# So take the largest out first:
#
# $$ \log\frac1K\sum_k e^{a_k} = m + \log\frac1K\sum_k e^{a_k - m}, \qquad m = \max_k a_k. $$
#
# *Worked example.* Two weights, $e^{-800}$ and $e^{-801}$:

# %%
a = np.array([-800.0, -801.0])
with np.errstate(divide="ignore"):
    print("directly:        ", np.log(np.mean(np.exp(a))))
print("largest taken out:", a.max() + np.log(np.mean(np.exp(a - a.max()))))
print("mean of the logs: ", a.mean())

# %% [markdown]
# ### Exercise 4.6 ★★★ `log_mean_exp`
#
# - `log_weights`: $\log w_k$, an array of shape (K, N): K draws for each of N pictures;
# - returns: $L_K$ of each picture, shape (N,).
#
# <details>
# <summary>Hint 1</summary>
#
# The maximum of each picture is taken over its draws, the first axis: shape (N,). Subtracting it
# from (K, N) works without further ado.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `largest = log_weights.max(axis=0)`, then
# `largest + np.log(np.mean(np.exp(log_weights - largest), axis=0))`.
#
# </details>


# %% exercise="4.6"
def log_mean_exp(log_weights):
    """Compute log of the mean of exp over the draws: (K, N) -> (N,)."""
    ### BEGIN SOLUTION
    top = log_weights.max(axis=0)
    means = np.mean(np.exp(log_weights - top), axis=0)
    return top + np.log(means)
    ### END SOLUTION


# %% check="4.6"
log_mean_exp = check.lesson_04.log_mean_exp(log_mean_exp)

# %% [markdown]
# **What you should see.** How much the bound of the model with β = 1 gains with the number of
# draws, the mean of 60 unseen pictures. `importance_weighted_bound` of the library draws the codes
# and computes what you have just written.

# %%
some = unseen[:: len(unseen) // 60][:60]
draws = (1, 4, 16, 64)
bound = [
    importance_weighted_bound(models[1.0], some, samples=k).mean()
    for k in draws
]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.line_plot(
        {"L_K": (np.array(draws), np.array(bound) - bound[0])},
        "number of draws K",
        "gain over one draw (nats)",
        log_x=True,
    ),
    "The gain of the bound over that of one draw, against the number of "
    "draws on a logarithmic axis: it rises with each step.",
)

# %%
check.expect("Gain from 1 to 64 draws (nats)", bound[3] - bound[0], 2, 60)

# %% [markdown]
# The gain is the slack of the ELBO that 64 draws can find. Compare models by the same bound with
# the same $K$. And compare with the shipped model, which has more numbers, more pictures and more
# time:

# %%
shipped = load_pretrained("case1")
better = importance_weighted_bound(shipped, some, samples=16).mean()
print(
    f"−L_16: the small model {-bound[2]:.0f}, the shipped one {-better:.0f} "
    "nats"
)
check.expect("Shipped over small", better / bound[2], 0.1, 0.6)

# %% [markdown]
# ## 6 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **β beside a mean over pixels.** The Bernoulli term averaged over 4,096 pixels beside a KL in nats
# is β = 4,096. The last model of section 1 is that one: grey.
#
# **The mean of the logarithms.** It looks like the bound, and it is only the ELBO again: it does
# not get tighter, however many draws you take.

# %%
spread = np.random.default_rng(0).normal(-800, 5, (64, 1000))
print(
    f"mean of logs {spread.mean():.1f}, log of mean "
    f"{log_mean_exp(spread).mean():.1f}"
)
check.expect(
    "Gap between the two", log_mean_exp(spread).mean() - spread.mean(), 6, 14
)

# %% [markdown]
# **A floor on the sum.** One free allowance for the whole code can be used up by a few axes; the
# others can still die.
#
# **Losses compared across conventions.** Rate and distortion have units. A loss without them cannot
# be compared with anybody's.
#
# ## Summary
#
# 1. Loss = distortion + β · rate, both in nats. β = 1 is the ELBO, whatever others write.
# 2. A β beside a squared error depends on the reduction and on the variance. Translate it first.
# 3. Look at the KL axis by axis. Axes without KL say nothing. Warm-up and free bits keep them
#    alive.
# 4. Curves show collapse and overfitting. They do not show a leak: only the split does.
# 5. The importance-weighted bound is tighter than the ELBO. Average before the logarithm.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 4.b ★ choose
#
# Your KL is 0 from the first epoch on. Which of these will **not** help?
#
# - **a**: Look whether the loss is a sum over pixels, and not a mean.
# - **b**: Warm β up over the first epochs.
# - **c**: Raise β.
# - **d**: Use free bits.

# %% question="4.b"
check.question("4.b", "c")

# %% [markdown]
# ### Question 4.c ★ choose
#
# A model has 64 axes, 20 of them active. Another has 20 axes, all active. Which is better?
#
# - **a**: The second: it wastes nothing.
# - **b**: The first: it could use more.
# - **c**: The numbers of axes do not tell.

# %% question="4.c"
check.question("4.c", "c")

# %% [markdown]
# ### Question 4.d ★ order
#
# Put the steps of judging a VAE in order, from the first to the last.
#
# - **a**: Train on the training simulations, and watch loss and KL.
# - **b**: Set whole simulations aside for the test.
# - **c**: Report the bound on the test simulations.
# - **d**: Choose β and the length of training by validation simulations.

# %% question="4.d"
check.question("4.d", "badc")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - I. Higgins et al. (2017), *beta-VAE: Learning Basic Visual Concepts with a Constrained
#   Variational Framework*, ICLR 2017.
# - S. R. Bowman et al. (2016), *Generating Sentences from a Continuous Space*, arXiv:1511.06349:
#   collapse, and warm-up against it.
# - D. P. Kingma et al. (2016), *Improving Variational Inference with Inverse Autoregressive Flow*,
#   arXiv:1606.04934: free bits.
# - A. A. Alemi et al. (2018), *Fixing a Broken ELBO*, arXiv:1711.00464: rate and distortion.
# - Y. Burda, R. Grosse and R. Salakhutdinov (2016), *Importance Weighted Autoencoders*,
#   arXiv:1509.00519: the tighter bound, and active units.

# %% tags=["nbval-check-output"]
check.progress("04")
