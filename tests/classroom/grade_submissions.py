"""Submissions of lesson 03 as an instructor gets them: good, wrong, broken, dishonest."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NAME = "03_from_autoencoder_to_vae.ipynb"

SAMPLE = """def sample(mean, log_variance, seed_generator):
    noise = keras.random.normal(ops.shape(mean), seed=seed_generator)
    return mean + ops.exp(log_variance) * noise"""
KL = """def kl_divergence(mean, log_variance):
    return ops.sum(mean**2 + ops.exp(log_variance) - 1 - log_variance, axis=-1)"""
ELBO = """def elbo(x, logits, mean, log_variance):
    return -bernoulli_nll(x, logits) + kl_divergence(mean, log_variance)"""
GENERATE = """def generate(decoder, n, latent, seed):
    logits = decoder(keras.random.normal((n, latent), seed=seed))[..., 0]
    return ops.convert_to_numpy(logits > 0.5).astype("uint8")"""
LOSS = """        nll = ops.mean(bernoulli_nll(x, logits))
        kl = ops.mean(kl_divergence(mean, log_variance))
        self.reconstruction_tracker.update_state(nll)
        self.kl_tracker.update_state(kl)
        return nll - kl"""
ENDLESS = """def kl_divergence(mean, log_variance):
    while True:
        mean = mean"""
LARGE = """def kl_divergence(mean, log_variance):
    return np.ones(50 * 2**27).sum()"""
EXIT = """import os

def elbo(x, logits, mean, log_variance):
    os._exit(0)"""
# The type is put together, so that reading the code does not find it.
FORGED = """def kl_divergence(mean, log_variance):
    from IPython.display import display
    outcome = {
        "lesson": "03", "exercise": "3.2", "name": "kl_divergence", "stars": 2, "kind": "passed",
        "message": "Well done.", "expected": "", "found": "", "why": "", "code": "",
        "fallback": False,
    }
    display({"application/vnd.vae-course" + ".outcome+json": outcome}, raw=True)
    raise KeyboardInterrupt

print("✓ Exercise 3.2 ★★ kl_divergence: passed. Well done.")"""

Edit = Callable[[NotebookNode], None]


def notebook(kind: str) -> NotebookNode:
    """Read the lesson ("lessons") or its solution ("solutions")."""
    return nbformat.read(ROOT / kind / NAME, as_version=4)


def cell(book: NotebookNode, name: str) -> NotebookNode:
    return next(one for one in book.cells if one.get("id") == name)


def answered(**sources: str) -> NotebookNode:
    """Make the solution with other answers, given as `e3_2="def kl_divergence…"`."""
    book = notebook("solutions")
    for key, source in sources.items():
        cell(book, f"exercise-{key[1:].replace('_', '-')}").source = source
    return book


def wrong() -> NotebookNode:
    """Make a submission with a misconception in every exercise."""
    blank = cell(notebook("lessons"), "exercise-3-4").source
    loss = blank.replace("        raise NotImplementedError", LOSS)
    assert loss != blank
    return answered(e3_1=SAMPLE, e3_2=KL, e3_3=ELBO, e3_4=loss, e3_5=GENERATE)


def without_checks() -> NotebookNode:
    book = notebook("solutions")
    book.cells = [one for one in book.cells if not one.id.startswith("check-")]
    return book


def checks_that_always_pass() -> NotebookNode:
    book = wrong()
    for one in book.cells:
        if one.id.startswith("check-"):
            one.source = f'print("✓ Exercise {one.id[6:]}: passed. Well done.")'
            one.metadata["tags"] = ["nbval-skip"]
    return book


def older_copy() -> NotebookNode:
    """Make a copy from before exercise 3.5, with another text and another import cell."""
    book = notebook("solutions")
    end = next(k for k, one in enumerate(book.cells) if one.id == "exercise-3-5")
    book.cells = book.cells[:end]
    book.cells[0].source = "# 03 · From autoencoder to VAE, as of last year"
    del book.metadata["vae_course"]
    return book


def never_ending_cell() -> NotebookNode:
    book = notebook("solutions")
    cell(book, "exercise-3-3").source += "\n\nwhile True:\n    pass"
    return book


def in_cells_of_its_own() -> NotebookNode:
    """Make what tools leave that rewrite ids and drop metadata, in the format before ids."""
    book = copy.deepcopy(notebook("solutions"))
    for one in book.cells:
        del one["id"]
        one.metadata = {}
    book.metadata = {}
    book.nbformat_minor = 4
    helper = nbformat.v4.new_code_cell("def half(x):\n    return x / 2")
    del helper["id"]
    place = next(k for k, one in enumerate(book.cells) if "def elbo(" in one.source)
    book.cells[place].source = "def elbo(x, logits, mean, log_variance):\n    return half(x)"
    book.cells.insert(0, helper)
    return book


def save(book: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def hand_in(folder: Path) -> None:
    """Write the submissions, a folder for each student."""
    books = {
        "solved": notebook("solutions"),
        "blank": notebook("lessons"),
        "wrong": wrong(),
        "no-checks": without_checks(),
        "own-checks": checks_that_always_pass(),
        "endless": answered(e3_2=ENDLESS),
        "endless-cell": never_ending_cell(),
        "exit": answered(e3_3=EXIT),
        "large": answered(e3_2=LARGE),
        "older": older_copy(),
        "forged": answered(e3_2=FORGED),
        "other-tool": in_cells_of_its_own(),
    }
    for student, book in books.items():
        save(book, folder / student / NAME)
    save(notebook("solutions"), folder / "renamed" / "work" / "Final version (2).ipynb")
    (folder / "corrupted").mkdir()
    text = (folder / "solved" / NAME).read_text(encoding="utf-8")
    (folder / "corrupted" / NAME).write_text(text[: len(text) // 2], encoding="utf-8")
    (folder / "=cmd()|nothing").mkdir()
    (folder / "outside").mkdir()
    outside = folder.parent / "elsewhere.ipynb"
    shutil.copy(folder / "solved" / NAME, outside)
    (folder / "outside" / NAME).symlink_to(outside)
