"""What a log says of a long step, and that a terminal keeps its cursor."""

import time

import pytest
from rich.console import Console

from mnist_transfer import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, which the test sets."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.track("mnist", 1_000, "images") as advance:
        for clock[0] in range(10, 110, 10):
            advance(100, False)
    assert capsys.readouterr().err.splitlines() == [
        "mnist: 300 of 1,000 images, 10 images/s, 70 s left",
        "mnist: 600 of 1,000 images, 10 images/s, 40 s left",
        "mnist: 900 of 1,000 images, 10 images/s, 10 s left",
        "mnist: 1,000 of 1,000 images, 10 images/s",
    ]


def test_what_was_found_done_says_nothing_about_speed(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.track("mnist", 1_000, "images") as advance:
        advance(500, True)
        clock[0] = 50.0
        advance(100, False)
    assert capsys.readouterr().err == "mnist: 600 of 1,000 images, 2 images/s, 200 s left\n"


@pytest.mark.parametrize(("unit", "shown"), [("bytes", "1.0/2.0 kB"), ("images", "1000/2000 images")])
def test_a_terminal_gets_a_bar_and_keeps_its_cursor(
    unit: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "console", Console(stderr=True, force_terminal=True, width=100, no_color=True))
    with progress.track("mnist", 2_000, unit) as advance:
        written = capsys.readouterr().err
        assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l"), "Ctrl-C ends the process, which can show it no more"
        advance(1_000, False)
    assert shown in capsys.readouterr().err
