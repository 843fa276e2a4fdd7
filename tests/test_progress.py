"""What a log says of a long step; test_download.py has the terminal's bar."""

import time

import pytest

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


def test_what_was_all_found_done_has_no_speed(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.track("mnist", 1_000, "images") as advance:
        advance(1_000, True)
    assert capsys.readouterr().err == "mnist: 1,000 of 1,000 images, found finished\n"
