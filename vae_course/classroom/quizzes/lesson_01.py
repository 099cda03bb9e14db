"""Questions of lesson 01, Microstructures as data."""

from vae_course.classroom.quiz import Choice, Number, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "1.a",
        right="c",
        because=(
            "The neighbour had recognised the simulation, not the barrier. In a new "
            "simulation nothing is left of it."
        ),
        wrong={
            "a": (
                "Then the neighbour must be of another simulation with the same b. But 98 % of "
                "the neighbours were of the very same simulation: what else did it know?"
            ),
            "b": (
                "What would the other half be? Before, almost every neighbour was of the same "
                "simulation and had its b for that reason alone."
            ),
        },
        kind="predict",
    ),
    Choice(
        "1.b",
        right="b",
        because=(
            "0.2 lies outside of 0.211 to 0.789, where the curve bends up and noise dies "
            "out. 0.3 lies inside, and phase 1 is the rarer one."
        ),
        wrong={
            "a": (
                "A mixture of 0.2 would win by separating, but small noise does not get it "
                "there: where the curve bends up, each small step costs energy."
            ),
            "c": (
                "The mean of c is kept, so that phase 1 fills about three tenths of the square."
                " Which of the phases can be islands?"
            ),
            "d": (
                "The curve bends down between 0.211 and 0.789. On which side of the lower end "
                "is 0.3?"
            ),
        },
    ),
    Number(
        "1.c",
        low=60,
        high=68,
        because="L grows as the cube root of t, so t grows as the cube of L: 4³ = 64 minutes.",
        wrong={
            (3.9, 4.1): (
                "That is L ∝ t: four times the time for four times the size. Growth slows down."
            ),
            (1.5, 1.7): (
                "You took the cube root of 4: that is how much L grows in four times the time. "
                "It is asked the other way round."
            ),
            (11, 13): "4 · 3 = 12: a power of three is 4 · 4 · 4.",
            (1.065, 1.068): "The unit asked for is minutes.",
        },
        otherwise="Write t as a function of L first: t ∝ L³.",
    ),
    Choice(
        "1.d",
        right="b",
        because=(
            "Tiles of one micrograph are then on both sides, and the model may know the "
            "micrograph: its brightness, its sharpness. Whole micrographs must be set "
            "aside."
        ),
        wrong={
            "a": "Tiles that overlap would be worse: they would share pixels. These do not.",
            "c": "That is what a training set is for. Look at how it was chosen.",
            "d": "Counting on the test set is right, if the test set is honest. Is it?",
        },
        kind="find the fault",
    ),
)
