"""Let a command be stopped at any moment: in one line, at once, and with an exit code that says by what.

The work is done in a process of its own, while the one that was started only waits and listens for signals. Python hears them
between two of its steps, and a fit of scikit-learn-intelex is one step of minutes; an import that is broken off may end in
anything. So the work is ended from outside, and this module imports next to nothing.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

#: Seconds that the work has to tidy up, its temporary files and the programs that it started, before it is killed.
GRACE = 1.0
#: Seconds between two looks at whether DVC, which started this, is still there.
INTERVAL = 1.0
#: DVC sets it for the stages that it runs.
STAGE_VARIABLE = "DVC_STAGE"

_LINES: dict[int, str] = {
    signal.SIGINT: "interrupted; finished work is kept, so run the same command again to continue",
    signal.SIGTERM: "terminated; finished work is kept, so run the same command again to continue",
    signal.SIGALRM: "error: reading a file took longer than a sound one takes; what was to be read is damaged, so get it again",
    signal.SIGKILL: "error: killed, most likely for want of memory; free some, and run the same command again to continue",
}


def supervise() -> None:
    """Go on in a new process, and end it when this one is interrupted or terminated; returns in the new process alone.

    This one exits with the other's exit code, or with 130 after SIGINT, 143 after SIGTERM and 2 after :func:`limited`. A DVC
    that is killed cannot stop the stage that it runs, so its death counts as a SIGTERM. Signals that are ignored, as after
    ``nohup``, stay so.
    """
    signals = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    dvc = os.getppid() if STAGE_VARIABLE in os.environ else None
    child = 0

    def stop(number: int, _: FrameType | None) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        _end(child)
        _leave(number)

    def look(_: int, frame: FrameType | None) -> None:
        if os.getppid() != dvc:
            stop(signal.SIGTERM, frame)

    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # until there is something to end
    for number in signals:
        signal.signal(number, stop)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(theirs)
        _work(ours)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        return
    os.close(ours)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    if dvc is not None:
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0 or code - 128 in _LINES:
        _leave(-code if code < 0 else code - 128)
    os._exit(code)


def _work(supervisor: int) -> None:
    """Prepare the process that works: a terminal's Ctrl-C is the supervisor's to hear, and without it the work ends."""

    def tidy(number: int, _: FrameType | None) -> None:
        silent = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(silent, stream)  # nobody wants to read what was under way
        sys.exit(128 + number)

    def follow() -> None:
        os.read(supervisor, 1)  # returns when the other end is closed
        os._exit(128 + signal.SIGKILL)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, tidy)
    threading.Thread(target=follow, daemon=True).start()


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End the work, as bad input, when something takes longer than any sound input would.

    For libraries that may go round in circles in a damaged file, where Python is not heard.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end(child: int) -> None:
    """End a process of ours and all that it started, after some time to tidy up."""
    started = _started_by(child)
    with contextlib.suppress(ChildProcessError, ProcessLookupError):  # it may just have ended by itself
        os.kill(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.01)
    for process in started:
        with contextlib.suppress(Exception):  # it has ended too
            process.kill()


def _started_by(child: int) -> list[Any]:
    """Return the processes below one, as far as psutil is there: DVC needs it, and so do the kernels of notebooks."""
    try:
        import psutil

        return list(psutil.Process(child).children(recursive=True))
    except Exception:
        return []


def _leave(number: int) -> None:
    line = _LINES.get(signal.Signals(number), f"error: ended by {signal.Signals(number).name}; please report this")
    shown = "\n\x1b[?25h" if os.isatty(2) else ""  # a bar may have hidden the cursor, and has not ended its line
    with contextlib.suppress(OSError):  # whoever listened may be gone
        os.write(2, f"{shown}{line}\n".encode())
    os._exit(2 if number == signal.SIGALRM else 128 + number)
