"""Where independent tasks run: in this process, or on the Dask cluster whose scheduler `VARIABLE` names.

Nothing of Dask is imported unless it is named. The results are the same bytes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from mnist_transfer.errors import InputError

if TYPE_CHECKING:
    from mnist_transfer.cluster import Cluster

#: The environment variable with the address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``.
VARIABLE = "MNIST_TRANSFER_SCHEDULER"
_Name = TypeVar("_Name")
_Result = TypeVar("_Result")


def cluster() -> "Cluster | None":
    """Return the cluster, connected when it is first asked for; None where none is named.

    Raises
    ------
    InputError
        The package `distributed` is missing, the scheduler does not answer, or a worker would compute other bytes.
    """
    address = os.environ.get(VARIABLE)
    return _module().connect(address) if address else None


def _module() -> Any:
    try:
        from mnist_transfer import cluster
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        remedy = f"`pip install distributed`, or do without {VARIABLE} and --local"
        raise InputError(f"a cluster is asked for, and {error.name} is missing; {remedy}") from None
    return cluster


def unordered(
    make: Callable[[], Callable[..., _Result]], jobs: Iterable[tuple[_Name, tuple[Any, ...]]]
) -> Iterator[tuple[_Name, _Result]]:
    """Call a function with each job's arguments; yield the jobs' names with the results, as they come.

    Parameters
    ----------
    make
        Returns the function; called for each job, so it should make it once. On a cluster the function is pickled.
    jobs
        Names and arguments, which are taken as workers become free: those on their way are all that is in memory.
    """
    if (found := cluster()) is not None:
        yield from found.unordered(make, jobs)
        return
    for name, arguments in jobs:
        yield name, make()(*arguments)


def parallel() -> AbstractContextManager[Any]:
    """Let joblib, and with it scikit-learn, hand the tasks of a block to the cluster; where none is named, change nothing.

    What insists on shared memory stays in this process.
    """
    if not os.environ.get(VARIABLE):
        return nullcontext()
    import joblib

    return joblib.parallel_config(_module().Backend(cluster))  # type: ignore[no-any-return]


@contextmanager
def local(workers: int) -> Iterator[None]:
    """Start a cluster of so many processes of this machine for a block, and compute there; with 0 change nothing."""
    if not workers:
        yield
        return
    with _module().local(workers) as os.environ[VARIABLE]:
        yield
