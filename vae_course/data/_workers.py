"""Independent calls, spread over processes of this machine or over a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from vae_course.progress import Counted

_RETRIES = 3  # of a simulation whose worker has died, before the run is given up
_PATIENCE = 30  # seconds to wait for the scheduler


class ClusterError(RuntimeError):
    """The cluster cannot be reached, or has lost a simulation again and again."""


def run_in_processes(
    jobs: Iterable[Any], processes: int, total: int, progress: Counted | None, done: int = 0
) -> Iterator[Any]:
    """Run calls on processes of this machine, each on one thread.

    Args:
        jobs: Calls, as `joblib.delayed` makes them.
        processes: Number of processes; -1 for one a core.
        total: Number of calls to report, those done before included.
        progress: Called with the number of calls done and their total.
        done: Number of calls done before.

    Yields:
        Results, in the order in which they come.
    """
    if progress is not None:
        progress(done, total)
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        for result in joblib.Parallel(n_jobs=processes, return_as="generator_unordered")(jobs):
            yield result
            done += 1
            if progress is not None:
                progress(done, total)


def run_on_cluster(
    scheduler: str, function: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]
) -> Iterator[Any]:
    """Run a function on the workers of a Dask cluster, a call on one thread each.

    A call whose worker dies is repeated on another one. Calls must not depend on each other, and
    a call must give the same result wherever it runs.

    Args:
        scheduler: Address of the scheduler, such as tcp://10.0.0.1:8786.
        function: What to call; the workers must have it, so they need this package.
        jobs: Arguments of each call.

    Yields:
        Results, in the order in which they come.

    Raises:
        ClusterError: If distributed is not installed, the scheduler does not answer, or a call has
            failed on several workers.
    """
    try:
        import distributed  # noqa: PLC0415 (optional, and slow)
    except ImportError as error:
        raise ClusterError("a cluster needs Dask: pip install 'vae-course[cluster]'") from error
    dask: Any = distributed  # it has no types
    try:
        client = dask.Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(f"no Dask scheduler answers at {scheduler}; {error}") from error
    with client:
        futures = [
            client.submit(_on_one_thread, function, job, pure=False, retries=_RETRIES)
            for job in jobs
        ]
        try:
            for future in dask.as_completed(futures):
                try:
                    yield future.result()
                except Exception as error:  # whatever a worker raises comes back here
                    raise ClusterError(f"a simulation failed on the cluster: {error!r}") from error
        finally:
            client.cancel(futures, force=True)


def _on_one_thread(function: Callable[..., Any], job: tuple[Any, ...]) -> Any:
    with threadpool_limits(1):
        return function(*job)
