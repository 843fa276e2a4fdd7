"""`mnist-transfer fetch digits`, from a mirror on this machine that has the study's own digits."""

import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_transfer import paths
from mnist_transfer.data import connection
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from tests.faults import study
from tests.faults.study import Finished
from tests.servers import Server, serve

#: Where the digits are put.
DIGITS = "data/digits"
#: `mnist-transfer` that knows the digits' hashes and sizes, and how long to wait for a server.
PROGRAM = """
import json, os
from mnist_transfer.data import connection, sources
connection.TIMEOUT, connection.PATIENCE = json.loads(os.environ["WAITS"])
sources.DATASETS["digits"] = {name: sources.Source(**known) for name, known in json.loads(os.environ["SOURCES"]).items()}
from mnist_transfer.__main__ import main
main()
"""


def sources(finished: Finished) -> dict[str, Source]:
    """Return what is to be known of the digits' files, by their names."""
    return {
        path.name: Source(f"digits/{path.name}.gz", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        for path in sorted((finished.folder / DIGITS).iterdir())
        for content in [path.read_bytes()]
    }


@contextmanager
def mirror(finished: Finished) -> Iterator[Server]:
    """Serve the digits until the block ends."""
    server = serve()
    for name, source in sources(finished).items():
        server.content[f"/{source.path}"] = gzip.compress((finished.folder / DIGITS / name).read_bytes(), mtime=0)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def lay_out(finished: Finished, folder: Path) -> None:
    """Lay out a study without data."""
    folder.mkdir()
    shutil.copy(finished.folder / paths.PARAMS, folder)


def start(
    finished: Finished, server: Server, folder: Path, waits: tuple[float, float] = (connection.TIMEOUT, connection.PATIENCE)
) -> subprocess.Popen[str]:
    """Start to fetch, with some seconds to wait for a server that is silent, and for one that is slow."""
    known = {
        name: {"path": source.path, "sha256": source.sha256, "size": source.size} for name, source in sources(finished).items()
    }
    environment = study.ENVIRONMENT | {
        "SOURCES": json.dumps(known),
        "WAITS": json.dumps(waits),
        MIRROR_VARIABLE: server.url,
        "no_proxy": "127.0.0.1",
    }
    return study.start(("fetch", "digits"), folder, environment, program=("-c", PROGRAM))
