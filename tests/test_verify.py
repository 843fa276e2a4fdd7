"""Whether the stages give recorded bytes, for a small study on embedded images and, where they can be had, for the real one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mnist_transfer import numerics, paths
from mnist_transfer.data.sources import MIRROR_VARIABLE
from mnist_transfer.verify import show
from tests.commands import ROOT, assert_refused, files_in, run, run_here
from tests.test_pipeline import change, lay_out

#: Seconds that a run may take on a busy machine.
LONGEST = 600


def verdicts(output: str) -> dict[str, str]:
    """Read which verdict is printed of each group of files."""
    return {line.split()[0]: line.split()[1] for line in output.splitlines()}


def test_what_is_recorded_and_what_came_out_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    recorded = {"splits/a.npz": "1", "classifiers/a/b/c/d/e.npy": "2", "classifiers/a/b/c/f/e.npy": "3", "replay/a.json": "4"}
    assert show(recorded, recorded | {"a/classifier/of/ones/own.npy": "6"})
    assert set(verdicts(capsys.readouterr().out).values()) == {"same"}
    found = {"splits/a.npz": "1", "classifiers/a/b/c/d/e.npy": "2", "classifiers/a/b/c/f/e.npy": "0"}
    assert not show(recorded, found)
    printed = capsys.readouterr()
    assert verdicts(printed.out) == {"splits": "same", "classifiers/a/b/c": "differs", "replay": "missing"}
    assert "1 of 2 files, first classifiers/a/b/c/f/e.npy" in printed.out
    assert printed.err.startswith("2 of 4 files are not those of the committed run, first classifiers/a/b/c/f/e.npy\nproc")


def test_without_data_or_digests_it_says_what_to_run(tmp_path: Path) -> None:
    for name in (paths.PARAMS, "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    before = files_in(tmp_path)
    assert_refused(run_here("verify", folder=tmp_path), "results/digests.json is missing; ")
    assert_refused(run_here("verify", "--update", folder=tmp_path), "is missing; run `mnist-transfer fetch")
    assert files_in(tmp_path) == before


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes_but_for_a_changed_one_which_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    lay_out(folder)
    change(folder, lambda parameters: parameters["study"].update(datasets=["digits"]))
    result = run("verify", "--update", folder=folder, seconds=LONGEST)
    assert result.returncode == 0, result.stderr
    digests = json.loads((folder / paths.DIGESTS).read_text())
    name = "features/digits/vgg16-random/block3.npz"
    digests[name] = f"{(int(digests[name][0], 16) + 1) % 16:x}{digests[name][1:]}"
    (folder / paths.DIGESTS).write_text(json.dumps(digests))
    before = files_in(folder)
    result = run("verify", folder=folder, seconds=LONGEST)
    assert result.returncode == 1, result.stderr
    found = verdicts(result.stdout)
    assert {group for group, verdict in found.items() if verdict != "same"} == {"features/digits/vgg16-random"}
    assert {group.split("/")[0] for group in found} >= {path.split("/")[0] for path in digests}
    assert f"1 of {len(digests)} files are not those of the committed run, first {name}\n" in result.stderr
    assert files_in(folder) == before


@pytest.mark.slow
@pytest.mark.skipif(MIRROR_VARIABLE not in os.environ, reason="needs the datasets: set MNIST_TRANSFER_MIRROR")
@pytest.mark.skipif(bool(numerics.departures), reason=f"this machine computes otherwise: {', '.join(numerics.departures)}")
def test_this_machine_gives_the_committed_bytes(tmp_path: Path) -> None:
    for name in (paths.PARAMS, Path("dvc.yaml"), paths.DIGESTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    assert run("fetch", folder=tmp_path, seconds=LONGEST).returncode == 0
    result = run("verify", folder=tmp_path, seconds=LONGEST)
    assert result.returncode == 0, result.stdout + result.stderr
