"""The same bytes on every x86-64 processor: what numpy, OpenBLAS, TensorFlow and Keras must be told before they are loaded.

Each of these chooses its kernels by the processor, and another kernel adds up in another order. docs/numerics.md says what was
measured, and what each setting is worth.
"""

import functools
import hashlib
import os
import platform
import sys
from pathlib import Path

#: What the study computes with, on every processor with AVX2. None of it costs time worth naming.
SETTINGS = {
    # TensorFlow uses oneDNN by itself only where it expects to gain; oneDNN's own kernels all give the same bytes.
    # https://github.com/tensorflow/tensorflow/blob/v2.20.0/tensorflow/core/util/port.cc (IsMklEnabled)
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # https://github.com/OpenMathLib/OpenBLAS#setting-the-number-of-threads-using-environment-variables
    "OPENBLAS_CORETYPE": "Haswell",
    # All that numpy 2.4 has kernels for beyond AVX2: https://numpy.org/doc/2.4/reference/simd/build-options.html
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
#: What the study cannot do without: a network of keras.applications is cut and run with TensorFlow.
REQUIRED = {"KERAS_BACKEND": "tensorflow"}

#: Packages that decide what the bytes are. TensorFlow has several.
PACKAGES = ("numpy", "scipy", "scikit-learn", "keras", "tensorflow", "tensorflow-cpu")

#: Why this process may compute other bytes than the committed run, a sentence each.
departures: list[str] = []


def settle() -> None:
    """Set every variable that is not set, for this process and those that it starts, and note what stands in the way.

    A value that is there stays: whoever set it may have a reason, such as an OpenBLAS that fails on this processor.
    """
    os.environ.update(REQUIRED)
    if platform.machine().lower() not in ("x86_64", "amd64"):
        departures.append(f"the results are those of x86-64 processors, and this is {platform.machine()}")
        return
    if not _has_avx2():
        departures.append("this processor has no AVX2")
        return
    late = "numpy" in sys.modules
    for name, value in SETTINGS.items():
        if name not in os.environ and late:
            departures.append(f"{name} could not be set: numpy is already loaded")
        elif (present := os.environ.setdefault(name, value)) != value:
            departures.append(f"{name} is {present!r}, not {value!r}")
    if "OPENBLAS_L2_SIZE" in os.environ:
        departures.append("OPENBLAS_L2_SIZE is set")


@functools.cache
def identity(room: str = "") -> dict[str, str]:
    """Return what decides the bytes that this process computes: code (of one folder), versions, and departures."""
    from importlib import metadata

    code, here = hashlib.sha256(), Path(__file__).parent
    for path in sorted((here / room).rglob("*.py")):
        code.update(f"{path.relative_to(here)}\0".encode() + path.read_bytes())
    installed = {found.name.lower().replace("_", "-"): found.version for found in metadata.distributions()}
    versions = {name: installed.get(name, "absent") for name in PACKAGES}
    return {"mnist-transfer": code.hexdigest()[:12], **versions, "numerics": "; ".join(departures) or "as settled"}


def _has_avx2() -> bool:
    """Say whether the processor has AVX2, as all have since 2015; where the system does not tell, take it that it has."""
    try:
        return " avx2" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return True
