"""Questions of lesson 04, Training a VAE that works."""

from vae_course.classroom.quiz import Choice, Order, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "4.a",
        right="b",
        because=(
            "Minus the ELBO is this very sum. Any other β minimises another one: a small β "
            "takes much rate for little distortion."
        ),
        wrong={
            "a": (
                "The distortion will be low. But rate counts fully in the sum, and here it was "
                "bought at a tenth of its price."
            ),
            "c": "The rate will be low. But distortion was given up for it, twenty nats for one.",
            "d": "The code costs nothing because nothing is in it. Then what is the distortion?",
        },
        kind="predict",
    ),
    Choice(
        "4.b",
        right="c",
        because=(
            "A larger β makes the code more expensive: the KL stays at 0. The other three are"
            " where to look."
        ),
        wrong={
            "a": (
                "A mean over 4,096 pixels beside a sum over axes is a β of 4,096: it is the "
                "commonest cause."
            ),
            "b": (
                "A warm-up lets the decoder learn to use the code before the code is charged for."
            ),
            "d": (
                "Free bits take the charge off the first nats of each axis, so that there is no"
                " gain in giving them up."
            ),
        },
    ),
    Choice(
        "4.c",
        right="c",
        because=(
            "Inactive axes cost nothing and say nothing. Compare the bounds on unseen simulations."
        ),
        wrong={
            "a": "What do 44 axes with a KL of 0 add to the loss?",
            "b": "It could, and does not: with this β more axes are not worth their price.",
        },
    ),
    Order(
        "4.d",
        right="badc",
        because=(
            "What is set aside first cannot leak, and what is reported last was chosen by nothing."
        ),
        wrong={
            "ba": (
                "Set the test simulations aside before anything is trained, or the model may "
                "have seen them."
            ),
            "ad": "First there must be trained models to choose from.",
            "dc": (
                "What is chosen after looking at the test simulations is fitted to them: choose"
                " first, report last."
            ),
        },
    ),
)
