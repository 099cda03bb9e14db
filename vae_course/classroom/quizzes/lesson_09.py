"""Questions of lesson 09, Inverse design."""

from vae_course.classroom.quiz import Choice, Number, Question

QUESTIONS: tuple[Question, ...] = (
    Number(
        "9.a",
        low=2,
        high=12,
        because=(
            "About six per cent: the surrogate says too little for each of the designs. The "
            "search has gone where the surrogate agrees with the wish, not where it is right."
        ),
        wrong={
            (0, 0.99): (
                "That is what the surrogate says of itself, at a place that was chosen for its "
                "saying so."
            ),
            (40, 500): (
                "It is worse than promised, but not that bad: without a model of "
                "microstructures it was, in section 1."
            ),
        },
        otherwise=(
            "Inside the data the truth will be within a per cent. Outside, the surrogate "
            "extrapolates."
        ),
    ),
    Choice(
        "9.b",
        right="a",
        because=(
            "Outside of the data all four designs of section 3 missed to the same side. Another "
            "draw does not mend that; a correction does."
        ),
        wrong={
            "b": (
                "Inside the data that is fine: errors are random there, and one of 20 will be "
                "close. And outside?"
            ),
            "c": "The surrogate was off by 6 to 14 per cent at such targets.",
        },
    ),
    Choice(
        "9.c",
        right="c",
        because=(
            "Out of very many codes the search takes those where prediction and target "
            "agree, and some agree only because the network errs. It is called the "
            "optimiser's curse."
        ),
        wrong={
            "a": "They are of simulations that were not in its training set.",
            "b": (
                "Designs are cut to 0 and 1 before they are judged, and inside the data cutting"
                " changes less than a per cent."
            ),
        },
    ),
    Choice(
        "9.d",
        right="a",
        because=(
            "Nothing holds the search among microstructures: it will find where the "
            "surrogate is most wrong on the low side. The objective needs limits (volume "
            "fraction, prior term) and solves on the way."
        ),
        wrong={
            "b": "Going downhill is right for a minimum. Downhill on what?",
            "c": "A design is 0 and 1: cutting is right.",
            "d": (
                "Asking the physics at the end is right. It will tell that it went wrong, and no "
                "more."
            ),
        },
        kind="find the fault",
    ),
)
