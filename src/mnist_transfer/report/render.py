"""Render ``report/`` with Quarto or, without it, as a preview; and show figures in the page while it runs."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from mnist_transfer.errors import InputError, NotMeasuredError
from mnist_transfer.figures import style
from mnist_transfer.progress import console
from mnist_transfer.report import pages, preview, viewer
from mnist_transfer.results.read import Results, read

SOURCE = Path("report")
#: Colours of a figure in the page, so many that nobody sees a difference; all of them would make it three times as large.
COLOURS = 128


def show(draw: Callable[[], Figure], themes: Iterable[str] = ("light", "dark"), dpi: int | None = None) -> None:
    """Display a Matplotlib figure in a notebook once a theme, which `renderings` in Quarto tells apart.

    Where the study lacks what the figure is about, a line says so in its place.
    """
    for theme in themes:
        settings: Any = style.STYLES[theme]
        with mpl.rc_context(settings):
            try:
                figure = draw()
            except NotMeasuredError as error:
                figure = style.note(f"Not shown: {error}.")
            image, smaller = io.BytesIO(), io.BytesIO()
            figure.savefig(image, format="png", dpi=dpi)
        few = Image.open(image).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(smaller, format="png", optimize=True)
        _display("Image", smaller.getvalue())


def show_viewer(results: Results) -> None:
    """Display the linked 3-D viewer of the projected points in a notebook.

    It goes out as raw HTML in Markdown: for plain HTML output Quarto would load require.js from a CDN.
    """
    fence = "`" * 20  # longer than any in the viewer
    _display("Markdown", f"{fence}{{=html}}\n{viewer.html(viewer.payload(results), SOURCE / 'assets')}\n{fence}")


def _display(kind: str, content: Any) -> None:
    from IPython import display  # which only the report needs

    show_in_notebook: Any = display.display  # untyped
    show_in_notebook(getattr(display, kind)(content))


def render(source: Path = SOURCE, *, draft: bool = False) -> Path:
    """Render the report of the study in the working directory, with Quarto where it is on PATH, else as the preview.

    Parameters
    ----------
    source
        The folder of ``_quarto.yml``, which lists the pages; each goes to ``_site/`` there.
    draft
        Whether a page is rendered whose claims do not all hold; these are struck through.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    InputError
        ``results/`` is missing or damaged, the report's sources or dependencies are missing, a claim fails, or Quarto does.
    """
    if draft:
        os.environ[pages.DRAFT] = "1"
    pages.hold(source, read())
    page = source / "_site" / pages.pages(source)[0].with_suffix(".html").name
    quarto = shutil.which("quarto")
    if quarto:
        console.print(f"rendering {source} with Quarto ({quarto})", highlight=False)
        environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
        if subprocess.run([quarto, "render", str(source)], env=environment, check=False).returncode:
            raise InputError(f"quarto could not render {source}; its own message above says why")
    else:
        console.print(
            f"Quarto is not on PATH: making the preview of {source} with IPython and pandoc (https://quarto.org has Quarto)",
            highlight=False,
        )
        preview.render(source)
    console.print(f"{page} is ready", highlight=False)
    return page
