"""Questions of lesson 13, From polymer to alloy."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "13.a",
        right="c",
        because=(
            "A metal flows by shear, and shear is largest at 45 degrees. Stripes along and "
            "across are equally strong: their soft parts cannot flow unless the hard ones "
            "do."
        ),
        wrong={
            "a": (
                "The hard stripes are pulled as far as the soft ones, and carry more. Is there "
                "a way past them?"
            ),
            "b": (
                "The top stays straight, so that soft stripes cannot become lower than hard "
                "ones, and flow keeps the volume. Can they get longer, then?"
            ),
        },
        kind="predict",
    ),
    Choice(
        "13.b",
        right="b",
        because=(
            "The proof stress belongs to the beginning, when little has flowed, the flow "
            "stress to bands that run all the way through. Their correlation was 0.84."
        ),
        wrong={
            "a": "Section 2 has the correlation of the two over patterns: is it 1?",
            "c": (
                "In one pattern the flow stress is the larger one. The question is about two "
                "patterns."
            ),
        },
    ),
    Choice(
        "13.c",
        right="a",
        because=(
            "For W all four sides are pulled alike; the strength is for a pull along x. So "
            "a network of W may be trained on turned patterns, one of strength on mirrored "
            "ones only."
        ),
        wrong={
            "b": (
                "For the strength the pull is along x. What was along the pull is across it now."
            ),
            "c": "Which of the two is pulled on all four sides alike?",
        },
    ),
    Choice(
        "13.d",
        right="c",
        because="It rises, that is all. Solve one pattern at 5 %, and compare.",
        wrong={
            "a": "Any rising curve is possible. By how much does it rise?",
            "b": "That R² was measured up to 2 %.",
        },
    ),
)
