"""Where independent tasks run: in this process, or on the Dask cluster whose scheduler `VARIABLE` names.

Nothing of Dask is imported unless it is named. The results are the same bytes.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from mnist_transfer.errors import InputError

if TYPE_CHECKING:
    from mnist_transfer.cluster import Cluster

#: The environment variable with the address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``.
VARIABLE = "MNIST_TRANSFER_SCHEDULER"

_Name = TypeVar("_Name")
_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def cluster() -> "Cluster | None":
    """Return the cluster, connected when it is first asked for; None where none is named.

    Raises
    ------
    InputError
        The package `distributed` is missing, the scheduler does not answer, or a worker would compute other bytes.
    """
    module = _module()
    return None if module is None else module.connect(os.environ[VARIABLE])


def _module() -> Any:
    if not os.environ.get(VARIABLE):
        return None
    try:
        from mnist_transfer import cluster
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise InputError(f"{VARIABLE} is set, and {error.name} is missing; `pip install distributed`, or unset it") from None
    return cluster


def unordered(
    make: Callable[[], Callable[[_Part], _Result]], jobs: Iterable[tuple[_Name, _Part]]
) -> Iterator[tuple[_Name, _Result]]:
    """Call a function with each part, and yield the results as they come, with the names of their parts.

    Parameters
    ----------
    make
        Returns the function; called for each part here, so it should make it once. On a cluster the function is pickled, put
        on a worker once, and copied from there to others.
    jobs
        Names and parts. Those of the next tasks alone are taken from it: twice as many as the cluster has threads.

    Raises
    ------
    InputError
        The cluster cannot be used, was lost on the way, or failed at a task again and again.
    """
    if (found := cluster()) is not None:
        yield from found.unordered(make, jobs)
        return
    for name, part in jobs:
        yield name, make()(part)


def parallel() -> AbstractContextManager[Any]:
    """Let joblib, and with it scikit-learn, hand the tasks of a block to the cluster; where none is named, change nothing.

    What insists on shared memory stays in this process, and so does what asks for one task at a time.
    """
    module = _module()
    return nullcontext() if module is None else module.parallel(cluster)
