"""Where a DVC remote can be: a folder, and servers for S3 and SSH on this machine."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import boto3  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

#: What a remote needs beyond its address: options of `dvc remote modify`.
Options = dict[str, str]
#: Made up, as the server asks for some.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def folder(place: Path) -> Iterator[tuple[str, Options]]:
    yield str(place / "store"), {}


@contextmanager
def s3(_: Path) -> Iterator[tuple[str, Options]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        keys = {name.lower(): value for name, value in CREDENTIALS.items() if "KEY" in name}
        boto3.client("s3", region_name="us-east-1", endpoint_url=url, **keys).create_bucket(Bucket="bucket")
        yield "s3://bucket/study", {"endpointurl": url}
    finally:
        server.stop()


@contextmanager
def ssh(place: Path) -> Iterator[tuple[str, Options]]:
    """Serve this machine's files to whoever has the one key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(place / "key")
    known = asyncssh.import_authorized_keys(key.export_public_key().decode())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)  # this one may have a loop already, as that of a browser
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], authorized_client_keys=known, sftp_factory=True)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(60)
    try:
        yield f"ssh://somebody@127.0.0.1:{server.get_port()}{place}/store", {"keyfile": str(place / "key")}
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


#: By the heading in docs/remotes.md: what serves a place for a while, and gives its address and what else it needs.
KINDS = {"A folder": folder, "S3": s3, "SSH": ssh}
