# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 02 · Squeezing a picture
#
# **How few numbers does a microstructure need?**
#
# *Time: about 75 minutes (56 for the core), of which the computer needs one.* You need lesson 01: a
# microstructure is an array of 0 and 1, shape (64, 64), and a test set holds whole simulations. You
# need no experience with neural networks: this lesson builds the first one.

# %%
import keras
import numpy as np
from keras import layers, ops
from sklearn.decomposition import PCA

from vae_course import diagrams, plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.vae import load_pretrained

keras.utils.set_random_seed(2)
# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)

# %% jupyter={"source_hidden": true}
known = train.images[::3].reshape(-1, 4096).astype("float32")
shown = test.images[np.argsort(test.time)[40::131]].astype("float32")
linear = PCA(16, svd_solver="randomized", random_state=0).fit(known)
by_lines = linear.inverse_transform(
    linear.transform(shown.reshape(-1, 4096))
).reshape(-1, 64, 64)
trained = load_pretrained("case1-latent16")
plotting.show(
    plotting.pattern_table(
        [shown, np.clip(by_lines, 0, 1), trained.reconstruct(shown)],
        [
            "4,096 pixels",
            "16 numbers,\nprincipal\ncomponents",
            "16 numbers,\na trained\nnetwork",
        ],
        ["young"] + [""] * (len(shown) - 2) + ["old"],
    ),
    "Eight microstructures from young to old, and below them the same, "
    "rebuilt from 16 numbers in two ways. By principal components all are "
    "blurred, even the old ones. By a network the old ones are nearly "
    "perfect, and the young ones are as blurred as before.",
)

# %% [markdown]
# Above are eight microstructures that no method has seen before. Each has 4,096 pixels. Below, each
# was squeezed into **16 numbers**, and drawn again from nothing but these: by a classical method,
# principal components, and by a neural network that comes with the course. The 16 numbers are
# called the **code** of the picture.
#
# Why should that be possible? Most pictures of 4,096 pixels look like the noise of a detuned
# television. Microstructures are rare among them: they have domains, and smooth borders. A method
# that knows what microstructures look like need only say *which one* it is.
#
# ## What you will be able to do
#
# - Squeeze pictures by principal components, the baseline for all that follows (2.1).
# - Say in nats how badly a model of pixels fits a picture, without overflow (2.2).
# - Build an encoder and a decoder from convolutions, and train your first network (2.3, 2.4).
# - Tell where a method fails, and not just how it does on average (2.5).

# %% [markdown]
# ## 1 The best straight lines: principal components
#
# *Core, 12 minutes.*
#
# *Idea.* A picture of 4,096 pixels is a point in a space of 4,096 dimensions. All pictures of the
# training set together are a cloud there. **Principal component analysis** (PCA) finds the straight
# directions along which the cloud is longest. These directions are pictures themselves, the
# **components** $u_1, u_2, \dots$ A picture $x$ is then described by how far it lies along each of
# the first $k$:
#
# $$ x \approx \bar x + \sum_{i=1}^{k} a_i\,u_i, \qquad a_i = u_i\cdot(x - \bar x). $$
#
# $\bar x$ is the mean picture of the training set. The numbers $a_1, \dots, a_k$ are the code. Of
# all codes of $k$ numbers that are *linear* in the picture, this one has the smallest mean squared
# error on the training set.
#
# *Worked example.* scikit-learn's `PCA` does it. `fit` finds mean and components, `transform` gives
# codes, `inverse_transform` draws pictures from codes. It takes pictures as rows, so we flatten
# them: (N, 64, 64) becomes (N, 4096).
#
# Both phases are equally common here, so the negative of a microstructure is as good a
# microstructure. Adding the negatives doubles the training set at no cost.

# %%
# (N, 64, 64)
images = np.concatenate([train.images, 1 - train.images]).astype("float32")
unseen = test.images.astype("float32")
print(f"{len(images)} pictures for training, {len(unseen)} unseen")

# %% jupyter={"source_hidden": true}
pca = PCA(32, svd_solver="randomized", random_state=0).fit(
    images.reshape(-1, 4096)
)
components = pca.components_.reshape(-1, 64, 64)  # (32, 64, 64)
first = [0, 1, 2, 3, 7, 15, 31]
plotting.show(
    plotting.pattern_table(
        [[0.5 + 12 * components[k] for k in first]],
        [""],
        [f"component {k + 1}" for k in first],
        side=1.3,
    ),
    "Seven components: blotches of light and dark like waves on a pond. The "
    "first ones are broad, the later ones are finer, with more crests.",
)

# %% [markdown]
# They are waves, from coarse to fine, whatever the microstructures: PCA knows how long domains are,
# and nothing of their borders.
#
# ### Exercise 2.1 ★★ `pca_reconstruct`
#
# - `train`, `test`: pictures, shapes (N, n, n) and (M, n, n);
# - `k`: the number of components;
# - returns: the test pictures, rebuilt from $k$ numbers each, shape (M, n, n).
#
# Use `PCA(k, svd_solver="randomized", random_state=0)` of scikit-learn, or `np.linalg.svd`.
#
# <details>
# <summary>Hint 1</summary>
#
# Flatten both sets with `reshape(len(train), -1)`. Which of the two may `fit` see? And the result
# must get its shape back.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `pca = PCA(k, …).fit(flat_train)`, then `pca.inverse_transform(pca.transform(flat_test))`. It adds
# the mean by itself. At the end `.reshape(test.shape)`.
#
# </details>


# %% exercise="2.1"
def pca_reconstruct(train, test, k):
    """Rebuild test pictures from k components of the training pictures."""
    ### BEGIN SOLUTION
    fitted = PCA(k, svd_solver="randomized", random_state=0).fit(
        train.reshape(len(train), -1)
    )
    codes = fitted.transform(test.reshape(len(test), -1))
    return fitted.inverse_transform(codes).reshape(test.shape)
    ### END SOLUTION


# %% check="2.1"
pca_reconstruct = check.lesson_02.pca_reconstruct(pca_reconstruct)

# %% [markdown]
# **What you should see.** The mean squared error over all pixels of unseen pictures. A mean picture
# alone, $k = 0$, has 0.25: every pixel is ½, and off by ½.

# %%
from_pca = pca_reconstruct(images, unseen, 32)
pca_error = np.mean((from_pca - unseen) ** 2)
check.expect("Mean squared error, 32 components", pca_error, 0.115, 0.135)

# %% [markdown]
# **Why does it not get better?** Because moving is not adding. Take the simplest family of pictures
# that one number describes: one stripe, 15 pixels wide, at 64 places.

# %%
place = np.arange(64)
# (64 places, 64 pixels)
stripe = (np.abs(place[:, None] - place + 32) % 64 < 8).astype("float32")
# (64, 64, 64): whole pictures
stripes = np.repeat(stripe[:, None, :], 64, axis=1)
counts = [1, 2, 4, 8, 16, 32]
errors = [
    np.mean((pca_reconstruct(stripes, stripes, k) - stripes) ** 2)
    for k in counts
]
halves = 0.5 * (stripes[:1] + stripes[24:25])

# %% jupyter={"source_hidden": true}
rebuilt = pca_reconstruct(stripes, stripes[:1], 2)
plotting.show(
    plotting.pattern_table(
        [[stripes[0], stripes[24], halves[0], np.clip(rebuilt[0], 0, 1)]],
        [""],
        ["stripe here", "stripe there", "half of each", "2 components"],
        side=1.4,
    ),
    "A vertical stripe; the same further to the side; half the sum of both, "
    "which is two grey stripes and nothing half-way; and the first, rebuilt "
    "from two components: a blurred wave.",
)

# %%
for k, error in zip(counts, errors, strict=True):
    print(f"{k:2} components: mean squared error {error:.4f}")
half_way = halves[0, 0, (place[0] + place[24]) // 2]
check.expect("Half-way between the two stripes", half_way, 0, 0)
check.expect("Error with 2 components", errors[1], 0.02, 0.12)
check.expect("Error with 8 components", errors[3], 0.002, 0.03)

# %% [markdown]
# A sum of two pictures is not a picture half-way: it is a double exposure. The family is a *curved*
# line through the space of pictures, and straight lines follow it badly. One number would do, and
# eight components are not enough. Borders of domains move as this stripe does. So we need a code
# that is **not linear**. The next three sections build one.

# %% [markdown]
# ## 2 What a network is
#
# *Core, 5 minutes.*
#
# *Idea.* A **network** is a function with very many adjustable numbers, its **weights**. It is put
# together from **layers**: the output of one is the input of the next. For pictures the most useful
# layer is the **convolution**. It slides a small window, its **kernel**, over the picture. At each
# place it multiplies the pixels in the window by the numbers of the kernel, and adds up.
#
# *Worked example.* Four kernels of 3 × 3 numbers, chosen by hand, on one microstructure.

# %%
x = unseen[np.argsort(test.time)[500]]
kernels = {
    "mean": np.full((3, 3), 1 / 9),
    "left minus right": np.array([[1, 0, -1]] * 3) / 6,
    "top minus bottom": np.array([[1, 0, -1]] * 3).T / 6,
    "borders": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 12,
}
# 4 kernels of 3 × 3
convolution = layers.Conv2D(4, 3, padding="same", use_bias=False)
convolution.build((None, 64, 64, 1))
convolution.set_weights(
    [np.stack(list(kernels.values()), axis=-1)[:, :, None, :]]
)
# (64, 64, 4): one channel a kernel
seen = ops.convert_to_numpy(convolution(x[None, :, :, None]))[0]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [[x, *(seen[..., k] + (0 if k == 0 else 0.5) for k in range(4))]],
        [""],
        ["picture", *kernels],
        side=1.5,
    ),
    "A microstructure and what four kernels make of it: blurred; its left "
    "borders light and its right ones dark; its upper borders dark and its "
    "lower ones light; all its borders drawn.",
)

# %%
print(
    "shape of a batch of one picture:",
    x[None, :, :, None].shape,
    "and of the result:",
    (1, *seen.shape),
)

# %% [markdown]
# Arrays of pictures in Keras have four axes: (N, height, width, **channels**). Our pictures have
# one channel; four kernels give four. You will not choose kernels by hand. Their numbers are the
# weights, and training finds them.
#
# Three more ideas, and you can build a network:
#
# - **Stride.** With a stride of 2 the window moves two pixels at a time, and the result has half
#   the height and half the width: 64, 32, 16, 8, 4. What a pixel of the result has seen is still
#   one window. But in the *next* layer neighbours are two pixels of the picture apart, so that its
#   window spans twice as much.
# - **Activation.** A chain of convolutions would still be linear, and no better than PCA. So after
#   each layer every number passes a bent curve, for instance the **leaky ReLU**: $v$ where $v > 0$,
#   and $0.2\,v$ below.
# - **Dense layer.** At the end, all numbers of the small picture are laid out in a row (`Flatten`),
#   and each number of the code is a weighted sum of them (`Dense`).

# %% [markdown]
# How much of the picture has a pixel seen, after one to four layers with windows of 4 × 4 and a
# stride of 2? The first window has 4 pixels a side; each later one adds 3 steps, and the steps
# double.

# %% tags=["nbval-check-output"]
side, step = 4, 2
for layer in (1, 2, 3, 4):
    print(f"layer {layer}: {side} × {side} pixels of the picture")
    side, step = side + 3 * step, 2 * step

# %% [markdown]
# ## 3 How badly does it fit?
#
# *Core, 12 minutes.*
#
# *Idea.* To adjust weights, we need one number that says how bad a picture drawn by the network is:
# the **loss**. Our pixels are 0 or 1. So let the network answer, for each pixel, with the
# probability $p$ that it is 1. How probable did it find the pixel that came? $p$ if it was 1, and
# $1-p$ if it was 0. The probability of the whole picture is the product over the pixels, a tiny
# number; its logarithm is a sum. With the sign turned, so that less is better:
#
# $$ -\log p(x) = -\sum_{\text{pixels}} \big[\, x\log p + (1-x)\log(1-p) \,\big]. $$
#
# This is the **negative log-likelihood** (NLL). Coin flips, heads or tails with a probability $p$,
# are named after Bernoulli. With the natural logarithm its unit is the **nat**. Being sure and
# right costs nothing; being sure and wrong costs without limit.
#
# A network can return any number, not just one between 0 and 1. So let it return the **logit** $l$,
# and take $p = 1/(1+e^{-l})$, the **sigmoid** of $l$. A logit of 0 is $p = ½$, a large one is
# "surely phase 1", a very negative one is "surely phase 0". Put it into the formula, and it becomes
#
# $$ -\log p(x) = \sum_{\text{pixels}} \big[ \log(1 + e^{l}) - x\,l \big]. $$
#
# *Worked example.* Both forms, for one pixel of phase 1 that the network gets ever more wrong:

# %%
logit = np.array([0.0, -10.0, -100.0, -1000.0])
with np.errstate(all="ignore"):
    p = 1 / (1 + np.exp(-logit))
    print("by the probability:", -np.log(p))
softplus = np.logaddexp(0, logit)  # log(e^0 + e^l), which does not overflow
print("by the logit:      ", softplus - 1.0 * logit)

# %% [markdown]
# For a logit of −1000 the probability is rounded to 0, its logarithm is infinite, and training is
# over: gradients of infinity are no numbers. $\log(1+e^l)$ written naively overflows on the other
# side. `ops.softplus` of Keras computes it safely.
#
# ### Exercise 2.2 ★★ `bernoulli_nll`
#
# - `x`: pictures of 0 and 1, a tensor of shape (N, …): the number of axes after the first may vary;
# - `logits`: of the same shape;
# - returns: a tensor of shape (N,), nats for each picture: the **sum** over its pixels.
#
# <details>
# <summary>Hint 1</summary>
#
# Compute the bracket of the second formula for all pixels at once. Then sum over all axes but the
# first. How many those are, the shape tells.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `ops.softplus(logits) - x * logits` is the bracket, and the axes to sum over are
# `tuple(range(1, len(x.shape)))`.
#
# </details>


# %% exercise="2.2"
def bernoulli_nll(x, logits):
    """Compute −log p(x) of each picture from logits: -> (N,) nats."""
    ### BEGIN SOLUTION
    nats = ops.softplus(logits) - x * logits
    return ops.sum(nats, axis=tuple(range(1, len(nats.shape))))
    ### END SOLUTION


# %% check="2.2"
bernoulli_nll = check.lesson_02.bernoulli_nll(bernoulli_nll)

# %% [markdown]
# **What you should see.** A model that knows nothing says ½ for each pixel, and needs log 2 = 0.693
# nats a pixel, whatever the picture. Divided by log 2, the unit is the **bit**: one for each pixel,
# as in a file without compression.

# %% tags=["nbval-check-output"]
nothing = float(
    bernoulli_nll(unseen[:1], np.zeros((1, 64, 64), "float32"))[0]
)
print(f"{nothing:.0f} nats, or {nothing / np.log(2):.0f} bits")

# %% [markdown]
# ## 4 An encoder and a decoder
#
# *Core, 19 minutes.*
#
# *Idea.* The **encoder** turns a picture into a code, the **decoder** a code into logits. Both
# together, one behind the other, are an **autoencoder**: trained to give back what came in, through
# the needle's eye of a few numbers. Here is the network of the first figure at work, on one picture
# of the test set:

# %% jupyter={"source_hidden": true}
old = shown[-2:-1]
plotting.show(
    diagrams.diagram(
        {
            "picture": (0, 0, old[0]),
            "encoder": (1, 0),
            "code": (2, 0, trained.encode(old)[0]),
            "decoder": (3, 0),
            "rebuilt": (4, 0, trained.reconstruct(old)[0]),
        },
        ["picture -> encoder -> code -> decoder -> rebuilt"],
        {
            "picture": "64 × 64 pixels",
            "code": "16 numbers",
            "rebuilt": "probabilities",
        },
    ),
    "From left to right, joined by arrows: a picture of 64 × 64 pixels, a "
    "box called encoder, a code of 16 numbers drawn as coloured cells, a box "
    "called decoder, and the picture rebuilt, with blurred borders.",
)

# %% [markdown]
# A cell of the code is orange for a number above 0, blue for one below, and white for 0.
#
# *Worked example.* In Keras you start with an input, call layers one after the other on what the
# last returned, and make a model of both ends. Here are two convolutions and a dense layer:

# %% tags=["nbval-check-output"]
picture = keras.Input((64, 64, 1))
h = layers.Conv2D(8, 4, strides=2, padding="same", activation="leaky_relu")(
    picture
)
print("8 kernels of 4 × 4, stride 2:", h.shape[1:])
h = layers.Conv2D(16, 4, strides=2, padding="same", activation="leaky_relu")(
    h
)
print("16 kernels, stride 2:        ", h.shape[1:])
small = keras.Model(picture, layers.Dense(3)(layers.Flatten()(h)))
print("code:                        ", small.output.shape[1:])
print("weights:                     ", small.count_params())

# %% [markdown]
# ### Exercise 2.3 ★★ `build_encoder`
#
# - `latent`: how many numbers the code has;
# - returns: a `keras.Model` from (64, 64, 1) to (latent,).
#
# Four convolutions of 8, 16, 32 and 64 kernels of 4 × 4 pixels, each with a stride of 2 and leaky
# ReLU; then flatten; then a dense layer **without** activation: a number of a code may have any
# sign and size.
#
# <details>
# <summary>Hint 1</summary>
#
# Like the worked example, with four convolutions. A loop `for width in (8, 16, 32, 64):` saves
# typing. After the last one the picture is 4 × 4.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# In the loop: `h = layers.Conv2D(width, 4, strides=2, padding="same", activation="leaky_relu")(h)`,
# with `h` starting as the input. At the end `layers.Dense(latent)(layers.Flatten()(h))`.
#
# </details>


# %% exercise="2.3"
def build_encoder(latent):
    """Build the network from a picture, (64, 64, 1), to a code, (latent,)."""
    ### BEGIN SOLUTION
    image = keras.Input((64, 64, 1))
    h = image
    for width in (8, 16, 32, 64):
        h = layers.Conv2D(
            width, 4, strides=2, padding="same", activation="leaky_relu"
        )(h)
    return keras.Model(image, layers.Dense(latent)(layers.Flatten()(h)))
    ### END SOLUTION


# %% check="2.3"
build_encoder = check.lesson_02.build_encoder(build_encoder)

# %% [markdown]
# *Idea.* The decoder goes the other way. A dense layer makes 4 · 4 · 64 numbers of the code, and
# `Reshape` lays them out as a small picture of 64 channels. **Transposed convolutions** with a
# stride of 2 then double it: 4, 8, 16, 32, 64. Each small pixel is smeared over a window of the
# larger picture, by the numbers of a kernel, and where windows overlap they are added.
#
# *Worked example.* A single pixel, doubled twice by a kernel of ones:

# %% tags=["nbval-check-output"]
dot = np.zeros((1, 3, 3, 1), "float32")
dot[0, 1, 1] = 1
double = layers.Conv2DTranspose(
    1, 4, strides=2, padding="same", use_bias=False, kernel_initializer="ones"
)
print(ops.convert_to_numpy(double(dot))[0, ..., 0].astype(int))

# %% [markdown]
# ### Exercise 2.4 ★★ `build_decoder`
#
# - `latent`: how many numbers the code has;
# - returns: a `keras.Model` from (latent,) to **logits**, (64, 64, 1).
#
# A dense layer of 4 · 4 · 64 numbers with leaky ReLU; `layers.Reshape((4, 4, 64))`; three
# transposed convolutions of 32, 16 and 8 kernels of 4 × 4, stride 2, leaky ReLU; and a fourth with
# 1 kernel, stride 2 and **no activation**: logits may have any sign and size.
#
# <details>
# <summary>Hint 1</summary>
#
# Count how often the picture is doubled: from 4 to 64 it takes four layers. The last one is unlike
# the others in two things: how many kernels, and the activation.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation="leaky_relu")` for the
# widths 32, 16 and 8, then `layers.Conv2DTranspose(1, 4, strides=2, padding="same")`.
#
# </details>


# %% exercise="2.4"
def build_decoder(latent):
    """Build the network from a code, (latent,), to logits, (64, 64, 1)."""
    ### BEGIN SOLUTION
    code = keras.Input((latent,))
    h = layers.Dense(4 * 4 * 64, activation="leaky_relu")(code)
    h = layers.Reshape((4, 4, 64))(h)
    for width in (32, 16, 8):
        h = layers.Conv2DTranspose(
            width, 4, 2, padding="same", activation="leaky_relu"
        )(h)
    return keras.Model(
        code, layers.Conv2DTranspose(1, 4, 2, padding="same")(h)
    )
    ### END SOLUTION


# %% check="2.4"
build_decoder = check.lesson_02.build_decoder(build_decoder)

# %% [markdown]
# ## 5 Train it
#
# *Core, 6 minutes.*
#
# *Idea.* At first the weights are random numbers, and the result is grey. Training repeats one
# step: take a **batch** of 64 pictures, compute the mean loss, compute how it would change with
# each weight (the **gradient**, by the chain rule, which Keras does for you), and change each
# weight a little in the direction that lowers the loss. *A little* is the **learning rate**. The
# rule that makes the step is the **optimiser**; Adam is a good one. Once through all pictures is an
# **epoch**.
#
# *Worked example.* `compile` says what to lower and how, `fit` does it. The pictures are input and
# goal at once. The learning rate falls to zero along half a cosine wave: large steps first, fine
# ones at the end. After each epoch `fit` also measures the loss of pictures that it does not train
# on, the **validation loss**. (Nothing is chosen by it here; so the unseen pictures may serve.)

# %%
LATENT, EPOCHS = 32, 6
encoder, decoder = build_encoder(LATENT), build_decoder(LATENT)
picture = keras.Input((64, 64, 1))
autoencoder = keras.Model(picture, decoder(encoder(picture)))
rate = keras.optimizers.schedules.CosineDecay(
    3e-3, EPOCHS * (len(images) // 64)
)
autoencoder.compile(optimizer=keras.optimizers.Adam(rate), loss=bernoulli_nll)
history = autoencoder.fit(
    images[..., None],
    images[..., None],
    64,
    epochs=EPOCHS,
    verbose=0,
    validation_data=(unseen[..., None], unseen[..., None]),
)

# %%
loss, validation = history.history["loss"], history.history["val_loss"]

# %% jupyter={"source_hidden": true}
epochs = np.arange(1, EPOCHS + 1)
plotting.show(
    plotting.line_plot(
        {"training": (epochs, loss), "validation": (epochs, validation)},
        "epoch",
        "loss (nats for each picture)",
    ),
    "Two losses against the epoch, of training and of unseen pictures: both "
    "fall steeply at first, then ever more slowly.",
)

# %%
check.expect(
    "Loss of the last epoch over that of the first",
    loss[-1] / loss[0],
    0.3,
    0.7,
)
check.expect("Validation over training", validation[-1] / loss[-1], 0.95, 1.3)

# %% [markdown]
# Two things to look for in such a picture: does the loss still fall, and do the two curves part?
# Here it still falls a little, and unseen pictures cost about an eighth more than those of
# training. (The training loss of an epoch is a mean over its steps, the validation loss is measured
# at its end; so the latter can even be the lower one at first.)

# %%
logits = autoencoder.predict(unseen[..., None], verbose=0)
# Probabilities of phase 1
from_network = ops.convert_to_numpy(ops.sigmoid(logits))[..., 0]
network_error = np.mean((from_network - unseen) ** 2)

# %% jupyter={"source_hidden": true}
some = np.argsort(test.time)[40::131]
plotting.show(
    plotting.pattern_table(
        [unseen[some], np.clip(from_pca[some], 0, 1), from_network[some]],
        ["unseen", "PCA,\n32 numbers", "network,\n32 numbers"],
        [f"t = {t:.1g}" for t in test.time[some]],
    ),
    "Unseen microstructures from young to old, rebuilt by PCA and by the "
    "network. PCA blurs all of them. The network draws the old ones with "
    "sharp borders and blurs the young ones.",
)

# %%
check.expect("Mean squared error, network", network_error, 0.07, 0.115)
check.expect(
    "The network's error over that of PCA",
    network_error / pca_error,
    0.6,
    0.93,
)

# %% [markdown]
# With the same 32 numbers, the network beats PCA on pictures that neither has seen. Is that all
# there is to say? The picture says more than the average.

# %% [markdown]
# ### Question 2.a ★ predict
#
# The mean squared error was 0.12 for PCA and 0.09 for the network, over all ages. Now the test
# pictures are split by age. Where is the network furthest ahead of PCA?
#
# - **a**: On the oldest, with a few large ones.
# - **b**: On the youngest, with many thin domains.
# - **c**: Everywhere alike: it is the same network.

# %% question="2.a"
check.question("2.a", "a")

# %% [markdown]
# ## 6 Where does it fail?
#
# *Going further, 13 minutes.*
#
# *Idea.* An average hides who pays. Split the test pictures by their age, and average in each
# group.
#
# ### Exercise 2.5 ★★★ `error_by_stage`
#
# - `original`, `reconstruction`: pictures, shape (N, n, n);
# - `time`: the time of each, shape (N,), in any order;
# - `edges`: limits of the stages, rising, shape (k + 1,): stage $i$ holds the pictures with
#   $\text{edges}_i \le t < \text{edges}_{i+1}$;
# - returns: an array of shape (k,), the mean squared error over all pixels of all pictures of each
#   stage.
#
# <details>
# <summary>Hint 1</summary>
#
# First the error of each picture, shape (N,). Then for each stage a mask of booleans for the
# pictures that belong to it, and the mean of their errors.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `error = ((original - reconstruction) ** 2).mean(axis=(1, 2))`. In a loop over
# `zip(edges[:-1], edges[1:])` the mask is `(time >= low) & (time < high)`. Convert to floats before
# you subtract: bytes have no negative numbers.
#
# </details>


# %% exercise="2.5"
def error_by_stage(original, reconstruction, time, edges):
    """Compute the mean squared error of each stage: -> (k,)."""
    ### BEGIN SOLUTION
    difference = np.asarray(original, float) - np.asarray(
        reconstruction, float
    )
    of_picture = np.mean(difference**2, axis=(1, 2))  # (N,)
    pairs = zip(edges[:-1], edges[1:], strict=True)
    return np.array(
        [
            of_picture[(time >= low) & (time < high)].mean()
            for low, high in pairs
        ]
    )
    ### END SOLUTION


# %% check="2.5"
error_by_stage = check.lesson_02.error_by_stage(error_by_stage)

# %% [markdown]
# **What you should see.** Both methods by age, at an equal length of the code.

# %%
edges = np.array([0, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.1])
of_pca = error_by_stage(unseen, from_pca, test.time, edges)
of_network = error_by_stage(unseen, from_network, test.time, edges)

# %% jupyter={"source_hidden": true}
# Of the stages, for the figure
middle = np.array([3.5e-4, 7.5e-4, 1.6e-3, 3.5e-3, 1e-2])
plotting.show(
    plotting.line_plot(
        {
            "PCA, 32 numbers": (middle, of_pca),
            "network, 32 numbers": (middle, of_network),
        },
        "age of the microstructure (units of the simulation)",
        "mean squared error",
        log_x=True,
    ),
    "Mean squared error against age. Both fall with age. For the youngest "
    "they are close to each other, above 0.18; for the oldest the network "
    "is below 0.03, PCA near 0.06.",
)

# %%
for k, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
    print(
        f"t from {low:.1e} to {high:.1e}: PCA {of_pca[k]:.3f}, network "
        f"{of_network[k]:.3f}"
    )
check.expect(
    "Youngest: the network's error over that of PCA",
    of_network[0] / of_pca[0],
    0.8,
    1.0,
)
check.expect(
    "Oldest: the network's error over that of PCA",
    of_network[4] / of_pca[4],
    0.2,
    0.55,
)
check.expect(
    "Network: youngest over oldest", of_network[0] / of_network[4], 6, 16
)

# %% [markdown]
# **Young patterns are the hard ones.** A young pattern has dozens of thin domains, each of which
# may bend its own way: there is much to say, and 32 numbers are too few, however clever the
# network. An old one has three or four domains with smooth borders. There the network needs few
# numbers, and PCA, which cannot move a border, needs many.
#
# "0.09 on average" was true, and told you neither. Whoever reports one number for a method should
# say for which pictures. (How the errors of this course's own models depend on age is on
# [the page of results](../docs/results.md#pretrained-models).)

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **PCA fitted on the pictures it is tested on.** It has then seen the answers:

# %%
cheating = pca_reconstruct(unseen, unseen, 32)
cheat = np.mean((cheating - unseen) ** 2)
print(f"fitted on the test set {cheat:.3f}, honest {pca_error:.3f}")
check.expect(
    "Honest error over that of cheating", pca_error / cheat, 1.1, 1.7
)

# %% [markdown]
# **No stride.** Without it the last picture is still 64 × 64, and the dense layer needs a weight
# for each of its pixels, channels, and numbers of the code:

# %% tags=["nbval-check-output"]
picture = keras.Input((64, 64, 1))
h = picture
for kernels in (8, 16, 32, 64):
    h = layers.Conv2D(kernels, 4, padding="same", activation="leaky_relu")(h)
heavy = keras.Model(picture, layers.Dense(32)(layers.Flatten()(h)))
print(
    "with stride",
    check.lesson_02.build_encoder.reference(32).count_params(),
    "weights",
)
print("without    ", heavy.count_params(), "weights")

# %% [markdown]
# **A sigmoid too much.** If the decoder ends with a sigmoid, and the loss takes its result for
# logits, all "logits" lie between 0 and 1. The probability of phase 1 then lies between ½ and 0.73:
# the network cannot say "surely dark" at all. Even a perfect one pays:

# %%
best = unseen[:1]  # a sigmoid at its best returns the picture itself
print(
    f"{float(bernoulli_nll(best, best)[0]):.0f} nats for a perfect picture, "
    "instead of 0"
)
check.expect(
    "Nats for a perfect picture",
    float(bernoulli_nll(best, best)[0]),
    1900,
    2200,
)

# %% [markdown]
# **An average over pixels as the loss.** The mean has the same lowest point as the sum, so that a
# plain autoencoder does not mind. But the number is no longer the logarithm of a probability. In
# lesson 03 it meets a second term in nats, and then the factor of 4,096 decides everything.
#
# **Training pictures in the figure.** They were what the weights were fitted to, so that they look
# better than others. Show unseen ones. (After only 6 epochs the difference is moderate.)

# %%
own = images[np.random.default_rng(0).permutation(len(images))[:1500]]
again = ops.convert_to_numpy(
    ops.sigmoid(autoencoder.predict(own[..., None], verbose=0))
)[..., 0]
own_error = np.mean((again - own) ** 2)
print(
    f"training pictures {own_error:.4f}, unseen pictures {network_error:.4f}"
)
check.expect("Unseen over training", network_error / own_error, 1.0, 1.4)

# %% [markdown]
# ## Summary
#
# 1. PCA gives the best linear code. It is fast, has one setting, $k$, and is the baseline to beat.
# 2. Microstructures differ by borders that move. Moving is not adding, so linear codes are long.
# 3. An autoencoder is an encoder and a decoder, trained to give back pictures through a short code.
# 4. The loss for pixels of 0 and 1 is the Bernoulli NLL, from logits, summed over the pixels.
# 5. Report errors by stage: young patterns need more numbers than any short code has.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 2.b ★ choose
#
# The error on the training set falls with every epoch. That on the test set has begun to rise. What
# is happening?
#
# - **a**: The network is not trained long enough yet.
# - **b**: The test set is too hard and should be replaced.
# - **c**: The network learns its training pictures by heart.

# %% question="2.b"
check.question("2.b", "c")

# %% [markdown]
# ### Question 2.c ★ choose
#
# Would PCA with 4,096 components, fitted to all 7,680 training pictures, be a good code?
#
# - **a**: Yes: it rebuilds every picture without an error.
# - **b**: No: it squeezes nothing.
# - **c**: No: it overfits, so that unseen pictures come out badly.

# %% question="2.c"
check.question("2.c", "b")

# %% [markdown]
# ### Question 2.d ★ find the fault
#
# An encoder of these layers, with a decoder of the same kind, does no better than PCA with 32
# numbers. Which line is to blame?
#
# - **a**: `keras.layers.Flatten()`
# - **b**: `keras.layers.Dense(512)`
# - **c**: `keras.layers.Dense(32)`

# %% question="2.d"
check.question("2.d", "b")

# %% [markdown]
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - [Lesson 03](03_from_autoencoder_to_vae.ipynb): why such a code cannot invent pictures yet, and
#   what noise has to do with it.
# - G. E. Hinton and R. R. Salakhutdinov (2006), *Reducing the Dimensionality of Data with Neural
#   Networks*, doi:10.1126/science.1127647: autoencoders against PCA.
# - I. Goodfellow, Y. Bengio and A. Courville (2016), *Deep Learning*, MIT Press: chapters 9
#   (convolutions) and 14 (autoencoders).
# - D. P. Kingma and J. Ba (2015), *Adam: A Method for Stochastic Optimization*, arXiv:1412.6980.

# %% tags=["nbval-check-output"]
check.progress("02")
