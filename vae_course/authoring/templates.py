"""What `vae-course new` writes: a small exercise that works, with a note where an author fills in.

The linter looks for the notes. Each `$name` is filled in by `skeletons`.
"""

from string import Template

EXERCISE = Template('''\
# %% [markdown]
# ### Exercise $number $stars `$name`
#
# FILL IN: what to write, and what for.
#
# - `values`: FILL IN: what it is, with its shape and unit;
# - returns: FILL IN: what it is, with its shape and unit.
#
# <details>
# <summary>Hint 1</summary>
#
# FILL IN: where to look.
#
# </details>
#
# <details>
# <summary>Hint 2</summary>
#
# FILL IN: almost how to write it.
#
# </details>


# %% exercise="$number"
def $name(values):
    """FILL IN: what it computes: (N,) -> (N,)."""
    ### BEGIN SOLUTION
    return 2 * values  # FILL IN: the solution
    ### END SOLUTION


# %% check="$number"
$name = check.lesson_$lesson.$name($name)

''')

CHECK = Template('''

def _$name(values: Any) -> Any:
    return 2 * values  # FILL IN: the course's own version


@exercise("$number", stars=$count, takes="values", reference=_$name)
def $name(student: Student) -> None:
    """FILL IN: What a right answer has."""
    what = "$name(values)"
    values = np.array([0.5, -1.0, 3.0])  # FILL IN: values that tell right from wrong
    right = values + values  # FILL IN: what is right, computed in another way than above
    mistakes = (
        Known(-right, "FILL IN: mistake 1, and why it is usually made."),
        Known(right / 2, "FILL IN: mistake 2, and why it is usually made."),
        Known(right.sum(), "FILL IN: mistake 3, and why it is usually made."),
    )
    compare(what, student(values), right, mistakes, "FILL IN: what to look at otherwise.")
''')

ANSWERS = Template("""\
# $number $name(values)


def ${name}_wrong_1(values):
    return -2 * values  # FILL IN: an answer that students give; name it after the mistake


def ${name}_wrong_2(values):
    return values  # FILL IN: a second one


def ${name}_wrong_3(values):
    return 2 * values.sum()  # FILL IN: a third one


def ${name}_right_1(values):
    return 2 * values  # FILL IN: a right answer


def ${name}_right_2(values):
    return values + values  # FILL IN: one that is written differently


""")

ENTRY = Template("""\
    "$name": Answers(
        wrong={
            ${name}_wrong_1: "FILL IN: mistake 1",
            ${name}_wrong_2: "FILL IN: mistake 2",
            ${name}_wrong_3: "FILL IN: mistake 3",
        },
        right=[${name}_right_1, ${name}_right_2],
    ),
""")

LESSON = Template("""\
# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # $lesson · $title
#
# **FILL IN: the question that this lesson answers?**
#
# *Time: about 75 minutes, of which the computer needs one.* You need FILL IN: what a reader must
# know, and from which lessons.

# %%
from vae_course import plotting
from vae_course.classroom import check
from vae_course.data import load_embedded

train, test = load_embedded(case=1).split(test=0.2, seed=0)  # no simulation is in both

# %% jupyter={"source_hidden": true}
plotting.show(
    plotting.pattern_table([test.images[:8]], [""], [""] * 8),
    "FILL IN: what the picture shows, for those who cannot see it.",
)

# %% [markdown]
# FILL IN: what the picture shows, and what it has to do with the question.
#
# ## What you will be able to do
#
# - FILL IN: a first objective ($number).
# - FILL IN: a second objective ($number).
# - FILL IN: a third objective ($number).

# %% [markdown]
# ## 1 FILL IN: the first step
#
# *Idea.* FILL IN: the idea, in plain words, before the formula.

# %% [markdown]
# ## 2 Common mistakes, and what they look like
#
# FILL IN: the mistakes, each with a cell that shows what it does.

# %% [markdown]
# ## Summary
#
# 1. FILL IN: what to keep.
#
# ## Ask yourself
#
# <details>
# <summary>FILL IN: a question that the lesson answers, but not word by word?</summary>
#
# FILL IN: its answer.
#
# </details>
#
# ## Read next
#
# - [The glossary](../docs/glossary.md): every term of the course in one sentence.
# - FILL IN: author (year), *title*, and DOI or arXiv number.

# %% tags=["nbval-check-output"]
check.progress("$lesson")
""")

CHECKS = Template('''\
"""Checks of lesson $lesson, $title."""

from typing import Any

import numpy as np

from vae_course.classroom.check import Student, exercise
from vae_course.classroom.compare import Known, compare
''')

MISCONCEPTIONS = Template('''\
"""Wrong and right answers to the exercises of lesson $lesson."""

from answers import Answers

EXERCISES = {
}
''')
