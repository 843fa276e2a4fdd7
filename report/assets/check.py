"""Run by Quarto before it renders: one clear line where the page cannot be made, not a traceback of its first cell."""

import os
import sys
from pathlib import Path

os.chdir(Path(__file__).parents[2])  # results/ lies beside the report

try:
    from mnist_transfer.errors import InputError
    from mnist_transfer.report import pages
    from mnist_transfer.results.read import read
except ModuleNotFoundError as error:
    remedy = "pip install '.[report]' for it, or set QUARTO_PYTHON to the Python that has it"
    print(f"error: {sys.executable} has no {error.name}; {remedy}", file=sys.stderr)
    sys.exit(2)

#: What Quarto is about to render, a line each.
inputs = [Path(line).name for line in os.environ.get("QUARTO_PROJECT_INPUT_FILES", "").splitlines()]

try:
    results = read()
    if "demo.qmd" in inputs and {"mnist", "fashion_mnist"} & set(results.datasets):
        raise InputError("report/demo.qmd is the page of the demo, and results/ are the study's; render report/ instead")
    pages.hold(Path("report"), results)
except InputError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(2)
