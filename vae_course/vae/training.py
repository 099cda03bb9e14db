"""Train a VAE on any pattern set, so that it can be stopped and gone on with at any time."""

import hashlib
import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from vae_course.arguments import STATE, check_training, check_training_folder
from vae_course.data import PatternSet
from vae_course.files import holding
from vae_course.progress import Progress, silent
from vae_course.vae._checkpoints import (
    TrainingState,
    checked,
    keep,
    load,
    read_state,
    tidy,
)
from vae_course.vae._model_card import CARD, write_card
from vae_course.vae.batches import SymmetricBatches
from vae_course.vae.distributed import Team
from vae_course.vae.fidelity import pixel_accuracy, squared_error
from vae_course.vae.losses import bernoulli_nll, kl_per_axis
from vae_course.vae.model import VAE, build_vae
from vae_course.vae.networks import ACTIVATION, CODE, Latent, default_channels
from vae_course.vae.schedules import StepBudget, TimeBudget, WarmUp

TEST = 0.2
"""Part of the simulations that is held out."""

_LONGEST_EPOCH = 500  # batches: about half a minute, the most that a kill can cost
_VALIDATED = 1000  # held-out images looked at after each epoch
_WARM_UP = 300  # batches
_FITTED = ("loss", "reconstruction", "kl")


@dataclass(frozen=True)
class Training:
    """What `train` returns.

    Attributes:
        vae: The best model, as in `model.keras`.
        card: Content of `card.json`.
        history: One row an epoch, as in `history.csv`.
        added: Epochs trained in this call; 0 if the run was finished before.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> few = load_embedded().select(range(0, 40, 4))
        >>> done = train(few, Path("model"), latent=2, channels=(2,), batch_size=4, epochs=1)
        >>> done.vae.latent, done.card["split"]["how"], len(done.history), done.added
        (2, 'by simulation', 1, 1)
    """

    vae: VAE
    card: dict[str, Any]
    history: list[dict[str, float]]
    added: int


def train(
    patterns: PatternSet,
    out: Path,
    *,
    source: str = "",
    latent: Latent = CODE,
    channels: Sequence[int] | None = None,
    blocks: int = 0,
    activation: str = ACTIVATION,
    minutes: float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    batch_size: int = 64,
    learning_rate: float = 4e-3,
    beta: float = 1.0,
    mixed_precision: bool = False,
    resume: bool = False,
    team: Team | None = None,
    progress: Progress = silent,
) -> Training:
    """Train a VAE; keep the best model, a checkpoint, the history, a model card and a figure.

    A fifth of the simulations is held out. After each epoch (a pass over the others, or 500
    batches, whichever is shorter) up to 1,000 of their images are rebuilt; the model with the
    lowest mean squared error there is the best. Not the ELBO: the error is what the course's
    uses of the model feel, and it does not depend on β.

    The folder gets `model.keras` (the best so far), `history.csv`, `state.json` and `checkpoint/`
    (to go on from), and at the end `card.json`, `card.md` and `report.png`. It can be gone on with
    after a kill at any instant; at most one epoch is lost. What is drawn in an epoch depends on
    the seed and its number alone, so that with `epochs` a killed run ends where it would have.

    Args:
        patterns: Microstructures of at least two simulations.
        out: Folder to write.
        source: Where the patterns come from, for the model card.
        latent: Length of the code, or its shape; see `build_encoder`.
        channels: Channels of the encoder's convolutions; see `default_channels`.
        blocks: Residual blocks at each size of the picture.
        activation: Keras's name of the function between layers.
        minutes: Time for training; either this or epochs.
        epochs: Epochs in all; either this or minutes.
        seed: Seed of the split, the weights, the noise and the order of batches.
        batch_size: Images a batch.
        learning_rate: The highest rate; see `TimeBudget`.
        beta: Final weight of the KL term, reached after 300 batches.
        mixed_precision: Compute in bfloat16, keep the weights in float32: faster on recent GPUs,
            slower on CPUs.
        resume: Go on from the checkpoint in `out`, whose settings must be these; minutes or
            epochs may be larger than they were.
        team: The processes that share each batch; see `vae_course.vae.distributed.join`. All must
            be given the same arguments, and `out` must be a folder that all see.
        progress: Called as the work goes on.

    Returns:
        The best model, its card and the history.

    Raises:
        ValueError: If an argument is out of range, or is not the same on every process.
        FloatingPointError: If the training diverged; the checkpoint before that is kept.
        CheckpointError: If out holds a checkpoint and resume is false, or none and resume is true;
            if the settings differ from the saved ones; if a file is missing, damaged or foreign.

    Examples:
        >>> from vae_course.data import load_embedded
        >>> few, out = load_embedded().select(range(0, 40, 4)), Path("small")
        >>> done = train(few, out, latent=2, channels=(2,), batch_size=4, epochs=1)
        >>> sorted(path.name for path in out.glob("*.*"))
        ['card.json', 'card.md', 'history.csv', 'model.keras', 'report.png', 'state.json']
    """
    check_training(minutes, epochs, seed, batch_size, learning_rate, beta)
    team = team or Team()
    team.check(batch_size, by_time=minutes is not None)
    check_training_folder(out, resume)
    fitted, held_out = patterns.split(TEST, seed)
    precision = "mixed_bfloat16" if mixed_precision else "float32"
    channels = list(channels or default_channels(latent, patterns.images.shape[-1]))
    settings = {
        "data": hashlib.sha256(np.ascontiguousarray(patterns.images).tobytes()).hexdigest(),
        "case": [int(case) for case in np.unique(patterns.parameters["case"])],
        "seed": seed,
        "latent": list(latent) if isinstance(latent, tuple) else latent,
        "channels": channels,
        "blocks": blocks,
        "activation": activation,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "beta": beta,
        "precision": precision,
    }
    budget: dict[str, float] = (
        {"minutes": minutes} if minutes is not None else {"epochs": epochs or 0}
    )
    SymmetricBatches(fitted.images, batch_size)  # a bad batch_size is named here
    team.check_same(
        json.dumps([settings, budget, resume]),
        "data and settings must be the same on every process",
    )
    if resume:
        state = read_state(out, settings, budget)
        checked(out, state, "best")
        vae = load(out, state, "last")
        if team.first:
            tidy(out, state)
    else:
        state = TrainingState(settings, budget)
        with _precision(precision):
            vae = build_vae(
                latent,
                patterns.images.shape[-1],
                beta,
                seed,
                channels=channels,
                blocks=blocks,
                activation=activation,
            )
            vae.build(None)
            vae.optimizer.build(vae.trainable_variables)  # so that the first checkpoint is whole
    first = state.epoch
    with holding(out) if team.first else nullcontext():
        _fit(vae, out, state, fitted, held_out, team, progress)

    team.wait()
    state = read_state(out, settings, budget)  # as the first process has left it
    stage = "Evaluating"
    progress(stage, 0, "on held-out simulations")
    best = load(out, state, "best")
    if team.first:
        about = {"source": source, "test": TEST, "devices": team.devices}
        write_card(out, best, fitted, held_out, {**asdict(state), **about})
    team.wait()
    card = json.loads((out / CARD).read_text(encoding="utf-8"))
    progress(stage, 1, "on held-out simulations")
    return Training(best, card, state.history, state.epoch - first)


def _fit(
    vae: VAE,
    out: Path,
    state: TrainingState,
    fitted: PatternSet,
    held_out: PatternSet,
    team: Team,
    progress: Progress,
) -> None:
    """Train until the budget is used up, an epoch and a checkpoint at a time."""
    chosen, stage = state.settings, "Training the VAE"
    batch_size, seed, rate = chosen["batch_size"], chosen["seed"], chosen["learning_rate"]

    def tell(part: float, logs: dict[str, float]) -> None:
        progress(stage, part, f"epoch {state.epoch + 1}{_standing(state)}")

    budget: TimeBudget | StepBudget
    if "minutes" in state.budget:
        seconds = 60 * state.budget["minutes"]
        budget = TimeBudget(seconds, rate, progress=tell, spent=state.seconds)
    else:
        length = min(len(fitted) // batch_size, _LONGEST_EPOCH)
        budget = StepBudget(int(state.budget["epochs"]) * length, rate, progress=tell)
    warm_up = WarmUp(_WARM_UP, chosen["beta"])
    warm_up.step = budget.step = state.step
    trained = team.spread(vae)  # on all devices; `vae` stays on this one, to be looked at and kept
    if not state.files and team.first:
        keep(out, state, vae)
    team.wait()
    team.check_same(str((out / STATE).is_file()), f"{out} must be a folder that all processes see")
    tell(budget.part(), {})
    images = held_out.images[_evenly(len(held_out), _VALIDATED)]
    started = time.monotonic() - state.seconds
    while budget.part() < 1:
        batches = _batches(fitted, batch_size, seed, state.epoch)
        # Keras does not save the state of the noise: begin it anew in each epoch.
        noise = np.random.SeedSequence((seed, state.epoch, 1)).generate_state(1)[0]
        trained.sampling.seed_generator.state.assign(np.array([noise, 0], dtype=np.uint32))
        logs = team.fit(trained, batches, [warm_up, budget])
        team.bring_home(trained, vae)
        row = {"epoch": state.epoch + 1, **{name: logs[name] for name in _FITTED}}
        if np.isfinite(vae.encode(images)).all():
            row |= _validate(vae, images, seed)
        if "accuracy" not in row or not all(map(math.isfinite, row.values())):
            raise FloatingPointError(
                f"the training diverged in epoch {state.epoch + 1}: start again with a learning "
                f"rate lower than {rate}"
            )
        now = budget.spent if isinstance(budget, TimeBudget) else time.monotonic() - started
        state.epoch, state.step, state.seconds = state.epoch + 1, budget.step, now
        state.history.append({**row, "seconds": round(now, 2)})
        if team.first:
            keep(out, state, vae)
    progress(stage, 1.0, f"{state.epoch} epochs{_standing(state)}")


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    """Let new layers compute in a precision."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _standing(state: TrainingState) -> str:
    """Write the held-out errors, short enough for a line of 80 characters."""
    if not state.history:
        return ""
    last = state.history[-1]["squared_error"]
    return f", error {last:.4f}, best {state.best:.4f}"


def _batches(fitted: PatternSet, batch_size: int, seed: int, epoch: int) -> SymmetricBatches:
    """Make the batches of an epoch: a function of seed and epoch alone."""
    order, augment = np.random.SeedSequence((seed, epoch)).generate_state(2)
    images = fitted.images
    if len(images) > _LONGEST_EPOCH * batch_size:
        drawn = np.random.default_rng(order).permutation(len(images))
        images = images[drawn[: _LONGEST_EPOCH * batch_size]]
    only_case_1 = bool(np.all(fitted.parameters["case"] == 1))  # its mean is 1/2
    return SymmetricBatches(images, batch_size, int(augment), swap_phases=only_case_1)


def _evenly(count: int, wanted: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64)


def _validate(vae: VAE, images: NDArray[np.uint8], seed: int) -> dict[str, float]:
    """Compute errors of the mean code, and rate and distortion in nats an image."""
    mean, log_variance = vae.posterior(images)
    rebuilt = vae.decode(mean)
    noise = np.random.default_rng(seed).standard_normal(mean.shape, dtype=np.float32)
    logits = vae.decode_logits(mean + np.exp(0.5 * log_variance) * noise)
    target = images.astype(np.float32)
    nll = ops.convert_to_numpy(bernoulli_nll(target, logits))
    return {
        "squared_error": float(squared_error(rebuilt, images).mean()),
        "accuracy": float(pixel_accuracy(rebuilt, images).mean()),
        "rate": float(ops.convert_to_numpy(kl_per_axis(mean, log_variance)).sum(axis=1).mean()),
        "distortion": float(nll.mean()),
    }
