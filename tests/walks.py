"""Put what the commands of the docs print into the docs: `make readme`. A test runs the same, and compares."""

import re
import shutil
import tempfile
from pathlib import Path

from mnist_transfer.demo import workspace as demo
from tests.commands import ROOT
from tests.commands import execute as run

#: Pages with commands that are run in the demo, and under which heading they begin; they go on to the next one of its rank.
PAGES = {ROOT / "README.md": "## Change something", ROOT / "docs/experiments.md": "# Ask a question"}
#: What the demo need not have for them, and how the rest of params.yaml does without.
LEFT_OUT = {
    r"    - (?!knn$|svm-poly$).*\n": "",
    r"\[vgg16-random, pixels\]": "[pixels]",
    r"\[vgg16-random/block5, pixels/all\]": "[pixels/all]",
    r"network: vgg16-random\n  control: vgg16-random": "network: pixels\n  control: pixels",
}
#: A block of shell commands, and what the last of them prints if it is shown: text, or a table.
_WALK = re.compile(r"```bash\n(.*?)```\n(\n```text\n.*?```\n|\n(?:\|[^\n]*\n)+)?", re.DOTALL)
#: Commands that lead to where the others are run.
_THERE = re.compile(r"^(?:make |source |cd build).*\n", re.MULTILINE)


def lay_out(folder: Path) -> None:
    """Run as much of the demo as the walks need, and commit it, as `make demo` does."""
    demo.prepare(demo.DEMO, ROOT, folder)
    path = folder / "params.yaml"
    text = path.read_text(encoding="utf-8")
    for what, instead in LEFT_OUT.items():
        text, found = re.subn(what, instead, text, flags=re.MULTILINE)
        assert found, what
    path.write_text(text, encoding="utf-8")
    run(folder, "dvc", "repro")
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Run few classifiers")


def section(page: Path) -> str:
    """Return what stands below the heading."""
    text = page.read_text(encoding="utf-8")
    rank = PAGES[page].partition(" ")[0]
    return re.split(rf"^{rank} ", text.split(f"{PAGES[page]}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def walked(text: str, folder: Path) -> str:
    """Run all commands of a text in a folder, and return it with what is printed where it shows that."""

    def walk(block: re.Match[str]) -> str:
        *first, last = re.split(r"(?<!\\)\n", _THERE.sub("", block[1]).strip("\n"))
        run(folder, "bash", "-ec", "\n".join(first))
        printed = run(folder, "bash", "-ec", last)
        shown = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
        if not shown.startswith("|"):
            shown = f"```text\n{shown}\n```"
        return block[0] if block[2] is None else f"```bash\n{block[1]}```\n\n{shown}\n"

    return _WALK.sub(walk, text)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        lay_out(Path(place) / "demo")
        for page in PAGES:
            folder = shutil.copytree(Path(place) / "demo", Path(place) / page.stem, symlinks=True)
            shown = section(page)
            page.write_text(page.read_text(encoding="utf-8").replace(shown, walked(shown, folder)), encoding="utf-8")
            print(f"{page.relative_to(ROOT)}: shows what its commands print")


if __name__ == "__main__":
    main()
