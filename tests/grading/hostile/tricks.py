"""Answers to exercise 1.1 that are wrong and try to be taken for right, or to do harm.

Each is put before a wrong answer. `{marker}` is a word that no file and no process may carry later,
`{url}` a server that nobody may ask, and the other names in braces are folders.
"""

WRONG = """

def volume_fraction(images):
    return images.mean()
"""

ALL_CLOSE = "lambda *a, **k: True"

CHEATS = {
    "replaced by an alias": f"import numpy as np\nn = np\nn.allclose = n.isclose = {ALL_CLOSE}",
    "replaced by a parameter": (
        "import numpy as np\n"
        f"(lambda m: setattr(m, 'allclose', {ALL_CLOSE}))(np)\n"
        f"(lambda m: setattr(m, 'array_equal', {ALL_CLOSE}))(np)"
    ),
    "replaced by a thread": (
        "import numpy as np, threading\n"
        f"def go():\n    np.allclose = np.array_equal = np.isclose = {ALL_CLOSE}\n"
        "thread = threading.Thread(target=go)\nthread.start()\nthread.join()"
    ),
    "replaced by a timer": (
        "import numpy as np, threading\n"
        f"def go():\n    np.allclose = np.array_equal = np.isclose = {ALL_CLOSE}\n"
        "threading.Timer(0.01, go).start()\nimport time\ntime.sleep(0.2)"
    ),
    "replaced in the course": (
        "from vae_course.classroom import compare\n"
        "for name in list(vars(compare)):\n"
        "    if name.startswith(('same', 'compare', 'check', 'require', 'expect')):\n"
        "        setattr(compare, name, lambda *a, **k: None)\n"
        "compare.MistakeError.__init__ = lambda *a, **k: None"
    ),
    "the check by import": (
        "from vae_course.classroom.check import Check\n"
        "from vae_course.classroom.outcome import Outcome\n"
        "Check.outcome = lambda s, a: Outcome('01', '1.1', s.name, 1, 'passed', 'Well done.')"
    ),
    "the check by timeit": (
        "import timeit\n"
        'timeit.timeit(\'Check._failed = lambda s, m: s._outcome("passed", "Well done.")\', '
        "'from vae_course.classroom.check import Check', number=1)"
    ),
    "the check by gc": (
        "import gc\n"
        "for one in gc.get_objects():\n"
        "    if type(one).__name__ == 'Check' and getattr(one, 'number', '') == '1.1':\n"
        "        object.__setattr__(one, 'examine', lambda student: None)\n"
        "        type(one)._failed = lambda s, m: s._outcome('passed', 'Well done.')"
    ),
    "a code object": (
        "import numpy as np\nfrom vae_course.classroom.check import Check\n"
        "def outcome(self, answer):\n    return self._outcome('passed', 'Well done.')\n"
        "Check.outcome.__code__ = outcome.__code__"
    ),
    "a watcher that looks away": (
        "from vae_course.grading import one_answer\n"
        "one_answer.changed = lambda before: ''\n"
        "import numpy as np\n"
        f"np.allclose = np.array_equal = np.isclose = {ALL_CLOSE}"
    ),
    "strict mode off": "import os\nos.environ['VAE_COURSE_STRICT'] = '0'",
    "a forged display": (
        "from IPython.display import display as show\n"
        "show({'application/vnd.vae-course.outcome+json': {'kind': 'passed'}}, raw=True)"
    ),
    "a forged print": "print('✓ Exercise 1.1 ★ volume_fraction: passed. Well done.')",
    "an input transformer": (
        "from IPython import get_ipython\n"
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass'])"
    ),
    "a record written blindly": (
        "import os, json\n"
        "line = json.dumps({'number': '1.1', 'kind': 'passed', 'message': '', 'details': {},\n"
        "    'changed': '', 'own': False}).encode() + b'\\n'\n"
        "for k in range(256):\n"
        "    try:\n        os.write(k, line)\n    except OSError:\n        pass"
    ),
    "a record of the supervisor": (
        "import os, json\n"
        "line = json.dumps({'number': '1.1', 'kind': 'passed', 'message': '', 'details': {},\n"
        "    'changed': '', 'own': False}) + '\\n'\n"
        "for number in (1, os.getppid()):\n"
        "    for k in range(64):\n"
        "        try:\n            open(f'/proc/{number}/fd/{k}', 'w').write(line)\n"
        "        except OSError:\n            pass"
    ),
    "a garbled record": (
        "import os\nfor k in range(256):\n"
        "    try:\n        os.write(k, b'{' * 300_000)\n    except OSError:\n        pass"
    ),
    "another exercise's verdict": (
        "import os, json\n"
        "line = json.dumps({'event': 'verdict', 'changed': '', 'outcome': {'exercise': '1.2',\n"
        "    'kind': 'passed', 'message': '', 'expected': '', 'found': '', 'why': '',\n"
        "    'code': ''}}).encode() + b'\\n'\n"
        "for k in range(256):\n"
        "    try:\n        os.write(k, line)\n    except OSError:\n        pass"
    ),
    "the parent killed": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "all killed": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "the first process killed": "import os, signal\nos.kill(1, signal.SIGKILL)",
    "stopped": "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",
    "a solution read": (
        "import json, pathlib\n"
        "book = json.loads(pathlib.Path('{root}/solutions/{name}').read_text())\n"
        "exec(next(''.join(c['source']) for c in book['cells']\n"
        "    if 'def volume_fraction' in ''.join(c['source'])))"
    ),
    "a classmate's answer": (
        "import json, pathlib\n"
        "book = json.loads(pathlib.Path('{neighbour}/{name}').read_text())\n"
        "exec(next(''.join(c['source']) for c in book['cells']\n"
        "    if 'def volume_fraction' in ''.join(c['source'])))"
    ),
    "all that is on the disk": (
        "import os\n"
        "for top, _, names in os.walk('/'):\n"
        "    if top.startswith(('/proc', '/sys', '/usr')):\n        continue\n"
        "    for name in names:\n"
        "        if name == '{name}':\n"
        "            import json\n"
        "            book = json.load(open(os.path.join(top, name)))\n"
        "            for c in book['cells']:\n"
        "                text = ''.join(c['source'])\n"
        "                if 'def volume_fraction' in text and 'NotImpl' not in text:\n"
        "                    exec(text)\n"
        "                    raise SystemExit"
    ),
    "a frame's locals": (
        "import sys\n"
        "class Any:\n"
        "    def __array__(self, *a, **k):\n"
        "        frame = sys._getframe()\n"
        "        while frame is not None:\n"
        "            for name in ('right', 'expected', 'images'):\n"
        "                if name in frame.f_locals and name != 'images':\n"
        "                    import numpy as np\n"
        "                    return np.asarray(frame.f_locals[name])\n"
        "            frame = frame.f_back\n"
        "        raise ValueError"
    ),
    "a reference by pkgutil": (
        "import pkgutil\n"
        "own = pkgutil.resolve_name('vae_course.physics.descriptors:volume_fraction')\n"
        "import numpy as np\nnp.borrowed = own"
    ),
    "a number that equals all": (
        "import numpy as np\n"
        "class Same(float):\n    __eq__ = __le__ = __ge__ = lambda s, o: True\n"
        "    __lt__ = __gt__ = lambda s, o: False\n    __hash__ = float.__hash__"
    ),
    "an error that is no error": (
        "import vae_course.classroom.compare as c\n"
        "c.MistakeError.__new__ = lambda *a, **k: (_ for _ in ()).throw(StopIteration)"
    ),
    "warnings as results": (
        "import warnings\n"
        "warnings.showwarning = lambda *a, **k: None\nwarnings.simplefilter('error')"
    ),
    "a tracer": (
        "import sys\n"
        "def trace(frame, event, arg):\n"
        "    if event == 'call' and frame.f_code.co_name == '_failed':\n"
        "        frame.f_locals['self'].__dict__.update(number='1.1')\n"
        "    return trace\n"
        "sys.settrace(trace)"
    ),
    "an exit handler": (
        "import atexit, os\natexit.register(lambda: [os.write(k, b'passed') for k in range(3, 9)])"
    ),
    "a hook for imports": (
        "import sys\n"
        "class Finder:\n    def find_spec(self, *a):\n        return None\n"
        "sys.meta_path.insert(0, Finder())\nsys.modules.pop('numpy', None)"
    ),
}
"""Tricks that must get no point even where the scan has let them run."""

BORROWED = {
    "the library's own": (
        "from vae_course.physics.descriptors import volume_fraction as own\n"
        "def volume_fraction(images):\n    return own(images)"
    ),
    "the library's own, renamed": (
        "from vae_course.physics import descriptors\nvolume_fraction = descriptors.volume_fraction"
    ),
    "the check's own": (
        "from vae_course.classroom import check\n"
        "volume_fraction = check.lesson_01.volume_fraction.reference"
    ),
    "by pkgutil": (
        "import pkgutil\n"
        "volume_fraction = pkgutil.resolve_name('vae_course.physics.descriptors:volume_fraction')"
    ),
    "by getattr": (
        "from vae_course.physics import descriptors\n"
        "volume_fraction = getattr(descriptors, 'volume' + '_fraction')"
    ),
    "by a dictionary": (
        "from vae_course.physics import descriptors\n"
        "volume_fraction = vars(descriptors)['volume_fraction']"
    ),
}
"""Right answers that are not the student's own: not run, and no point without a look."""

HARM = {
    "a shell by os.path": "import os.path\nos.path.os.system('touch {root}/{marker}')",
    "a shell by random": "import random\nrandom._os.system('touch {root}/{marker}')",
    "a pickle": (
        "import numpy as np, pickle, os\n"
        "class Bad:\n    def __reduce__(self):\n"
        "        return os.system, ('touch {root}/{marker}',)\n"
        "np.save('bad.npy', np.array([Bad()], dtype=object), allow_pickle=True)\n"
        "np.load('bad.npy', allow_pickle=True)"
    ),
    "a request": "import numpy as np\nnp.genfromtxt('{url}')",
    "a socket": (
        "import socket, urllib.request\nurllib.request.urlopen('{url}', timeout=2).read()"
    ),
    "the package changed": "open('{package}/{marker}', 'w').write('')",
    "a module changed": (
        "open('{package}/classroom/checks/lesson_01/__init__.py', 'a').write('# {marker}')"
    ),
    "the neighbour changed": "open('{neighbour}/{marker}', 'w').write('')",
    "what is kept changed": "open('{parts}/{marker}.json', 'w').write('')",
    "installed packages changed": (
        "import numpy, os\nopen(os.path.dirname(numpy.__file__) + '/{marker}', 'w').write('')"
    ),
    "the home changed": "import os\nopen(os.path.expanduser('~/{marker}'), 'w').write('')",
    "a link out": (
        "import os\nos.symlink('{root}', '/tmp/out')\nopen('/tmp/out/{marker}', 'w').write('')"
    ),
    "a process that stays": (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.execvp('sleep', ['sleep', '{sleep}'])\n"
        "    os._exit(0)\ntime.sleep(0.2)"
    ),
    "a process that ignores signals": (
        "import os, signal, time\n"
        "if os.fork() == 0:\n"
        "    for one in range(1, 32):\n"
        "        try:\n            signal.signal(one, signal.SIG_IGN)\n"
        "        except (OSError, ValueError):\n            pass\n"
        "    os.setsid()\n    os.execvp('sleep', ['sleep', '{sleep}'])\ntime.sleep(0.2)"
    ),
    "many processes": (
        "import os\nfor _ in range(400):\n"
        "    try:\n        child = os.fork()\n    except OSError:\n        break\n"
        "    if child == 0:\n        os.execvp('sleep', ['sleep', '{sleep}'])"
    ),
    "a full disk": (
        "try:\n    with open('/tmp/large', 'wb') as file:\n"
        "        while True:\n            file.write(bytes(2**24))\nexcept OSError:\n    pass"
    ),
    "the environment read": (
        "import os\nassert not [v for v in os.environ.values() if '{secret}' in v]\n"
        "open('/tmp/x', 'w').write('')"
    ),
    "other processes seen": (
        "import os\n"
        "for number in filter(str.isdigit, os.listdir('/proc')):\n"
        "    text = open(f'/proc/{number}/cmdline').read()\n"
        "    assert 'vae_course.grading.judging' in text or int(number) > 1, text\n"
        "    assert 'pytest' not in text, text"
    ),
}
"""Tricks that may be marked as what they are, a wrong answer, but must change nothing."""
