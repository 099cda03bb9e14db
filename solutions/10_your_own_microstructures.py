# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 10 · Your own microstructures
#
# **Does it work on my data?**
#
# *Time: about 75 minutes (32 for the core), of which the computer needs one.* You need [lesson
# 01](01_microstructures_as_data.ipynb) (volume fraction, domain size, and why a test set holds
# whole simulations) and [lesson 03](03_from_autoencoder_to_vae.ipynb) (what a VAE is, and how Keras
# trains one). Words that you meet here for the first time are in **bold** and explained.
#
# This lesson starts from files. If you have **micrographs** (pictures taken through a microscope)
# of a material with two phases, five or more, write the name of their folder into the next cell. If
# you have none, leave `None`: the course then makes pictures with the faults of real ones.

# %%
import json
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from skimage.filters import threshold_otsu

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import (
    load_embedded,
    read_micrographs,
    read_pattern,
    synthetic_micrographs,
)
from vae_course.data.figures import contact_sheet
from vae_course.data.grey_files import read_grey
from vae_course.data.micrographs import (
    micrograph_files,
    read_pictures,
    tile,
)
from vae_course.data.preparation import Preparation
from vae_course.physics.descriptors import (
    domain_size,
    euler_number,
    perimeter,
    volume_fraction,
)
from vae_course.vae import load_pretrained
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.model import build_vae
from vae_course.vae.onnx_export import onnx_ready

# None, or the folder of your PNG, TIFF or JPEG files: "my_micrographs"
MICROGRAPHS = None
PATTERN = None  # or a pattern file of the full dataset, such as "Image1.txt"
CUT = (0, 0, 24, 0)  # pixels at the top, right, bottom, left: the scale bar
# In pixels, to take out uneven light: wider than a domain
BLUR = 20
SEED = 0

scratch = tempfile.TemporaryDirectory()  # deleted when you close the notebook
folder = Path(MICROGRAPHS or Path(scratch.name) / "micrographs")
truth = (
    None
    if MICROGRAPHS
    else synthetic_micrographs(folder, count=12, seed=SEED)
)
files = micrograph_files(folder)
keras.utils.set_random_seed(SEED)


def expect(what, value, low, high):
    """Compare with the synthetic pictures' band; print it for your own."""
    if truth is None:
        print(f"{what}: {value:.4g}")
    else:
        check.expect(what, value, low, high)


# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.micrograph_row(
        [read_grey(path) for path in files[:4]], [p.stem for p in files[:4]]
    ),
    "Four grey pictures of dark islands in a lighter matrix. Each is "
    "brighter towards another side, all are grainy, and a black strip with "
    "a white scale bar runs along the bottom.",
)

# %% [markdown]
# Four of the twelve synthetic micrographs. They are simulations, dressed up. Each pixel has a
# **grey level**, 0 for black to 255 for white. One side is brighter than the other, every pixel has
# noise, and the microscope has printed a **scale bar** over the picture. Nothing here is 0 or 1.
#
# The VAE of this course has never seen such a thing. It was trained on 64 × 64 pixels of 0 and 1,
# with equal parts of both phases (Case 1). Will it work? Most of the answer is in the preparation
# of the data. A network does not complain about bad data. It returns something.
#
# The expected bands below are for the synthetic pictures. With pictures of your own, your numbers
# lie elsewhere: they are printed without a band. Where the true phases must be known, the cell is
# then skipped.
#
# ## What you will be able to do
#
# - Turn grey pictures into tiles of 0 and 1, and know what that costs (10.1).
# - Measure how far your data lie from a model's training data, and find out what hurts (10.2).
# - Find out from a table of a dataset which pictures belong together (10.3).
# - Fine-tune a trained VAE on a few dozen tiles, and report honestly what it gained (10.4).
# - Hand the model on: a file, and a card that says what it is good for (10.5).

# %% [markdown]
# ## 1 From grey levels to phases
#
# *Core, 15 minutes.*
#
# *Idea.* To **binarise** a picture is to decide for each pixel which phase it is. The simplest
# rule: phase 1 where the grey level $g$ lies above a **threshold** $t$. Look at the **histogram**,
# how often each grey level occurs. Two phases make two humps, and a good threshold lies in the
# valley between them.
#
# First take the light out. Blur the picture so widely that the domains vanish: what is left is the
# light. Divide by it. (A **Gaussian blur** replaces each pixel by a weighted mean of its
# neighbourhood. `BLUR` is the standard deviation of the weights, in pixels.)

# %%
top, right, bottom, left = CUT
raw = read_grey(files[0])
# Without the strip
raw = raw[top : len(raw) - bottom, left : raw.shape[1] - right]
light = gaussian_filter(raw, BLUR, mode="reflect")
grey = raw / light  # about 1 everywhere; no unit

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.micrograph_row(
        [raw, light, grey], ["as taken", "its light", "divided by the light"]
    ),
    "Left a micrograph that is brighter on one side, in the middle its "
    "blur, a smooth gradient, right their quotient, which is equally bright "
    "everywhere.",
)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.histogram(
        {"as taken": raw / raw.mean(), "divided by the light": grey},
        "grey level, relative to the mean",
        bins=60,
    ),
    "Two histograms of grey levels. As taken: broad and blurred. Divided by "
    "the light: two humps with a valley between them.",
)

# %% [markdown]
# Where exactly is the valley? N. Otsu's answer of 1979 needs no eye. A threshold $t$ makes two
# **classes** of pixels, below and above. Let $w_0$ and $w_1$ be their shares of all pixels, $m_0$
# and $m_1$ their mean grey levels. Take the $t$ that makes the **variance between the classes**
# largest:
#
# $$ \sigma_B^2(t) = w_0(t)\, w_1(t)\,\big(m_1(t) - m_0(t)\big)^2 . $$
#
# That is the same as making both classes as uniform as possible. *Worked example:*

# %%
levels = np.linspace(np.percentile(grey, 2), np.percentile(grey, 98), 80)
between = []
for t in levels:
    above = grey > t
    share = above.mean()  # w₁; w₀ is 1 − w₁
    between.append(
        share * (1 - share) * (grey[above].mean() - grey[~above].mean()) ** 2
    )

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {"variance between the classes": (levels, between)},
        "threshold (relative to the mean grey level)",
        "variance between the classes",
    ),
    "The variance between the classes against the threshold: one smooth "
    "maximum.",
)

# %%
best = levels[np.argmax(between)]
print(
    f"threshold with the largest variance: {best:.3f}; scikit-image's "
    f"{threshold_otsu(grey):.3f}"
)
expect("Difference of the two", abs(best - threshold_otsu(grey)), 0, 0.02)

# %% [markdown]
# The VAE takes 64 × 64 pixels. So a binarised picture is cut into **tiles**, squares that do not
# overlap. What is left over at the right and at the bottom is cut off. Do not stretch it to a full
# tile: stretching changes the width of domains, which is what you want to learn about.
#
# ### Exercise 10.1 ★★ `binary_tiles`
#
# - `image`: grey levels, evenly lit, shape (height, width);
# - `size`: side of a tile in pixels;
# - returns: tiles of 0 and 1, shape (N, size, size), row by row from the upper left. 1 (phase 1)
#   where the grey level is above Otsu's threshold of the **whole** image.
#
# You may call `threshold_otsu(image)`, or search for the threshold as above.
#
# <details>
# <summary>Hint 1</summary>
#
# Binarise first, then cut: a tile that lies wholly in one phase has no valley to find. For cutting,
# two loops will do, over `range(height // size)` rows of tiles and `range(width // size)` columns.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# The tile in row `i` and column `j` is
# `phases[i * size : (i + 1) * size, j * size : (j + 1) * size]`. Collect the tiles in a list, rows
# in the outer loop, and turn it into an array by `np.array`.
#
# </details>


# %% exercise="10.1"
def binary_tiles(image, size):
    """Binarise by Otsu's threshold and cut: (H, W) -> (N, size, size)."""
    ### BEGIN SOLUTION
    phases = (image > threshold_otsu(image)).astype("uint8")
    rows, columns = image.shape[0] // size, image.shape[1] // size
    whole = phases[: rows * size, : columns * size]
    # Row of tiles, row, column of tiles, column
    blocks = whole.reshape(rows, size, columns, size)
    return blocks.swapaxes(1, 2).reshape(-1, size, size)
    ### END SOLUTION


# %% check="10.1"
binary_tiles = check.lesson_10.binary_tiles(binary_tiles)

# %% [markdown]
# Now all micrographs. The library does the same steps in one call, `read_micrographs`, and says
# which file it could not use, and why. It returns a `PatternSet`, as in lesson 01: `images` are the
# tiles, and `simulation` tells of each tile which micrograph it comes from. Keep that number; you
# will need it. Tiles of one phase are left out: nothing can be learned of domains from them. And
# **look at what was read**, here for the first picture.

# %%
patterns = read_micrographs(
    folder, background=BLUR, cut=CUT, progress=lambda done, total: None
)

# %% jupyter={"source_hidden": true}
sheet = read_pictures(files[:1], Preparation(background=BLUR, cut=CUT))
plotting.show(
    contact_sheet(sheet),
    "The first micrograph: grey, with a dashed line around what is kept "
    "above the strip and six squares that are taken; beside it its phases, "
    "with volume fraction, domain size and threshold above.",
)

# %%
own = binary_tiles(grey, 64)
first = patterns.images[patterns.simulation == 0]
print(f"{len(patterns)} tiles from {len(files)} micrographs")

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table([own[:6]], ["tiles"], [""] * len(own[:6])),
    "Six tiles of 0 and 1 from the first micrograph: dark islands in a "
    "light matrix, some islands cut by the edge of a tile.",
)

# %%
expect(
    "Pixels in which your tiles and the library's differ",
    np.sum(own != first),
    0,
    50,
)

# %% [markdown]
# **What you should see.** Islands with rough edges, some specks, and no difference from the
# library's tiles, or a few pixels where you have searched the threshold in another way. But are
# they *right*? For the synthetic pictures the true phases are known, so you can count wrong pixels.
# With real ones you cannot; then draw the outlines of a few domains by hand and compare.

# %% [markdown]
# ### Question 10.a ★ predict
#
# About three pixels of a hundred are read wrongly: along edges, and as specks in dark corners.
# Which measure will that spoil most, in per cent of its true value?
#
# - **a**: The volume fraction.
# - **b**: The domain size.
# - **c**: The perimeter.
# - **d**: The Euler number: islands less holes.

# %% question="10.a"
check.question("10.a", "d")

# %%
if truth is not None:
    whole = (raw > threshold_otsu(raw)).astype("uint8")
    even = (grey > threshold_otsu(grey)).astype("uint8")
    plotting.show(
        plotting.pattern_table(
            [[truth[0], whole, even]],
            [""],
            ["true phases", "light left in", "light divided out"],
            side=2.0,
        ),
        "Three pictures of 0 and 1: the true phases; those with the light "
        "left in, where whole corners come out as one phase; those with the "
        "light divided out, nearly right.",
    )
    expect(
        "Wrong pixels, light left in", np.mean(whole != truth[0]), 0.05, 0.25
    )
    expect(
        "Wrong pixels, light divided out",
        np.mean(even != truth[0]),
        0.015,
        0.045,
    )
    true_tiles = np.concatenate([tile(phases, 64) for phases in truth])
    for describe in (volume_fraction, domain_size, perimeter, euler_number):
        read, right = (
            describe(patterns.images).mean(),
            describe(true_tiles).mean(),
        )
        print(
            f"{describe.__name__:16} as read {read:7.3f}   true {right:7.3f}"
        )

# %% [markdown]
# Three pixels in a hundred are wrong even so: along the edges, and as specks in dark corners, where
# the noise is strong beside the light. What does that do to what you measure? Read the table.
# Volume fraction and domain size (about the distance from one domain to the next of the same phase,
# in units of the side of a tile) hardly change. The **perimeter**, the length of the interface in
# the same unit, grows by some 10 %: noise roughens edges. The **Euler number** is the number of
# connected parts of phase 1 minus the number of holes in it. One stray pixel is a new part or a
# new hole, so noise falsifies it badly. **A descriptor is only as good as the thresholding it can
# stand.** From here on we use the first three.

# %% [markdown]
# ## 2 Is my data like the training data?
#
# *Core, 15 minutes.*
#
# *Idea.* A network is reliable near what it was trained on. Far away it still answers, and does not
# say so. A difference between the training data and the data that a model is used on is called
# **domain shift** (a *domain* of data, here; no phase domain is meant). Measure it before you look
# at any reconstruction. Take numbers that describe a picture, its **descriptors**. For each of them
# compare the mean over your tiles with the mean over the training data, in units of how much the
# training data scatter:
#
# $$ s = \frac{\bar d_\text{yours} - \bar d_\text{training}}{\sigma_\text{training}} . $$
#
# $\bar d$ is the mean of the descriptor over tiles, $\sigma_\text{training}$ its standard deviation
# over the training tiles; $s$ has no unit. A shift of 0 is none; at ±1 your average tile is as odd
# as an odd tile of the training data; at ±3 you are outside.
#
# *Worked example,* with one descriptor and numbers that you can check in your head:

# %% tags=["nbval-check-output"]
training = np.array([1.0, 2.0, 3.0])
print("mean", training.mean(), "standard deviation", round(training.std(), 3))
print(
    "shift of a mean of 4.5:",
    round((4.5 - training.mean()) / training.std(), 2),
)

# %% [markdown]
# ### Exercise 10.2 ★★ `domain_shift`
#
# - `descriptors`: of your tiles, shape (N, D): a row a tile, a column a descriptor;
# - `reference`: of the training tiles, shape (M, D);
# - returns: the shift $s$ of each descriptor, shape (D,), with its sign.
#
# <details>
# <summary>Hint 1</summary>
#
# Means and standard deviations over the tiles, which are the rows: `axis=0`. Three of them: two
# means, one standard deviation. Whose?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Mean of yours minus mean of the reference, divided by the standard deviation of the *reference*.
# No square root of the number of tiles: you ask how far away you are, not how sure you are of it.
#
# </details>


# %% exercise="10.2"
def domain_shift(descriptors, reference):
    """Shift of the mean in spreads of the reference: (N, D) -> (D,)."""
    ### BEGIN SOLUTION
    difference = descriptors.mean(axis=0) - reference.mean(axis=0)
    return difference / reference.std(axis=0)
    ### END SOLUTION


# %% check="10.2"
domain_shift = check.lesson_10.domain_shift(domain_shift)

# %%
case1 = load_embedded(case=1)  # like what the model `case1` was trained on
NAMES = ("volume fraction", "domain size", "perimeter")


def described(images):
    """Describe tiles by three numbers each: (N, 64, 64) -> (N, 3)."""
    return np.stack(
        [volume_fraction(images), domain_size(images), perimeter(images)],
        axis=1,
    )


mixed = (volume_fraction(patterns.images) > 0.02) & (
    volume_fraction(patterns.images) < 0.98
)
# A tile of one phase alone has no domains to speak of
patterns = patterns.select(mixed)
mine, reference = described(patterns.images), described(case1.images)
shift = domain_shift(mine, reference)
for k, name in enumerate(NAMES):
    print(
        f"{name:16} yours {mine[:, k].mean():6.3f}   training "
        f"{reference[:, k].mean():6.3f} ± {reference[:, k].std():.3f}   "
        f"shift {shift[k]:+6.1f}"
    )

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.histogram(
        {"your tiles": mine[:, 1], "training data": reference[:, 1]},
        "domain size (units of the side of a tile)",
    ),
    "Distribution of the domain size. The training data spread from 0.15 to "
    "above 1; your tiles form one narrow peak near its lower end.",
)

# %%
expect("Shift of the volume fraction", shift[0], 30, 60)
expect("Shift of the domain size", shift[1], -1.0, -0.4)

# %% [markdown]
# **What you should see.** The volume fraction has an enormous shift, above 30: the training data
# have 0.500 ± 0.003, and yours have 0.65. (It hardly scatters, because matter is conserved.) The
# domain size has a shift of less than 1: yours are narrow, but there are such in the training data.
# So the model will fail because of the volume fraction? Do not believe it yet. A shift says that
# the data differ. It does not say how much the difference hurts. Ask the model.

# %%
# Trained on Case 1 for an hour, a code of 64 numbers
vae = load_pretrained("case1")


def squared_error(vae, images):
    """Mean squared error of the reconstructions, over all pixels."""
    return float(np.mean((vae.reconstruct(images) - images) ** 2))


sample = case1.select(
    np.random.default_rng(SEED).choice(len(case1), 400, replace=False)
)
old = squared_error(vae, sample.images)
new = squared_error(vae, patterns.images)
shown = patterns.images[:: max(1, len(patterns) // 8)][:8]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [shown, vae.reconstruct(shown)],
        ["your tiles", "rebuilt"],
        [""] * len(shown),
    ),
    "Upper row: tiles with many small dark islands. Lower row: the "
    "reconstructions; islands are joined to long dark bands, a labyrinth.",
)

# %%
expect("Squared error on pictures like the training data", old, 0.01, 0.03)
expect("Squared error on your tiles", new, 0.07, 0.14)
for name, images in (("old data", sample.images), ("your tiles", shown)):
    p = vae.reconstruct(images)
    grey = np.mean((p > 0.1) & (p < 0.9))
    print(f"undecided pixels, {name}: {grey:.0%}")
sure = (p < 0.1) | (p > 0.9)
wrong = (p > 0.5) != shown
print(
    f"of the wrong pixels of your tiles, {np.mean(sure[wrong]):.0%} are sure"
)

# %% [markdown]
# Five times the error, and look at *how* the model is wrong. Your islands have become a labyrinth.
# That is what Case 1 looks like, and all that this model has ever seen. It draws what it knows,
# with grey smears in between: more pixels are undecided than on pictures like its own. But about
# half of those that it has wrong are not among them; there it is sure. Which of the two differences
# is to blame? Change **one at a time**, as in any experiment. Magnify your pictures twice: the
# volume fraction stays, the domains get twice as wide. And from the training data, take those
# pictures whose domains are as narrow as yours: the volume fraction is then ½, the domains stay.

# %%
if truth is not None:
    magnified = [
        zoom(phases.astype(float), 2, order=1) > 0.5 for phases in truth
    ]
    wide = np.concatenate(
        [tile(phases.astype("uint8"), 64) for phases in magnified]
    )
    size = domain_size(case1.images)
    low, high = np.percentile(domain_size(true_tiles), (5, 95))
    cells = {
        ("yours", "narrow"): true_tiles,
        ("yours", "wide"): wide,
        ("one half", "narrow"): case1.images[(size > low) & (size < high)],
        ("one half", "wide"): case1.images[
            (size > 2 * low) & (size < 2 * high)
        ],
    }
    # Evenly
    some = {
        key: images[:: 1 + len(images) // 150]
        for key, images in cells.items()
    }
    errors = {key: squared_error(vae, images) for key, images in some.items()}
    print("squared error          domains narrow   domains wide")
    for fraction in ("yours", "one half"):
        print(
            f"volume fraction {fraction:10} "
            f"{errors[fraction, 'narrow']:10.4f} "
            f"{errors[fraction, 'wide']:14.4f}"
        )
    narrow = errors["yours", "narrow"], errors["one half", "narrow"]
    expect(
        "Your volume fraction, not ½, both narrow: error times",
        narrow[0] / narrow[1],
        4,
        10,
    )
    harder = narrow[1] / errors["one half", "wide"]
    expect("Domains narrow, not wide, both at ½: error times", harder, 4, 11)

# %% [markdown]
# **What you should see.** Read the lower row first. It holds pictures like those the model was
# trained on, and there, too, narrow domains cost a factor of about seven. So this is no shift.
# Narrow domains are *harder*: more interface to keep in a code of 64 numbers (lesson 02 showed the
# same of young patterns). The domain size had a shift below 1, and it told the truth.
#
# Now the left column. At the same domain size, your volume fraction costs another factor of about
# six. Is that a shift, or are such pictures harder, too? Ask a model of the same size that has seen
# volume fractions of 0.5, 0.63 and 0.75. It comes with the course:

# %%
wider = load_pretrained("all-cases")
other = squared_error(wider, patterns.images)
print(
    f"squared error on your tiles: {new:.4f} by case1, {other:.4f} by "
    "all-cases"
)
expect("case1's error, times that of all-cases", new / other, 1.8, 4)

# %% [markdown]
# It was a shift, for the most part: a model that knows such volume fractions makes less than half
# of the error. Keep the rule: $s$ tells where to look; what a shift costs, only an experiment
# tells. And keep the order of remedies, the cheapest first.
#
# 1. **Another model,** whose training data are nearer to yours.
# 2. **Another scale.** How many pixels make a tile is your decision. Magnify or reduce (for
#    instance by `read_micrographs(…, reduce=2)`) until the domain size lies within the training
#    data. But do not choose the scale for a low error. A tile that is magnified twice shows a
#    quarter of the area, and less is easier to describe.
# 3. **Training,** which section 4 is about.
#
# One difference is left that no descriptor here sees. The training pictures have walls that let
# nothing through, and interfaces meet them at a right angle. The edge of your tile is no wall.

# %% [markdown]
# ## 3 What belongs together
#
# *Going further, 11 minutes.*
#
# *Idea.* Before any training, set data aside. Tiles of one micrograph share its light, its noise,
# its specimen. Frames of one simulation share nearly everything. If some of them are in the
# training set and others in the test set, the test is a test of memory. So a split goes by
# **group**: all that has one origin lies on one side. For micrographs the group is the micrograph
# (or the specimen, if you have several micrographs of one). For the full dataset Mechanical MNIST
# Cahn–Hilliard (104,813 patterns of 2,072 simulations) it stands in a table that comes with it,
# `CH_Dataset_Database.csv`. One row tells of one picture. In spite of its name, its columns are
# separated by spaces, not by commas. Here are a few rows in that form, made up:

# %%
TABLE = """\
Image_Number Case Coefficient_'b' lambda Grid_Size Seed \
Cahn_Hilliard_Simulation_Index
3 1 83.1 0.014 37 11 2
1 1 72.4 0.021 64 11 1
2 1 72.4 0.021 64 11 1
4 1 83.1 0.014 37 11 2
5 2 90.7 0.012 50 29 1
6 2 90.7 0.012 50 29 1
"""
print(TABLE)

# %% [markdown]
# (The real table has three more columns, which you do not need here.) `Seed` is where the random
# numbers of a simulation started. Two simulations may share a seed and differ in everything else.
# `Cahn_Hilliard_Simulation_Index` numbers the simulations. To be safe, do not rely on the index
# going on from case to case: in the rows above it counts anew. And the rows need not be in the
# order of the pictures.
#
# ### Exercise 10.3 ★★ `groups_from_table`
#
# - `table`: the text of such a file: a line of column names, then a line for each picture. All
#   values are numbers, such as `3` or `3.000e+00`. The columns may stand in any order, and there
#   may be more of them;
# - returns: a whole number for each picture, **in the order of `Image_Number`**, shape (N,). Two
#   pictures have the same number exactly if they are of one simulation: same `Case` *and* same
#   `Cahn_Hilliard_Simulation_Index`. Which number a simulation gets is up to you.
#
# <details>
# <summary>Hint 1</summary>
#
# `table.splitlines()` gives lines, `line.split()` the words of a line. With the names from the
# first line, `names.index("Case")` tells the place of a column. Put the other lines into an array
# of `float`.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# Sort the rows by `np.argsort(rows[:, names.index("Image_Number")])`. Then take the two columns of
# case and index, and let `np.unique(pairs, axis=0, return_inverse=True)` number the pairs: its
# second result is what you return.
#
# </details>


# %% exercise="10.3"
def groups_from_table(table):
    """Number each picture's simulation, by Image_Number: text -> (N,)."""
    ### BEGIN SOLUTION
    names, *rows = [
        line.split() for line in table.splitlines() if line.strip()
    ]
    values = np.array(rows, dtype=float)
    values = values[np.argsort(values[:, names.index("Image_Number")])]
    columns = [
        names.index("Case"),
        names.index("Cahn_Hilliard_Simulation_Index"),
    ]
    return np.unique(values[:, columns], axis=0, return_inverse=True)[
        1
    ].reshape(-1)
    ### END SOLUTION


# %% check="10.3"
groups_from_table = check.lesson_10.groups_from_table(groups_from_table)

# %%
groups = np.asarray(groups_from_table(TABLE))
for number in np.unique(groups):
    print(
        "images",
        np.flatnonzero(groups == number) + 1,
        "are of one simulation",
    )
expect("Number of simulations in the table", len(np.unique(groups)), 3, 3)

# %% [markdown]
# **What you should see.** Three pairs: images 1 and 2, 3 and 4, 5 and 6. What would a split by
# picture have done? In the embedded dataset (12 frames a simulation) nearly every test picture
# would have others of its simulation in the training set:

# %%
drawn = np.random.default_rng(SEED).permutation(len(case1)) < len(case1) // 5
shared = np.isin(case1.simulation[drawn], case1.simulation[~drawn]).mean()
train, test = case1.split(test=0.2, seed=SEED)
expect(
    "Test pictures of a simulation in training, split by picture",
    shared,
    0.98,
    1,
)
expect(
    "The same, split by simulation",
    np.isin(test.simulation, train.simulation).mean(),
    0,
    0,
)

# %% [markdown]
# If you have the full dataset, `read_mechanical_mnist(folder, case=1)` reads it, with energies, and
# uses the table in the same way. One pattern file (`ImageK.txt`, 400 × 400 numbers 0 and 1) is read
# by `read_pattern`, which samples it at 64 × 64 pixel centres. If you named none above, we write
# one in that format from an embedded picture, and read it back.

# %%
pattern_file = Path(PATTERN or Path(scratch.name) / "Image1.txt")
if PATTERN is None:
    # Each of 64 pixels becomes 6 or 7 of 400
    nearest = (np.arange(400) * 64) // 400
    np.savetxt(
        pattern_file, case1.images[11][np.ix_(nearest, nearest)], fmt="%d"
    )
pattern = read_pattern(pattern_file)  # (64, 64)
print(
    f"{pattern_file.name}: {pattern.shape}, volume fraction "
    f"{pattern.mean():.3f}"
)
print(f"squared error of the model: {squared_error(vae, pattern[None]):.4f}")

# %% [markdown]
# ## 4 Fine-tune
#
# *Going further, 17 minutes.*
#
# *Idea.* The model knows much that holds for your data, too: that phases have smooth edges, that
# domains have a width. To **fine-tune** is to go on training a trained model on new data, with
# small steps, instead of starting from random weights. It needs far fewer pictures. Here you have
# 72 tiles, and a third of them is set aside.
#
# A tile can be turned by 90° or mirrored and is as good a microstructure as before, if your
# material has no preferred direction. `SymmetricBatches(images, batch_size, seed)` hands out
# batches with such turns, drawn at random. Each epoch then looks different, which makes a small
# dataset last. (If your material is rolled or layered, do not use it.)
#
# The size of a step of the optimizer, its **learning rate**, decides. Too large a step throws away
# in a moment what the model knew. Adam, the optimizer of lesson 03, with 1e-3 keeps enough of it
# here. Twenty times that keeps nothing, as you will see under *Common mistakes*.
#
# *Worked example:* what `SymmetricBatches` hands out, for one tile.

# %% jupyter={"source_hidden": true}
# The same tile eight times
one_tile = np.repeat(patterns.images[:1], 8, axis=0)
# The first batch, shape (8, 64, 64)
(turned,) = SymmetricBatches(one_tile, 8, seed=SEED)[0]
plotting.show(
    plotting.pattern_table([turned], ["one tile"], [""] * 8),
    "The same tile eight times, turned and mirrored at random.",
)

# %% [markdown]
# ### Exercise 10.4 ★★★ `fine_tune`
#
# - `vae`: a trained VAE of this course; it is changed in place;
# - `patterns`: a `PatternSet` of tiles; its `simulation` is the micrograph of each;
# - `epochs`: passes over the training tiles;
# - `seed`: of the split and of the batches;
# - returns: two numbers, the mean squared error of the reconstructions on the **held-out**
#   micrographs, before and after.
#
# Hold out 30 % of the micrographs by `patterns.split(test=0.3, seed=seed)`. Train with Adam, at a
# learning rate of 1e-3, batches of 16.
#
# <details>
# <summary>Hint 1</summary>
#
# Five steps, and their order matters: split; error on the held-out tiles; compile; fit; error on
# the held-out tiles again. `squared_error` from above computes the error. A loaded model must be
# compiled before `fit`: it has no optimizer yet.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `vae.compile(optimizer=keras.optimizers.Adam(1e-3))`, without a loss: the VAE brings its own. Then
# `vae.fit(batches, epochs=…, verbose=0)`, where `batches` are the `SymmetricBatches` of the
# *training* tiles' `images`.
#
# </details>


# %% exercise="10.4"
def fine_tune(vae, patterns, epochs, seed):
    """Train on 70 % of the micrographs; error on the others, twice."""
    ### BEGIN SOLUTION
    training, held_out = patterns.split(test=0.3, seed=seed)
    before = squared_error(vae, held_out.images)
    batches = SymmetricBatches(training.images, 16, seed=seed)
    vae.compile(optimizer=keras.optimizers.Adam(1e-3))
    vae.fit(batches, epochs=epochs, verbose=0)
    return before, squared_error(vae, held_out.images)
    ### END SOLUTION


# %% check="10.4"
fine_tune = check.lesson_10.fine_tune(fine_tune)

# %%
EPOCHS = 20
before, after = fine_tune(vae, patterns, EPOCHS, SEED)
# The same split again, to look at it
train, test = patterns.split(test=0.3, seed=SEED)
untouched = load_pretrained("case1")
shown = test.images[:: max(1, len(test) // 8)][:8]

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [shown, untouched.reconstruct(shown), vae.reconstruct(shown)],
        ["held out", "before", "after"],
        [""] * len(shown),
    ),
    "Three rows: held-out tiles with dark islands; their reconstructions "
    "before fine-tuning, dark bands of a labyrinth; after it, separate "
    "islands in the right places, with soft edges.",
)

# %%
expect("Squared error on held-out micrographs, before", before, 0.07, 0.14)
expect("After", after, 0.03, 0.06)
expect(
    "On the tiles trained on, after",
    squared_error(vae, train.images),
    0.03,
    0.06,
)

# %% [markdown]
# **What you should see.** In seconds the error on micrographs that the model has not seen falls to
# less than half. The labyrinth is gone; there are islands, most in the right place. Small ones are
# blurred or missing. The error is about that on the tiles trained on, so the model has not learned
# those by heart, and a split by tile would have shown nearly the same number here. You know that
# only because you split by micrograph.
#
# Two questions belong to every such report. **Did the old training help at all?** Train the same
# network from random weights, on the same tiles, for the same number of epochs. And **what was
# lost?** Ask the model for its old data again.

# %%
# The same network, new weights
scratch_vae = build_vae(channels=(16, 32, 96, 128), seed=SEED)
from_scratch = fine_tune(scratch_vae, patterns, EPOCHS, SEED)[1]
mean_picture = float(np.mean((test.images - train.images.mean(axis=0)) ** 2))
forgotten = squared_error(vae, sample.images)
print(
    f"held-out micrographs: mean picture {mean_picture:.3f}, from random "
    "weights ",
    end="",
)
print(f"{from_scratch:.3f}, pretrained {before:.3f}, fine-tuned {after:.3f}")
print(
    "the same, by the untouched model all-cases "
    f"{squared_error(wider, test.images):.3f}"
)
print(f"its old data: before {old:.3f}, after {forgotten:.3f}")
expect(
    "From random weights, error times that of fine-tuning",
    from_scratch / after,
    1.8,
    6,
)
shelf = squared_error(wider, test.images)
expect("Fine-tuned over all-cases", after / shelf, 1.0, 1.25)
expect("Old data after fine-tuning", forgotten, 0.03, 0.08)

# %% [markdown]
# From random weights, the same tiles and epochs lead to an error three to five times that of the
# fine-tuned model (3.3 to 4.7 with four seeds). The old training was worth something, although it
# was on other microstructures. (The new network has not finished: give both more epochs, and the
# gap narrows. Try it.) Mark the second line as well. The model from the shelf, all-cases, which
# needed no work at all, is still better by about a tenth. Fine-tuning on 48 tiles has come near it;
# it has not worked a wonder. If you fine-tune for your own use, start from the nearest model that
# there is.
#
# And fine-tuning has a price: on its old data the model is now two to three times worse. That is
# called **catastrophic forgetting**. If you need both, mix old pictures into the batches, or keep
# two files.

# %% [markdown]
# ## 5 Hand it on
#
# *Going further, 9 minutes.*
#
# *Idea.* A model file says nothing about what it is good for. A **model card** does: on what it was
# trained, how it was tested, how well it does, and where it must not be used (Mitchell and others,
# 2019). Count in the card what is independent: micrographs first, tiles second. Six tiles of one
# micrograph are one witness who speaks six times.
#
# ### Exercise 10.5 ★ `model_card`
#
# - `train`, `test`: `PatternSet`s, trained on and held out;
# - `before`, `after`: squared errors on the held-out micrographs;
# - returns: a dictionary with the keys
#   `"micrographs trained on"`, `"micrographs held out"`, `"tiles trained on"`, `"tiles held out"`
#   (whole numbers), `"split"` (the text `"by micrograph"`), `"squared error before"`,
#   `"squared error after"` (numbers, as given), and `"limits"`: a sentence of your own, 40
#   characters or more, on where the model should not be used.
#
# <details>
# <summary>Hint 1</summary>
#
# The number of tiles is `len(train)`. `train.simulation` holds the number of the micrograph of each
# tile: how many *different* ones?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `len(np.unique(train.simulation))`. For the limits, think of section 2: other volume fractions,
# other magnifications, other phases; and of what it forgot.
#
# </details>


# %% exercise="10.5"
def model_card(train, test, before, after):
    """Say what a model was trained on, how well it does, its limits."""
    ### BEGIN SOLUTION
    return {
        "micrographs trained on": len(np.unique(train.simulation)),
        "micrographs held out": len(np.unique(test.simulation)),
        "tiles trained on": len(train),
        "tiles held out": len(test),
        "split": "by micrograph",
        "squared error before": before,
        "squared error after": after,
        "limits": (
            "For this material at this magnification alone; it is worse than "
            "before on labyrinths of equal parts, and it knows no physics."
        ),
    }
    ### END SOLUTION


# %% check="10.5"
model_card = check.lesson_10.model_card(model_card)

# %%
card = model_card(train, test, before, after)
out = Path(scratch.name) / "model"  # choose a folder of your own to keep it
out.mkdir(exist_ok=True)
# Numbers of arrays are no JSON, plain numbers are
plain = {"default": lambda number: np.asarray(number).item()}
text = json.dumps(card, indent=1, **plain)
(out / "card.json").write_text(text, encoding="utf-8")
vae.save(out / "model.keras")
again = keras.saving.load_model(out / "model.keras")
gap = np.abs(
    again.reconstruct(test.images) - vae.reconstruct(test.images)
).max()
print(text)
expect("Largest difference of a pixel after saving and loading", gap, 0, 1e-5)

# %% [markdown]
# A `.keras` file holds the weights and the recipe of the network. Whoever loads it needs Keras and
# this package, because the class `VAE` is part of it. Load such files only from people you trust.
#
# **ONNX** is a format that other programs can run, without Python: a web page, a microscope's
# software, a program in C++. The encoder and the decoder are plain networks and can be exported.
# Keras needs two more packages for it, `onnx` and `tf2onnx`, which this course does not install.
# Without them the next cell says so, and goes on.
#
# One trap. Between their layers our networks use the function GELU, and TensorFlow computes it by
# an operation that ONNX does not have. The export then only warns, writes a file, and the file
# cannot be loaded. `onnx_ready` makes a copy that computes the same in another way.

# %%
decoder = onnx_ready(vae.decoder)
z = (
    np.random.default_rng(SEED)
    .standard_normal((5, vae.latent))
    .astype("float32")
)
gap = np.abs(keras.ops.convert_to_numpy(decoder(z) - vae.decoder(z))).max()
expect(
    "Largest difference of a logit between the copy and the decoder",
    gap,
    0,
    1e-3,
)
try:
    decoder.export(out / "decoder.onnx", format="onnx", verbose=False)
    print(
        f"decoder.onnx: {(out / 'decoder.onnx').stat().st_size / 1e6:.1f} MB"
    )
except ImportError as error:
    print("Not exported:", error)

# %% [markdown]
# With `onnx` 1.23 and `tf2onnx` 1.17 installed, we exported encoder and decoder of the pretrained
# model in this way. Read back by `onnxruntime` 1.32, they gave the same numbers within 2e-5.
#
# **Larger machines.** What this lesson does by hand, one command does for hours, with checkpoints
# to go on from and a card at the end:
#
# ```sh
# vae-course train --data my_micrographs --cut 0,0,24,0 --background 20 \
#   --minutes 60 --out model
# vae-course train --data my_micrographs --cut 0,0,24,0 --background 20 \
#   --minutes 120 --out model --resume
# ```
#
# `--data` takes a folder of micrographs, of the full dataset, or `.npz` files that
# `PatternSet.save` wrote. The options for pictures are those of `read_micrographs`, and the same
# for `vae-course evolve` and `vae-course design --near`; each writes a sheet that shows what was
# read, `pictures.png`. Keras uses a graphics processor if the backend below it was installed for
# one; nothing in your code changes.

# %% [markdown]
# ## 6 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **A threshold for each tile.** Otsu always finds two classes, even where there is one phase and
# noise. Small tiles, or tiles inside one domain, turn into pepper and salt:

# %%
rng = np.random.default_rng(SEED)
# Light phase and noise, nothing else
one_phase = 145 + 9 * rng.standard_normal((64, 64))
pepper = one_phase > threshold_otsu(one_phase)

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table(
        [[one_phase > 107, pepper]], [""], ["threshold 107", "its own Otsu"]
    ),
    "Left: one phase throughout, as it should be. Right: the same tile with "
    "a threshold of its own, pepper and salt.",
)

# %%
expect("Phase 0 found where there is none", 1 - pepper.mean(), 0.35, 0.65)

# %% [markdown]
# **The scale bar left in.** The black strip is a third class. It moves the threshold, darkens the
# blur beside it, and its bar and letters become microstructure. Here it even fills up a third row
# of tiles. The library sees such a strip, and says what to cut:

# %%
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    with_bar = read_micrographs(
        folder, background=BLUR, progress=lambda done, total: None
    )
for warning in said:
    print(warning.message)

# %% jupyter={"source_hidden": true}
n = int(np.sum(with_bar.simulation == 0))
last = with_bar.images[max(0, n - 3) : n]
plotting.show(
    plotting.pattern_table([last], ["bottom tiles"], [""] * len(last)),
    "Three tiles from the bottom of the picture with the strip left in: a "
    "dark band with a light bar and letters below the microstructure.",
)

# %%
print(f"{len(with_bar)} tiles with the strip, {len(patterns)} without")

# %% [markdown]
# **The remainder stretched.** The picture is 176 pixels high: two tiles and 48 pixels. Stretch
# these 48 to 64, and domains become a third taller than they are wide:

# %%
if truth is not None:
    # What is left below the tiles, shape (12, 48, 64)
    rest = truth[:, 128:176, :64]
    # 48 rows become 192, then 64
    stretched = np.repeat(rest, 4, axis=1)[:, ::3]

    def crossings(tiles, axis):
        """Mean number of interfaces that a line along an axis crosses."""
        return (
            np.abs(np.diff(tiles.astype(int), axis=axis))
            .sum(axis=axis)
            .mean()
        )

    print("interfaces crossed, by a vertical and by a horizontal line")
    for name, tiles in {"tiles": true_tiles, "stretched": stretched}.items():
        print(
            f"{name:10} {crossings(tiles, 1):.2f} and "
            f"{crossings(tiles, 2):.2f}"
        )

# %% [markdown]
# **Too large a step.** Adam at 2e-2 on the same tiles:

# %%
wild = load_pretrained("case1")
wild.compile(optimizer=keras.optimizers.Adam(2e-2))
history = wild.fit(
    SymmetricBatches(train.images, 16, seed=SEED), epochs=2, verbose=0
).history
print(
    "loss of each epoch (nats for a tile):",
    [f"{loss:.4g}" for loss in history["loss"]],
)

# %% [markdown]
# `nan` means "not a number": the weights have overflowed, and no further training brings them back.
# (On other pictures it may be a huge number first.) If your own pictures lead there even at 1e-3,
# bound the step: `Adam(1e-3, clipnorm=100.0)`. Load the file again and take smaller steps. Milder
# cases are harder to see. In a trial of ours with 2e-3, training went on as if nothing were wrong,
# and ended with a larger error than with 1e-3, on the new data and on the old.
#
# ## Summary
#
# 1. Cut the strip, divide out the light, threshold the whole picture, tile without stretching.
# 2. Measure the shift first, in standard deviations of the training data.
# 3. A shift tells where to look, an experiment what it costs: change one thing at a time.
# 4. Split by micrograph. Fine-tune in small steps; report before, after, and what was forgotten.
# 5. Save the model with a card that counts micrographs and says where it fails.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 10.b ★ choose
#
# You have one large micrograph, of 40 tiles. Can you test your model with it?
#
# - **a**: Yes: 30 tiles to train on, 10 chosen at random to test.
# - **b**: For this specimen alone: hold a part of the picture out, with a gap, and say so.
# - **c**: No: one picture is of no use.

# %% question="10.b"
check.question("10.b", "b")

# %% [markdown]
# ### Question 10.c ★ choose
#
# The shift of every descriptor is 0. Is your data like the training data?
#
# - **a**: In the means of these descriptors; the rest is still open.
# - **b**: Yes: that is what the shift measures.
# - **c**: No: a shift of 0 is too good to be true.

# %% question="10.c"
check.question("10.c", "a")

# %% [markdown]
# ### Question 10.d ★ choose
#
# After fine-tuning, the error on the held-out micrographs is **lower** than on those trained on.
# What follows?
#
# - **a**: There is a leak, for certain.
# - **b**: The model generalises better than it fits.
# - **c**: Not much yet: with four micrographs some may simply be easier.

# %% question="10.d"
check.question("10.d", "c")

# %% [markdown]
# ## Read next
#
# - N. Otsu (1979), *A Threshold Selection Method from Gray-Level Histograms*,
#   doi:10.1109/TSMC.1979.4310076.
# - M. Mitchell and others (2019), *Model Cards for Model Reporting*, arXiv:1810.03993.
# - J. Kirkpatrick and others (2017), *Overcoming catastrophic forgetting in neural networks*,
#   arXiv:1612.00796.
# - H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), arXiv:2203.04183: the full dataset.

# %% tags=["nbval-check-output"]
check.progress("10")
