# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 07 · Predicting the past
#
# **Where did this microstructure come from?**
#
# *Time: about 80 minutes (30 for the core), of which the computer needs one.* You need Python with
# NumPy, and three things from earlier lessons. From [lesson 01](01_microstructures_as_data.ipynb):
# two phases that have separated **coarsen**; the Cahn–Hilliard equation says how, with a barrier
# height $b$ and a gradient-energy coefficient $\lambda$. From [lesson
# 03](03_from_autoencoder_to_vae.ipynb): a **variational autoencoder** (VAE), whose encoder returns
# a cloud of codes (a mean and the logarithm of a variance on each axis), and the two terms of its
# loss. From [lesson 06](06_predicting_the_future.ipynb): what counts is the **ratio** of two times,
# and the baseline "nothing changes".

# %%
import keras
import numpy as np
from keras import layers, ops
from scipy.ndimage import distance_transform_edt

from vae_course import diagrams, plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.data.generate import coarsen, simulate_on
from vae_course.latent import Evolution
from vae_course.physics.descriptors import (
    domain_size,
    perimeter,
    volume_fraction,
)
from vae_course.physics.droplets import add_droplets
from vae_course.vae.losses import bernoulli_nll, kl_between_gaussians

keras.utils.set_random_seed(7)
patterns = load_embedded(case=1)  # both phases equally common
# 12 frames of each of 400 simulations, their times in units of the
# simulation, and b and λ of each
frames = patterns.images.reshape(-1, 12, 64, 64)
times = patterns.time.reshape(-1, 12)
parameters = patterns.parameters.reshape(-1, 12)[:, 0]
# trained on other simulations than these
pretrained = Evolution.load_pretrained("case1")

# %% jupyter={"source_hidden": true}
one = 111  # a simulation
b, lam = parameters["b"][one], parameters["lam"][one]
delta_t = times[one, 6] - times[one, 4]  # from past to present
elapsed = np.array([0.1, 0.3, 1.0]) * delta_t
ratio = times[one, 4] / times[one, 6]
past_a, present = frames[one, 4], frames[one, 6]
past_b = add_droplets(past_a, count=16, radius=2.3, seed=0)
past_c = pretrained.backward(present[None], ratio, samples=1, seed=0)[0, 0]
past_c = (past_c > 0.5).astype("uint8")
pasts = np.stack([past_a, past_b, past_c])
histories = simulate_on(pasts, elapsed, b, lam)  # (3 pasts, 3 times, 64, 64)
plotting.show(
    plotting.pattern_table(
        [
            [past, *history]
            for past, history in zip(pasts, histories, strict=True)
        ],
        ["history A", "history B", "history C"],
        ["the past", "a tenth of the way", "a third", "the present"],
        side=1.5,
    ),
    "Three rows, A, B and C, of one microstructure at four times. The pasts "
    "on the left differ: B has sixteen small droplets more, C has other "
    "edges and necks. The presents on the right look much the same.",
)

# %% [markdown]
# Three histories, each read from left to right. Look at the column on the right first: three
# microstructures that you would hardly tell apart. Now look at the column on the left. **Three
# different pasts have led to nearly one present.** All three histories were simulated from left to
# right, by one equation.
#
# One of the pasts is what really happened in the data. To another one we added small droplets by
# hand. The third was drawn by a network that saw *the present alone*, and was told how much younger
# the past should be. Which is which?
#
# <details>
# <summary>Answer</summary>
#
# A really happened. B is A with sixteen droplets more: its equal circles give it away. C was drawn
# by the network. Their histories hit the present of the data in 99, 96 and 94 % of the pixels, as
# section 1 computes.
#
# </details>
#
# So "where did it come from?" has no single answer. This lesson shows how to answer it all the
# same: with many pasts, and with two tests of them. Does each of them lead here? Are they as
# different from each other as they should be?
#
# ## What you will be able to do
#
# - Show by simulation that two different pasts lead to (nearly) one present (7.1).
# - Write the loss of a VAE that answers a question with many answers, and know which of its three
#   networks must see the question (7.2).
# - Draw an ensemble of pasts, and say what its average is good for and what not (7.3).
# - Let physics judge a proposed past: simulate it, and see where it leads (7.4).
# - Test whether a model knows how much it does not know (7.5).

# %% [markdown]
# ## 1 Two pasts, one present
#
# *Going further, 13 minutes.*
#
# *Idea.* Diffusion forgets. Matter flows from strongly curved interfaces to flat ones. So small
# droplets dissolve, thin necks break, and bumps even out, and what they looked like is lost. How
# fast? Take a ripple of small amplitude inside one phase. With $f(c) = b\,c^2(1-c)^2$ the
# curvature of the free energy there is $f''(0) = 2b$, and the Cahn–Hilliard equation makes a ripple
# of wave number $q$ (2π divided by its wavelength) decay as
#
# $$ \exp\big(-q^2\,(2b + \lambda q^2)\,\Delta t\big) . $$
#
# $\Delta t$ is the time that passes. Lengths are in units of the side of the picture, times in
# units of the simulation, as everywhere in this course.

# %%
for pixels in (32, 16, 8, 4):
    q = 2 * np.pi / (pixels / 64)  # a wavelength of so many of the 64 pixels
    power = -(q**2) * (2 * b + lam * q**2) * delta_t / np.log(10)
    print(
        f"a ripple of {pixels:2d} pixels: 10 to the power of {power:7.1f} of "
        "it is left"
    )
check.expect(
    "Ripple of 4 pixels run backward: 10¹⁶ times as high after this part",
    16 / -power,
    0.004,
    0.012,
)

# %% [markdown]
# Inside one phase no ripple survives, not even one half as long as the picture: a computer keeps
# sixteen digits of a number, and these would be behind them. What carries the memory of a
# microstructure is where its interfaces are. That also says why **this equation cannot be run
# backward**: each ripple would *grow* by the inverse factor. A ripple of 4 pixels as small as a
# rounding error, in the sixteenth digit, would drown the picture within a hundredth of the way.
# (Diffusion is like that; a wave run backward in time is a wave.)
#
# *Worked example.* Let us look at pasts A and B in numbers. `add_droplets` puts as many droplets of
# phase 1 as of phase 0, so that the volume fraction stays what it was. `simulate_on` solves the
# equation from a picture of 0 and 1. Its arguments: pictures of shape (m, 64, 64), the times from
# then on (ascending, shape (k,)), $b$ and $\lambda$. It returns 0 and 1 as whole numbers without a
# sign (`uint8`), shape (m, k, 64, 64).

# %%
print(
    f"volume fraction of A {volume_fraction(past_a):.4f}, of B "
    f"{volume_fraction(past_b):.4f}"
)
later = simulate_on(np.stack([past_a, past_b]), elapsed, b, lam)
print("shape of what is returned:", later.shape, later.dtype)
print(f"pixels that differ in the past:    {np.mean(past_a != past_b):.1%}")
print(
    "pixels that differ in the present: "
    f"{np.mean(later[0, -1] != later[1, -1]):.1%}"
)
check.expect("Different in the past", np.mean(past_a != past_b), 0.06, 0.10)
check.expect(
    "Different in the present",
    np.mean(later[0, -1] != later[1, -1]),
    0.01,
    0.07,
)
for name, history in zip("ABC", histories, strict=True):
    hit = 100 * np.mean(history[-1] == present)
    low, high = (98.5, 100) if name == "A" else (90, 97.5)
    check.expect(f"History {name} hits the present (%)", hit, low, high)
arrived = later[:, -1]
to_edge = distance_transform_edt(arrived[0])  # pixels to the other phase
to_edge = to_edge + distance_transform_edt(1 - arrived[0])
check.expect(
    "Of these, beside an edge (%)",
    100 * np.mean(to_edge[arrived[0] != arrived[1]] == 1),
    60,
    97,
)

# %% [markdown]
# The droplets are gone, but not without a trace. Their matter has moved the edges: most of the
# pixels that differ lie right beside one. "The same present" means no more than that in this
# lesson.
#
# ### Exercise 7.1 ★★ `distance_between_presents`
#
# Simulate two pasts on, and follow how far apart they are.
#
# - `past_a`, `past_b`: values 0 and 1, shape (n, n), `uint8`;
# - `elapsed`: times since the past, ascending, shape (k,);
# - `b`, `lam`: numbers;
# - returns: for each of the k times the share of the pixels that differ, shape (k,).
#
# <details>
# <summary>Hint 1</summary>
#
# `np.stack([past_a, past_b])` makes one array of shape (2, n, n) of them. Simulate it once, to all
# the times. Then compare the first history with the second, not each with its own past.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `a, b = …` unpacks an array of shape (2, k, n, n), but `b` is taken: use other names. `!=` between
# two arrays gives True where they differ, and the mean of True and False is the share of True. Take
# it over the last two axes, `axis=(1, 2)`. Do not subtract: in `uint8`, 0 − 1 is 255.
#
# </details>


# %% exercise="7.1"
def distance_between_presents(past_a, past_b, elapsed, b, lam):
    """Share of the pixels that differ, at each time: (k,)."""
    ### BEGIN SOLUTION
    first, second = simulate_on(
        np.stack([past_a, past_b]), elapsed, b, lam
    )  # (k, n, n) each
    return np.mean(first != second, axis=(1, 2))
    ### END SOLUTION


# %% check="7.1"
distance_between_presents = check.lesson_07.distance_between_presents(
    distance_between_presents
)

# %% [markdown]
# We follow three pairs: A with B; A with C; and A with the past of *another* simulation, D. Then a
# fourth, chosen because it goes less well there: number 3, with and without sixteen droplets. To
# judge D, we also compare the present of each simulation with that of the next.

# %%
# of the way from past to present
part = np.array([0.03, 0.1, 0.2, 0.4, 0.7, 1.0])
other = frames[40, 4]  # D
third = frames[3, 4]
drops = add_droplets(third, count=16, radius=2.3, seed=0)
pairs = {
    "A and B": (past_a, past_b),
    "A and C": (past_a, past_c),
    "A and D": (past_a, other),
}
apart = {
    name: np.append(
        np.mean(first != second),
        distance_between_presents(first, second, part * delta_t, b, lam),
    )
    for name, (first, second) in pairs.items()
}
unlucky_time = times[3, 6] - times[3, 4]
unlucky = parameters["b"][3], parameters["lam"][3]
apart["number 3, with and without droplets"] = np.append(
    np.mean(third != drops),
    distance_between_presents(third, drops, part * unlucky_time, *unlucky),
)
check.expect(
    "A and B at the end (% of the pixels)", 100 * apart["A and B"][-1], 1, 7
)
check.expect(
    "A and C at the end (% of the pixels)", 100 * apart["A and C"][-1], 2, 9
)
check.expect(
    "A and D at the end (% of the pixels)", 100 * apart["A and D"][-1], 55, 65
)
strangers = np.mean(frames[:-1, 6] != frames[1:, 6], axis=(1, 2))  # (399,)
check.expect("Any two presents (%)", 100 * strangers.mean(), 49, 52)
check.expect("Standard deviation (%)", 100 * strangers.std(), 5.5, 8)
again = apart["number 3, with and without droplets"]
check.expect("Number 3, at the end by least", again[-1] / again.min(), 1, 1.6)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.line_plot(
        {
            name: (np.append(0, part), 100 * values)
            for name, values in apart.items()
        },
        "part of the way from past to present",
        "pixels that differ (%)",
    ),
    "Pixels that differ against time. A and B fall from 8 to 4 percent, A "
    "and C from 15 to 6, A and D rise from 59 to 63. Number 3 falls from 8 "
    "to 5 and rises again to 7 percent.",
)

# %% [markdown]
# **What you should see.** B and C come near to A. D does not: 59 % of its pixels differ at first,
# 63 % at the end, nearly two standard deviations above the 50 % of two presents that have nothing
# to do with each other. So not *every* past leads here. And number 3 comes apart again, from 5 % to
# 7 %. Look why:

# %% jupyter={"source_hidden": true}
both = simulate_on(
    np.stack([third, drops]), part[[2, 3, 5]] * unlucky_time, *unlucky
)
plotting.show(
    plotting.pattern_table(
        [[third, *both[0]], [drops, *both[1]]],
        ["without", "with\ndroplets"],
        ["the past", "20 % of the way", "40 %", "the present"],
        side=1.5,
    ),
    "Two rows. Without added droplets, a round island on the left merges "
    "with its neighbour. With added droplets it stays alone to the end.",
)

# %% [markdown]
# On the left, the round island touches its neighbour in one history and stays alone in the other. A
# few pixels decided it. So coarsening forgets, but it can also blow a small difference up, where
# that decides whether a neck forms or breaks. Of 60 simulations to which we added droplets, three
# came apart again by a fifth or more.

# %% [markdown]
# ## 2 One answer for many pasts
#
# *Core, 4 minutes.*
#
# *Idea.* Train a network as in lesson 06, with the arrow turned round: from the present to the
# past. What will it answer, if several pasts are possible?
#
# *Worked example.* Four pixels. In half of the cases a droplet sat on the left, in half on the
# right, and the present is the same. Which single answer has the smallest mean squared error?

# %% tags=["nbval-check-output"]
left, right = np.array([1.0, 0, 0, 0]), np.array([0, 0, 0, 1.0])
for name, answer in {
    "left": left,
    "right": right,
    "half of each": (left + right) / 2,
}.items():
    error = 0.5 * np.mean((answer - left) ** 2) + 0.5 * np.mean(
        (answer - right) ** 2
    )
    print(f"{name:12} {answer}: mean squared error {error:.3f}")

# %% [markdown]
# The best answer is the **mean of all pasts**, and it is none of them: two half droplets, which
# never existed. The same holds for the Bernoulli likelihood of lesson 03. Wherever the pasts
# disagree, their mean is grey.
#
# Now for real. Whole pictures are too much for a network that trains in seconds, so we take
# **corners**: each picture is reduced to 32 × 32 pixels, and cut into four of 16 × 16. A corner is
# a row of 256 numbers, 0 or 1. Present and past are two frames apart. Negatives and pictures
# mirrored at the diagonal are as good as the originals and give four times the data.


# %%
def corners(images):
    """Corners of pictures, of half size: (N, 64, 64) -> (4 N, 256)."""
    small = coarsen(images.astype("float64"), 32).reshape(-1, 2, 16, 2, 16)
    return small.transpose(0, 1, 3, 2, 4).reshape(-1, 256).astype("float32")


# no simulation is in both
train_set, test_set = patterns.split(test=0.2, seed=0)
f_train, f_test = (
    part.images.reshape(-1, 12, 64, 64) for part in (train_set, test_set)
)
views = np.concatenate([f_train, 1 - f_train])
views = np.concatenate([views, views.transpose(0, 1, 3, 2)])
# two frames apart
past, present = corners(views[:, 3:9]), corners(views[:, 5:11])
past_test, present_test = corners(f_test[:, 3:9]), corners(f_test[:, 5:11])
r = times[:, 3:9] / times[:, 5:11]
print(
    f"{len(past):,} pairs for training, {len(past_test):,} of unseen "
    "simulations"
)
print(
    f"the past is {r.min():.2f} to {r.max():.2f} times as old as the present"
)

# %% [markdown]
# The network is the simplest there is: two **dense** layers, in which each of 256 units takes a
# weighted sum of all numbers before it and bends it (the curve is called GELU). The last layer
# returns logits.


# %%
def network(outputs):
    """A network from as many numbers as you give it to `outputs` numbers."""
    hidden = [layers.Dense(256, activation="gelu") for _ in range(2)]
    return keras.Sequential([*hidden, layers.Dense(outputs)])


def optimizer(epochs, batch=256):
    """Adam, whose step shrinks to zero over the epochs."""
    steps = epochs * (len(past) // batch)
    return keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(3e-3, steps)
    )


regression = network(256)
regression.compile(optimizer=optimizer(6), loss=bernoulli_nll)
regression.fit(present, past, 256, epochs=6, verbose=0)
one_answer = ops.sigmoid(regression(present_test))
one_answer = ops.convert_to_numpy(one_answer)  # (N, 256)

# %% jupyter={"source_hidden": true}
shown = np.random.default_rng(1).choice(len(past_test), 9, replace=False)


def pictures(rows):
    """The rows that we show, as pictures of 16 × 16 pixels."""
    return rows[shown].reshape(-1, 16, 16)


plotting.show(
    plotting.pattern_table(
        [pictures(present_test), pictures(past_test), pictures(one_answer)],
        ["present", "true past", "regression"],
        [""] * 9,
        side=0.95,
    ),
    "Three rows of nine corners: the presents, smooth; the true pasts, "
    "finer; the answers of the regression, blurred and grey wherever the "
    "past is not settled.",
)


# %%
def undecided(probability):
    """Share of the pixels with a probability between 0.1 and 0.9."""
    return np.mean((probability > 0.1) & (probability < 0.9))


check.expect(
    "Undecided pixels of the regression", undecided(one_answer), 0.5, 0.75
)
check.expect(
    "MSE of nothing changes",
    np.mean((present_test - past_test) ** 2),
    0.15,
    0.21,
)
check.expect(
    "MSE of the regression",
    np.mean((one_answer - past_test) ** 2),
    0.10,
    0.145,
)
pale = (one_answer > 0.2) & (one_answer < 0.4)
check.expect(
    "Of pixels given 0.2 to 0.4, in phase 1", past_test[pale].mean(), 0.2, 0.4
)

# %% [markdown]
# **What you should see.** By its mean squared error, the regression is clearly better than "nothing
# changes". Yet more than half of its pixels are undecided: no microstructure looks like that. Grey
# is no mistake: of the pixels to which the network gives 0.2 to 0.4, 28 % are in phase 1. It is the
# right answer to the wrong question, "what is the mean of the pasts?". Ask instead: "what *are*
# they?"

# %% [markdown]
# ## 3 A VAE with a condition
#
# *Core, 16 minutes.*
#
# *Idea.* Let $x$ be the past and $c$ the present, the **condition**. We want $p(x|c)$: all pasts of
# this present, each with its probability. A VAE can do that if a code $z$ says *which* of the pasts
# it was. It takes three networks:
#
# - the **encoder** $q(z|x,c)$ sees past and present, and returns the cloud of codes of this past;
# - the **decoder** $p(x|z,c)$ sees a code and the present, and returns the logits of the past;
# - the **prior** $p(z|c)$ sees the present alone, and returns the cloud of codes of *all* its
#   pasts.
#
# In lesson 03 the prior was $\mathcal N(0, 1)$ for every picture. Here it is learned: which codes
# are possible, and how many, depends on the present. For a present of one straight edge there is
# little to tell; for one with many necks there is much. In training, they work together like this:

# %% jupyter={"source_hidden": true}
pair = [corner[200].reshape(16, 16) for corner in (past_test, present_test)]
plotting.show(
    diagrams.diagram(
        {
            "past x": (0, 0, pair[0]),
            "encoder\nq(z | x, c)": (1, 0),
            "cloud of\nthis past": (2, 0),
            "code z": (3, 0),
            "decoder\np(x | z, c)": (4, 0),
            "logits of\nthe past": (5, 0),
            "present c": (0, 1, pair[1]),
            "prior\np(z | c)": (1, 1),
            "cloud of\nall pasts": (2, 1),
            "the same present c": (4, 1, pair[1]),
        },
        [
            "past x -> encoder\nq(z | x, c) -> cloud of\nthis past -> code z "
            "-> decoder\np(x | z, c) -> logits of\nthe past",
            "present c -> encoder\nq(z | x, c)",
            "present c -> prior\np(z | c) -> cloud of\nall pasts",
            "the same present c -> decoder\np(x | z, c)",
        ],
        {"cloud of\nthis past": "KL between\nthe two"},
    ),
    "Above: the past leads through the encoder to the cloud of this past, "
    "from there to a code, through the decoder, and to the logits of the "
    "past. Below: the present leads to the encoder, to the decoder, and "
    "through the prior to the cloud of all pasts. Between the two clouds "
    "stands the KL divergence.",
)

# %% [markdown]
# Later, when no past is known, the code is drawn from the prior's cloud, and the encoder rests. The
# bound of lesson 03 becomes
#
# $$ \log p(x|c) \;\ge\; \mathbb E_{z\sim q}[\log p(x|z,c)] -
#    \mathrm{KL}\big(q(z|x,c)\,\|\,p(z|c)\big), $$
#
# and on each axis the KL divergence of one normal distribution, of mean $\mu$ and variance
# $\sigma^2$, from another, of mean $m$ and variance $s^2$, is
#
# $$ \mathrm{KL} = \tfrac12\left(\log\frac{s^2}{\sigma^2} +
#    \frac{\sigma^2 + (\mu - m)^2}{s^2} - 1\right). $$
#
# With $m = 0$ and $s = 1$ it is the formula of lesson 03. The library has it, summed over the axes,
# in nats for each picture:

# %% tags=["nbval-check-output"]
mean, log_variance = ops.ones((1, 2)), ops.zeros((1, 2))  # 1 picture, 2 axes
standard = ops.zeros((1, 2))
to_standard = kl_between_gaussians(mean, log_variance, standard, standard)
to_itself = kl_between_gaussians(mean, log_variance, mean, log_variance)
print(
    f"from the standard normal {float(to_standard[0]):.1f}, from itself "
    f"{float(to_itself[0]):.1f}"
)

# %% [markdown]
# The order matters: first the cloud of the encoder (mean, log variance), then that of the prior.
#
# Three small tools, so that you can think about what matters. `join` puts two arrays of numbers
# side by side, because a dense network takes *one*. `cloud` asks a network for a mean and a log
# variance. `sample` is your function of exercise 3.1.


# %%
def join(a, b):
    """Put two arrays side by side: (N, p) and (N, q) -> (N, p + q)."""
    return ops.concatenate([a, b], axis=-1)


def cloud(net, inputs):
    """Mean and log variance from a network, (N, latent) each."""
    mean, log_variance = ops.split(net(inputs), 2, axis=-1)
    return mean, log_variance


def sample(mean, log_variance, seed):
    """Draw a code of each cloud, shape (N, latent)."""
    return mean + ops.exp(0.5 * log_variance) * keras.random.normal(
        ops.shape(mean), seed=seed
    )


# %% [markdown]
# ### Exercise 7.2 ★★★ `PastVAE`
#
# Two gaps are left, in `call` and in `compute_loss`.
#
# `call` gets `past` and `present`, (N, pixels) each, and has `self.encoder`, `self.prior`,
# `self.decoder` and `self.seed_generator`. Make the five tensors that are returned below the gap:
#
# - `mean`, `log_variance`: the encoder's cloud, (N, latent) each;
# - `prior_mean`, `prior_log_variance`: the prior's cloud, (N, latent) each;
# - `logits`: what the decoder makes of a code, (N, pixels). Of which cloud is the code, in
#   training?
#
# `compute_loss` gets `past` and what `call` returned. It must update `self.reconstruction_tracker`
# and `self.kl_tracker` with the means over the batch of $-\log p(x|z,c)$ and of the KL, and return
# the loss, one number.
#
# Think first: which networks must see the present? What would the model do if one of them did not?
#
# <details>
# <summary>Hint 1</summary>
#
# All three see the present: the prior sees it alone, the encoder joined with the past, the decoder
# joined with the code. In training the code comes from the *encoder's* cloud: only there is the
# past known that the decoder has to rebuild. The prior's cloud is for later, when the past is not
# known.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# In `call`: `cloud(self.encoder, …)` and `cloud(self.prior, …)` give two tensors each; then
# `z = sample(…, self.seed_generator)`, and the decoder takes the code and the present, joined. In
# `compute_loss`: the mean of `bernoulli_nll(past, …)` and the mean of `kl_between_gaussians(…)`
# with the encoder's cloud first; each goes to its tracker; return their sum.
#
# </details>


# %% exercise="7.2"
class PastVAE(keras.Model):
    """A VAE of pasts, given the present, made of three networks."""

    def __init__(self, encoder, prior, decoder):
        """Take the three networks; make the noise and the trackers."""
        super().__init__()
        self.encoder, self.prior, self.decoder = encoder, prior, decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.reconstruction_tracker = keras.metrics.Mean(
            name="reconstruction"
        )
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, inputs):
        """Encode, sample, decode: two (N, pixels) -> logits, two clouds."""
        past, present = inputs
        ### BEGIN SOLUTION
        mean, log_variance = cloud(self.encoder, join(past, present))
        prior_mean, prior_log_variance = cloud(self.prior, present)
        z = sample(mean, log_variance, self.seed_generator)
        logits = self.decoder(join(z, present))
        ### END SOLUTION
        return logits, mean, log_variance, prior_mean, prior_log_variance

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return minus the bound, a mean, and update the trackers."""
        past, _ = x
        logits, mean, log_variance, prior_mean, prior_log_variance = y_pred
        ### BEGIN SOLUTION
        reconstruction = ops.mean(bernoulli_nll(past, logits))
        kl = ops.mean(
            kl_between_gaussians(
                mean, log_variance, prior_mean, prior_log_variance
            )
        )
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return reconstruction + kl
        ### END SOLUTION

    def draw(self, present, seed):
        """Draw one past of each present, probabilities: (N, pixels)."""
        z = sample(*cloud(self.prior, present), seed)
        return ops.convert_to_numpy(
            ops.sigmoid(self.decoder(join(z, present)))
        )


# %% check="7.2"
PastVAE = check.lesson_07.PastVAE(PastVAE)

# %% [markdown]
# `draw` is there already. It is the model in use: the past is not known, so the code comes from the
# prior, and the encoder has no part in it. Train it.

# %%
LATENT = 16
model = PastVAE(network(2 * LATENT), network(2 * LATENT), network(256))
model.compile(optimizer=optimizer(6))
history = model.fit(
    (past, present), batch_size=256, epochs=6, verbose=0
).history

# %% jupyter={"source_hidden": true}
epoch = np.arange(1, 7)
plotting.show(
    plotting.line_plot(
        {
            "−log p(x|z, c), reconstruction": (
                epoch,
                history["reconstruction"],
            ),
            "KL": (epoch, history["kl"]),
        },
        "epoch",
        "nats for each past",
    ),
    "Over six epochs the reconstruction term falls steeply, then slowly; "
    "the KL rises to about 15 nats and stays there.",
)

# %%
unseen = model.evaluate(
    (past_test, present_test), batch_size=256, verbose=0, return_dict=True
)
bound = unseen["reconstruction"] + unseen["kl"]
alone = float(ops.mean(bernoulli_nll(past_test, regression(present_test))))
print(
    f"nats for an unseen past: regression {alone:.0f}, conditional VAE at "
    f"most {bound:.0f}"
)
print(f"of these, to say which past it was: {unseen['kl']:.0f} nats")
check.expect("Nats, regression", alone, 80, 115)
check.expect("Nats, conditional VAE", bound, 45, 75)
check.expect("KL (nats)", unseen["kl"], 9, 22)

# %% [markdown]
# **What you should see.** Compare in nats: how much it takes to write down an unseen past, if the
# present and the model are given. The regression treats every pixel as a coin of its own. The VAE
# spends some 16 nats on saying *which* past it was, and saves some 60 on the pixels, because they
# hang together. That is what the code is for. Both had six epochs, the VAE with three networks to
# one of the regression; but twelve epochs bring the regression to 101 nats, not to 58.

# %% [markdown]
# ## 4 Sample, do not average
#
# *Core, 8 minutes.*
#
# *Idea.* The model has learned a distribution. To see a distribution, draw from it, several times:
# an **ensemble**. Each draw starts from a new code of the prior. `model.draw(z, seed)` draws one
# past for each row of `z`; the rows may be equal, and get noise of their own.
#
# ### Exercise 7.3 ★ `ensemble`
#
# - `model`: has `draw(z, seed)`, from (M, features) to one past for each row, (M, pixels);
# - `z`: the presents, shape (N, features): numbers that describe them, here the pixels themselves;
# - `samples`, `seed`: how many pasts for each present, and a whole number;
# - returns: an array of shape (N, samples, pixels). Entry [i, k] is the k-th past of present i.
#
# <details>
# <summary>Hint 1</summary>
#
# Call `model.draw` once, with each present repeated `samples` times. Then give the result another
# shape. Beware of a loop that calls `model.draw(z, seed)` again and again with one seed: it draws
# the same past each time.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `np.repeat([a, b], 2, axis=0)` is a, a, b, b; `np.tile` would give a, b, a, b. Which one fits
# `.reshape(len(z), samples, -1)`, where the pasts of one present lie next to each other?
#
# </details>


# %% exercise="7.3"
def ensemble(model, z, samples, seed):
    """Draw pasts: (N, features) -> (N, samples, pixels)."""
    ### BEGIN SOLUTION
    return model.draw(np.repeat(z, samples, axis=0), seed).reshape(
        len(z), samples, -1
    )
    ### END SOLUTION


# %% check="7.3"
ensemble = check.lesson_07.ensemble(ensemble)

# %%
drawn = ensemble(model, present_test, 8, seed=0)  # (N, 8, 256)
average = drawn.mean(axis=1)

# %% jupyter={"source_hidden": true}
rows = [
    present_test,
    past_test,
    *(drawn[:, k] for k in range(3)),
    average,
    one_answer,
]
plotting.show(
    plotting.pattern_table(
        [pictures(row) for row in rows],
        [
            "present",
            "true past",
            "sample 1",
            "sample 2",
            "sample 3",
            "mean of 8",
            "regression",
        ],
        [""] * 9,
        side=0.95,
    ),
    "Seven rows of nine corners: presents, true pasts, three samples that "
    "differ in necks and droplets but fit the present, their mean, blurred, "
    "and the regression, which looks like it.",
)

# %% [markdown]
# ### Question 7.a ★ predict
#
# You have a regression, which answers with one grey picture, and a conditional VAE, which answers
# with samples. Which has the smaller mean squared error against the true past?
#
# - **a**: The regression.
# - **b**: One sample: it has sharp edges, as the truth has.
# - **c**: Both alike: they know the same.

# %% question="7.a"
check.question("7.a", "a")

# %%
print(f"{'':24}MSE    undecided pixels")
for name, answer in {
    "nothing changes": present_test,
    "regression": one_answer,
    "mean of 8 samples": average,
    "one sample": drawn,
}.items():
    truth = past_test[:, None] if answer is drawn else past_test
    error = np.mean((answer - truth) ** 2)
    print(f"{name:20} {error:7.3f} {undecided(answer):12.0%}")
errors = np.mean((drawn - past_test[:, None]) ** 2, axis=-1)  # (N, 8)
mean_error = np.mean((average - past_test) ** 2)
check.expect("MSE of one sample", errors.mean(), 0.185, 0.205)
alike = np.corrcoef(average.ravel(), one_answer.ravel())[0, 1]
check.expect("Correlation, mean of 8 and regression", alike, 0.9, 1)
check.expect("Undecided pixels of a sample", undecided(drawn), 0.2, 0.42)
check.expect(
    "MSE of one sample by that of their mean",
    errors.mean() / mean_error,
    1.25,
    1.9,
)

# %% [markdown]
# **What you should see.** Each sample shows domains with edges. Samples of one present agree where
# the present settles the past, and differ in necks and droplets. Their mean is nearly the grey
# picture of the regression: the correlation is 0.94.
#
# Now the errors, and a trap. **One sample has a larger error than the mean; here it is no better
# than "nothing changes".** Is the model bad? That does not show it. If truth and sample are two
# independent draws from one distribution of variance $v$, their expected squared difference is
# $2v$; that of the truth from the mean of eight samples is $(1 + \tfrac18)\,v$. So a perfect model
# has a ratio of $2/(1 + \tfrac18) = 1.8$. Whoever ranks models of the past by the error of one
# sample will prefer one that does not sample at all.
#
# But we must be honest about this small model. Its ratio is 1.4, and a quarter of the pixels of a
# sample is still grey: what its 16 numbers do not settle, the decoder blurs.

# %% [markdown]
# ## 5 Whole microstructures, judged by physics
#
# *Going further, 12 minutes.*
#
# *Idea.* The package brings a larger model that draws pasts of whole pictures. It is a **flow**: it
# starts from noise in the latent space and follows a learned velocity to the code of a past.
# ([Lesson 11](11_from_vae_to_flow.ipynb) builds a flow, and trains it.) For you it has the same use
# as your `ensemble`: `pretrained.backward(images, factor, samples, seed)` with the ratio of times
# $r = t_\text{past}/t_\text{now}$ as `factor` returns the probability of phase 1, shape (N,
# samples, 64, 64). It also knows that matter is conserved: the volume fraction of each sample is
# set close to that of the present, within 0.01.
#
# Which of its pasts are possible? You do not need to know the true past to find out. **Simulate the
# past on, and look whether it leads here.** No network has a say in this. The past is cut into
# phases first (phase 1 where its probability is above ½), since our pictures have no grey. Then
# the equation runs for as long as it takes from past to present,
#
# $$ \Delta t = t_\text{now} - t_\text{past} = (1 - r)\,t_\text{now} , $$
#
# and the **agreement** is the share of the pixels in the right phase.
#
# ### Exercise 7.4 ★★ `resimulation_agreement`
#
# - `pasts`: probabilities of phase 1, shape (S, n, n), S pasts of one present;
# - `present`: values 0 and 1, shape (n, n);
# - `factor`: $r$, a number below 1;
# - `time`: $t_\text{now}$;
# - `b`, `lam`: numbers;
# - returns: the agreement of each past, shape (S,).
#
# <details>
# <summary>Hint 1</summary>
#
# `simulate_on(images, elapsed, b, lam)` wants 0 and 1, and an array of times: here one time alone,
# `np.array([…])`. It returns (S, 1, n, n).
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Cut with `pasts > 0.5`. The time is (1 − factor) · time: at r = 0.9 the past is close, and the
# simulation short. `[:, 0]` takes the axis of times away; compare with `present` by `==` and
# average over `axis=(1, 2)`.
#
# </details>


# %% exercise="7.4"
def resimulation_agreement(pasts, present, factor, time, b, lam):
    """Share of the present that each past leads to: (S, n, n) -> (S,)."""
    ### BEGIN SOLUTION
    elapsed = np.array([(1 - factor) * time])
    arrived = simulate_on(pasts > 0.5, elapsed, b, lam)[:, 0]  # (S, n, n)
    return np.mean(arrived == present, axis=(1, 2))
    ### END SOLUTION


# %% check="7.4"
resimulation_agreement = check.lesson_07.resimulation_agreement(
    resimulation_agreement
)

# %% [markdown]
# We choose frame $k = 5$ of each simulation as the present, and those simulations of which frame
# $k-2$ is about half as old: $r$ above 0.46. First one microstructure, with five pasts.

# %%
k = 5
half = np.flatnonzero(
    (times[:, k - 2] / times[:, k] > 0.46) & (times[:, k] < 3e-3)
)
i = half[0]
factor, t_now = times[i, k - 2] / times[i, k], times[i, k]
now, true_past = frames[i, k], frames[i, k - 2]
five = pretrained.backward(now[None], factor, samples=5, seed=1)[
    0
]  # (5, 64, 64)
agreement = resimulation_agreement(
    five, now, factor, t_now, parameters["b"][i], parameters["lam"][i]
)
check.expect("Agreement, mean of five", agreement.mean(), 0.9, 0.985)

# %% jupyter={"source_hidden": true}
captions = [f"leads here: {value:.1%}" for value in agreement]
plotting.show(
    plotting.pattern_table(
        [[now, true_past, *five]],
        [""],
        ["present", "true past", *(f"sample {n + 1}" for n in range(5))],
        [["", "", *captions]],
        side=1.3,
    ),
    "A present, its true past and five samples of the past. They differ "
    "from each other in necks and small domains. Below each sample the "
    "share of the pixels of the present that it leads to.",
)

# %% [markdown]
# Is 95 % good? Again you need something to compare with: the *true* past (it does not reach 100 %,
# because it was cut into phases; uncut, it does), "nothing changed", that is, the present taken for
# the past, the mean of the samples, cut at ½, and a second model that the package brings: a
# **conditional VAE** of whole pictures (`method="vae"`). For each of six presents we take the
# median of four samples, and then the mean over the presents:

# %%
chosen = np.random.default_rng(0).choice(half, 6, replace=False)
rows = []
for i in chosen:
    factor, now = times[i, k - 2] / times[i, k], frames[i, k]
    flow = pretrained.backward(now[None], factor, 4, seed=0)[0]
    vae = pretrained.backward(now[None], factor, 4, seed=0, method="vae")[0]
    starts = [*flow, *vae, flow.mean(axis=0), frames[i, k - 2], now]
    led = resimulation_agreement(
        np.stack(starts),
        now,
        factor,
        times[i, k],
        parameters["b"][i],
        parameters["lam"][i],
    )
    rows.append([np.median(led[:4]), np.median(led[4:8]), *led[8:]])
names = [
    "flow, a sample",
    "VAE, a sample",
    "flow, mean of samples, cut",
    "true past",
    "nothing changed",
]
bands = [(93, 97), (90, 95.5), (94, 98.5), (98, 100), (87, 92.5)]
for name, led, band in zip(names, np.mean(rows, axis=0), bands, strict=True):
    check.expect(f"{name}, leads here (%)", 100 * led, *band)

# %% [markdown]
# **What you should see.** The samples of the flow lead here better than "nothing changed", and not
# as well as the true past. [The benchmark](../docs/results.md#backward) of this course, on 60 other
# presents at $r = ½$, has 95.0 % (median of the samples), 98.8 % and 89.6 %. So most of these pasts
# are not quite possible: they miss one pixel in twenty, the true past one in eighty.
#
# And the mean, cut at ½? It leads here *better* than a typical sample. That is not the story that
# one expects, but it is true. Then what is wrong with it? It is too smooth to be a past. The
# interface is too short, and short interfaces are what time makes:

# %%
candidates = [(i, k) for k in (4, 5, 6) for i in range(400)]
candidates = [
    (i, k)
    for i, k in candidates
    if 0.46 < times[i, k - 2] / times[i, k] < 0.505 and times[i, k] > 8e-4
]
order = np.random.default_rng(0).permutation(len(candidates))[:60]
rows, columns = np.array(candidates)[order].T
presents, true_pasts = frames[rows, columns], frames[rows, columns - 2]
factors = times[rows, columns - 2] / times[rows, columns]
by_flow = pretrained.backward(presents, factors, samples=9, seed=0)
flow_cut = (by_flow > 0.5).reshape(-1, 64, 64)  # (60 · 9, 64, 64)
of_truth = perimeter(true_pasts)
for name, length, low, high in [
    ("Samples", perimeter(flow_cut).reshape(60, 9).mean(axis=1), -4, 4),
    ("Mean of samples, cut", perimeter(by_flow.mean(axis=1) > 0.5), -12, -2),
    ("Nothing changed", perimeter(presents), -25, -17),
]:
    off = 100 * np.mean(length / of_truth - 1)
    check.expect(f"{name}: perimeter against the truth (%)", off, low, high)

# %% [markdown]
# ## 6 Does it know what it does not know?
#
# *Going further, 19 minutes.*
#
# *Idea.* An ensemble also makes a statement on *how sure* it is: its spread. Is that statement
# right? Take a number that describes a pattern, such as the perimeter. For each present, the
# samples give an interval that should hold the true value with a **nominal level** of, say, 80 %.
# Count over many presents how often it does: the **coverage**. If it is 80 %, and 20 % for 20 %,
# and so on, the model is **calibrated**. If it is lower, the samples are too much alike (the model
# is surer than it should be), or they lie off to one side of the truth.
#
# Where does the interval begin and end? Here is a point that many get wrong. Take 9 samples, and
# suppose that the model is perfect: then truth and samples are ten draws from one distribution, and
# the truth is equally likely to be the smallest, the second smallest, …, the largest of the ten. It
# lies below all samples in 1 case of 10, and above all in 1 of 10. So *from the smallest to the
# largest of 9 samples* is an interval of 80 %, not of 100 %.
#
# In general, with $S$ samples, the quantile of $p$ lies at place $p\,(S+1)$ of the sorted samples,
# counted from 1, and between two samples in proportion. NumPy's `np.quantile` does that with
# `method="weibull"`. Its default does something else: it takes the smallest sample for the quantile
# of 0 and the largest for that of 1.

# %% tags=["nbval-check-output"]
nine = np.arange(1.0, 10.0)  # nine samples
print(
    "80 % from",
    *np.quantile(nine, [0.1, 0.9], method="weibull"),
    "with method='weibull'",
)
print("80 % from", *np.quantile(nine, [0.1, 0.9]).round(1), "by default")

# %% [markdown]
# ### Exercise 7.5 ★★★ `coverage`
#
# - `ensemble`: a number that describes each sample, shape (N, S): N presents, S samples each;
# - `truth`: the same number of the true past, shape (N,);
# - `level`: the nominal level, between 0 and 1; the interval leaves (1 − level)/2 on either side;
# - returns: the share of the presents whose interval holds the truth, one number. Both ends belong
#   to the interval.
#
# A perfect ensemble must get a coverage near to the level, whatever its distribution: do not assume
# that it is a normal one.
#
# <details>
# <summary>Hint 1</summary>
#
# Each present has an interval of its own: quantiles over the samples, `axis=1`. Which two quantiles
# leave 10 % on either side, and which for any level?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `low, high = np.quantile(ensemble, [tail, 1 - tail], axis=1, method="weibull")` with
# `tail = (1 - level) / 2` gives two arrays of shape (N,). The truth must be at least `low` *and* at
# most `high`: `&` joins the two conditions. The mean of that is the share.
#
# </details>


# %% exercise="7.5"
def coverage(ensemble, truth, level=0.8):
    """Share of the intervals that hold the truth: a number."""
    ### BEGIN SOLUTION
    outside = (1 - level) / 2
    ends = np.quantile(
        ensemble, [outside, 1 - outside], axis=1, method="weibull"
    )
    return np.mean((truth >= ends[0]) & (truth <= ends[1]))
    ### END SOLUTION


# %% check="7.5"
coverage = check.lesson_07.coverage(coverage)

# %% [markdown]
# Before you judge a model by a measure, try the measure on something that you know to be perfect:
# truth and samples all drawn alike, five thousand times. And on two that are known to be wrong:
# samples of half the spread, and samples off to one side.

# %%
rng = np.random.default_rng(0)
alike, another = rng.standard_normal((2, 5000, 9))
known = rng.standard_normal(5000)
check.expect(
    "Coverage, perfect ensemble", coverage(alike, known, 0.8), 0.78, 0.82
)
check.expect(
    "Coverage, half the spread", coverage(another / 2, known, 0.8), 0.45, 0.6
)
check.expect(
    "Coverage, off to one side", coverage(another + 2, known, 0.8), 0.2, 0.4
)

# %% [markdown]
# Now the flow and the VAE, on the 60 presents of above. How often will a perfect model hold the
# truth there? With $N$ presents and a level of $p$, in a share of $p$, give or take a standard
# deviation of $\sqrt{p(1-p)/N}$: 0.8 ± 0.05 here.

# %%
by_vae = pretrained.backward(presents, factors, 9, seed=0, method="vae")
describe = {
    "volume fraction": volume_fraction,
    "perimeter": perimeter,
    "domain size": domain_size,
}
levels = np.array([0.2, 0.4, 0.6, 0.8])
error = np.sqrt(levels * (1 - levels) / len(presents))
covered, off, ensembles = {}, {}, {}
print(f"{'a perfect model':22}", levels, "±", error.round(2))
for name, drawn_pasts in {"flow": by_flow, "VAE": by_vae}.items():
    for what, number in describe.items():
        cut = (drawn_pasts > 0.5).reshape(-1, 64, 64)
        values, true = number(cut).reshape(60, 9), number(true_pasts)
        found = [coverage(values, true, level) for level in levels]
        # where the samples lie, in units of their own spread
        shift = np.mean(values.mean(axis=1) - true)
        off[name, what] = shift / values.std(axis=1, ddof=1).mean()
        covered[name, what], ensembles[name, what] = found, values
        print(f"{name:5} {what:16}", np.round(found, 2), end="   ")
        print(f"off by {off[name, what]:+.1f} of the spread")
for what in ("domain size", "perimeter"):
    check.expect(
        f"Flow, {what}, at 0.8", covered["flow", what][-1], 0.65, 0.97
    )
check.expect(
    "VAE, domain size, at 0.8", covered["VAE", "domain size"][-1], 0.25, 0.62
)

# %% jupyter={"source_hidden": true}
for name in ("flow", "VAE"):
    lines = {what: (levels, covered[name, what]) for what in describe}
    figure = plotting.line_plot(lines, "nominal level", f"coverage, {name}")
    ax = figure.axes[0]
    ends, grey = np.linspace(0, 1, 101), "#8a8a8a"
    one_error = np.sqrt(ends * (1 - ends) / len(presents))
    ax.plot(ends, ends, color=grey)
    for width, label in ((1, "perfect model, ± 1 and 2"), (2, None)):
        low, high = ends - width * one_error, ends + width * one_error
        ax.fill_between(
            ends, low, high, color=grey, alpha=0.2, lw=0, label=label
        )
    ax.set_ylim(0, 1)
    ax.legend(frameon=False)
    plotting.show(
        figure,
        f"Coverage against nominal level of the {name}, with grey bands of "
        "one and two standard deviations around the diagonal. "
        + {
            "flow": "Perimeter and domain size lie in the bands, the volume "
            "fraction at their lower edge.",
            "VAE": "The volume fraction lies in the bands, the perimeter "
            "below, the domain size far below.",
        }[name],
    )

# %% [markdown]
# **What you should see.** For perimeter and domain size the flow is calibrated, as far as 60
# presents can tell. Its volume fraction lies below the diagonal at all four levels, the domain size
# of the VAE far below. Are its samples too much alike, or off to one side? We shift all of them by
# one number, so that their mean is right:

# %%
true = domain_size(true_pasts)
sizes = ensembles["VAE", "domain size"]
shifted = sizes - np.mean(sizes.mean(axis=1) - true)
check.expect(
    "VAE, domain size: off, in units of the spread",
    off["VAE", "domain size"],
    1.2,
    2.4,
)
check.expect("VAE, shifted, at 0.8", coverage(shifted, true, 0.8), 0.6, 0.95)
now_fraction = volume_fraction(presents)
drift = ensembles["flow", "volume fraction"] - now_fraction[:, None]
true_drift = volume_fraction(true_pasts) - now_fraction
check.expect(
    "Flow: spread of the change in φ, by the true one",
    drift.std() / true_drift.std(),
    0.65,
    1.05,
)
check.expect(
    "Greatest change in φ of a sample", np.abs(drift).max(), 0, 0.012
)
for name, drawn_pasts in {"flow": by_flow, "VAE": by_vae}.items():
    squared = (drawn_pasts - true_pasts[:, None]) ** 2
    of_mean = (drawn_pasts.mean(axis=1) - true_pasts) ** 2
    check.expect(f"{name}: MSE of a sample", squared.mean(), 0.1, 0.135)
    check.expect(f"{name}: MSE of the mean", of_mean.mean(), 0.05, 0.085)

# %% [markdown]
# So "too sure" would be wrong of the VAE: its domains are too large, by nearly two times the spread
# of its samples, and once that is taken off, most of its intervals hold the truth. The volume
# fraction of the flow is another matter. It is not off, but its change from present to past is
# spread too little: 0.73 times as much as the true one here, 0.82 ± 0.04 on 240 presents. There the
# flow *is* a little too sure. Other seeds, which also choose other presents, give the flow 0.70 to
# 0.88 for perimeter and domain size at 0.8: that is what 60 presents can tell.
#
# For the domain size, [the benchmark](../docs/results.md#backward) found 0.85 and 0.43 with 300
# presents. So coverage tells the two models apart. Physics does, too: 95.0 % of the pixels led here
# by the flow, 93.1 % by the VAE. And so does the error of the mean. The error of a single sample is
# slightly *smaller* for the VAE. The flow is the default for the first three reasons.
#
# A word of caution: coverage alone is not enough. A model that ignores the present, and draws from
# the true pasts of all presents, would be calibrated, too, and useless. Ask for both: calibrated
# *and* leading here.

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **The average of an ensemble shown as the past.** It looks like fog, or, cut at ½, like something
# between past and present: in the cells above, its perimeter is several per cent too short.
#
# **The prior not conditioned.** With a KL from $\mathcal N(0, 1)$ the model trains, if with a
# warning, and by the error of one sample it is as good. But no gradient reaches the network of the
# prior: it stays what its random first weights made it, and tells presents apart half as well or
# less. Two epochs for each model:


# %%
class UnconditionedPrior(PastVAE):
    """Charges the KL from N(0, 1), so that the prior never learns."""

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return the wrong loss."""
        logits, mean, log_variance, *_ = y_pred
        zeros = ops.zeros_like(mean)
        kl = ops.mean(kl_between_gaussians(mean, log_variance, zeros, zeros))
        return ops.mean(bernoulli_nll(x[0], logits)) + kl


told_apart, single = {}, {}
for kind in (UnconditionedPrior, PastVAE):
    keras.utils.set_random_seed(7)
    made = kind(network(2 * LATENT), network(2 * LATENT), network(256))
    made.compile(optimizer=optimizer(2))
    made.fit((past, present), batch_size=256, epochs=2, verbose=0)
    prior_mean, _ = cloud(made.prior, present_test)  # (N, LATENT)
    told_apart[kind] = float(ops.mean(ops.std(prior_mean, axis=0)))
    single[kind] = np.mean((made.draw(present_test, 0) - past_test) ** 2)
check.expect("Not conditioned", told_apart[UnconditionedPrior], 0.1, 0.45)
check.expect("Conditioned", told_apart[PastVAE], 0.4, 0.75)
check.expect(
    "MSE of one sample, not conditioned by conditioned",
    single[UnconditionedPrior] / single[PastVAE],
    0.9,
    1.05,
)

# %% [markdown]
# **Quantiles by default.** For a perfect ensemble of 9, the interval of `np.quantile` holds too
# little, and a perfect model looks too sure of itself:

# %%
low, high = np.quantile(alike, [0.1, 0.9], axis=1)
by_default = np.mean((known >= low) & (known <= high))
check.expect(
    "Coverage by default quantiles, should be 0.8", by_default, 0.6, 0.7
)

# %% [markdown]
# **"Best of many" without saying of how many.** Draw more, and the best one gets better all by
# itself:

# %%
for count in (1, 2, 4, 8):
    print(
        f"best of {count}: mean squared error "
        f"{errors[:, :count].min(axis=1).mean():.3f}"
    )
gain = errors[:, 0].mean() - errors.min(axis=1).mean()
check.expect("Gained by choosing the best of 8", gain, 0.03, 0.09)

# %% [markdown]
# **Judged against the true past alone.** A past that differs from the true one may be possible,
# too. Pasts A and C of the first picture differ in 15 % of the pixels, where they lead in 6 %.
#
# ## Summary
#
# 1. Diffusion forgets: different pasts lead to nearly one present, and its equation cannot be run
#    backward.
# 2. A network with one answer gives the mean of all pasts, which is grey and none of them.
# 3. In a conditional VAE encoder, prior and decoder all see the present; the KL is from the prior
#    of *this* present.
# 4. Draw an ensemble. Judge each past by where physics takes it, without knowing the truth.
# 5. Judge the spread by its coverage, with quantiles at $p\,(S+1)$, on a known case first. If it is
#    too low, ask whether the samples are too much alike or off to one side.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 7.b ★ choose
#
# A colleague's model has half the mean squared error of yours. Yours draws samples, hers gives one
# answer. Whose is better?
#
# - **a**: Hers: half the error.
# - **b**: Yours: samples are sharp.
# - **c**: There is no telling yet.

# %% question="7.b"
check.question("7.b", "c")

# %% [markdown]
# ### Question 7.c ★ choose
#
# All samples of a model lead to the present with 99 % agreement. Is it a good model of the past?
#
# - **a**: Not necessarily: it may draw the same past each time.
# - **b**: Yes: each of its pasts is possible.
# - **c**: No: 100 % would be needed.

# %% question="7.c"
check.question("7.c", "a")

# %% [markdown]
# ### Question 7.d ★ choose
#
# For which microstructure should the prior $p(z|c)$ be narrow?
#
# - **a**: One with few necks, smooth edges, and a ratio of times near 1.
# - **b**: One that is very old beside the past that is asked for.
# - **c**: One that is unlike all that the encoder has seen.

# %% question="7.d"
check.question("7.d", "a")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - K. Sohn, H. Lee and X. Yan (2015), *Learning Structured Output Representation using Deep
#   Conditional Generative Models*, Advances in Neural Information Processing Systems 28: the
#   conditional VAE.
# - Y. Lipman et al. (2023), *Flow Matching for Generative Modeling*, arXiv:2210.02747: how the flow
#   of the pretrained model is trained.
# - T. Gneiting and A. E. Raftery (2007), *Strictly Proper Scoring Rules, Prediction, and
#   Estimation*, doi:10.1198/016214506000001437: how to judge a forecast that is a distribution.
# - J. W. Cahn and J. E. Hilliard (1958), *Free Energy of a Nonuniform System. I*,
#   doi:10.1063/1.1744102.

# %% tags=["nbval-check-output"]
check.progress("07")
