"""Questions of lesson 10, Your own microstructures."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "10.a",
        right="d",
        because=(
            "Each speck is an island or a hole of its own, and these are counted whatever "
            "their size."
        ),
        wrong={
            "a": "Specks are of both phases, and they are few pixels: they nearly cancel.",
            "b": (
                "It is a distance over which the picture repeats itself, and a few specks do "
                "not move the domains."
            ),
            "c": (
                "Each speck adds its outline, but a short one. The perimeter grows by an "
                "eighth, and there is worse."
            ),
        },
        kind="predict",
    ),
    Choice(
        "10.b",
        right="b",
        because=(
            "All tiles share one origin. A part held out, with a gap of a few domain "
            "widths, tests this micrograph. A second one would be better."
        ),
        wrong={
            "a": (
                "Then each test tile has neighbours in the training set, and they share domains."
            ),
            "c": (
                "It can train a model, and test it on a part of itself. What can you say with "
                "it, and what not?"
            ),
        },
    ),
    Choice(
        "10.c",
        right="a",
        because=(
            "You have not looked at spreads, at other descriptors, or at the edges of "
            "tiles. The reconstruction error on a few tiles is the last word."
        ),
        wrong={
            "b": (
                "A shift compares means. Two sets with the same mean can be as different as "
                "stripes and discs."
            ),
            "c": "It may be true; it says less than it seems.",
        },
    ),
    Choice(
        "10.d",
        right="c",
        because=(
            "Coarser micrographs have fewer edges to get wrong. Try other seeds of the "
            "split and report the spread. If it is always so, look for a leak."
        ),
        wrong={
            "a": (
                "A leak would make the two alike at best. First ask how much the answer depends"
                " on the split."
            ),
            "b": (
                "No model is better on average where it has not been trained, on pictures of "
                "the same kind. Are they?"
            ),
        },
    ),
)
