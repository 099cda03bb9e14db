"""Independent calls, spread over processes of this machine or over a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from vae_course.progress import Counted

_RETRIES = 3  # of a simulation whose worker has died, before the run is given up
_PATIENCE = 30  # seconds to wait for the scheduler


class ClusterError(RuntimeError):
    """The cluster cannot be reached, or has lost a simulation again and again."""


def run(
    function: Callable[..., Any],
    jobs: Sequence[tuple[Any, ...]],
    processes: int,
    progress: Counted | None,
    *,
    scheduler: str | None = None,
    done: int = 0,
) -> Iterator[tuple[int, Any]]:
    """Call a function with each of several arguments, a call on one thread each.

    Raises:
        ClusterError: As `run_on_cluster` does.
    """
    total = done + len(jobs)
    if scheduler is None:
        results = _run_in_processes(function, jobs, processes)
    else:
        results = run_on_cluster(scheduler, function, jobs)
    if progress is not None:
        progress(done, total)
    for result in results:
        yield result
        done += 1
        if progress is not None:
            progress(done, total)


def _run_in_processes(
    function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], processes: int
) -> Iterator[tuple[int, Any]]:
    calls = (joblib.delayed(_placed)(place, function, job) for place, job in enumerate(jobs))
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        yield from joblib.Parallel(n_jobs=processes, return_as="generator_unordered")(calls)


def run_on_cluster(
    scheduler: str, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Any]]:
    """Run a function on the workers of a Dask cluster, a call on one thread each.

    A call whose worker dies is repeated on another one. Calls must not depend on each other, and
    a call must give the same result wherever it runs.

    Raises:
        ClusterError: If distributed is not installed, the scheduler does not answer, or a call has
            failed on several workers.
    """
    try:
        import distributed  # noqa: PLC0415 (optional, and slow)
    except ImportError as error:
        raise ClusterError(
            "a cluster needs Dask: pip install -e '.[cluster]' in the folder of the course"
        ) from error
    dask: Any = distributed  # it has no types
    try:
        client = dask.Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(f"no Dask scheduler answers at {scheduler}; {error}") from error
    with client:
        futures = [
            client.submit(_on_one_thread, place, function, job, pure=False, retries=_RETRIES)
            for place, job in enumerate(jobs)
        ]
        try:
            for future in dask.as_completed(futures):
                try:
                    yield future.result()
                except Exception as error:  # whatever a worker raises comes back here
                    raise ClusterError(f"a simulation failed on the cluster: {error!r}") from error
        finally:
            client.cancel(futures, force=True)


def _placed(place: int, function: Callable[..., Any], job: tuple[Any, ...]) -> tuple[int, Any]:
    return place, function(*job)


def _on_one_thread(
    place: int, function: Callable[..., Any], job: tuple[Any, ...]
) -> tuple[int, Any]:
    with threadpool_limits(1):
        return _placed(place, function, job)
