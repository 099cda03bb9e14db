"""Reading answers for what none needs: what is found, and that no answer of ours is."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vae_course.classroom.outcome import MIME
from vae_course.grading.answers import judge
from vae_course.grading.lesson_files import read_lessons
from vae_course.grading.names import imports
from vae_course.grading.suspicious import scan

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "grading" / "hostile"))

from tricks import BORROWED, CHEATS, HARM, WRONG  # noqa: E402

LESSON = [
    ("np", "numpy"),
    ("keras", "keras"),
    ("layers", "keras.layers"),
    ("tf", "tensorflow"),
    ("check", "vae_course.classroom.check"),
]
"""What a lesson's own cells import."""


TRICKS = {name: trick + WRONG for name, trick in {**CHEATS, **HARM}.items()}


@pytest.mark.parametrize("trick", sorted(TRICKS.keys() - {"a forged print"}))
def test_every_trick_is_found_before_it_runs(trick: str) -> None:
    assert scan(TRICKS[trick], LESSON), trick


@pytest.mark.parametrize("trick", BORROWED)
def test_every_borrowed_answer_is_found_before_it_runs(trick: str) -> None:
    [lesson] = read_lessons(ROOT / "lessons", ["01"])
    assert judge(lesson.exercises[0], BORROWED[trick], LESSON).findings, trick


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os\nos._exit(0)", "line 1 uses what no answer needs (os)"),
        ("exit()", "line 1 ends Python (exit)"),
        ("raise SystemExit", "ends Python"),
        ("import sys\nsys.exit()", "uses what no answer needs (sys)"),
        ("import subprocess as s\ns.run(['ls'])", "(subprocess)"),
        ("import urllib.request", "(urllib.request)"),
        ("from socket import socket", "(socket.socket)"),
        ("import ctypes", "uses what no answer needs"),
        ("from pathlib import Path\nPath('x').unlink()", "(pathlib.Path)"),
        ("open('x')", "reads or writes files (open)"),
        ("get_ipython().system('ls')", "(get_ipython)"),
        ("eval('1')", "fetches names by texts (eval)"),
        ("__import__('os')", "fetches names by texts (__import__)"),
        ("globals()['check'] = 1", "fetches names by texts (globals)"),
        # a dotted name that leaves the modules on the list
        ("np.os.system('ls')", "uses what no answer needs (numpy.os.system)"),
        ("from numpy import os", "(numpy.os)"),
        ("import random\nrandom._os.system('ls')", "reaches into Python itself"),
        ("import warnings\nwarnings.sys.exit()", "(warnings.sys.exit)"),
        ("import queue\nqueue.threading", "(queue)"),
        ("import typing\ntyping.sys.modules", "(typing.sys.modules)"),
        ("import statistics\nstatistics.sys", "(statistics.sys)"),
        ("import sklearn\nsklearn.os", "(sklearn.os)"),
        ("import matplotlib.pyplot as plt\nplt.np.os", "(matplotlib.pyplot.np.os)"),
        ("import scipy\nscipy.io.loadmat('x')", "(scipy.io.loadmat)"),
        ("keras.src", "(keras.src)"),
        ("import pkgutil\npkgutil.resolve_name('os')", "(pkgutil)"),
        ("from numpy import *", "(from numpy import *)"),
        # a module as a value
        ("f(np)", "hands a module on (np)"),
        ("(lambda m: m.os)(np)", "hands a module on"),
        ("things = [np.random, 1]", "hands a module on (np.random)"),
        # attributes of what is not one's own
        ("np.allclose = lambda *_: True", "changes what is not its own (np.allclose)"),
        ("n = np\nn.allclose = 1", "line 2 changes what is not its own (n.allclose)"),
        ("def f(m):\n    m.allclose = 1", "changes what is not its own (m.allclose)"),
        ("del np.sum", "changes what is not its own"),
        ("keras.layers.Dense.call = 1", "changes what is not its own"),
        ("setattr(np, 'allclose', 1)", "fetches names by texts (setattr)"),
        # names with underscores, frames, texts
        ("f.__globals__['check'] = 1", "reaches into Python itself (__globals__)"),
        ("().__class__.__base__", "reaches into Python itself"),
        ("(x for x in []).gi_frame", "reaches into Python itself (gi_frame)"),
        ("type(3).mro()", "reaches into Python itself (mro)"),
        ("getattr(np, 'al' + 'lclose')", "fetches names by texts (getattr)"),
        ("getattr(f, '__globals__')", "reaches into Python itself (__globals__)"),
        ("import operator\noperator.attrgetter('os')(np)", "fetches names by texts"),
        ("keras.layers.deserialize({})", "fetches names by texts (deserialize)"),
        ("type('A', (), {})", "fetches names by texts (type)"),
        ("class A:\n    def __array_ufunc__(self): pass", "changes how results are compared"),
        ("class A:\n    def __eq__(self, other): return True", "changes how results are compared"),
        ("class A(float): pass", "changes how results are compared (float)"),
        # files
        ("np.load('x', allow_pickle=True)", "reads or writes files"),
        ("load = np.load\nload('x')", "reads or writes files (load)"),
        ("np.genfromtxt('http://127.0.0.1')", "reads or writes files (genfromtxt)"),
        ("def f(x):\n    x.tofile('y')", "reads or writes files (tofile)"),
        ("import matplotlib.pyplot as plt\nplt.savefig('a.png')", "reads or writes files"),
        ("keras.models.load_model('x')", "reads or writes files (load_model)"),
        ("tf.io.read_file('x')", "(tensorflow.io.read_file)"),
        # the checks
        ("import vae_course.classroom.outcome", "touches the checks"),
        ("from vae_course import classroom", "touches the checks"),
        ("def f():\n    return check.lesson_03.f.reference", "line 2 touches the checks"),
        ("from vae_course.classroom import check as c\nc.lesson_01", "touches the checks"),
        ("check = 1", "gives another meaning to a name"),
        ("def f():\n    global check\n    check = 1", "gives another meaning to a name"),
        ("import math as check", "gives another meaning to a name"),
        (f"kind = {MIME!r}", "displays a result of its own"),
    ],
)
def test_what_no_answer_needs_is_found(source: str, reason: str) -> None:
    found = scan(source, LESSON)
    assert reason in "; ".join(map(str, found)), source


@pytest.mark.parametrize(
    "source",
    [
        "from scipy import signal, optimize\nsignal.convolve(a, b)",
        "import matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 9\nplt.plot(a)",
        "import sklearn.decomposition\ntf.signal.fft(x)\ntf.keras.layers.Dense(3)",
        "code = encode(x)\nprint(code.shape, resource.x, signal[0])",
        "def f(model):\n    model.compile(loss='mse')\n    model.trainable = False",
        "def f(check):\n    check = check + 1\n    return check",
        "def f(layers):\n    return [layer for layer in layers]",
        "layers = keras.layers\nmodel = keras.Sequential([layers.Dense(1)])\nmodel.beta = 2",
        "from vae_course.classroom import check\nfrom vae_course.vae import losses, VAE",
        "check.expect('KL', 1.0, 0, 2)\ncheck.progress('03')",
        "class A:\n    def __init__(self):\n        self._k = 1\n        super().__init__()",
        "getattr(keras.ops, 'sum')(x)\nvalues.remove(1)\n'a'.replace('a', 'b')",
        "raise NotImplementedError",
        "import time, warnings\nwarnings.filterwarnings('ignore')\ntime.perf_counter()",
        "from collections import Counter, defaultdict\nfrom functools import partial",
        "for _ in range(3):\n    rng = np.random.default_rng(0)\n    rng.normal(size=3)",
        "try:\n    pass\nexcept (ValueError, KeyError) as error:\n    print(error, __name__)",
        "def input(x):\n    return x\ninput(1)",
    ],
)
def test_ordinary_code_needs_no_look(source: str) -> None:
    assert scan(source, LESSON) == []


def harness_left_out(path: Path) -> str:
    """Read answers of the tests, without what collects them for the tests."""
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if line != "from answers import Answers"]
    return "\n".join(kept).replace("from hints", "# from hints")


@pytest.mark.parametrize("file", sorted((ROOT / "tests" / "misconceptions").glob("lesson_*.py")))
def test_no_answer_of_the_misconceptions_needs_a_look(file: Path) -> None:
    assert scan(harness_left_out(file)) == []


def solved(path: Path) -> Iterator[str]:
    cells = re.split(r"^# %%.*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    yield from (cell for cell in cells if "### BEGIN SOLUTION" in cell)


@pytest.mark.parametrize("file", sorted((ROOT / "solutions").glob("*.py")), ids=lambda p: p.stem)
def test_no_solution_needs_a_look(file: Path) -> None:
    imported = list(imports(ast.parse(file.read_text(encoding="utf-8"))))
    answers = list(solved(file))
    assert len(answers) >= 4
    assert [scan(answer, imported) for answer in answers] == [[]] * len(answers)


@pytest.mark.parametrize(
    "source",
    [
        "from vae_course.physics.descriptors import volume_fraction",
        "from vae_course.physics import descriptors\nvolume_fraction = descriptors.volume_fraction",
        "from vae_course.physics import descriptors as d\n"
        "def volume_fraction(images):\n    return d.volume_fraction(images)",
    ],
)
def test_the_course_s_own_function_is_no_answer(source: str) -> None:
    [lesson] = read_lessons(ROOT / "lessons", ["01"])
    [found] = judge(lesson.exercises[0], source, LESSON).findings
    assert "is, or calls, the course's own" in str(found)
