"""Which cores there are for this process. What the study writes is the same with any number of them."""

import os
import platform
import threading
import time
from pathlib import Path

#: How many this process may use whatever there are: one in a worker of a cluster, of which a machine has many.
most: int | None = None


def cores() -> int:
    """Return how many cores this process may use."""
    return most or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Return the processor's name where the system tells it (Linux), else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def end_with_parent() -> None:
    """End this process, a worker of joblib's, when the one that started it ends: joblib's own wait five minutes for work."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
