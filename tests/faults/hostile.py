"""Malformed inputs made by hand, which chance would hardly find, by format."""

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Spoil = Callable[[Path], object]

#: More than may be taken into memory, and yet little enough for a machine to survive it.
GIGANTIC = 3_000_000_000


def put(content: bytes | str) -> Spoil:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


def sparse(content: bytes = b"") -> Spoil:
    """Have a file that is gigantic, and takes no disk, begin with some bytes."""

    def spoil(path: Path) -> None:
        with path.open("wb") as stream:
            stream.write(content)
            stream.truncate(GIGANTIC)

    return spoil


def zeros(count: int) -> bytes:
    """Return a raw deflate stream of so many zeros, without the time that compressing them takes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * (count >> 24) + packer.flush()


def npy(description: str, shape: str, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    header = f"{{'descr': {description}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + content


def npz_bomb(path: Path) -> None:
    """Write an archive whose first array is of zeros, far more of them than the file has bytes."""
    head = npy("'<f8'", f"({GIGANTIC // 8},)")
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = packed.compress(head) + packed.flush(zlib.Z_FULL_FLUSH) + zeros(GIGANTIC)
    size = len(head) + GIGANTIC
    name = b"variance.npy"
    fields = (20, 0, 8, 0, 0, 0, len(content), size, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<5H3I2H", *fields) + name + content
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + struct.pack("<5H3I2H", *fields) + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(entry), len(local), 0)
    path.write_bytes(local + entry + end)


def safetensors(header: Any, content: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def h5(write: Callable[[Any], object]) -> Spoil:
    """Write a file of the layer `one`, as `write` says, in its group."""

    def spoil(path: Path) -> None:
        import h5py

        with h5py.File(path, "w") as stream:
            stream.attrs["layer_names"] = [b"one", b"two"]
            for name in ("one", "two"):
                group = stream.create_group(name)
                group.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
                group["bias:0"] = np.zeros(2, np.float32)
                if name == "two":
                    group["kernel:0"] = np.zeros((1, 1, 2, 2), np.float32)
            write(stream["one"])

    return spoil


def kernel(**options: Any) -> Spoil:
    return h5(lambda group: group.create_dataset("kernel:0", **options))


def external(path: Path) -> None:
    """Have the numbers of a dataset stand in another file, of which not all users may know."""
    path.with_name("secret").write_bytes(np.ones(2, np.float32).tobytes())
    kernel(shape=(1, 1, 1, 2), dtype="<f4", external=[(str(path.with_name("secret").absolute()), 0, 8)])(path)


def external_link(path: Path) -> None:
    import h5py

    with h5py.File(path.with_name("other.h5"), "w") as stream:
        stream["x"] = np.ones((1, 1, 1, 2), np.float32)
    h5(lambda group: group.__setitem__("kernel:0", h5py.ExternalLink("other.h5", "/x")))(path)


def virtual(group: Any) -> None:
    import h5py

    layout = h5py.VirtualLayout((GIGANTIC // 4,), "<f4")
    group.create_virtual_dataset("kernel:0", layout)


def circle(group: Any) -> None:
    group["kernel:0"] = group


def loop(group: Any) -> None:
    import h5py

    group["kernel:0"] = h5py.SoftLink("/one/kernel:0")


def kerases_own(path: Path) -> None:
    """Write a gigantic array in the layout of Keras 3, which lists none."""
    import h5py

    with h5py.File(path, "w") as stream:
        stream.create_dataset("layers/one/vars/0", shape=(GIGANTIC // 4,), dtype="<f4", chunks=(1 << 20,), compression="gzip")


def many_names(path: Path) -> None:
    import h5py

    h5(lambda group: group.create_dataset("kernel:0", data=np.zeros((1, 1, 1, 2), np.float32)))(path)
    with h5py.File(path, "r+") as stream:
        stream.attrs["layer_names"] = [b"one"] * 4000


_KERNEL = np.zeros((1, 1, 1, 2))

OF_ANY: dict[str, Spoil] = {
    "empty": put(b""),
    "a web page": put(b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"),
    "zeros": put(bytes(1000)),
    "line ends": put(b"\n" * 1000),
}
#: What is no file at all.
NO_FILE: dict[str, Spoil] = {
    "a folder": lambda path: path.mkdir(),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}

BY_HAND: dict[str, dict[str, Spoil]] = {
    "params.yaml": {
        "nested": put("a: " + "[" * 10_000),
        "aliases of aliases": put(
            "a: &a [1,1,1,1,1,1,1,1,1]\n"
            + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9))
        ),
        "a long line": put("seed: " + "9" * 1_000_000),
        "a long key": put("x" * 1_000_000 + ": 1"),
        "half a character": put(r'seed: "\ud800"'),
        "a million lines": put("- 1\n" * 1_000_000),
        "a comment without end": put("#" * 5_000_000),
        "a string without end": put('seed: "' + "x\n" * 500_000),
    },
    "IDX": {
        "a shape of terabytes": put(struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1)),
        "255 dimensions": put(struct.pack(">4B255I", 0, 0, 8, 255, *[0] * 255)),
    },
    "IDX in gzip": {
        "a bomb": put(b"\x1f\x8b\x08" + bytes(7) + zeros(GIGANTIC)),
        "many members": put(gzip.compress(b"") * 100_000),
        "a name without end": put(b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 10_000_000),
    },
    "npy": {
        "a shape of terabytes": put(npy("'|u1'", "(1000000000000000,)")),
        "a shape beyond all numbers": put(npy("'|u1'", f"({'9' * 100},)")),
        "a negative shape": put(npy("'|u1'", "(-100,)", bytes(100))),
        "objects": put(npy("'|O'", "(100,)", bytes(800))),
        "a structure": put(npy("[('x', '|u1')]", "(100,)", bytes(100))),
        "text": put(npy("'<U1'", "(100,)", bytes(400))),
        "times": put(npy("'<M8[s]'", "(100,)", bytes(800))),
        "values of no size": put(npy("'|V0'", "(1000000000000000,)")),
        "a nested header": put(npy("'|u1'", "(" * 4000)),
        "a deep operation": put(npy("'|u1'", "-" * 9000 + "1")),
        "another version": put(npy("'|u1'", "(100,)", bytes(100), b"\x09\x00")),
        "gigantic": sparse(npy("'|u1'", f"({GIGANTIC - 200},)")),
    },
    "npz": {"a bomb": npz_bomb, "gigantic": sparse(b"PK\x03\x04")},
    "images of the results": {"a bomb": npz_bomb},
    "JSON of the study": {
        "nested": put('{"layers":' * 50_000),
        "a number of many digits": put('{"layers": ' + "9" * 1_000_000 + "}"),
        "a shape of many digits": put(
            '{"layers": [{"layer": "block4_pool", "shape": [' + ", ".join(["9" * 4000] * 100) + "]}]}"
        ),
        "half a character": put(r'{"layers": "\ud800"}'),
        "infinite": put('{"layers": [{"layer": "block4_pool", "shape": [Infinity]}]}'),
    },
    "JSON of the results": {
        "nested": put('{"params":' * 50_000),
        "half a character": put(r'{"params": "\ud800"}'),
        "a million names": put("{" + ", ".join(f'"{n}": 1' for n in range(300_000)) + "}"),
    },
    "tables": {
        "a million columns": put("x," * 500_000 + "\n"),
        "a quote without end": put('"' + "x,\n" * 1_000_000),
        "a field without end": put("x" * 10_000_000),
    },
    "safetensors": {
        "a header of exabytes": put(safetensors({}, length=2**63)),
        "a header of gigabytes": sparse(safetensors({}, length=GIGANTIC // 2)),
        "a shape of terabytes": put(
            safetensors({"one/kernel": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}})
        ),
        "a shape beyond all numbers": put(
            safetensors({"one/kernel": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 0]}})
        ),
        "no values in a gigantic shape": put(
            safetensors({"one/kernel": {"dtype": "F32", "shape": [0, 2**62], "data_offsets": [0, 0]}})
        ),
        "a type without NumPy's": put(
            safetensors({"one/kernel": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, bytes(2))
        ),
        "a type of 8 bits": put(
            safetensors({"one/kernel": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}, bytes(1))
        ),
        "truths": put(safetensors({"one/kernel": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}, b"\x02")),
        "nested": put(safetensors(b'{"a":' * 100_000)),
        "gigantic": sparse(
            safetensors({"one/kernel": {"dtype": "U8", "shape": [GIGANTIC - 100], "data_offsets": [0, GIGANTIC - 100]}})
        ),
    },
    "HDF5": {
        "numbers in another file": external,
        "an array in another file": external_link,
        "a gigantic array that takes no disk": kernel(shape=(GIGANTIC // 4,), dtype="<f4"),
        "a gigantic array of chunks": kernel(shape=(GIGANTIC // 4,), dtype="<f4", chunks=(1 << 20,), compression="gzip"),
        "an array of terabytes": kernel(shape=(1 << 40,), dtype="<f4", chunks=(1 << 20,)),
        "a gigantic array of arrays": kernel(shape=(GIGANTIC // 4000,), dtype=np.dtype(("<f4", (1000,)))),
        "a gigantic array in Keras' own layout": kerases_own,
        "a gigantic array from nowhere": h5(virtual),
        "an array that is a circle": h5(circle),
        "a link that is a circle": h5(loop),
        "text": kernel(data=np.array([b"1", b"2"]).reshape(1, 1, 1, 2)),
        "structures": kernel(shape=(1, 1, 1, 2), dtype=[("x", "<f4"), ("y", "<i4")]),
        "complex numbers": kernel(data=_KERNEL.astype(complex)),
        "truths": kernel(data=_KERNEL.astype(bool)),
        "whole numbers": kernel(data=_KERNEL.astype(np.int64)),
        "numbers beyond float32": kernel(data=_KERNEL + 1e300),
        "raw bytes": kernel(data=_KERNEL.astype("V8")),
        "no values": kernel(shape=None, dtype="<f4"),
        "a single value": kernel(data=1.0),
        "a name 4,000 times": many_names,
    },
}


def of(name: str) -> dict[str, Spoil]:
    """Return what is made by hand for a format."""
    gigantic = {} if name == "IDX" else {"gigantic and of zeros": sparse()}  # images may be as many as a user has memory for
    no_file = {} if name == "IDX in gzip" else NO_FILE  # which is a download of our own
    return OF_ANY | no_file | gigantic | BY_HAND.get(name, {})
