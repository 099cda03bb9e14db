"""Questions of lesson 11, From VAE to flow."""

from vae_course.classroom.quiz import Choice, Order, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "11.a",
        right="b",
        because=(
            "0.43: they lie in the middle, as in lesson 05. All ages together have a "
            "relative length near 1."
        ),
        wrong={
            "a": "The KL is summed over all pictures. For one age it promises nothing.",
            "c": "Remember the plane of lesson 05: which patterns lay in the middle?",
        },
        kind="predict",
    ),
    Choice(
        "11.b",
        right="a",
        because=(
            "The decoder could tell fewer pictures apart. A flow leaves the VAE as it is, "
            "and learns where its codes are."
        ),
        wrong={
            "b": "It takes as long as with any β.",
            "c": "The prior is a choice: it is N(0, 1) with any β.",
        },
    ),
    Choice(
        "11.c",
        right="c",
        because=(
            "Pictures learned by heart look like data. Compare each sample's distance to "
            "the nearest training picture with that of unseen data."
        ),
        wrong={
            "a": (
                "This classifier could not. And what if the samples were copies of the training"
                " pictures?"
            ),
            "b": "An AUC of 1 means that each sample is told from the data.",
        },
    ),
    Order(
        "11.d",
        right="dbca",
        because="Noise, then the flow to a code, then the decoder, then 0 and 1.",
        wrong={
            "db": "The flow begins at noise: draw it first.",
            "bc": "What stands at τ = 0 is noise. At τ = 1 it is a code to decode.",
            "ca": "First decode the code: then there is a picture to cut.",
        },
    ),
)
