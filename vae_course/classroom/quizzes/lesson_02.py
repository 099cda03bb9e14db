"""Questions of lesson 02, Squeezing a picture."""

from vae_course.classroom.quiz import Choice, Question

QUESTIONS: tuple[Question, ...] = (
    Choice(
        "2.a",
        right="a",
        because=(
            "An old picture has few borders, and a network needs few numbers to say where "
            "they run. PCA cannot move a border. On young pictures 32 numbers are too few "
            "for either."
        ),
        wrong={
            "b": (
                "There is most to say there, and both have 32 numbers. Too few stay too few, "
                "however they are used."
            ),
            "c": (
                "The network is the same, but the pictures are not: some have two or three "
                "borders, some dozens."
            ),
        },
        kind="predict",
    ),
    Choice(
        "2.b",
        right="c",
        because=(
            "It overfits: it stores what is special about its training pictures, and that "
            "does not help with others. More data, a smaller network or fewer epochs help."
        ),
        wrong={
            "a": (
                "The error on the training set still falls, but that is not what you want. What"
                " happens to the other one?"
            ),
            "b": (
                "A test set that says what you do not like to hear is doing its work. It was "
                "fine a few epochs ago."
            ),
        },
    ),
    Choice(
        "2.c",
        right="b",
        because=(
            "4,096 numbers for 4,096 pixels: the axes have been turned, that is all. Any picture is"
            " rebuilt, and nothing is saved or understood."
        ),
        wrong={
            "a": "So does the picture itself. What is a code for?",
            "c": (
                "With as many components as pixels any picture is rebuilt, unseen ones, too: "
                "the components span all of them."
            ),
        },
    ),
    Choice(
        "2.d",
        right="b",
        because=(
            "It has no activation. A chain of linear maps is a linear map, and the best "
            "linear map through 32 numbers is PCA. An activation that bends, such as ReLU, "
            "lets it do more."
        ),
        wrong={
            "a": (
                "Flattening puts the pixels in a row. PCA does so, too, but that is not what "
                "makes it linear."
            ),
            "c": (
                "A code without an activation is right: its numbers should be free. What "
                "happens on the way to it?"
            ),
        },
        kind="find the fault",
    ),
)
