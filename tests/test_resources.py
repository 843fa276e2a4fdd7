"""What cannot be had of disk and memory is refused before a step starts, with what to do."""

import pytest

from mnist_transfer import resources, study
from mnist_transfer.errors import InputError
from tests.commands import ROOT

STUDY = study.load(ROOT / "params.yaml")


def test_a_pass_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    resources.check_pass(STUDY, "mnist", "vgg16", [48, 16])
    entry = STUDY.dataset("mnist")
    images = entry.train + entry.test
    size = f"{images * 64 * 4 / 1e6:,.1f} MB"
    assert capsys.readouterr().err == f"mnist → vgg16: {images:,} images, 64 features each, {size}\n"


def test_a_pass_that_no_disk_holds_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"^features of mnist from vgg16 take [\d,.]+ GB of disk .* are free; free some, or in "
    ):
        resources.check_pass(STUDY, "mnist", "vgg16", [10**9])


def test_features_that_no_memory_holds_are_refused() -> None:
    with pytest.raises(InputError, match=r"^the features mnist vgg16/block1 take 3,000.0 GB of memory .* use fewer images"):
        resources.check_memory("mnist vgg16/block1", 10**12)
    resources.check_memory("mnist vgg16/block5", 10**6)
