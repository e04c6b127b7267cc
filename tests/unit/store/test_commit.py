from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_fmbench.store.commit import commit_of


def git(folder: Path, *arguments: str) -> str:
    said = ("-c", "user.name=n", "-c", "user.email=e@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(("git", "-C", folder, *said, *arguments), check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_it_is_known_by_its_hash(repository: Path) -> None:
    found = commit_of(repository)
    assert found is not None
    assert (found["id"], found["branch"], found["dirty"]) == (git(repository, "rev-parse", "HEAD"), "trunk", False)


def test_what_has_changed_makes_it_another(repository: Path) -> None:
    (repository / "a").write_text("2")
    found = commit_of(repository)
    assert found is not None
    assert found["dirty"] is True


def test_without_a_repository_there_is_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None


def test_without_a_commit_there_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) is None


def test_without_git_there_is_none(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert commit_of(repository) is None
