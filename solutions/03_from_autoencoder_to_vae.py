# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 03 · From autoencoder to VAE
#
# **Why add noise on purpose?**
#
# *Time: about 75 minutes (59 for the core), of which the computer needs two.* You need Python with
# NumPy, what a logarithm and a normal distribution are, and three things from lesson 02. An
# **encoder** turns a picture into a few numbers, its **code**. A **decoder** turns a code into
# **logits**, one for each pixel: a logit of 0 means "phase 1 with probability ½", a large one
# "surely phase 1". And `bernoulli_nll(x, logits)` says how badly the logits fit a picture $x$:
# minus the logarithm of the probability that they give it.

# %%
import keras
import numpy as np
from keras import ops

from vae_course import diagrams, plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.physics.descriptors import perimeter, volume_fraction
from vae_course.vae import VAE, load_pretrained
from vae_course.vae.losses import bernoulli_nll
from vae_course.vae.networks import build_decoder, build_encoder

keras.utils.set_random_seed(3)
# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)

# %% jupyter={"source_hidden": true}
rng = np.random.default_rng(8)
simulated = test.images[rng.choice(len(test), 8, replace=False)]
pretrained = load_pretrained("case1")
invented = (
    pretrained.decode(rng.standard_normal((8, pretrained.latent))) > 0.5
)
plotting.show(
    plotting.pattern_table([invented, simulated], ["A", "B"], [""] * 8),
    "Two rows of eight two-phase microstructures, A and B. They look much "
    "alike.",
)

# %% [markdown]
# One of these rows was **simulated**: it solves the Cahn–Hilliard equation. The other was
# **invented** by a network from nothing but random numbers. Can you tell which?
#
# <details>
# <summary>Answer</summary>
#
# Row A was invented, row B simulated. No simulation led to any picture of row A. Look closely: in
# row A there are bridges of one or two pixels, and single pixels far from any domain. Surface
# tension would have removed both.
#
# </details>
#
# An autoencoder, as in lesson 02, is not made for this. This lesson shows why, and what it takes:
# noise, added on purpose, and a price on it.
#
# ## What you will be able to do
#
# - Draw a code at random in such a way that the encoder can still learn from it (3.1).
# - Say in numbers how far a cloud of codes lies from a standard one, and test the formula (3.2).
# - Put both terms of the evidence lower bound together, with the right signs and units (3.3).
# - Train a variational autoencoder (VAE) of your own in Keras, and see whether it works (3.4).
# - Invent microstructures that nobody has simulated, and compare them with simulated ones (3.5).

# %% [markdown]
# ## 1 What an autoencoder does not know
#
# *Core, 4 minutes.*
#
# We train a plain autoencoder on late microstructures (time above 5e-3, in units of the
# simulation), which have large domains. Each picture becomes a code of 16 numbers. In Case 1 both
# phases are equally common, so that the negative of a picture is as good a microstructure as the
# picture itself: that doubles the data.

# %%
LATENT = 16  # numbers in a code
CHANNELS = (8, 16, 32, 64)  # of the four convolutions: small networks
train, test = train.select(train.time > 5e-3), test.select(test.time > 5e-3)
# (N, 64, 64)
images = np.concatenate([train.images, 1 - train.images]).astype("float32")
unseen = test.images.astype("float32")

encoder, decoder = (
    build_encoder(LATENT, CHANNELS, seed=0),
    build_decoder(LATENT, CHANNELS, seed=0),
)
picture = keras.Input((64, 64, 1))
# (N, 16); the second output comes into its own in a minute
code, _ = encoder(picture)
autoencoder = keras.Model(picture, decoder(code))
epochs, batch = 10, 64
# The step of the optimiser shrinks towards the end, which settles the noise
schedule = keras.optimizers.schedules.CosineDecay(
    3e-3, epochs * (len(images) // batch + 1)
)
autoencoder.compile(keras.optimizers.Adam(schedule), loss=bernoulli_nll)
pictures = images[..., None]
autoencoder.fit(pictures, pictures, batch, epochs=epochs, verbose=0)
print(f"{len(images)} pictures for training, {len(unseen)} unseen")


# %%
def probabilities(decoder, z):
    """Probability of phase 1 in each pixel: (N, latent) -> (N, 64, 64)."""
    return ops.convert_to_numpy(ops.sigmoid(decoder(z)))[..., 0]


codes = ops.convert_to_numpy(encoder(unseen[..., None])[0])  # (N, 16)
rebuilt = probabilities(decoder, codes)
error = np.mean((rebuilt - unseen) ** 2)
check.expect("Mean squared error on unseen simulations", error, 0.03, 0.075)

# %% [markdown]
# The mean picture would have an error of 0.25, so the code is doing well. Now throw the encoder
# away and invent: draw 16 random numbers from the most usual distribution there is, the standard
# normal distribution $\mathcal N(0, 1)$, and decode them.

# %%
random_codes = (
    np.random.default_rng(0).standard_normal((300, LATENT)).astype("float32")
)
from_autoencoder = probabilities(decoder, random_codes)
shown = slice(0, 160, 20)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [unseen[shown], rebuilt[shown], from_autoencoder[:8]],
        ["unseen", "rebuilt", "random\ncodes"],
        [""] * 8,
    ),
    "Three rows: unseen microstructures; the same rebuilt, a little soft; "
    "and what random codes are decoded to: grey clouds.",
)

# %% [markdown]
# **What you should see.** The middle row is a good copy of the first. The last row is grey mush.
# Why? Look where the autoencoder put its codes:

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.scatter(
        {
            "codes of microstructures": (codes[:, 0], codes[:, 1]),
            "random codes": (random_codes[:, 0], random_codes[:, 1]),
        },
        "first number of the code",
        "second number of the code",
    ),
    "Codes of microstructures spread over a wide round cloud, tens of units "
    "across; the random codes sit in a tiny heap at its centre.",
)

# %%
check.expect(
    "Standard deviation of the codes, averaged over axes",
    codes.std(0).mean(),
    8,
    60,
)

# %% [markdown]
# The codes spread over a range of their own, with a standard deviation in the tens. Nothing in the
# training said how far. Your random codes fell into a small heap in the
# middle, where the decoder was hardly ever asked for anything.
#
# You could fit a distribution to the codes and draw from that, as we shall at the end. But there is
# a deeper gap. **A single point says nothing about its
# neighbourhood.** The autoencoder knows some 2,700 points. It does not know how precisely a number
# of the code must be kept, what lies between two codes, or how likely a microstructure is. So let
# us change the question.

# %% [markdown]
# ## 2 A code is a cloud
#
# *Core, 12 minutes.*
#
# *Idea.* Let the encoder answer with a **distribution** of codes instead of a point. For a picture
# $x$ it gives, on each axis of the code, a mean $\mu$ and a standard deviation $\sigma$. A code
# $z$ is then drawn from the normal distribution that they describe:
#
# $$ z = \mu + \sigma\,\varepsilon, \qquad \varepsilon \sim \mathcal N(0, 1). $$
#
# Here $\varepsilon$ (epsilon) is noise, a new number for each picture and each axis. The decoder
# has to rebuild the picture from *any* point of the cloud. That is the purpose of the noise: every
# picture fills a neighbourhood, and neighbouring codes must decode to similar pictures. Here is how
# a code is made of a picture, by a VAE that comes with the course:

# %% jupyter={"source_hidden": true}
small = load_pretrained("case1-latent16")
one = simulated[:1]
mu, log_sigma2 = (
    ops.convert_to_numpy(part)[0]
    for part in small.encoder(one[..., None].astype("float32"))
)
sigma = np.exp(0.5 * log_sigma2)
epsilon = np.random.default_rng(1).standard_normal(16).astype("float32")
z = mu + sigma * epsilon
plotting.show(
    diagrams.diagram(
        {
            "picture x": (0, 0.5, one[0]),
            "encoder": (1, 0.5),
            "means μ": (2, 0, mu),
            "spreads σ": (2, 1, sigma),
            "μ + σ ε": (3, 0),
            "noise ε": (3, 1, epsilon),
            "code z": (4, 0, z),
            "decoder": (5, 0),
            "rebuilt": (6, 0, small.decode(z[None])[0]),
        },
        [
            "picture x -> encoder -> means μ -> μ + σ ε -> code z -> decoder "
            "-> rebuilt",
            "encoder -> spreads σ -> μ + σ ε",
            "noise ε -> μ + σ ε",
        ],
        {"spreads σ": f"about {np.median(sigma):.2f}"},
    ),
    "A picture leads to a box called encoder, and from there to two codes of "
    "16 numbers: means, and spreads, which are small. They meet in a box μ + "
    "σ ε, to which an arrow also leads from noise. It gives a code, the code "
    "leads to a decoder, and that to the picture, rebuilt.",
)

# %% [markdown]
# This is the **reparameterisation trick**. The randomness sits in
# $\varepsilon$, which does not depend on the network. So the derivative of $z$ with respect to
# $\mu$ is simply 1, and with respect to $\sigma$ it is $\varepsilon$: gradients pass through the
# draw, back into the encoder.
#
# A standard deviation must be positive, and a network can return any number. So the encoder
# returns the **logarithm of the variance**, $\log \sigma^2$, and we take
# $\sigma = \exp(\tfrac12 \log\sigma^2)$.

# %%
log_variance = np.array([-4.0, 0.0, 2.0])
print("log variance      ", log_variance)
print("variance          ", np.exp(log_variance).round(3))
print("standard deviation", np.exp(0.5 * log_variance).round(3))

# %% [markdown]
# Random numbers in Keras come from `keras.random`, and a `keras.random.SeedGenerator` remembers how
# many have been drawn. Two calls with the same generator give different numbers; two generators
# with the same seed give the same ones:

# %% tags=["nbval-check-output"]
generator = keras.random.SeedGenerator(1)
# 2 pictures, 3 axes
first = ops.convert_to_numpy(keras.random.normal((2, 3), seed=generator))
second = ops.convert_to_numpy(keras.random.normal((2, 3), seed=generator))
again = keras.random.normal((2, 3), seed=keras.random.SeedGenerator(1))
print("first and second draw equal:", np.array_equal(first, second))
print(
    "same seed, new generator:   ",
    np.array_equal(first, ops.convert_to_numpy(again)),
)

# %% [markdown]
# ### Exercise 3.1 ★★ `sample`
#
# Draw one code for each picture of a batch.
#
# - `mean`, `log_variance`: tensors of shape (N, latent), what the encoder returned;
# - `seed_generator`: a `keras.random.SeedGenerator`;
# - returns: a tensor of shape (N, latent), $z = \mu + \sigma\varepsilon$.
#
# Write it with `ops` (Keras's NumPy: `ops.exp`, `ops.shape`, …) and `keras.random`, so that it runs
# on any backend and lets gradients pass.
#
# <details>
# <summary>Hint 1</summary>
#
# Three steps: the noise, the standard deviation, the sum. The noise needs a number for each picture
# *and* each axis, so it has the shape of `mean`: `ops.shape(mean)`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `keras.random.normal(shape, seed=seed_generator)` draws ε. The standard deviation is
# `ops.exp(0.5 * log_variance)`: mind the one half. Multiply the two and add the mean.
#
# </details>


# %% exercise="3.1"
def sample(mean, log_variance, seed_generator):
    """Draw a code z = mean + σ ε for each picture: -> (N, latent)."""
    ### BEGIN SOLUTION
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(0.5 * log_variance) * noise
    ### END SOLUTION


# %% check="3.1"
sample = check.lesson_03.sample(sample)

# %% [markdown]
# **What you should see.** Ten thousand codes of one picture, drawn around a mean of 1 with a log
# variance of −1, follow the bell curve with $\sigma = e^{-1/2} = 0.607$.

# %%
z = sample(
    ops.full((10_000, 1), 1.0),
    ops.full((10_000, 1), -1.0),
    keras.random.SeedGenerator(0),
)
z = ops.convert_to_numpy(z)[:, 0]
x = np.linspace(-1.5, 3.5, 200)

# %% jupyter={"source_hidden": true}
bell = np.exp(-0.5 * ((x - 1) / np.exp(-0.5)) ** 2) / (
    np.exp(-0.5) * np.sqrt(2 * np.pi)
)
plotting.show(
    plotting.histogram(
        {"10,000 codes": z}, "code z", curve=(x, bell, "normal distribution")
    ),
    "Histogram of the codes, under the bell curve of mean 1 and standard "
    "deviation 0.607.",
)

# %%
check.expect("Standard deviation of the draws", z.std(), 0.59, 0.625)

# %% [markdown]
# ## 3 What a cloud costs
#
# *Core, 12 minutes.*
#
# Left alone, the encoder would cheat. It would make $\sigma$ tiny and push the clouds far apart,
# and we should be back at the autoencoder. So clouds get a price: how far they are from one fixed
# cloud, the **prior** $p(z) = \mathcal N(0, 1)$ on every axis. The price is the
# **Kullback–Leibler divergence** (KL) of the encoder's cloud $q(z|x) = \mathcal N(\mu, \sigma^2)$
# from the prior,
#
# $$ \mathrm{KL} = \mathbb E_{z\sim q}\big[\log q(z|x) - \log p(z)\big]. $$
#
# $\mathbb E_{z\sim q}$ is the average over codes drawn from the cloud. In words: how much more
# likely is such a code under the cloud of this picture than under the prior? With the natural
# logarithm the unit is the **nat** (1 nat = 1.44 bits). It is 0 only if cloud and prior are the
# same, and never negative. Averaged over all pictures it is an upper bound of the information that
# the code carries about the picture, and equal to it only if all clouds together make up the prior.
#
# *Worked example.* The definition is an average, so you can estimate it by drawing: a **Monte-Carlo
# estimate**. Take one picture whose code has two axes.


# %%
def log_normal(z, mean, log_variance):
    """Logarithm of the density of N(mean, σ²) at z, for each axis."""
    return -0.5 * (
        np.log(2 * np.pi)
        + log_variance
        + (z - mean) ** 2 / np.exp(log_variance)
    )


mean, log_variance = np.array([1.0, -0.5]), np.array([-2.0, 0.3])  # 2 axes
draws = 20_000
means = ops.convert_to_tensor(np.tile(mean, (draws, 1)).astype("float32"))
log_variances = ops.convert_to_tensor(
    np.tile(log_variance, (draws, 1)).astype("float32")
)
z = ops.convert_to_numpy(
    sample(means, log_variances, keras.random.SeedGenerator(0))
)
# Over the axes
terms = (log_normal(z, mean, log_variance) - log_normal(z, 0.0, 0.0)).sum(
    axis=1
)
estimate, uncertainty = terms.mean(), terms.std() / np.sqrt(draws)
print(f"KL by drawing: {estimate:.3f} ± {uncertainty:.3f} nats")

# %% [markdown]
# Drawing is slow and noisy. For normal distributions the average can be done by hand. On one axis,
#
# $$ \log q(z) - \log p(z) = -\tfrac12\log\sigma^2 - \frac{(z-\mu)^2}{2\sigma^2} + \frac{z^2}{2}. $$
#
# (The two $\log 2\pi$ cancel.) Now average over $z\sim q$. By definition of the variance,
# $\mathbb E[(z-\mu)^2] = \sigma^2$, so that the second term becomes $-\tfrac12$. And
# $\mathbb E[z^2] = \mu^2 + \sigma^2$. Together:
#
# $$ \mathrm{KL} = \tfrac12\left(\mu^2 + \sigma^2 - 1 - \log\sigma^2\right). $$
#
# The axes of a code are drawn independently, so their logarithms add up: **the KL of a code is the
# sum over its axes.** Each part of the formula pulls somewhere: $\mu^2$ towards the origin,
# $\sigma^2$ keeps clouds from growing, and $-\log\sigma^2$ keeps them from shrinking to points.

# %% jupyter={"source_hidden": true}
m, s = np.linspace(-3, 3, 61), np.linspace(0.05, 3, 60)
plotting.show(
    plotting.line_plot(
        {
            "mean changes, σ = 1": (m[::5], 0.5 * m[::5] ** 2),
            "σ changes, mean 0": (
                s[::3],
                0.5 * (s[::3] ** 2 - 1 - np.log(s[::3] ** 2)),
            ),
        },
        "mean μ, or standard deviation σ",
        "KL (nats)",
    ),
    "KL against the mean: a parabola with its lowest point, 0, at mean 0. "
    "KL against the standard deviation: 0 at σ = 1, rising steeply towards "
    "0 and slowly above 1.",
)

# %% [markdown]
# ### Exercise 3.2 ★★ `kl_divergence`
#
# Compute the KL in closed form.
#
# - `mean`, `log_variance`: tensors of shape (N, latent);
# - returns: a tensor of shape (N,), nats for each picture.
#
# <details>
# <summary>Hint 1</summary>
#
# Compute the bracket of the formula for every picture and axis first, shape (N, latent). What do
# you have, $\log\sigma^2$ or $\sigma^2$? Then sum over one of the two axes of the array.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# $\sigma^2$ is `ops.exp(log_variance)`. `ops.sum(…, axis=-1)` sums over the last axis, that of the
# code. Do not forget the ½.
#
# </details>


# %% exercise="3.2"
def kl_divergence(mean, log_variance):
    """Compute the KL of N(mean, σ²) from N(0, 1): (N, latent) -> (N,)."""
    ### BEGIN SOLUTION
    terms = mean**2 + ops.exp(log_variance) - 1 - log_variance
    return 0.5 * ops.sum(terms, axis=-1)
    ### END SOLUTION


# %% check="3.2"
kl_divergence = check.lesson_03.kl_divergence(kl_divergence)

# %% [markdown]
# **What you should see.** The closed form lies within three standard errors of the estimate by
# drawing. So an estimate tests a formula, whoever has derived it.

# %%
exact = float(kl_divergence(means[:1], log_variances[:1])[0])
print(
    f"closed form {exact:.3f} nats, by drawing {estimate:.3f} ± "
    f"{uncertainty:.3f} nats"
)
check.expect(
    "Difference in standard errors", (estimate - exact) / uncertainty, -3, 3
)

# %% [markdown]
# ## 4 The bound: one number for the whole model
#
# *Core, 13 minutes.*
#
# *Idea.* What do we want of a model of microstructures? That it gives a **high probability** $p(x)$
# to pictures that are real. A picture can come from any code, so $p(x)$ is an average over all
# codes of the prior, $p(x) = \mathbb E_{z\sim p}[p(x|z)]$, where $p(x|z)$ is the probability that
# the decoder gives to the picture. That average is hopeless to compute: hardly any random code
# gives *this* picture.
#
# The encoder knows where to look. Draw codes from its cloud $q(z|x)$ instead, and correct for that
# by the ratio $p(z)/q(z|x)$:
#
# $$ \log p(x) = \log \mathbb E_{z\sim q}\!\left[\frac{p(x|z)\,p(z)}{q(z|x)}\right]
#    \;\ge\; \mathbb E_{z\sim q}\!\left[\log\frac{p(x|z)\,p(z)}{q(z|x)}\right]
#    = \underbrace{\mathbb E_{z\sim q}[\log p(x|z)]}_{\text{how well it is rebuilt}} -
#    \underbrace{\mathrm{KL}}_{\text{what the cloud costs}}. $$
#
# The $\ge$ is Jensen's inequality: the logarithm is concave, so the logarithm of an average is at
# least the average of the logarithms. The right-hand side is the **evidence lower bound (ELBO)**.
# The higher it is, the better, and $\log p(x)$ is at least that good. Both terms are in nats for a
# whole picture: the first **summed over pixels**, the second **summed over axes of the code**. Mix
# a sum with a mean and it is no bound any more.
#
# *Worked example.* A model that knows nothing gives each of the 64 × 64 pixels the probability ½,
# whatever the code.

# %% [markdown]
# ### Question 3.a ★ predict
#
# How many **bits** does a picture cost by such a model?

# %% question="3.a"
check.question("3.a", 4096)

# %%
logits = np.zeros((1, 64, 64), "float32")
nothing = float(bernoulli_nll(unseen[:1], logits)[0])
print(
    f"−log p(x|z) of a model that knows nothing: {nothing:.0f} nats = 4096 · "
    "log 2"
)
print(f"in bits: {nothing / np.log(2):.0f}, one for each pixel")

# %% [markdown]
# ### Exercise 3.3 ★★ `elbo`
#
# Put the bound together, estimated from one code for each picture.
#
# - `x`: pictures of 0 and 1, shape (N, 64, 64);
# - `logits`: what the decoder made of the codes, shape (N, 64, 64);
# - `mean`, `log_variance`: what the encoder returned, shape (N, latent);
# - returns: a tensor of shape (N,), the ELBO of each picture in nats.
#
# You have `bernoulli_nll(x, logits)`, shape (N,), which is **minus** $\log p(x|z)$, summed over
# pixels; and your `kl_divergence`.
#
# <details>
# <summary>Hint 1</summary>
#
# Two terms of shape (N,) and two signs. Which of them is a gain, which a cost? For a model that
# knows nothing and whose clouds are the prior, the ELBO must be −2839.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# $\log p(x|z)$ is `-bernoulli_nll(x, logits)`. From it the KL is subtracted.
#
# </details>


# %% exercise="3.3"
def elbo(x, logits, mean, log_variance):
    """Compute the evidence lower bound of each picture: -> (N,) nats."""
    ### BEGIN SOLUTION
    return -bernoulli_nll(x, logits) - kl_divergence(mean, log_variance)
    ### END SOLUTION


# %% check="3.3"
elbo = check.lesson_03.elbo(elbo)

# %% [markdown]
# **What you should see.** For the know-nothing model with clouds equal to the prior, the bound is
# −2839 nats.

# %% tags=["nbval-check-output"]
# Mean 0, log variance 0: the prior itself
standard = np.zeros((1, LATENT), "float32")
print(f"{float(elbo(unseen[:1], logits, standard, standard)[0]):.0f} nats")

# %% [markdown]
# ## 5 Train it
#
# *Core, 16 minutes.*
#
# *Idea.* Keras lowers a loss, so the loss is minus the ELBO, averaged over the pictures of a batch:
#
# $$ \text{loss} = \text{mean}\big[-\log p(x|z)\big] + \text{mean}\big[\mathrm{KL}\big]. $$
#
# A Keras model with a loss of its own is a class with two methods. `call` says what happens to a
# batch: encode, sample, decode. `compute_loss` gets what `call` returned, as `y_pred`, and returns
# one number. Two `keras.metrics.Mean` **trackers** keep the running mean of each term, so that
# `fit` reports them after every epoch (one pass over the training pictures). Watch both: their sum
# alone does not tell whether the code is used.
#
# ### Exercise 3.4 ★★★ `VariationalAutoencoder`
#
# Everything is there but `compute_loss`. It gets
#
# - `x`: the pictures, shape (N, 64, 64);
# - `y_pred`: logits (N, 64, 64), mean and log_variance (N, latent), unpacked for you;
#
# and it must
#
# 1. update `self.reconstruction_tracker` with the mean over the batch of $-\log p(x|z)$,
# 2. update `self.kl_tracker` with the mean over the batch of the KL,
# 3. return the loss, one number.
#
# The check trains your class for a few seconds on small pictures. Is it better than the mean
# picture, and is its KL above zero?
#
# <details>
# <summary>Hint 1</summary>
#
# Compute the two means first, each by `ops.mean` of something of shape (N,): `bernoulli_nll(…)` and
# `kl_divergence(…)`. A tracker takes a number by `update_state(number)`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `reconstruction = ops.mean(bernoulli_nll(x, logits))`, and `kl` likewise. Hand each to its
# tracker. Then return their sum.
#
# </details>


# %% exercise="3.4"
class VariationalAutoencoder(keras.Model):
    """An encoder and a decoder, trained by minus the evidence lower bound."""

    def __init__(self, encoder, decoder):
        """Take the two networks, and make what draws and what keeps means."""
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.reconstruction_tracker = keras.metrics.Mean(
            name="reconstruction"
        )
        self.kl_tracker = keras.metrics.Mean(name="kl")

    def call(self, images):
        """Encode, sample, decode: -> logits, mean, log_variance."""
        # (N, latent) twice
        mean, log_variance = self.encoder(images[..., None])
        z = sample(mean, log_variance, self.seed_generator)  # (N, latent)
        return self.decoder(z)[..., 0], mean, log_variance

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Return minus the mean ELBO, and update the trackers."""
        logits, mean, log_variance = y_pred
        ### BEGIN SOLUTION
        reconstruction = ops.mean(bernoulli_nll(x, logits))
        kl = ops.mean(kl_divergence(mean, log_variance))
        self.reconstruction_tracker.update_state(reconstruction)
        self.kl_tracker.update_state(kl)
        return reconstruction + kl
        ### END SOLUTION


# %% check="3.4"
VariationalAutoencoder = check.lesson_03.VariationalAutoencoder(
    VariationalAutoencoder
)

# %% [markdown]
# Now train it on the full pictures, with the networks, start and steps of the autoencoder before.
# Noise and KL are all that differs.

# %%
vae = VariationalAutoencoder(
    build_encoder(LATENT, CHANNELS, seed=0),
    build_decoder(LATENT, CHANNELS, seed=0),
)
vae.compile(optimizer=keras.optimizers.Adam(schedule))
history = vae.fit(images, batch_size=batch, epochs=epochs, verbose=0).history

# %% jupyter={"source_hidden": true}
epoch = np.arange(1, epochs + 1)
plotting.show(
    plotting.line_plot(
        {
            "−log p(x|z), reconstruction": (epoch, history["reconstruction"]),
            "KL": (epoch, history["kl"]),
        },
        "epoch",
        "nats for each picture",
    ),
    "Over ten epochs the reconstruction term falls from about 2000 to about "
    "500 nats; the KL stays near 50 nats.",
)

# %%
mean, log_variance = (
    ops.convert_to_numpy(part) for part in vae.encoder(unseen[..., None])
)
rebuilt_vae = probabilities(vae.decoder, mean)
kl = float(ops.mean(kl_divergence(mean, log_variance)))
check.expect(
    "Mean squared error on unseen simulations",
    np.mean((rebuilt_vae - unseen) ** 2),
    0.03,
    0.075,
)
check.expect("KL (nats)", kl, 35, 70)
check.expect(
    "Mean standard deviation σ of a cloud",
    np.exp(0.5 * log_variance).mean(),
    0.02,
    0.12,
)
check.expect(
    "Standard deviation of the means, averaged over axes",
    mean.std(0).mean(),
    0.8,
    1.6,
)

# %%
# All clouds together: the spread of the means plus that of a cloud
together = mean.var(0) + np.exp(log_variance).mean(0)
print(f"variance by axis: {together.min():.2f} to {together.max():.2f}")
lengths = np.sqrt((mean**2 + np.exp(log_variance)).sum(1))
check.expect("Mean variance of all clouds together", together.mean(), 1.2, 2)
check.expect("Mean length of their codes", lengths.mean(), 4.4, 5.6)
check.expect("The same for the prior, √16", np.sqrt(LATENT), 4, 4)

# %% [markdown]
# **What you should see.** Read these numbers; they say whether a VAE works.
#
# - The error is about that of the autoencoder: the noise has cost little.
# - The KL is around 50 nats: at most 50 nats of information about a picture pass through 16
#   numbers. At 0 the code would carry nothing.
# - A cloud has a standard deviation of about 0.05, and the clouds together spread over about 1. So
#   an axis tells about $1/0.05 = 20$ positions apart, not infinitely many. The model has *told you*
#   how precisely a code must be kept.
# - The clouds together are a little wider than the prior: their variance on an axis lies above 1,
#   and their codes are about a quarter longer. So they are near the prior, but do not make it up. A
#   code drawn from the prior lies further inside than most codes of microstructures.
#
# The ELBO is also a length. A picture of 4,096 pixels takes 4,096 bits if you know nothing. With
# this model at hand, an unseen one takes no more than:

# %%
logits, means, log_variances = vae(unseen)
nats = -float(ops.mean(elbo(unseen, logits, means, log_variances)))
print(
    f"−ELBO of unseen pictures: {nats:.0f} nats = {nats / np.log(2):.0f} bits"
)
check.expect(
    "Bits for an unseen picture, at most", nats / np.log(2), 600, 1600
)

# %% [markdown]
# ## 6 Invent microstructures
#
# *Going further, 10 minutes.*
#
# *Idea.* Now you know where to draw: the KL term has pulled the clouds of all microstructures
# together, near the prior. So a code from $\mathcal N(0, 1)$ should decode to something like a
# microstructure. To get phases out of logits, ask which phase is more likely: phase 1 where the
# probability is above ½.
#
# ### Exercise 3.5 ★ `generate`
#
# - `decoder`: a model from codes (n, latent) to logits (n, 64, 64, 1);
# - `n`, `latent`, `seed`: how many pictures, the length of the code, a whole number;
# - returns: a NumPy array of 0 and 1, shape (n, 64, 64). Equal seeds give equal pictures.
#
# <details>
# <summary>Hint 1</summary>
#
# `keras.random.normal((n, latent), seed=seed)` draws the codes. The decoder returns logits, not
# probabilities: which logit belongs to the probability ½?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# The logistic function of 0 is ½, so a pixel is phase 1 where its logit is above 0. `[..., 0]`
# takes the last axis away; `ops.convert_to_numpy(…)` and `.astype("uint8")` make it an array of 0
# and 1.
#
# </details>


# %% exercise="3.5"
def generate(decoder, n, latent, seed):
    """Decode n codes of N(0, 1) to phases 0 and 1, shape (n, 64, 64)."""
    ### BEGIN SOLUTION
    logits = decoder(keras.random.normal((n, latent), seed=seed))[..., 0]
    return ops.convert_to_numpy(logits > 0).astype("uint8")
    ### END SOLUTION


# %% check="3.5"
generate = check.lesson_03.generate(generate)

# %%
from_vae = probabilities(vae.decoder, random_codes)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [
            unseen[shown],
            generate(vae.decoder, 8, LATENT, seed=0),
            from_vae[:8],
            from_autoencoder[:8],
        ],
        [
            "simulated",
            "your generate",
            "VAE,\nprobability",
            "autoencoder,\nprobability",
        ],
        [""] * 8,
    ),
    "Four rows: simulated microstructures; pictures from your generate, "
    "with round domains of the same size; probabilities from the VAE, "
    "nearly all close to 0 or 1; probabilities from the autoencoder, grey "
    "clouds.",
)

# %% [markdown]
# **What you should see.** Your pictures have domains of the right size with round edges. The last
# two rows show probabilities, not cut yet: the VAE's at other random codes, and the autoencoder's
# at the same. Beware of the cut: it gives sharp edges to anything, even to a grey cloud that says
# "I do not know".
#
# Looking is not enough. Three numbers judge: the share of **undecided** pixels (probability between
# 0.1 and 0.9), the spread of the volume fraction of phase 1 (the physics conserves it), and the
# length of the interface, the **perimeter**, in units of the side of the picture. And we are fair
# to the autoencoder: as a fourth contender, we measure mean and standard deviation of its codes on
# the training pictures and draw *there*.

# %%
codes_of_training = ops.convert_to_numpy(encoder(images[..., None])[0])
fitted_codes = random_codes * codes_of_training.std(
    0
) + codes_of_training.mean(0)
sources = {
    "simulated": unseen,
    "VAE": from_vae,
    "autoencoder": from_autoencoder,
    "autoencoder, fitted": probabilities(decoder, fitted_codes),
}
undecided = {
    name: np.mean((p > 0.1) & (p < 0.9)) for name, p in sources.items()
}
spread = {name: volume_fraction(p > 0.5).std() for name, p in sources.items()}
length = {name: perimeter(p > 0.5) for name, p in sources.items()}
print(
    f"{'':20} undecided pixels   spread of volume fraction   mean perimeter"
)
for name in sources:
    print(
        f"{name:20} {undecided[name]:^16.0%}   {spread[name]:^25.3f} "
        f"{length[name].mean():^16.2f}"
    )

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.histogram(
        {name: length[name] for name in ("simulated", "VAE")},
        "perimeter (units of the side)",
    ),
    "Distributions of the perimeter: simulated pictures from 2 to 5, those "
    "of the VAE narrower, around 3.3.",
)

# %%
check.expect(
    "Undecided pixels of the VAE's pictures", undecided["VAE"], 0.15, 0.4
)
check.expect(
    "Undecided pixels of the autoencoder's",
    undecided["autoencoder"],
    0.8,
    1.0,
)
means_of = {name: length[name].mean() for name in ("simulated", "VAE")}
spreads = {name: length[name].std() for name in ("simulated", "VAE")}
check.expect("Mean perimeter, VAE", means_of["VAE"], 2.7, 4.1)
check.expect(
    "Mean perimeter, VAE over simulated",
    means_of["VAE"] / means_of["simulated"],
    0.9,
    1.2,
)
check.expect(
    "Spread of the perimeter, VAE over simulated",
    spreads["VAE"] / spreads["simulated"],
    0.4,
    0.8,
)
shortest = np.quantile(length["simulated"], 0.25)
check.expect(
    "Share of VAE pictures below the lowest quarter of the simulated",
    np.mean(length["VAE"] < shortest),
    0,
    0.12,
)
check.expect("Spread of their volume fraction", spread["VAE"], 0.015, 0.07)

# %% [markdown]
# Three honest remarks.
#
# - The *mean* perimeter of the VAE's pictures is close to that of simulated ones. Their spread is
#   not: it is about three fifths as large, and coarse pictures with a short interface are hardly
#   ever invented. And the volume fraction scatters about ten times as much as in the simulations.
#   The VAE has learned what microstructures look like, not that matter is conserved. That is why
#   physics has the last word in this course.
# - With its codes *fitted*, the autoencoder invents about as well, and decides on even more pixels.
#   The gain of the VAE is not sharper pictures. It is that you need no second model of the codes,
#   that every axis comes with its precision, and that you have a bound on $\log p(x)$ by which
#   models can be compared.
# - Sixteen numbers and seconds of training are little. The model of the first picture has 64
#   numbers and was trained for hours on far more simulations.

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **The variance taken for the standard deviation.** At a log variance of −4 the noise is
# $e^{-4} = 0.018$ instead of $e^{-2} = 0.135$. The model then keeps codes seven times more
# precisely than the KL charges for. It looks like a very good VAE, and its bound is wrong.
#
# **Noise from NumPy.** Keras turns `call` into a graph once. NumPy's numbers are drawn at that
# moment and stay in the graph for good:


# %% tags=["nbval-check-output"]
class FrozenNoise(keras.layers.Layer):
    """Adds noise in the wrong way."""

    def call(self, x):
        """Add NumPy's noise to x, shape (1, 3)."""
        return x + np.random.default_rng().normal(size=(1, 3)).astype(
            "float32"
        )


frozen = keras.Sequential([FrozenNoise()])
one, two = (
    frozen.predict(np.zeros((1, 3), "float32"), verbose=0) for _ in range(2)
)
print("the same noise twice:", np.array_equal(one, two))

# %% [markdown]
# **A mean where a sum belongs.** With a mean over the 4,096 pixels and a sum over the axes, the KL
# weighs 4,096 times too much. The model then pays for no code at all. That is **posterior
# collapse**: every cloud is the prior, and the decoder returns the mean picture, whatever the code.

# %%
collapsed = VAE(
    build_encoder(LATENT, CHANNELS, seed=0),
    build_decoder(LATENT, CHANNELS, seed=0),
    beta=4096,
    seed=0,
)
collapsed.compile(optimizer=keras.optimizers.Adam(3e-3))
collapsed.fit(images, batch_size=64, epochs=2, verbose=0)

# %% jupyter={"source_hidden": true}
grey = collapsed.reconstruct(unseen[shown])
plotting.show(
    plotting.pattern_table(
        [unseen[shown], grey], ["unseen", "rebuilt"], [""] * 8
    ),
    "Upper row: unseen microstructures. Lower row: all rebuilt as the same "
    "even grey.",
)

# %%
collapsed_mean, collapsed_log_variance = collapsed.posterior(unseen)
kl = float(ops.mean(kl_divergence(collapsed_mean, collapsed_log_variance)))
check.expect("KL of the collapsed model (nats)", kl, 0, 0.1)

# %% [markdown]
# **Logits cut at 0.5.** A logit of 0.5 is a probability of 0.62. Cut there, and too little becomes
# phase 1:

# %%
logits = ops.convert_to_numpy(vae.decoder(random_codes))[..., 0]
right, wrong = np.mean(logits > 0), np.mean(logits > 0.5)
print(f"volume fraction, cut at 0: {right:.3f}; cut at 0.5: {wrong:.3f}")
check.expect("What is lost", right - wrong, 0.015, 0.06)

# %% [markdown]
# ## Summary
#
# 1. An autoencoder's codes are points. Nothing says where they lie or what is between them.
# 2. A VAE's encoder returns a cloud, $z = \mu + \sigma\varepsilon$; gradients pass the draw.
# 3. The KL is the price of a cloud: the information it carries, in nats, summed over axes.
# 4. ELBO = how well it is rebuilt − what the cloud costs. The loss is its negative.
# 5. Codes drawn from the prior decode to new microstructures. Measure them; do not only look.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 3.b ★ choose
#
# A trained VAE has 16 axes. On five of them every picture has the mean 0 and the log variance 0.
# What do these axes tell about a picture, and what do they cost?
#
# - **a**: They tell nothing and cost nothing.
# - **b**: They tell nothing and cost five times the KL of a standard cloud.
# - **c**: They tell that the picture is an average one, at no cost.

# %% question="3.b"
check.question("3.b", "a")

# %% [markdown]
# ### Question 3.c ★ find the fault
#
# Somebody reports a lower loss than yours. Which of the three lines explains it?
#
# - **a**: `nll = ops.sum(nll_of_pixels, axis=(1, 2))`
# - **b**: `kl = ops.mean(kl_of_axes, axis=1)`
# - **c**: `loss = ops.mean(nll + kl)`

# %% question="3.c"
check.question("3.c", "b")

# %% [markdown]
# ### Question 3.d ★ choose
#
# Why does the noise make neighbouring codes decode to similar pictures?
#
# - **a**: Each picture is decoded from many points of its cloud; where clouds overlap, the decoder
#   must serve both pictures.
# - **b**: The noise is added to the pictures, too, and blurs them.
# - **c**: The KL pulls similar pictures together.

# %% question="3.d"
check.question("3.d", "a")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - D. P. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, arXiv:1312.6114: the
#   original, with the KL in its appendix B.
# - D. J. Rezende, S. Mohamed and D. Wierstra (2014), *Stochastic Backpropagation and Approximate
#   Inference in Deep Generative Models*, arXiv:1401.4082: the same idea, at the same time.
# - C. Doersch (2016), *Tutorial on Variational Autoencoders*, arXiv:1606.05908: slower and longer.
# - P. Ghosh et al. (2020), *From Variational to Deterministic Autoencoders*, arXiv:1903.12436: what
#   can be said for fitting a distribution to codes afterwards.

# %% tags=["nbval-check-output"]
check.progress("03")
