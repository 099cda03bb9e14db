"""Questions of lesson 06, Predicting the future."""

from vae_course.classroom.quiz import Choice, Number, Order, Question

QUESTIONS: tuple[Question, ...] = (
    Number(
        "6.a",
        low=0.76,
        high=0.88,
        because=(
            "Domains move by their borders, and most pixels are not near one. Four of five "
            "stay what they are."
        ),
        wrong={
            (0.4, 0.6): (
                "Half is what a guess gets, with two phases. Patterns two to three times as old"
                " are not that different."
            ),
            (0.97, 1.0): "In that time domains grow by a third: borders move, and necks break.",
            (76, 88): "From 0 to 1: divide by 100.",
        },
        otherwise=(
            "In twice to three times the time domains grow by a factor of 2^(1/3) to "
            "3^(1/3). Which pixels change, then?"
        ),
    ),
    Choice(
        "6.b",
        right="c",
        because=(
            "At r = 1.1 persistence may well have 95 % right, and at 3 about 75 %. Ask for "
            "the skill of both, at the same ratio."
        ),
        wrong={
            "a": ('At r = 1.1 hardly anything changes. What would "nothing changes" get there?'),
            "b": (
                "It is harder. But how much harder, and how much better than persistence is either?"
            ),
        },
    ),
    Choice(
        "6.c",
        right="a",
        because=(
            "The domain size says how old a pattern is, and the parameters mostly change "
            "how fast the clock runs. Before the phases have separated this does not hold."
        ),
        wrong={
            "b": "It is judged on simulations that were not in its training set.",
            "c": (
                "Lesson 01 tried to read b off a picture and failed on new simulations. It is "
                "not needed."
            ),
        },
    ),
    Order(
        "6.d",
        right="badc",
        because=(
            "Encode once, step, clean the code by way of a picture, and decode at the end "
            "(steps and cleaning are repeated in between)."
        ),
        wrong={
            "ba": "The dynamics need a code to begin with.",
            "ad": "Cleaning is for codes that a step has led astray.",
            "dc": "The picture is made of the cleaned code, at the end.",
        },
    ),
)
