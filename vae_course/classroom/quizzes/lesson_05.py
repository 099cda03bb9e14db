"""Questions of lesson 05, Steering the latent space."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "5.a",
        right="c",
        because=(
            "The domain size is in the length of the code, and a weighted sum sees no "
            "length. The squares of the numbers do."
        ),
        wrong={
            "a": (
                "The code knows it. The question is whether a weighted sum of its numbers can "
                "say it, if old patterns lie on all sides."
            ),
            "b": (
                "Take a line through the middle: old patterns lie at both of its ends. Which "
                "slope fits?"
            ),
        },
        kind="predict",
    ),
    Choice(
        "5.b",
        right="c",
        because=(
            "Distances between codes, probes and pictures can be compared between models; "
            "numbered axes cannot."
        ),
        wrong={
            "a": (
                "The loss of exercise 5.1's model hardly changed when its codes were turned. So"
                " what should fix the axes?"
            ),
            "b": (
                "A sign is one of the things that are free. Any turn of all axes is free, too: "
                "the prior is round."
            ),
        },
    ),
    Choice(
        "5.c",
        right="b",
        because=(
            "The middle is also where the encoder puts everything that it knows nothing "
            "about. A photograph of a cat would land there, too."
        ),
        wrong={
            "a": (
                "All young patterns are near the middle. Does everything near the middle have "
                "to be a young pattern?"
            ),
            "c": (
                "A code is decoded by itself. Nothing is mixed there, though many patterns may "
                "lie around it."
            ),
        },
    ),
    Choice(
        "5.d",
        right="c",
        because=(
            "On simulations that are new to it, the network has nothing but the code to go by."
        ),
        wrong={
            "a": "This is right, as the test was honest: what can be read is there.",
            "b": "This is right: it is what the linear probe measures.",
        },
        kind="find the fault",
    ),
)
