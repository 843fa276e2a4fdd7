"""Show how far a long step is: a bar on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

#: Seconds between two lines in a log.
LOG_INTERVAL = 30.0


console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

#: Called with how much was just done, and whether it was merely found done already (which says nothing about speed).
Advance = Callable[[int, bool], None]


@contextmanager
def track(description: str, total: int, unit: str, shown: Console | None = None) -> Iterator[Advance]:
    """Yield a function to call as work is done.

    Parameters
    ----------
    description
        What is being done, in a few words.
    total
        How much there is to do; 0 if unknown.
    unit
        ``bytes``, or the plural of what is counted.
    shown
        On what it is shown; `console` by default.
    """
    shown = shown or console
    if shown.quiet or not shown.is_terminal:
        yield _log(description, total, unit, shown)
        return
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TextColumn(unit), TimeRemainingColumn())
    with Progress(*columns, console=shown) as bar:
        shown.show_cursor()  # Ctrl-C ends the process, which can then show it no more
        task = bar.add_task(description, total=total or None)
        yield lambda amount, found: bar.update(task, advance=amount)


def _log(description: str, total: int, unit: str, shown: Console) -> Advance:
    start = last = time.monotonic()
    done = found_done = 0

    def advance(amount: int, found: bool) -> None:
        nonlocal done, found_done, last
        done += amount
        found_done += amount if found else 0
        now = time.monotonic()
        if now - last >= LOG_INTERVAL or done == total > 0:
            last = now
            speed = (done - found_done) / max(now - start, 1e-9)
            left = f", {(total - done) / speed:,.0f} s left" if speed and done < total else ""
            rate = f"{speed:,.0f}" if speed >= 10 else f"{speed:.2g}"
            how = f"{rate} {unit}/s{left}" if done > found_done else "found finished"
            shown.print(f"{description}: {done:,} of {f'{total:,}' if total else '?'} {unit}, {how}")

    return advance
