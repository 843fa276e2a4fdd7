"""What a command reads is empty, cut in half, a web page, or a sound file of another kind."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.faults import study
from tests.faults.study import RECIPE, Case, Command, Finished, Outcome

NAME = "What a command reads is damaged or of another kind"
#: Which file is spoilt, and the command that then reads it.
READERS: list[tuple[str, Command]] = [
    ("data/digits/train-images-idx3-ubyte", ("split", "digits")),
    ("data/digits/train-labels-idx1-ubyte", ("split", "digits")),
    ("splits/digits/train_index.npy", ("features", "digits", "pixels")),
    ("splits/digits/train_labels.npy", ("classify", "digits", "pixels/all", "lda")),
    ("features/digits/pixels/all/train.npy", ("project", "digits", "pixels/all")),
    ("features/digits/pixels/all/test.npy", ("classify", "digits", "pixels/all", "knn")),
    ("weights/small.safetensors", ("features", "digits", "small")),
    ("weights/small.json", ("collect",)),
    ("projections/digits/pixels/all.npz", ("collect",)),
    ("classifiers/digits/pixels/all/lda/metrics.json", ("collect",)),
    ("classifiers/digits/pixels/all/lda/timing.json", ("collect",)),
    ("classifiers/digits/pixels/all/lda/predictions.npy", ("collect",)),
    (f"replication/replay/digits/{RECIPE}/accuracies.json", ("recipes",)),
    (f"replication/replay/digits/{RECIPE}/projection.npz", ("recipes",)),
    ("results/tables/accuracy.csv", ("metrics",)),
    ("results/difficulty/one_pixel/digits/pixels/all.csv", ("metrics",)),
    ("results/tables/confusion.csv", ("claims", "--write")),
    ("results/provenance.json", ("plot",)),
    ("results/images/points-digits.webp", ("report", "--draft")),
]
#: A sound file of each format with other content than what any command reads.
_FOREIGN = {
    ".npy": "classifiers/digits/pixels/all/lda/predictions.npy",
    ".npz": "results/images/samples.npz",
    ".json": "results/difficulty.json",
    ".csv": "results/tables/layers.csv",
    ".safetensors": "weights/pixels.safetensors",
    ".webp": "results/images/confused-digits.webp",
    "": "data/digits/t10k-labels-idx1-ubyte",
}
#: From the undisturbed workspace and the file's name there: what stands in the file's place.
DAMAGE: dict[str, Callable[[Path, str], bytes]] = {
    "empty": lambda folder, name: b"",
    "cut in half": lambda folder, name: (folder / name).read_bytes()[: (folder / name).stat().st_size // 2],
    "a web page": lambda folder, name: b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n",
    "of another kind": lambda folder, name: (folder / _FOREIGN[Path(name).suffix]).read_bytes(),
}


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield every damage of every file whose reader is there."""
    for number, (name, command) in enumerate(READERS):
        for damage in DAMAGE if command in finished.outputs else ():
            if not (finished.folder / _FOREIGN[Path(name).suffix]).is_file() and damage == "of another kind":
                continue
            target = folder / f"artifact-{number}-{damage.replace(' ', '-')}"
            yield partial(_spoil, finished, name, command, damage, target)


def _spoil(finished: Finished, name: str, command: Command, damage: str, folder: Path) -> Outcome:
    finished.before(command, folder)
    (folder / name).unlink()  # not what it is linked to
    (folder / name).write_bytes(DAMAGE[damage](finished.folder, name))
    result = study.call(command, folder)
    problem = study.refused(result) if result.returncode else ""
    if not result.returncode and (difference := finished.difference(command, folder)):
        problem = f"it was used, and {difference}"
    shutil.rmtree(folder)
    return Outcome(f"{' '.join(command)}, {name} {damage}", problem)
