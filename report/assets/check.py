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
    results, own = read(), [page.name for page in pages.pages(Path("report"))]
    if others := [name for name in inputs if name not in own]:
        raise InputError(f"report/{others[0]} is no page of this study; `quarto render report/` makes {', '.join(own)}")
    pages.hold(Path("report"), results)
except InputError as error:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(2)
