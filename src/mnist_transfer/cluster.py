"""Independent tasks on a Dask cluster: sent, sent again when a worker dies, and refused by workers that compute other bytes."""

import functools
import logging
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from types import FunctionType
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from distributed import Client, LocalCluster, Worker, get_worker
from distributed.client import Future, FutureCancelledError
from joblib._parallel_backends import ThreadingBackend
from threadpoolctl import threadpool_limits

from mnist_transfer import cores, numerics
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

#: Seconds in which a scheduler has to answer.
TIMEOUT = 10
#: How often a task that failed is tried again; a worker that is killed is another matter, of Dask's `allowed-failures`.
RETRIES = 3
#: Bytes from which an array is put on a worker once, and copied from there to others, instead of going with each task.
LARGE = 4_000_000
#: Why tasks are cancelled here.
_TAKEN_BACK = "taken back"


def check(expected: dict[str, str], dask_worker: Worker) -> InputError | None:
    """Return why this process, a worker, would not compute the bytes that are expected of it, if so."""
    place, found = f"the worker {dask_worker.address}", numerics.identity()
    for name, here in expected.items():
        if found.get(name) != here:
            settings = " ".join(f"{key}='{value}'" for key, value in numerics.SETTINGS.items())
            remedy = f"set in its environment {settings}" if name == "numerics" else "install the same in both places"
            there = f"{name} is {found.get(name)} there and {here} here"
            return InputError(f"{place} would compute other bytes: {there}; {remedy}")
    if (threads := dask_worker.state.nthreads) != 1:
        return InputError(f"{place} has {threads} threads; start it with --nthreads 1")
    return None


def _task(expected: dict[str, str], filters: list[Any], function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Run one task on a worker, with one thread; an exception that would come again elsewhere is returned."""
    if refused := check(expected, get_worker()):
        return refused
    cores.most = 1
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument.flags.writeable = False  # other tasks read it too
    try:
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.filters = filters
            return function(*arguments)
    except (InputError, ArithmeticError, LookupError, TypeError, ValueError, Warning) as error:
        return error


class _Held:
    """Something large that lies on a worker, and is put on another one when that worker dies."""

    def __init__(self, client: Client, content: Any) -> None:
        self.content, self._client, self._lock = content, client, threading.Lock()
        self._future: Future | None = None

    def future(self) -> Future:
        with self._lock:
            if self._future is None or self._future.status in ("cancelled", "lost"):
                self._future = self._client.scatter([self.content], hash=False)[0]  # a list, which it would take apart
            return self._future


class Cluster:
    """A connection to a Dask cluster whose workers compute the same bytes as this process; else an `InputError`."""

    def __init__(self, address: str) -> None:
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what matters is raised
        warnings.filterwarnings("ignore", "Sending large graph")
        self.address, self._lock = address, threading.Lock()
        self._sent: set[Future] = set()
        self._held: WeakValueDictionary[int, _Held] = WeakValueDictionary()
        self._function: _Held | None = None
        try:
            self.client = Client(address, timeout=TIMEOUT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"no Dask scheduler answers at {address} ({reason}); start it, or correct the address") from None
        if not self.client.nthreads():
            console.print(f"{address} has no worker yet: waiting for one")
        self.call(int)  # an adaptive cluster starts a worker for it
        for worker, told in self.client.run(check, numerics.identity(), on_error="return").items():
            if told is not None:
                raise told if isinstance(told, InputError) else InputError(f"the worker {worker} cannot be asked: {told!r}")

    def width(self) -> int:
        """Return how many tasks keep all workers busy: one runs on each, and one waits."""
        try:
            return 2 * max(2, len(self.client.nthreads()))
        except OSError:
            raise self._lost() from None

    def _lost(self) -> InputError:
        return InputError(
            f"the Dask scheduler at {self.address} is lost; start it and run this again: what is finished is kept"
        )

    def hold(self, value: Any, always: bool = False) -> Any:
        """Return what stands for a large array, or for any value, among the arguments of tasks that are under way."""
        if not always and not (isinstance(value, np.ndarray) and value.nbytes >= LARGE):
            return value
        with self._lock:
            if (held := self._held.get(id(value))) is None:
                held = self._held[id(value)] = _Held(self.client, value)
            return held

    def call(self, function: Any, *arguments: Any) -> Any:
        """Run one task and return its result: on another worker if one dies, and again if data are lost with it.

        What the function raises comes from here too; an `InputError` says that it failed everywhere, or there is no scheduler.
        """
        filters = [entry for entry in warnings.filters if entry[2].__module__.partition(".")[0] in ("builtins", "sklearn")]
        while True:
            future = None
            try:
                given = [argument.future() if isinstance(argument, _Held) else argument for argument in (function, *arguments)]
                future = self.client.submit(
                    _task, numerics.identity(), filters, given[0], given[1:], retries=RETRIES, pure=False
                )
                self._sent.add(future)
                result = future.result()
            except FutureCancelledError as error:
                if error.reason in ("scheduler-connection-lost", _TAKEN_BACK):
                    raise self._lost() from None
                continue  # a worker died, and with it an argument
            except Exception as error:
                if future is not None and future.status == "error":
                    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
                    raise InputError(f"a task failed again and again ({reason}); see the logs of the workers") from error
                if isinstance(error, OSError | TimeoutError) or self.client.status != "running":
                    raise self._lost() from None
                raise
            finally:
                self._sent.discard(future)
            if isinstance(result, Exception):
                raise result
            return result

    def cancel(self) -> None:
        """Take back all tasks that are under way; who waits for one gets an `InputError`."""
        self.client.cancel(list(self._sent), force=True, reason=_TAKEN_BACK)

    def unordered(
        self, make: Callable[[], Callable[..., Any]], jobs: Iterable[tuple[Any, tuple[Any, ...]]]
    ) -> Iterator[tuple[Any, Any]]:
        """See :func:`mnist_transfer.execution.unordered`."""
        left, waiting = iter(jobs), dict[Any, Any]()
        pool = ThreadPoolExecutor(1000)  # of which as many are started as wait
        try:
            while True:
                for name, arguments in islice(left, max(0, self.width() - len(waiting))):
                    function = make()
                    if not isinstance(function, FunctionType):  # a network with its weights
                        function = self._function = self.hold(function, always=True)
                    waiting[pool.submit(self.call, function, *map(self.hold, arguments))] = name
                if not waiting:
                    return
                for ended in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(ended), ended.result()
        finally:
            if waiting:
                self.cancel()
            pool.shutdown(cancel_futures=True)


class Backend(ThreadingBackend):  # type: ignore[misc]  # joblib has no types
    """joblib's tasks on the cluster; a thread here waits for each.

    joblib's own backend for Dask sends the tasks of tasks too, and takes the loss of data with a worker for a result.
    """

    supports_sharedmem = uses_threads = False

    def __init__(self, cluster: Callable[[], Cluster]) -> None:
        super().__init__()
        self._connect = cluster

    def configure(self, n_jobs: int | None = 1, parallel: Any = None, **_: Any) -> int:
        """Ask for the cluster, however many tasks at a time would be computed here."""
        self._cluster = self._connect()
        self.parallel, self._n_jobs = parallel, self._cluster.width()
        return self._n_jobs

    def submit(self, func: Any, callback: Any = None) -> Any:
        """Send joblib's batch of tasks, of which there is one."""
        return super().submit(functools.partial(self._send, func.items), callback)

    def _send(self, items: list[tuple[Any, tuple[Any, ...], dict[str, Any]]]) -> list[Any]:
        cluster = self._cluster
        return [
            cluster.call(functools.partial(function, **named), *map(cluster.hold, arguments))
            for function, arguments, named in items
        ]

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Take all tasks back when one has failed."""
        self._cluster.cancel()
        super().abort_everything(ensure_ready)


@functools.cache
def connect(address: str) -> Cluster:
    """Connect to a scheduler, once a process."""
    return Cluster(address)


@contextmanager
def local(workers: int) -> Iterator[str]:
    """Start a cluster of so many processes of this machine for a block; yield its scheduler's address."""
    settings = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.CRITICAL}
    with LocalCluster(n_workers=workers, **settings) as started:
        try:
            yield started.scheduler_address
        finally:
            connect(started.scheduler_address).client.close()
