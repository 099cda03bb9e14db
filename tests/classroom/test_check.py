"""What a check does with answers of every kind, and what it leaves as it was."""

import contextlib
import dataclasses
import random
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from keras import ops

from vae_course.classroom import check
from vae_course.classroom.check import Check, Student, exercise
from vae_course.classroom.compare import compare
from vae_course.classroom.outcome import ExerciseNotPassedError


def _double(x: np.ndarray) -> np.ndarray:
    return 2 * x


@exercise("7.2", stars=1, takes="x", reference=_double)
def double(student: Student) -> None:
    compare("double(x)", student(np.arange(3.0)), [0, 2, 4])


def blank(x):
    raise NotImplementedError


def test_a_right_answer_is_returned_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    def right(x):
        return x + x

    assert double(right) is right
    assert "✓ Exercise 7.2 ★ double: passed" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [blank, lambda x: x, lambda x: x[99], 7])
def test_every_other_answer_is_replaced_by_the_course_s_own(answer: object) -> None:
    assert double(answer) is _double


def test_the_blank_is_not_attempted() -> None:
    assert double.outcome(blank).kind == "not attempted"


def test_an_error_of_a_library_that_is_not_written_yet_is_an_error_and_not_a_blank() -> None:
    def through_numpy(mean, log_variance, seed_generator):
        noise = keras.random.normal(keras.ops.shape(mean), seed=seed_generator)
        return mean + keras.ops.convert_to_tensor(np.exp(0.5 * log_variance)) * noise

    outcome = check.lesson_03.sample.outcome(through_numpy)
    assert outcome.kind == "error"
    assert outcome.message.startswith("NotImplementedError: Cannot convert a symbolic tf.Tensor")
    assert outcome.code.endswith("np.exp(0.5 * log_variance)) * noise")


def test_a_library_that_does_not_implement_something_is_an_error_not_a_blank() -> None:
    class Unfinished(keras.layers.Layer):
        pass

    outcome = double.outcome(lambda x: Unfinished().compute_output_shape((1,)))
    assert outcome.kind == "error"


def test_an_error_shows_its_last_line_and_the_line_of_the_learner_s_code() -> None:
    def raises(x):
        y = x.reshape(7)
        return y

    outcome = double.outcome(raises)
    assert outcome.kind == "error"
    assert outcome.message.startswith("ValueError: cannot reshape")
    assert outcome.code.endswith("y = x.reshape(7)")


def test_the_value_expected_and_the_value_found_begin_with_the_shape() -> None:
    outcome = double.outcome(lambda x: x[:2])
    assert outcome.kind == "failed"
    assert outcome.expected.startswith("shape (3,)")
    assert outcome.found.startswith("shape (2,)")


@pytest.mark.parametrize("answer", [lambda: 0, lambda x, y: x])
def test_other_parameters_are_named(answer: object) -> None:
    outcome = double.outcome(answer)
    assert outcome.kind == "failed"
    assert outcome.expected == "double(x)"


def test_a_value_in_place_of_the_function_is_explained() -> None:
    outcome = double.outcome(np.arange(3))
    assert outcome.kind == "failed"
    assert "without parentheses" in outcome.why


def test_a_change_of_the_arguments_is_noticed() -> None:
    def in_place(x):
        x *= 2
        return x

    assert "changes its argument x in place" in double.outcome(in_place).message


def test_an_endless_loop_is_stopped_and_its_line_shown() -> None:
    def endless(x):
        while True:
            pass

    start = time.monotonic()
    outcome = dataclasses.replace(double, seconds=1).outcome(endless)
    assert time.monotonic() - start < 10
    assert outcome.kind == "error"
    assert "still running after 1 seconds" in outcome.message
    assert outcome.code.endswith(("while True:", "pass"))


def test_an_endless_loop_that_swallows_exceptions_is_stopped() -> None:
    def stubborn(x):
        while True:
            with contextlib.suppress(Exception):
                time.sleep(60)

    start = time.monotonic()
    assert dataclasses.replace(double, seconds=1).outcome(stubborn).kind == "error"
    assert time.monotonic() - start < 10


def test_a_runaway_allocation_is_stopped() -> None:
    outcome = double.outcome(lambda x: np.ones((50, 2**27)))
    assert outcome.kind == "error"
    assert "more than 4 GiB" in outcome.message


def test_slow_growth_is_stopped_too() -> None:
    def growing(x):
        kept = []
        while True:
            kept.append(np.ones(2**22))

    outcome = dataclasses.replace(double, memory=0.5).outcome(growing)
    assert outcome.kind == "error"
    assert "0.5 GiB" in outcome.message


def test_an_exit_does_not_end_the_lesson() -> None:
    assert double.outcome(lambda x: sys.exit(0)).kind == "error"


def test_the_global_random_state_is_left_as_it_was() -> None:
    tensorflow = sys.modules.get("tensorflow")

    def draws(x):
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        keras.random.normal((3,))
        if tensorflow is not None:
            tensorflow.random.normal((3,))
        return 2 * x

    def numbers() -> list[float]:
        found = [random.random(), np.random.random()]  # noqa: NPY002
        found.append(float(keras.random.uniform(())))
        if tensorflow is not None:
            found.append(float(tensorflow.random.uniform(())))
        return found

    keras.utils.set_random_seed(5)
    untouched = numbers()
    keras.utils.set_random_seed(5)
    assert double.outcome(draws).kind == "passed"
    assert numbers() == untouched


def test_strict_mode_raises_everything_but_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_COURSE_STRICT", "1")
    for answer in (blank, lambda x: x, lambda x: x[99]):
        with pytest.raises(ExerciseNotPassedError, match=r"Exercise 7\.2"):
            double(answer)
    double(_double)


def test_a_number_outside_its_band_is_an_error_in_strict_mode_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check.expect("error", 0.5, 0, 0.1)
    assert "not as it should be" in capsys.readouterr().out
    monkeypatch.setenv("VAE_COURSE_STRICT", "1")
    check.expect("error", 0.05, 0, 0.1)
    with pytest.raises(AssertionError, match="between 0 and"):
        check.expect("error", float("nan"), 0, 0.1)


def test_an_answer_may_return_tensors_lists_or_arrays() -> None:
    for answer in (ops.convert_to_tensor, list, np.asarray):
        assert double.outcome(lambda x, wrap=answer: wrap(2 * x)).kind == "passed"


def test_no_such_lesson_names_those_that_are_there() -> None:
    with pytest.raises(AttributeError, match="lesson_03"):
        check.lesson_77  # noqa: B018


def test_progress_is_one_line_with_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    code = "from vae_course.classroom import check; check.progress('03')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    (line,) = done.stdout.strip().splitlines()
    assert line.startswith("Lesson 03: 0 of 9 passed")
    assert "Next: 3.1" in line


def test_the_course_is_imported_without_keras() -> None:
    code = "import sys, vae_course.classroom.check as c; c.lessons(); print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def test_checks_are_found_by_the_number_of_their_lesson() -> None:
    assert [one.number for one in check.exercises("03")] == ["3.1", "3.2", "3.3", "3.4", "3.5"]
    assert all(isinstance(one, Check) for one in check.exercises("03"))


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        ([1.0, 2.0], [np.ndarray]),
        (keras.ops.ones(3), [np.ndarray]),
        (np.ones(3), [np.ndarray]),
        (2.5, [float]),
        ((keras.ops.ones(3), 4), [np.ndarray, int]),
    ],
)
def test_an_answer_that_passed_can_be_handed_on_with_arrays(found, kinds):
    one = check.Check(
        "0.1", "f", 1, "", reference=None, examine=lambda student: None, gives_array=True
    )
    given = one(lambda: found)()
    given = given if isinstance(given, tuple) else (given,)
    assert [type(part) for part in given] == kinds
