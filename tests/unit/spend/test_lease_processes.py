"""Processes that write lease files at once, and that are killed while they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fmbench.model.lease import Resource
from pytest_fmbench.spend.leases import Leases
from tests.support.leases import PAID

ROOT = Path(__file__).parents[3]
WRITER = """
import sys
from pathlib import Path
from pytest_fmbench.model.lease import Resource
from pytest_fmbench.spend.leases import Leases
from tests.support.leases import PAID

book = Leases(Path(sys.argv[1]), sys.argv[2], "me@here")
[shared] = book.of_session("shared")
for nth in range(int(sys.argv[3])):
    book.note(shared, Resource("volume", f"{sys.argv[2]}-{nth}"))
    book.open(PAID, "ec2", {}, 1.0)
    print(nth, flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Leases(tmp_path, "shared", "me@here").open(PAID, "ec2", {}, 1.0)
    return tmp_path


def writer(folder: Path, session: str, times: int) -> subprocess.Popen[str]:
    run = (sys.executable, "-c", WRITER, str(folder), session, str(times))
    return subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().splitlines()


def test_what_two_processes_write_is_all_there(folder: Path) -> None:
    with writer(folder, "one", 15) as first, writer(folder, "two", 15) as second:
        assert [len(told(process)) for process in (first, second)] == [15, 15]
    book = Leases(folder, "three", "me@here")
    assert [len(book.of_session(name)) for name in ("one", "two")] == [15, 15]
    [shared] = book.of_session("shared")
    names = [f"{session}-{nth}" for session in ("one", "two") for nth in range(15)]
    assert sorted(resource.name for resource in shared.resources) == sorted(names)
    assert book.unreadable() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_one_that_is_killed_while_it_writes_loses_nothing_that_it_wrote(folder: Path) -> None:
    book = Leases(folder, "after", "me@here")
    for nth, lines in enumerate((1, 7, 20)):
        session = f"killed-{nth}"
        with writer(folder, session, 1_000_000) as process:
            assert process.stdout is not None
            seen = [process.stdout.readline() for _ in range(lines)]
            process.kill()
            seen += told(process)
        written = len([line for line in seen if line.strip().isdigit()])
        [shared] = book.of_session("shared")
        noted = [one for one in shared.resources if one.name.startswith(session)]
        assert written <= len(noted) <= written + 2
        assert written <= len(book.of_session(session)) <= written + 2
        assert book.unreadable() == ()
        book.note(shared, Resource("volume", f"after-{nth}"))  # no lock is left behind
