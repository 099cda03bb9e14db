"""Questions of lesson 08, From structure to stiffness."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "8.a",
        right="c",
        because=(
            "1.27. The edges are stretched as one, so what lies along them matters. It was "
            "the softest of all in this very cut: another cut can hardly be softer."
        ),
        wrong={
            "a": (
                "The arrangement is, but the edges of the square are not: they are held and "
                "pulled as they lie."
            ),
            "b": (
                "Among hundreds of patterns it was the softest as it was cut. Is a cut at "
                "random likely to be softer still?"
            ),
        },
        kind="predict",
    ),
    Choice(
        "8.b",
        right="c",
        because=(
            "Young patterns spread three times less here, a ninth of the variance: 0.3 of "
            "it is less than 0.1 of that of the old. Their errors are the smaller ones."
        ),
        wrong={
            "a": (
                "R² compares the error with the spread inside the group. Look at the table's "
                "last row: how do the spreads compare?"
            ),
            "b": (
                "It has R² and the spread of each group. The mean squared error is 1 − R² times "
                "the square of the spread."
            ),
        },
    ),
    Choice(
        "8.c",
        right="b",
        because=(
            "Perimeter and domain size do not know which phase is stiff. So a model fitted "
            "before the swap is wrong after it, without any warning."
        ),
        wrong={
            "a": "φ becomes 1 − φ.",
            "c": "They ask for the phase that is stiff, and that is now the other one.",
        },
    ),
    Choice(
        "8.d",
        right="a",
        because="The proven lower bound is 0.957. Bounds are a free test of any result.",
        wrong={
            "b": "A network may err by 8 %: yours did on its hardest pattern.",
            "c": "Between the bounds there is room for both.",
            "d": "You have seen that happen.",
        },
        kind="find the fault",
    ),
)
