# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # 13 · From polymer to alloy
#
# **Which microstructure is strong, and can what I learned on one property help with another?**
#
# *Time: about 75 minutes (49 for the core), of which the computer needs one.* You need from [lesson
# 08](08_from_structure_to_strength.ipynb) Young's modulus, the strain energy $W$, finite elements
# and $R^2$; from [lesson 09](09_from_strength_to_structure.ipynb) what a design is; and from lesson
# 02 how a network is trained. Of mechanics you need stress (force per area) and strain (relative
# change of length).

# %%
from types import SimpleNamespace

import keras
import numpy as np
from keras import layers, ops
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded
from vae_course.latent import StrainEnergyModel, design
from vae_course.latent.property_networks import build_image_network
from vae_course.physics import plasticity
from vae_course.physics.figures import points_and_curves
from vae_course.vae import load_pretrained

# No simulation is in both
train, test = load_embedded(case=1).split(test=0.2, seed=0)
# Stress at each of twenty strains, see section 2
strains = np.array(plasticity.STRAINS)
curves, unseen = train.stress_strain, test.stress_strain

# %% jupyter={"source_hidden": true}
half = np.flatnonzero(np.abs(test.images.mean(axis=(1, 2)) - 0.5) < 0.002)
ranked = half[np.argsort(unseen[half, -1])]
three = ranked[[0, len(ranked) // 2, -1]]  # weak to strong
pulled = [plasticity.solve(test.images[k], strains[::3]) for k in three]
plotting.show(
    plotting.pattern_table(
        [
            test.images[three[[1, 2, 0]]],
            [
                np.clip(pulled[k].plastic_strain[-1] / 0.06, 0, 1)
                for k in (1, 2, 0)
            ],
        ],
        [
            "two metals,\nlight is soft",
            "where it flowed\n(light: 6 % or more)",
        ],
        ["A", "B", "C"],
        side=1.9,
    ),
    "Three microstructures, half dark and half light, and below each where "
    "it flowed when it was pulled to the right by 1.9 percent: in narrow "
    "slanted bands through the light phase.",
)
# %% [markdown]
# So far the phases were two rubbers: stretched, they come back. Now let them be two metals. Both are
# equally stiff, but the light one **flows** at a third of the stress: it is deformed for good. Each
# of these squares has been pulled to the right by 1.9 %. The lower row shows where it flowed.
#
# Which of the three is the strongest?
#
# <details>
# <summary>Answer</summary>
#
# B is the strongest and C the weakest. Flow runs along slanted bands, at about 45 degrees. In C such a
# band finds its way through the light phase alone. In B every band has to cut through dark pieces.
#
# </details>
#
# All three have the same volume fraction, and the same stiffness to the last digit. **Strength** is
# a property of its own, and it is the one that metallurgists ask for.
#
# ## What you will be able to do
#
# - Say when a metal flows, and compute what it does then (13.1).
# - Read the strength off a stress–strain curve (13.2).
# - Build a network that cannot say what physics forbids (13.3).
# - Reuse what was learned on one property for another, and say what it was worth (13.4).
# - Look for the best of two properties at once (13.5).

# %% [markdown]
# ## 1 When a metal flows
#
# *Core, 17 minutes.*
#
# *Idea.* Metals do not mind pressure: squeeze a piece of steel from all sides alike, and it comes
# back. What makes them flow is a change of *shape*. So take the mean of the three normal stresses
# away from the stress $\boldsymbol\sigma$ (a symmetric 3 × 3 matrix). What is left is the
# **deviator** $\mathbf s$. Its size is the **von Mises stress** $q$:
#
# $$ \mathbf s = \boldsymbol\sigma - \tfrac13 \operatorname{tr}(\boldsymbol\sigma)\,\mathbf 1, \qquad
# q = \sqrt{\tfrac32}\,\lVert\mathbf s\rVert, $$
#
# where $\operatorname{tr}$ is the sum of the diagonal, $\mathbf 1$ the unit matrix, and
# $\lVert\mathbf s\rVert$ the root of the sum of the squares of all nine entries. The factor is chosen
# such that a bar that is pulled with a stress of 5 has $q = 5$.


# %%
def deviator(tensor):
    """Take a third of the trace off the diagonal: (3, 3) -> (3, 3)."""
    return tensor - np.trace(tensor) / 3 * np.eye(3)


def von_mises(stress):
    """Von Mises stress of a stress (3, 3)."""
    return np.sqrt(1.5 * np.sum(deviator(stress) ** 2))


bar = np.diag([5.0, 0.0, 0.0])
shear = np.zeros((3, 3))
shear[0, 1] = shear[1, 0] = 5.0
check.expect("A bar pulled with 5", von_mises(bar), 4.999, 5.001)
check.expect(
    "Pressure of 5 from all sides", von_mises(-5 * np.eye(3)), 0, 1e-9
)
check.expect("Shear of 5, over √3", von_mises(shear) / 3**0.5, 4.999, 5.001)

# %% [markdown]
# A metal flows once $q$ reaches its **yield stress** $\sigma_y$, and $q$ stays there. Where it has
# flowed it is harder than before: $\sigma_y = \sigma_0 + H \alpha$, with the **accumulated plastic
# strain** $\alpha$ (how much it has flowed so far, never less than before) and the **hardening** $H$.
# We count stresses in units of the soft metal's $\sigma_0$. So it has $\sigma_0 = 1$, the hard one
# 3; both have $H = 10$ and Young's modulus 1000.
#
# Of the strain $\boldsymbol\varepsilon$ (3 × 3, too) a part $\boldsymbol\varepsilon_p$ is
# **plastic**: it stays. Only the rest makes stress. With the two elastic constants $\mu$ (shear) and
# $\kappa$ (bulk):
#
# $$ \boldsymbol\sigma = \kappa\,\operatorname{tr}(\boldsymbol\varepsilon)\,\mathbf 1 +
# 2\mu\,\operatorname{dev}(\boldsymbol\varepsilon - \boldsymbol\varepsilon_p), $$
#
# where dev takes a third of the trace off the diagonal. Now the strain has grown by a step. What are
# stress, $\boldsymbol\varepsilon_p$ and $\alpha$ after it? **Return mapping** answers in three lines:
#
# 1. *Try* without flow: $\mathbf s^* = 2\mu\,\operatorname{dev}(\boldsymbol\varepsilon -
#    \boldsymbol\varepsilon_p)$ and its von Mises stress $q^* = \sqrt{3/2}\,\lVert\mathbf s^*\rVert$.
# 2. Is $f = q^* - (\sigma_0 + H\alpha)$ at most 0? Then nothing flows, and you are done.
# 3. Else it flows by $\Delta\alpha = f / (3\mu + H)$: just so much that $q$ comes *back* to the yield
#    stress, which has grown by $H\Delta\alpha$. Add $\Delta\alpha$ to $\alpha$, and
#    $\Delta\alpha\,\frac32\,\mathbf s^*/q^*$ to $\boldsymbol\varepsilon_p$. Then compute the stress.
#
# *Worked example*, by hand: $\mu = 2$, $\sigma_0 = 1$, $H = 4$, nothing has flowed, and the try gives
# $q^* = 6$. Then $f = 5$ and $\Delta\alpha = 5/(6 + 4) = 0.5$. The yield stress is now
# $1 + 4 \cdot 0.5 = 3$; and flow takes $3\mu\Delta\alpha = 3$ off $q^*$, which leaves 3. They agree.

# %%
soft, hard = (
    SimpleNamespace(
        kappa=1000 / 1.2, mu=1000 / 2.6, initial=start, slope=10.0
    )
    for start in (1.0, 3.0)
)

# %% [markdown]
# ### Exercise 13.1 ★★★ `return_mapping`
#
# - `strain`: $\boldsymbol\varepsilon$ after the step, shape (3, 3);
# - `plastic`: $\boldsymbol\varepsilon_p$ before it, shape (3, 3); it must not be changed;
# - `alpha`: $\alpha$ before it, a number;
# - `metal`: its constants: `metal.kappa`, `metal.mu`, `metal.initial` ($\sigma_0$), `metal.slope`
#   ($H$);
# - returns: three things: the stress (3, 3), the plastic strain (3, 3) and $\alpha$ after the step.
#
# <details>
# <summary>Hint 1</summary>
#
# `deviator(strain - plastic)` times `2 * metal.mu` is the try. Its von Mises stress is
# `von_mises` of it (taking off the mean once more changes nothing). Then the two cases. The stress
# is computed last, from the *new* plastic strain, in both cases by the same line.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `trial = 2 * metal.mu * deviator(strain - plastic)` and
# `f = von_mises(trial) - metal.initial - metal.slope * alpha`. If `f > 0`: `grown = f / (3 *
# metal.mu + metal.slope)`, `plastic = plastic + grown * 1.5 * trial / von_mises(trial)`,
# `alpha = alpha + grown`. At the end `stress = metal.kappa * np.trace(strain) * np.eye(3) + 2 *
# metal.mu * deviator(strain - plastic)`, and `return stress, plastic, alpha`.
#
# </details>


# %% exercise="13.1"
def return_mapping(strain, plastic, alpha, metal):
    """One step of a point that may flow: -> stress, plastic strain, alpha."""
    ### BEGIN SOLUTION
    trial = 2 * metal.mu * deviator(strain - plastic)
    beyond = von_mises(trial) - metal.initial - metal.slope * alpha
    if beyond > 0:
        grown = beyond / (3 * metal.mu + metal.slope)
        plastic = plastic + grown * 1.5 * trial / von_mises(trial)
        alpha = alpha + grown
    stress = metal.kappa * np.trace(strain) * np.eye(
        3
    ) + 2 * metal.mu * deviator(strain - plastic)
    return stress, plastic, alpha
    ### END SOLUTION


# %% check="13.1"
return_mapping = check.lesson_13.return_mapping(return_mapping)

# %% [markdown]
# **What you should see.** A point of the soft metal that is sheared to and fro: longer along $x$ and
# shorter along $y$ by the same strain, then the other way round, three times.

# %%
shape = np.diag([1.0, -1.0, 0.0])
there = np.linspace(0, 0.004, 41)
path = np.concatenate(
    [there, there[-2::-1], -there[1:], -there[-2::-1], there[1:]]
)
plastic, alpha, along = np.zeros((3, 3)), 0.0, []
for amount in path:
    stress, plastic, alpha = return_mapping(
        amount * shape, plastic, alpha, soft
    )
    along.append(stress[0, 0])

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {"one point": (path, along)},
        "strain along x",
        "stress along x (σ₀)",
    ),
    "A loop. The stress rises straight, bends at 0.58 and goes on nearly "
    "level; on the way back it falls straight, twice as far, before it "
    "bends again.",
)

# %%
check.expect(
    "Stress where it first flows (σ₀), over 1/√3",
    along[8] * 3**0.5,
    1.0,
    1.01,
)
check.expect(
    "Stress at the end over that at the first turn",
    along[-1] / along[40],
    1.1,
    1.2,
)
check.expect("Accumulated plastic strain α", alpha, 0.018, 0.019)

# %% [markdown]
# Up to $1/\sqrt3$ it comes back, as rubber does. Beyond, it flows. Turn round, and it is elastic at
# first; it flows again when the stress has changed its sign. The strain is where it was, and the
# stress is not. **A metal remembers.** So the properties of a metal belong to a *path*, and a solver
# has to follow it step by step. The finite elements of `vae_course.physics.plasticity` do what you
# have written at four points of each pixel, at twenty steps.

# %% [markdown]
# ## 2 The curve, and what to read off it
#
# *Core, 13 minutes.*
#
# *Idea.* Pull the square to the right: the left side is held, the right one moves by the strain
# $\varepsilon$; the top stays straight and free. What one measures is the mean stress along $x$ at
# each strain. The data set has these curves for all patterns: `stress_strain`, shape (N, 20), at
# strains from 0.1 to 2 %.

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.curve_plot(
        {
            name: (np.append(0, strains), np.append(0, unseen[k]))
            for name, k in zip(("C", "A", "B"), three, strict=True)
        }
        | {
            "elastic line, moved by 0.2 %": (
                [0.002, 0.0042],
                np.array([0, 0.0022]) * unseen[0, 0] / strains[0],
            )
        },
        "strain",
        "mean stress along x (σ₀ of the soft metal)",
    ),
    "Three curves that rise together along a straight line up to a stress "
    "of about 1.1, then bend one after the other and rise slowly. A straight "
    "line, parallel to their beginning and moved to the right, cuts each.",
)

# %%
check.expect(
    "Slope of all curves at first", unseen[0, 0] / strains[0], 1098, 1099.5
)
check.expect(
    "Spread of that slope over all patterns", np.ptp(unseen[:, 0]), 0, 2e-3
)

# %% [markdown]
# All begin along the same line: the metals are equally stiff. (Its slope is not 1000 but 1099: a
# slab that keeps its thickness resists more.) Then soft pixels begin to flow, one after the other.
# There is no single point at which "it" flows. So engineers agreed on one: draw the elastic line
# again, moved to the right by a strain of 0.2 % (that is **0.002**), and read the stress where the
# curve meets it. This is the **proof stress**: there 0.2 % of strain stays for good. And the
# **flow stress** is the stress at the end, at 2 %.
#
# *Worked example.* A curve with the points (0.001, 1), (0.003, 2), (0.005, 2.2). Its first slope is
# $1/0.001 = 1000$. The moved line is $1000\,(\varepsilon - 0.002)$: 1 at 0.003, where the curve is
# above it, and 3 at 0.005, where it is below. In between the curve is taken for straight:
# $2 + 100\,(\varepsilon - 0.003)$. They meet at $\varepsilon = 0.0041$: a proof stress of 2.11.
#
# ### Exercise 13.2 ★ `proof_stress`
#
# - `strain`: strains, rising, above 0, shape (n,); the first point is elastic;
# - `stress`: the stress at each, shape (n,);
# - returns: the proof stress at an offset of 0.002, a number. Between points the curve is straight.
#
# <details>
# <summary>Hint 1</summary>
#
# Compute at each point how far the curve is above the moved line. Above at first, below later: find
# the first point at which it is below. The crossing lies between that point and the one before it.
# What changes from `above` to `below` along a straight line is 0 at the part
# `above / (above - below)` of the way.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `gap = stress - stress[0] / strain[0] * (strain - 0.002)`, `k = np.argmax(gap < 0)` is the first
# point below, `part = gap[k - 1] / (gap[k - 1] - gap[k])`, and the answer is
# `stress[k - 1] + part * (stress[k] - stress[k - 1])`.
#
# </details>


# %% exercise="13.2"
def proof_stress(strain, stress):
    """Stress where the curve meets its elastic line, moved by 0.002."""
    ### BEGIN SOLUTION
    gap = stress - stress[0] / strain[0] * (strain - 0.002)
    k = np.argmax(gap < 0)
    part = gap[k - 1] / (gap[k - 1] - gap[k])
    return stress[k - 1] + part * (stress[k] - stress[k - 1])
    ### END SOLUTION


# %% check="13.2"
proof_stress = check.lesson_13.proof_stress(proof_stress)

# %% [markdown]
# **What you should see.** Both strengths of all test patterns, against their stiffness.

# %%
proof, proof_unseen = (
    np.array([proof_stress(strains, one) for one in some])
    for some in (curves, unseen)
)
flow, flow_unseen = curves[:, -1], unseen[:, -1]
stiffness = test.strain_energy[:, -1]

# %% jupyter={"source_hidden": true}
plotting.show(
    points_and_curves(
        {
            "flow stress": (stiffness, flow_unseen),
            "proof stress": (stiffness, proof_unseen),
        },
        {},
        "strain energy W of the same pattern in rubber",
        "strength (σ₀ of the soft metal)",
    ),
    "Two clouds: flow stress about 2.3, hardly rising with the strain "
    "energy, and proof stress about 1.7, rising with it a little.",
)

# %%
check.expect("Mean flow stress (σ₀)", flow_unseen.mean(), 2.29, 2.32)
check.expect(
    "Strongest over weakest, flow stress",
    flow_unseen.max() / flow_unseen.min(),
    1.15,
    1.35,
)
check.expect(
    "Strongest over weakest, proof stress",
    proof_unseen.max() / proof_unseen.min(),
    1.4,
    1.8,
)
check.expect(
    "Correlation of flow stress with W",
    np.corrcoef(stiffness, flow_unseen)[0, 1],
    0.05,
    0.35,
)
check.expect(
    "Correlation of proof stress with W",
    np.corrcoef(stiffness, proof_unseen)[0, 1],
    0.3,
    0.65,
)
check.expect(
    "Correlation of the two strengths",
    np.corrcoef(flow_unseen, proof_unseen)[0, 1],
    0.8,
    0.92,
)

# %% [markdown]
# ### Question 13.a ★ predict
#
# Three patterns of stripes, each half hard, half soft: along the pull, across it, and slanted by 45
# degrees. Which is the **weakest**?
#
# - **a**: Along the pull: each soft stripe is pulled through.
# - **b**: Across the pull: the soft stripes give way one after the other.
# - **c**: Slanted: the soft stripes can slide.

# %% question="13.a"
check.question("13.a", "c")

# %% [markdown]
# Who knows the stiffness knows little of the strength. What does strength depend on? Ask the physics,
# with three patterns of stripes: along the pull, across it, and slanted.

# %%
row, column = np.indices((32, 32))
stripes = {
    "along": row // 4 % 2,
    "across": column // 4 % 2,
    "slanted": (row + column) // 4 % 2,
}
strong = {
    name: plasticity.stress_strain(one, strains)[-1]
    for name, one in stripes.items()
}
for name, value in strong.items():
    print(f"stripes {name}: flow stress {value:.3f}")
check.expect(
    "Across over along", strong["across"] / strong["along"], 0.98, 1.02
)
check.expect(
    "Slanted over along", strong["slanted"] / strong["along"], 0.55, 0.75
)

# %% [markdown]
# Stripes along and across are equally strong, which surprises most people. The top stays straight, so
# that stripes across lose height alike; the slab keeps its thickness; and flow keeps the volume. Then
# they must get longer alike, too: the soft ones flow when the hard ones do. Slanted soft stripes
# simply slide. So **a soft path at 45 degrees is what makes a pattern weak.** A volume fraction does
# not know of it, and neither does stiffness.

# %% [markdown]
# ## 3 A network for the whole curve
#
# *Core, 14 minutes.*
#
# *Idea.* A solve takes a second. A network that reads the code of a pattern (lesson 08: a code of
# `case1-fine` is a small picture, 8 × 8 × 4) can predict twenty stresses in a thousandth of it. But
# twenty free numbers need not make a curve: they may fall, and a metal that hardens never does that.
# Rather than to hope, **build it in**. Let the network give twenty raw numbers $r_k$ of any sign.
# Turn each into a rise above 0, and add the rises up:
#
# $$ \hat\sigma_j = \sum_{k \le j} t_k\,\frac{\operatorname{softplus}(r_k)}{\ln 2}, \qquad
# \operatorname{softplus}(r) = \ln(1 + e^r), $$
#
# where $t_k > 0$ is the **typical rise** from one strain to the next, that of the mean curve.
# softplus is above 0 for every $r$, and $\ln 2$ at $r = 0$: a network that says nothing but 0 gives
# the mean curve. It only has to learn what is special about a pattern.
#
# ### Exercise 13.3 ★★ `rising_curve`
#
# - `raw`: what the network gives, a tensor of shape (N, 20);
# - `typical`: the typical rises $t_k$, an array of shape (20,), all above 0;
# - returns: a tensor of shape (N, 20), the curves $\hat\sigma$.
#
# Use functions of `ops`, so that gradients pass.
#
# <details>
# <summary>Hint 1</summary>
#
# `ops.softplus` does the second formula. `ops.cumsum` adds up along an axis: which one holds the
# strains?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `rises = ops.softplus(raw) / ops.log(2.0) * typical`, and then `ops.cumsum(rises, axis=-1)`.
#
# </details>


# %% exercise="13.3"
def rising_curve(raw, typical):
    """Curves that rise, whatever the raw numbers: (N, 20) -> (N, 20)."""
    ### BEGIN SOLUTION
    rises = ops.softplus(raw) / ops.log(2.0) * typical
    return ops.cumsum(rises, axis=-1)
    ### END SOLUTION


# %% check="13.3"
rising_curve = check.lesson_13.rising_curve(rising_curve)

# %% [markdown]
# *Worked example.* Two networks that differ in their last line only: one gives rising curves, the
# other free ones, which begin at the mean curve as well. Each is trained on all training patterns.

# %%
vae = load_pretrained("case1-fine")
codes, codes_unseen = vae.encode(train.images), vae.encode(test.images)
mean_curve = curves.mean(axis=0)
typical = np.diff(np.append(0, mean_curve)).astype("float32")


def trained(last, codes, curves, epochs, seed=0):
    """Train a small network from codes to curves; `last` is its last line."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((256,))
    x = layers.Reshape((8, 8, 4))(inputs)
    x = layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
    for _ in range(2):
        change = layers.Conv2D(32, 3, padding="same", activation="gelu")(x)
        x = x + layers.Conv2D(
            32, 3, padding="same", kernel_initializer="zeros"
        )(change)
    x = layers.GlobalAveragePooling2D()(layers.Activation("gelu")(x))
    raw = layers.Dense(20, kernel_initializer="zeros")(x)
    network = keras.Model(inputs, layers.Lambda(last)(raw))
    steps = epochs * -(-len(codes) // 64)
    rate = keras.optimizers.schedules.CosineDecay(4e-3, steps)
    network.compile(keras.optimizers.Adam(rate), "mse")
    network.fit(codes, curves, batch_size=64, epochs=epochs, verbose=0)
    return network


ends = {
    "rising": lambda raw: rising_curve(raw, typical),
    "free": lambda raw: 0.1 * raw + mean_curve.astype("float32"),
}
predicted, fell = {}, {}
noise = 4 * np.random.default_rng(0).standard_normal((500, 256))
for name, last in ends.items():
    network = trained(last, codes, curves, epochs=12)
    predicted[name] = ops.convert_to_numpy(network(codes_unseen))
    strange = ops.convert_to_numpy(network(noise))
    fell[name] = np.mean((np.diff(strange, axis=1) < 0).any(axis=1))
    print(
        f"{name}: {fell[name]:.0%} of the curves of strange codes fall "
        "somewhere"
    )

# %%
scores = {
    name: (
        r2_score(flow_unseen, some[:, -1]),
        r2_score(proof_unseen, [proof_stress(strains, one) for one in some]),
    )
    for name, some in predicted.items()
}
for name, (of_flow, of_proof) in scores.items():
    print(
        f"{name}: R² {of_flow:.2f} of flow stress, {of_proof:.2f} of "
        "proof stress"
    )
check.expect(
    "R² of flow stress, rising curves", scores["rising"][0], 0.7, 0.95
)
check.expect(
    "R² of proof stress, rising curves", scores["rising"][1], 0.7, 0.95
)
check.expect("Falling curves of strange codes, rising", fell["rising"], 0, 0)
check.expect("Falling curves of strange codes, free", fell["free"], 0.02, 1)

# %% [markdown]
# On test patterns both are about as good. The difference shows where no data were: codes that belong
# to no pattern. There free curves fall, and rising ones cannot. **A constraint that is built in holds
# everywhere**, also where a design will take the network. (That the curve rises does not make it
# right.) The library's network reads the picture itself, and was trained on 13,000 pictures of more
# than 1,400 simulations; on unseen simulations of Case 1 it reaches an $R^2$ of 0.98 for flow stress
# and for proof stress ([the results](../docs/results.md#from-structure-to-strength-and-back)).

# %% [markdown]
# ## 4 From stiffness to strength
#
# *Going further, 11 minutes.*
#
# *Idea.* In a new project nobody has thousands of curves. Say you can afford **50** plastic solves.
# But somebody has trained a network on the *stiffness* of thousands of patterns. Its last layer is a
# weighted sum of 64 numbers, its **features**. They know of bridges, necks and bands. Stiffness is
# another property, but the same geometry. **Transfer**: keep the features, and learn new weights.
#
# *Worked example.* The features of the shipped ensemble (three members, so 192 numbers a pattern),
# and the same of an ensemble whose weights were never trained.


# %%
def features_of(network, images):
    """What the last layers of an ensemble read: (N, 64, 64) -> (N, 192)."""
    pooled = [
        layer.output
        for layer in network.layers
        if isinstance(layer, layers.GlobalAveragePooling2D)
    ]
    reader = keras.Model(network.input, layers.Concatenate()(pooled))
    return np.concatenate(
        [
            ops.convert_to_numpy(
                reader(images[k : k + 256].astype("float32"))
            )
            for k in range(0, len(images), 256)
        ]
    )


pool = np.arange(0, len(train), 4)  # those that may be solved
draw = np.random.default_rng(0)
# Ten times fifty places in the pool
fifties = [draw.choice(len(pool), 50, replace=False) for _ in range(10)]
of_stiffness = StrainEnergyModel.load_pretrained("case1").image_network
sources = {
    "trained on stiffness": of_stiffness,
    "never trained": build_image_network(seed=0),
}
known = {
    name: features_of(network, train.images[pool])
    for name, network in sources.items()
}
asked = {
    name: features_of(network, test.images)
    for name, network in sources.items()
}
print("features of the pool:", known["never trained"].shape)

# %% [markdown]
# With 192 features and 50 patterns there are more weights than data. Plain least squares would learn
# the 50 by heart. **Ridge regression** keeps weights small; how small, it finds by leaving out one
# pattern after the other (`RidgeCV`). Weights can only be compared if all features have one scale,
# so they are standardised first: by mean and standard deviation of the *fifty*.
#
# ### Exercise 13.4 ★ `transfer`
#
# - `features`: of the patterns that were solved, shape (N, k);
# - `strength`: what the solves found, shape (N,);
# - `features_unseen`: of patterns that were not solved, shape (M, k);
# - returns: their predicted strength, shape (M,).
#
# Take `StandardScaler`, and then `RidgeCV(np.logspace(-2, 5, 15))`.
#
# <details>
# <summary>Hint 1</summary>
#
# `make_pipeline` (lesson 08) joins the two. Fit it to what was solved; the unseen features are for
# `predict` alone.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# `model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 5, 15)))`, then
# `model.fit(features, strength)`, and return `model.predict(features_unseen)`.
#
# </details>


# %% exercise="13.4"
def transfer(features, strength, features_unseen):
    """Predict strength from features of another property: -> (M,)."""
    ### BEGIN SOLUTION
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 5, 15)))
    return model.fit(features, strength).predict(features_unseen)
    ### END SOLUTION


# %% check="13.4"
transfer = check.lesson_13.transfer(transfer)

# %% [markdown]
# **What you should see.** Three ways to spend 50 solves, each tried with several draws of the fifty.
# The last is a network like that of section 3, trained on the fifty alone (three draws, as it takes
# longer).

# %%
rows = {
    f"features, {name}": [
        [
            r2_score(
                right,
                transfer(known[name][one], some[pool[one]], asked[name]),
            )
            for some, right in ((flow, flow_unseen), (proof, proof_unseen))
        ]
        for one in fifties
    ]
    for name in sources
}
alone = []
for k, one in enumerate(fifties[:3]):
    network = trained(
        ends["rising"], codes[pool[one]], curves[pool[one]], 150, seed=k
    )
    guess = ops.convert_to_numpy(network(codes_unseen))
    alone.append(
        [
            r2_score(flow_unseen, guess[:, -1]),
            r2_score(
                proof_unseen, [proof_stress(strains, some) for some in guess]
            ),
        ]
    )
rows["a network, on the fifty alone"] = alone
means = {}
for name, row in rows.items():
    means[name] = np.mean(row, axis=0)
    low, high = np.min(row, axis=0), np.max(row, axis=0)
    print(
        f"{name}: R² {means[name][0]:+.2f} of flow stress "
        f"({low[0]:+.2f} to {high[0]:+.2f}), {means[name][1]:+.2f} of proof "
        f"stress ({low[1]:+.2f} to {high[1]:+.2f})"
    )
helped = means["features, trained on stiffness"]
gained = helped - means["a network, on the fifty alone"]
check.expect("R² of proof stress, transferred, mean", helped[1], 0.25, 0.6)
check.expect("R² of flow stress, transferred, mean", helped[0], -0.15, 0.35)
check.expect(
    "Gained over the fifty alone, proof stress", gained[1], 0.05, 0.6
)
check.expect(
    "Gained over the fifty alone, flow stress", gained[0], -0.25, 0.3
)

# %% [markdown]
# Transfer helps with the proof stress, and it is no wonder cure: with the flow stress it gains
# nothing. Both make sense. Early on, what carries is what is connected, as in rubber. At 2 % it is
# slanted soft paths that count, and stiffness never asked for those.
#
# Look at the brackets, too. **One draw of fifty says little**: with some, transfer looks brilliant,
# and with others useless. Who compares two methods by one draw can prove what he likes.

# %% [markdown]
# ## 5 Two wishes at once
#
# *Going further, 9 minutes.*
#
# *Idea.* You want stiff *and* strong. No pattern has most of both. What one can do is to leave out
# whatever is beaten: a pattern is **dominated** if another has at least as much of everything, and
# more of something. Those that are left are the **Pareto front**. On it, more of one costs some of
# the other.
#
# *Worked example.* (stiffness, strength) of four: (1, 3), (2, 2), (1, 2), (3, 1). The third is
# dominated by the first, and by the second. The others are the front.
#
# ### Exercise 13.5 ★★ `pareto_front`
#
# - `values`: the properties of each pattern, the more the better, shape (N, k);
# - returns: booleans of shape (N,): True for those on the front. Of two that are equal in
#   everything, neither dominates the other.
#
# <details>
# <summary>Hint 1</summary>
#
# For one pattern: compare all rows of `values` with its row. Which have at least as much in *all*
# columns? Which have more in *any*? Is there one with both?
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# For `one in values`: `beats = (values >= one).all(axis=1) & (values > one).any(axis=1)`, and it is
# on the front if `not beats.any()`. Collect these in a list, and return it as an array.
#
# </details>


# %% exercise="13.5"
def pareto_front(values):
    """Say which rows no other row dominates: (N, k) -> (N,)."""
    ### BEGIN SOLUTION
    front = []
    for one in values:
        beats = (values >= one).all(axis=1) & (values > one).any(axis=1)
        front.append(not beats.any())
    return np.array(front)
    ### END SOLUTION


# %% check="13.5"
pareto_front = check.lesson_13.pareto_front(pareto_front)

# %% [markdown]
# **What you should see.** The front of all training patterns, and a **design** that asks for a point
# on it. `design` takes any property with a solver, and several of them. It proves each by its own
# solver (here a stretch of rubber, and a pull of metal).

# %%
both = np.stack([train.strain_energy[:, -1], flow], axis=1)
front = pareto_front(both)
wish = (1.35, 2.48)
made = design(
    wish,
    volume_fraction=0.5,
    candidates=1,
    rounds=1,
    property=("strain-energy", "flow-stress"),
)
order = np.argsort(both[front, 0])

# %% jupyter={"source_hidden": true}
w, sigma = made.verified[0]
plotting.show(
    points_and_curves(
        {"training patterns": tuple(both.T)},
        {
            "front of the data": tuple(both[front][order].T),
            "design, solved": (
                [w - 0.01, w + 0.01, w, w, w],
                [sigma, sigma, sigma, sigma - 0.015, sigma + 0.015],
            ),
        },
        "strain energy W (stiffness)",
        "flow stress (σ₀)",
    ),
    "A cloud of points with a front along its upper right side, and a cross "
    "for the design a little below the front.",
)

# %%
print(f"{front.sum()} of {len(front)} patterns are on the front")
print("wished for", wish, "and solved", made.verified[0].round(3))
beaten = (both <= made.verified[0]).all(axis=1).mean()
check.expect("Patterns on the front", front.sum(), 3, 15)
check.expect(
    "Error of the design, the larger of two, in percent",
    100 * made.error[0],
    0,
    3,
)
check.expect(
    "Share of the patterns that the design dominates", beaten, 0.8, 1
)

# %% [markdown]
# The design dominates most of the patterns, and falls a little short of the front: the best of 3,840
# solved patterns are hard to beat with a handful of solves. Here, too, look into the data first
# (lesson 09), and design where they have no answer.

# %% [markdown]
# ## 6 What this is not
#
# *Core, 3 minutes.*
#
# The patterns come from a model of mixtures that separate, and the metals from a textbook. Be plain
# about what is missing before you show such numbers to a metallurgist:
#
# - **No grains and no texture.** A real alloy consists of crystals, which flow along planes of their
#   own, in each grain others.
# - **No dislocations.** Why a metal hardens, why fine ones are stronger, and what heat does to it, is
#   not in $\sigma_0 + H\alpha$. Here only ratios count: a pattern drawn twice as large has the same
#   strength.
# - **Nothing breaks.** Strength here is resistance to flow. Bands that localise would tear.
# - **Two dimensions.** A slab that keeps its thickness, pulled along one axis.
#
# What does carry over is the way: a solver that was tested, a model that says how far off it is, and
# designs that are proved.

# %% [markdown]
# ## 7 Common mistakes, and what they look like
#
# *Going further, 3 minutes.*
#
# **To take 0.2 % for a strain of 0.002 of the whole.** The offset is of the *plastic* strain. The
# stress at a total strain of 0.002 is another number, and a smaller one:

# %%
b = three[-1]
at_two = np.interp(0.002, strains, unseen[b])
print(
    f"at a strain of 0.002: {at_two:.2f}; proof stress: {proof_unseen[b]:.2f}"
)
check.expect("The first over the second", at_two / proof_unseen[b], 0.7, 0.97)

# %% [markdown]
# **To say that it yields when the first pixel does.** Corners of the soft phase flow long before the
# square does, and the finer the mesh, the earlier:

# %%
early = plasticity.solve(test.images[b], np.linspace(2e-4, 2e-3, 10))
flowed = (early.plastic_strain > 0).mean(axis=(1, 2))
first = int(np.argmax(flowed > 0))
print(
    f"first flow at a stress of {early.stress[first]:.2f}; at a strain of "
    f"0.002 {flowed[-1]:.0%} of the pixels flow"
)
check.expect(
    "First flow over proof stress",
    early.stress[first] / proof_unseen[b],
    0.3,
    0.75,
)

# %% [markdown]
# **To count pressure.** With $\sqrt{3/2}$ times the size of the whole stress in place of the
# deviator, steel at the bottom of the sea would flow:

# %%
sea = -0.9 * np.eye(3)  # pressure below the yield stress of 1
whole = np.sqrt(1.5 * np.sum(sea**2))
print(
    f"of the whole stress {whole:.2f}; von Mises stress {von_mises(sea):.2f}"
)
check.expect("The size of the whole stress, over σ₀", whole, 1.8, 2.0)

# %% [markdown]
# **Frames dealt out at random.** The leak of lesson 08 works for any property. Nearest codes:

# %%
everything = np.concatenate([codes, codes_unseen])
all_proof = np.concatenate([proof, proof_unseen])
order = np.random.default_rng(0).permutation(len(everything))
seen, rest = order[len(test) :], order[: len(test)]
nearest = KNeighborsRegressor(3)
leaking = r2_score(
    all_proof[rest],
    nearest.fit(everything[seen], all_proof[seen]).predict(everything[rest]),
)
honest = r2_score(
    proof_unseen, nearest.fit(codes, proof).predict(codes_unseen)
)
check.expect("R² of nearest codes, frames at random", leaking, 0.5, 0.98)
check.expect("R² of nearest codes, whole simulations", honest, -0.3, 0.4)

# %% [markdown]
# ## Summary
#
# 1. A metal flows where the von Mises stress reaches its yield stress; it remembers how far.
# 2. Proof stress is a convention that one reads off a curve; a soft path at 45 degrees makes it low.
# 3. What physics forbids can be built in, by rises that are added up.
# 4. Features of one property help with another, as far as both ask about the same geometry.
# 5. Of two wishes there is no best, only a front; and every point of it has to be solved.
#
# ## Ask yourself
#
# No code this time. In the notebook, put your answer in place of the dots: a letter in quotes, or a
# number. A wrong answer costs nothing, and is told why it is wrong.

# %% [markdown]
# ### Question 13.b ★ choose
#
# Two patterns have the same proof stress. Have they the same flow stress?
#
# - **a**: Yes: both are strengths of the same pattern.
# - **b**: Not necessarily.
# - **c**: No: one is the larger of the two.

# %% question="13.b"
check.question("13.b", "b")

# %% [markdown]
# ### Question 13.c ★ choose
#
# Your pattern is turned by a quarter. What happens to $W$ of lessons 08 and 09, and what to the
# strength?
#
# - **a**: W stays, the strength changes.
# - **b**: Both stay: the pattern is the same.
# - **c**: W changes, the strength stays.

# %% question="13.c"
check.question("13.c", "a")

# %% [markdown]
# ### Question 13.d ★ choose
#
# A network is trained on curves up to a strain of 2 %, and its curves rise by construction. A colleague reads the
# flow stress at 5 % off it. Is that safe?
#
# - **a**: Yes: rising curves are built in.
# - **b**: Yes, if its R² is above 0.95.
# - **c**: No: nobody has asked the physics beyond 2 %.

# %% question="13.d"
check.question("13.d", "c")

# %% [markdown]
# ## Read next
#
# - [The physics](../docs/physics.md#how-strong-it-is), [the
#   results](../docs/results.md#from-structure-to-strength-and-back), and [the
#   glossary](../docs/glossary.md).
# - J. C. Simo and T. J. R. Hughes (1998), *Computational Inelasticity*, doi:10.1007/b98904: return
#   mapping, with everything that this lesson left out.
# - H. Kobeissi, S. Mohammadzadeh and E. Lejeune (2022), *Enhancing Mechanical Metamodels with a
#   Generative Model-Based Augmented Training Dataset*, arXiv:2203.04183: the data set.
# - K. Deb et al. (2002), *A fast and elitist multiobjective genetic algorithm: NSGA-II*,
#   doi:10.1109/4235.996017: fronts, and another way to find them.
# - S. J. Pan and Q. Yang (2010), *A Survey on Transfer Learning*, doi:10.1109/TKDE.2009.191.

# %% tags=["nbval-check-output"]
check.progress("13")
