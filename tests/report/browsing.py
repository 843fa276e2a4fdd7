"""A real browser for pages, and what a page asked for and complained of."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ElementHandle, Page, ViewportSize

from tests.commands import ROOT

#: Stay there for readers of a failed run.
SCREENSHOTS = ROOT / "build/screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
]
MILLISECONDS = 150_000
#: Of every test with a browser.
MARKS = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH (Debian: apt install chromium)")]


@dataclass
class Opened:
    """A page with all that it asked for and complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def keep(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def one(self, selector: str) -> ElementHandle:
        found = self.page.query_selector(selector)
        assert found is not None, selector
        return found

    def outside(self) -> list[str]:
        """What it asked of other hosts."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


def open_page(browser: Browser, path: Path, width: int, *, dark: bool = False, touch: bool = False) -> Opened:
    size = ViewportSize(width=width, height=900)
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    page = browser.new_page(viewport=size, color_scheme=scheme, has_touch=touch, is_mobile=touch, reduced_motion="reduce")
    page.set_default_timeout(MILLISECONDS)
    opened = Opened(page)
    page.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(path.as_uri())
    return opened
