"""Hold the report's pages to their claims before they are rendered."""

import os
import re
from pathlib import Path

from mnist_transfer import files, paths, yaml
from mnist_transfer.claims import verdicts
from mnist_transfer.claims.claim import CHECKS
from mnist_transfer.errors import InputError
from mnist_transfer.results.read import Results
from mnist_transfer.tables import REMEDY
from mnist_transfer.wording import counted, listed

#: Set, a page is rendered whose claims do not all hold; these are struck through.
DRAFT = "MNIST_TRANSFER_DRAFT"
#: What closes a claim, and the name of its check in it.
_CLOSING = re.compile(r"\]\{\.claim(?: check=([\w-]+))?\}")


def read_source(path: Path) -> str:
    """Read one of the report's sources; one that is missing or no text is an `InputError`."""
    return files.read_text(path, f"`git checkout {path}` restores it")


def pages(source: Path) -> list[Path]:
    """Return the pages that ``_quarto.yml`` in the report's folder says to render; no such list is an `InputError`."""
    path = source / "_quarto.yml"
    text = read_source(path)
    try:
        names = yaml.load(text)["project"]["render"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} has no list of pages under project.render ({error}); correct it") from None
    return [source / str(name) for name in names]


def spans(text: str) -> dict[str, str]:
    """Return what stands in each claim of a page, by the name of its check; one without a check is an `InputError`."""
    found: dict[str, str] = {}
    for closing in _CLOSING.finditer(text):
        start, depth = closing.start(), 1
        while depth and start:
            start -= 1
            depth += {"]": 1, "[": -1}.get(text[start], 0)
        sentence = " ".join(text[start + 1 : closing.start()].split())
        if closing[1] is None:
            raise InputError(f"the claim {sentence!r} names no check; write it as {{.claim check=name}}")
        if closing[1] not in CHECKS:
            raise InputError(f"the claim {sentence!r} names the check {closing[1]!r}; there are {', '.join(CHECKS)}")
        found.setdefault(closing[1], sentence)
    return found


def hold(source: Path, results: Results) -> None:
    """Hold the report's pages to their claims, but for a draft: where the variable `DRAFT` of the environment is set.

    Raises
    ------
    InputError
        A claim fails or cannot be checked on these results, has no check, or ``results/evidence.json`` is of other results. Of
        several that fail it has the first one's sentence and evidence.
    """
    claimed = {name: sentence for page in pages(source) for name, sentence in spans(read_source(page)).items()}
    if not claimed:
        return
    found = verdicts.records(results)
    if files.read_json(paths.EVIDENCE, REMEDY) != found:
        raise InputError(f"{paths.EVIDENCE} is not what the checks say of results/; run `dvc repro results`")
    false, unknown = ([name for name in claimed if found[name]["holds"] is verdict] for verdict in (False, None))
    if os.environ.get(DRAFT) or not (false or unknown):
        return
    name = [*false, *unknown][0]
    counts = [f"{what} {len(names)}" for names, what in ((false, "false here:"), (unknown, "beyond this study:")) if names]
    told = f"the report says {claimed[name]!r}, but {found[name]['evidence']} (check {name})"
    all_told = f"of {counted(len(claimed), 'checked sentence')}, {listed(counts)} (`mnist-transfer claims` has them all)"
    former = f"; {source}/_site still has the former page" if (source / "_site").exists() else ""
    raise InputError(f"{told}; {all_told}{former}; correct them, or render a draft: mnist-transfer report --draft")
