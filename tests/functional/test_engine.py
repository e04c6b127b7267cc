"""``--fmbench-engine`` and ``--fmbench-workers``: where load is generated, and by how many."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import MockServer
from tests.support.processes import alive, eventually

Case = Callable[..., pytest.RunResult]
PROC = pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")


def workers_of(folder: Path) -> set[int]:
    (table,) = folder.glob("fmbench-out/*/cases/*/requests.parquet")
    requests = read_measurement(table).window_requests
    assert requests.num_rows == 40
    return set(requests["worker"].to_pylist())


@pytest.mark.parametrize(
    ("options", "workers"),
    [
        (("--fmbench-engine", "processes"), {0}),
        (("--fmbench-engine", "processes", "--fmbench-workers", "2"), {0, 1}),
        (("--fmbench-engine", "processes", "--fmbench-workers", "3"), {0, 1}),  # the case has two users
        (("--fmbench-engine", "inprocess"), {0}),
        (("--fmbench-engine", "inprocess", "-n", "2"), {0}),
    ],
    ids=["default", "two", "three", "inprocess", "inprocess-xdist"],
)
def test_every_engine_measures_the_same(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...], workers: set[int]
) -> None:
    result = run_case(*options, sla=("error_rate <= 0%",), body="assert run.output_tokens.mean == 4")
    result.assert_outcomes(passed=1)
    assert workers_of(pytester.path) == workers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fmbench-engine", "ray"), "*--fmbench-engine: invalid choice: 'ray' (choose from *inprocess*, *processes*"),
        (("--fmbench-workers", "0"), "*--fmbench-workers '0': give a whole number from 1"),
        (("--fmbench-workers", "two"), "*--fmbench-workers 'two': give a whole number from 1"),
        (
            ("--fmbench-engine", "inprocess", "--fmbench-workers", "2"),
            "*--fmbench-workers 2: the engine inprocess has one; --fmbench-engine processes has more",
        ),
    ],
)
def test_an_engine_that_is_none_is_a_usage_error(run_case: Case, options: tuple[str, ...], message: str) -> None:
    result = run_case(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


class Session:
    """A session with two load workers that would measure for ten minutes."""

    def __init__(self, folder: Path, url: str) -> None:
        case = folder / "test_long.py"
        case.write_text(
            "import pytest\n"
            "from pytest_fmbench import chat, closed\n\n"
            "@pytest.mark.sla('error_rate <= 0%')\n"
            "def test_long(fmbench, deployment):\n"
            "    fmbench(deployment, chat(4), closed(2), warmup=0, duration=600)\n"
        )
        target = ("--fmbench-url", f"{url}/v1", "--fmbench-model", "m", "--fmbench-workers", "2")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *target, "--junitxml=junit.xml"]
        self.folder = folder
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)

    def spools(self) -> list[Path]:
        return sorted(self.folder.glob("fmbench-out/*/cases/*/spool*"))

    def measures(self) -> bool:
        return len(self.spools()) == 2 and all(any(read_spool(spool)) for spool in self.spools())

    def children(self) -> dict[int, str]:
        """Processes of the run, and the file of its case folder that each holds open."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                status = (process / "status").read_text()
                files = [file.readlink() for file in (process / "fd").iterdir()]
            except OSError:
                continue  # it ended while we looked
            if re.search(rf"^PPid:\t{self.process.pid}$", status, re.MULTILINE):
                held = [file.name for file in files if "cases" in file.parts]
                found[int(process.name)] = " ".join(sorted(held))
        return found


@pytest.fixture
def session(tmp_path: Path, mock: MockServer) -> Iterator[Session]:
    with (running := Session(tmp_path, mock.url)).process:
        try:
            assert eventually(running.measures)
            yield running
        finally:
            running.process.kill()


@PROC
@pytest.mark.parametrize(
    ("held", "name"), [("spool.1", "load process 2 of 2"), ("spool spool.1", "decoder")], ids=["load", "decoder"]
)
def test_a_process_that_is_killed_makes_the_run_an_error_never_a_shorter_one(
    session: Session, capsys: pytest.CaptureFixture[str], held: str, name: str
) -> None:
    children = session.children()
    assert sorted(children.values()) == ["spool", "spool spool.1", "spool.1"]
    os.kill(next(pid for pid, files in children.items() if files == held), signal.SIGKILL)
    output, _ = session.process.communicate(timeout=60)
    assert session.process.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"the {name} ended with status -9" in output
    assert "1 error" in output
    assert "<error" in (session.folder / "junit.xml").read_text()
    assert not any(map(alive, children))
    kept = sum(one.recording.end == "complete" for spool in session.spools() for one in read_spool(spool))
    assert main(["report", str(session.folder / "fmbench-out")]) == 1
    assert f"interrupted: {kept} requests complete" in capsys.readouterr().out


@PROC
def test_all_of_a_run_is_gone_when_pytest_is_killed(session: Session) -> None:
    children = session.children()
    assert len(children) == 3
    session.process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(map(alive, children)))
