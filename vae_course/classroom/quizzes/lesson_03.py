"""Questions of lesson 03, From autoencoder to VAE."""

from vae_course.classroom.quiz import Choice, Number, Question

QUESTIONS: tuple[Question, ...] = (
    Number(
        "3.a",
        low=4095.5,
        high=4096.5,
        because="−log₂ ½ is one bit for each pixel, and there are 64 · 64 = 4,096 of them.",
        wrong={
            (2800, 2900): "That is 4,096 · ln 2, in nats. A nat is 1.44 bits.",
            (0.49, 1.01): "That is one pixel. The pixels are summed over.",
            (63.9, 64.1): "There are 64 rows of 64 pixels.",
            (-4096.5, -2800): "Minus the logarithm of a probability is positive.",
            (8191, 8193): "A coin has two sides, and its fall is worth one bit.",
        },
        otherwise=(
            "Each pixel has the probability ½. What is −log₂ ½, and how many pixels are there?"
        ),
    ),
    Choice(
        "3.b",
        right="a",
        because=(
            "Their clouds are the prior, so that their KL is 0. Their codes are pure noise,"
            " and the decoder has learned to ignore them. Such axes are called inactive; "
            "lesson 04 counts them."
        ),
        wrong={
            "b": "Put a mean of 0 and a log variance of 0 into your formula of exercise 3.2.",
            "c": "Every picture has the same cloud there. What can then be told from a draw?",
        },
    ),
    Choice(
        "3.c",
        right="b",
        because=(
            "With 16 axes the KL is charged at a sixteenth of its price, and the loss is no"
            " bound on −log p(x) any more. Compare ELBOs with the same reductions."
        ),
        wrong={
            "a": "The sum over the pixels is right: −log p(x|z) of a whole picture is a sum.",
            "c": "The mean over the pictures of a batch is right: it changes no picture's bound.",
        },
        kind="find the fault",
    ),
    Choice(
        "3.d",
        right="a",
        because=(
            "Serving both costs least where the two pictures are alike: so the encoder puts"
            " like beside like."
        ),
        wrong={
            "b": (
                "The noise is added to the code. The picture that is to be rebuilt stays as it is."
            ),
            "c": (
                "The KL of each picture looks at its own cloud and the prior. It does not know "
                "which pictures are similar."
            ),
        },
    ),
)
