"""Questions of lesson 07, Predicting the past."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "7.a",
        right="a",
        because=(
            "The mean of all pasts has the smallest squared error that there is. Even a "
            "perfect sample has twice as much."
        ),
        wrong={
            "b": (
                "An edge in the wrong place is wrong on both of its sides; a grey pixel is "
                "wrong by a quarter. Compare the worked example of section 2."
            ),
            "c": (
                "What they know may be the same. What they answer is not, and the error is "
                "measured on the answer."
            ),
        },
        kind="predict",
    ),
    Choice(
        "7.b",
        right="c",
        because=(
            "A sample of a perfect model has twice the error of the mean of all pasts. "
            "Compare her answer with the mean of your samples, and look at grey pixels and "
            "perimeters."
        ),
        wrong={
            "a": "Which error has one sample of a perfect model, next to the mean of all pasts?",
            "b": "Sharp pictures can be of the wrong pasts. Sharpness alone is no proof.",
        },
    ),
    Choice(
        "7.c",
        right="a",
        because=(
            "Agreement asks whether each past is possible. Whether the ensemble is as wide "
            "as the truth, coverage asks."
        ),
        wrong={
            "b": "Each may be. But a past was asked for with all that is uncertain about it.",
            "c": (
                "Even two halves of one simulation, cut to 0 and 1 in between, agree to about 99 %."
            ),
        },
    ),
    Choice(
        "7.d",
        right="a",
        because="There the past is nearly settled. At r = 1 it is the present itself.",
        wrong={
            "b": "The further back, the more pasts lead to the same present.",
            "c": "What it has not seen it knows less about: its prior should be wide there.",
        },
    ),
)
