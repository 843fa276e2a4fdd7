"""What git gives whoever clones the repository: the same bytes everywhere, and no marks of a conflict in what is computed."""

from pathlib import Path

import pytest

from mnist_transfer import git
from mnist_transfer.errors import InputError
from tests.commands import copy_tracked, files_in

OURS = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgSign=false")


def test_a_clone_has_the_same_bytes_whatever_autocrlf_is_and_a_merge_no_marks_in_what_is_computed(tmp_path: Path) -> None:
    committed, clone = tmp_path / "repository", tmp_path / "clone"
    copy_tracked(committed)
    git.run("add", "--all", "--force", folder=committed)
    git.run(*OURS, "commit", "--quiet", "--message", "All", folder=committed)
    git.run("clone", "--quiet", "--config", "core.autocrlf=true", str(committed), "clone", folder=tmp_path)
    ours, theirs = (
        {name: content for name, content in files_in(folder).items() if not name.startswith(".git/")}
        for folder in (committed, clone)
    )
    assert len(ours) > 300
    assert theirs == ours
    git.run("branch", "theirs", folder=clone)
    for branch in ("theirs", "-"):
        git.run("checkout", "--quiet", branch, folder=clone)
        for name in ("dvc.lock", "results/metrics.json"):
            (clone / name).write_text(last := f'{{"of": "{branch}"}}\n')
        git.run("add", "--all", folder=clone)
        git.run(*OURS, "commit", "--quiet", "--message", branch, folder=clone)
    with pytest.raises(InputError, match="git in"):
        git.run(*OURS, "merge", "theirs", folder=clone)
    assert (clone / "dvc.lock").read_text() == (clone / "results/metrics.json").read_text() == last
    assert git.run("diff", "--name-only", "--diff-filter=U", folder=clone).split() == ["dvc.lock", "results/metrics.json"]
