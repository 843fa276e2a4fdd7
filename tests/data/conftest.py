"""No test waits as long for a server as a user would."""

import pytest
from urllib3 import Retry

from mnist_transfer.data import download


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "TIMEOUT", (1.0, 1.0))
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
