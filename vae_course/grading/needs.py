"""What answers of this course need: modules and parts of them, builtins, methods to define."""

import builtins
from importlib.resources import files
from pathlib import Path


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES: dict[str, frozenset[str]] = {
    module: _words(names)
    for module, names in {
        "copy": "copy deepcopy",
        "contextlib": "contextmanager nullcontext suppress",
        "csv": "DictReader reader",
        "dataclasses": "asdict astuple dataclass field fields replace",
        "functools": "cache cached_property lru_cache partial reduce wraps",
        "io": "StringIO",
        "keras.backend": "backend epsilon floatx image_data_format",
        "keras.config": "backend epsilon floatx image_data_format",
        "keras.callbacks": "Callback EarlyStopping History LambdaCallback LearningRateScheduler "
        "ReduceLROnPlateau TerminateOnNaN",
        "keras.utils": "clear_session normalize set_random_seed split_dataset to_categorical",
        "matplotlib": "cm colormaps colors patches pyplot rcParams ticker",
        "numpy.lib": "stride_tricks",
        "numpy.lib.stride_tricks": "sliding_window_view",
        "scipy.cluster": "hierarchy vq",
        "tensorflow": "GradientTape Tensor TensorSpec Variable abs add bool boolean_mask "
        "broadcast_to cast clip_by_value concat cond constant convert_to_tensor cos cumsum divide "
        "einsum equal exp expand_dims eye fill float16 float32 float64 function gather greater "
        "int32 int64 keras less linalg linspace math matmul maximum minimum multiply newaxis nn "
        "norm ones ones_like pad pow random range reduce_all reduce_any reduce_max reduce_mean "
        "reduce_min reduce_prod reduce_std reduce_sum repeat reshape round shape sigmoid sign "
        "signal sin size split sqrt square squeeze stack stop_gradient subtract tan tanh tensordot "
        "tile transpose uint8 unstack where while_loop zeros zeros_like",
        "time": "monotonic perf_counter process_time time",
        "vae_course": "data latent physics plotting vae",
        "warnings": "catch_warnings filterwarnings simplefilter warn",
    }.items()
}
"""Modules of which a part is needed, and which; of those in `WHOLE` all that is public is."""

WHOLE = _words("""
    __future__ abc bisect cmath collections collections.abc decimal enum fractions heapq itertools
    math numbers operator random re statistics string textwrap typing
    jax jax.numpy jax.random jax.scipy
    keras keras.activations keras.constraints keras.initializers keras.layers keras.losses
    keras.metrics keras.models keras.ops keras.ops.image keras.ops.linalg keras.ops.nn
    keras.ops.numpy keras.optimizers keras.optimizers.schedules keras.random keras.regularizers
    matplotlib.cm matplotlib.colors matplotlib.patches matplotlib.pyplot matplotlib.ticker
    numpy numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.polynomial.polynomial numpy.random
    numpy.typing
    scipy scipy.cluster.hierarchy scipy.cluster.vq scipy.constants scipy.fft scipy.fftpack
    scipy.integrate scipy.interpolate scipy.linalg scipy.ndimage scipy.optimize scipy.signal
    scipy.signal.windows scipy.sparse scipy.sparse.csgraph scipy.sparse.linalg scipy.spatial
    scipy.spatial.distance scipy.special scipy.stats scipy.stats.qmc
    skimage skimage.color skimage.draw skimage.exposure skimage.feature skimage.filters
    skimage.measure skimage.metrics skimage.morphology skimage.segmentation skimage.transform
    skimage.util
    sklearn sklearn.base sklearn.cluster sklearn.compose sklearn.covariance
    sklearn.cross_decomposition sklearn.decomposition sklearn.discriminant_analysis sklearn.dummy
    sklearn.ensemble sklearn.exceptions sklearn.feature_selection sklearn.gaussian_process
    sklearn.gaussian_process.kernels sklearn.impute sklearn.isotonic sklearn.kernel_approximation
    sklearn.kernel_ridge sklearn.linear_model sklearn.manifold sklearn.metrics
    sklearn.metrics.pairwise sklearn.mixture sklearn.model_selection sklearn.multioutput
    sklearn.naive_bayes sklearn.neighbors sklearn.neural_network sklearn.pipeline
    sklearn.preprocessing sklearn.random_projection sklearn.svm sklearn.tree
    tensorflow.linalg tensorflow.math tensorflow.nn tensorflow.random tensorflow.signal
    """)


def _course() -> frozenset[str]:
    """List the modules of the course that are about its subject."""
    folder = files("vae_course")
    rooms = ("data", "latent", "physics", "vae")
    stems = {room: [Path(one.name).stem for one in (folder / room).iterdir()] for room in rooms}
    found = {f"vae_course.{room}.{stem}" for room in rooms for stem in stems[room]}
    return frozenset({*found, *(f"vae_course.{room}" for room in rooms)}) | _words(
        "vae_course.arrays vae_course.plotting"
    )


COURSE = _course()
"""Modules of the course that answers may use."""

READ_OR_WRITE = _words("""
    dump dumps export fromfile fromregex genfromtxt get_file imread imsave imwrite load load_library
    load_model load_own_variables load_svmlight_file load_weights loadtxt memmap memory open
    open_memmap read_bytes read_csv read_text save save_model save_own_variables save_weights
    savefig savetxt savez savez_compressed to_csv tofile write write_bytes write_text writelines
    read_grey read_micrographs read_mechanical_mnist read_pattern
    CSVLogger ModelCheckpoint TFSMLayer TensorBoard
    """)
"""Names of functions, methods and arguments by which files are read or written."""

FILE_ARGUMENTS = frozenset({"allow_pickle", "fname", "memory", "custom_objects", "safe_mode"})

BY_TEXT = _words(
    """
    attrgetter deserialize deserialize_keras_object format_map from_config methodcaller
    model_from_json
    """
)
"""Names of functions that fetch something by a text."""

INNARDS = _words(
    """
    ag_frame as_strided cr_frame ctypes f_back f_builtins f_code f_globals f_locals gi_code gi_frame
    mro tb_frame tb_next
    """
)
"""Names by which frames, memory and classes above one's own are reached."""

ENDS = _words("exit quit SystemExit KeyboardInterrupt GeneratorExit")
EVALUATED = _words("__import__ compile delattr dir eval exec getattr globals locals setattr vars")
NOT_NEEDED = _words(
    "BaseException In Out __builtins__ breakpoint get_ipython help input memoryview"
)
BUILTINS = frozenset(vars(builtins)) - ENDS - EVALUATED - NOT_NEEDED - {"open"}
"""Builtins that answers may use; `getattr` with a text that is written out counts as its name."""

METHODS = _words("""
    __init__ __call__ __len__ __getitem__ __iter__ __next__ __post_init__ __repr__ __str__ __enter__
    __exit__ __name__ __doc__ __add__ __sub__ __mul__ __neg__ __radd__ __rmul__ __truediv__
    _asdict _fields _replace
    """)
"""Names with underscores that a class may define and code may use."""

ON_PARAMETERS = frozenset({"trainable"})
"""Attributes that may be set on what was handed to a function."""

NUMBERS = _words("int float complex str list tuple")
"""Builtins that no class of an answer needs to be one of."""

TOPS = frozenset(module.partition(".")[0].lstrip("_") for module in (*MODULES, *WHOLE, *COURSE)) | {
    "builtins"
}
"""Packages that what is used may come from."""


def is_listed(module: str) -> bool:
    """Whether answers need a module."""
    return module in WHOLE or module in MODULES or module in COURSE


def may_use(module: str, part: str) -> bool:
    """Whether answers need a part of a module."""
    if part in READ_OR_WRITE | BY_TEXT | INNARDS:
        return False
    return part in MODULES[module] if module in MODULES else is_listed(module)
