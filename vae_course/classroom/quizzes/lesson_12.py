"""Questions of lesson 12, Which equation?."""

from vae_course.classroom.quiz import Choice, Number, Question

QUESTIONS: tuple[Question, ...] = (
    Number(
        "12.a",
        low=0.08,
        high=0.6,
        because=(
            "In about a fifth. A first frame that is off moves the whole answer, and the "
            "textbook does not know."
        ),
        wrong={
            (0.85, 0.95): (
                "That is what it claims. Its claim rests on a first frame without noise."
            ),
            (0.95, 1.0): (
                "Its intervals are too narrow, not too wide: it has left out a source of noise."
            ),
            (8, 60): "From 0 to 1: divide by 100.",
        },
        otherwise=(
            "It leaves a source of noise out: its intervals are too narrow. They still hold"
            " the truth now and then."
        ),
    ),
    Choice(
        "12.b",
        right="b",
        because=(
            "What is left is how fast borders move: it depends on the product b λ alone "
            "once the phases have separated."
        ),
        wrong={
            "a": (
                "A border between the phases has a width, and it has grey levels. They are gone."
            ),
            "c": "Two binary pictures of different times still show how far borders have moved.",
        },
    ),
    Choice(
        "12.c",
        right="a",
        because=(
            "Frames that it has not seen do not flatter it. Here both rivals have two "
            "unknowns and the difference is small; with a network as rival it is "
            "everything."
        ),
        wrong={
            "b": "The noise is the same in all of them.",
            "c": "To predict ten frames takes hardly longer than three.",
        },
    ),
    Choice(
        "12.d",
        right="c",
        because="Whether the law is right, only a rival and frames not fitted can say.",
        wrong={
            "a": "It was computed by assuming the law. Can it then say whether the law is right?",
            "b": "A wrong law can have narrow intervals, too.",
        },
    ),
)
