from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.quality.code import code_in
from pytest_fmbench.quality.scorers import SCORERS
from pytest_fmbench.runs.qualities import sandbox as module
from pytest_fmbench.runs.qualities.sandbox import Sandbox, sandbox
from tests.support.answers import item, said

TESTS = "assert twice(3) == 6\nassert twice('a') == 'aa'"


@pytest.fixture(params=["bwrap", "unshare"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Each that this machine has."""
    found = Sandbox(request.param)
    if shutil.which(found.by) is None or not found.runs_to_its_end("pass", 10.0):
        pytest.skip(f"{found.by} is not there, or may not do it here")
    monkeypatch.setattr("pytest_fmbench.runs.qualities.passing.sandbox", lambda: found)
    return found


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def twice(x):\n    return x * 2", 1.0),
        ("Here it is:\n```python\ndef twice(x):\n    return x + x\n```\nIt adds.", 1.0),
        ("def twice(x):\n    return 2 * x + 0 * len(str(x)) if x == 3 else x", 0.0),
        ("def twice(x) return", 0.0),
        ("import sys\nsys.exit(0)", 0.0),  # ends, but not at its end
        ("import os\nos._exit(0)", 0.0),
        ("", 0.0),
    ],
)
def test_code_passes_its_tests_or_not(text: str, expected: float) -> None:
    assert SCORERS["passing"](said(text), item(tests=TESTS)).value == expected


def test_it_reaches_nothing(place: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    reads = f"open({str(secret)!r}).read()"
    asks = "import socket; socket.create_connection(('127.0.0.1', 22), 1)"
    writes = "open('/usr/fmbench-was-here', 'w').write('x')"
    ours = f"import os; assert os.path.exists({str(Path(__file__).parent)!r})"
    for code in (reads, asks, writes, ours):
        assert not place.runs_to_its_end(code, 10.0), code
    assert not Path("/usr/fmbench-was-here").exists()
    assert place.runs_to_its_end(
        "import os, math, json; open('own', 'w').write('x'); assert os.listdir('.') == ['own']", 10.0
    )
    assert place.runs_to_its_end("import os; assert len([p for p in os.listdir('/proc') if p.isdigit()]) < 8", 10.0)


def test_it_takes_no_more_than_it_may(place: Sandbox) -> None:
    assert not place.runs_to_its_end("while True:\n    pass", 1.0)
    assert not place.runs_to_its_end("import time\ntime.sleep(60)", 1.0)
    assert not place.runs_to_its_end(f"x = bytearray({4 * module.MEMORY_BYTES})", 10.0)
    assert not place.runs_to_its_end("open('much', 'wb').write(bytes(1 << 26))", 10.0)
    forks = "import os, time\nfor _ in range(500):\n    if os.fork() == 0:\n        time.sleep(30)\n"
    assert not place.runs_to_its_end(forks, 10.0)
    many = "for nth in range(40):\n    open(f'{where}/{nth}', 'wb').write(bytes(1 << 20))"
    for where in (".", "/dev/shm", "/var"):  # noqa: S108  # a folder in memory is memory too
        assert not place.runs_to_its_end(f"where = {where!r}\n{many}", 10.0), where


def test_what_it_started_dies_with_it(place: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # by which its processes are known from others
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nraise SystemExit(3)"
    assert not place.runs_to_its_end(code, 10.0)
    running = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path).encode() in _read(path)]
    assert running == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_without_one_code_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    sandbox.cache_clear()
    with pytest.raises(UsageError, match="this machine has none: bwrap is not there; unshare is not there"):
        SCORERS["passing"].see_that_it_can()  # type: ignore[attr-defined]  # of those that demand something
    sandbox.cache_clear()


@pytest.mark.parametrize(
    ("text", "code"),
    [("x = 1", "x = 1"), ("a\n```py\nx = 1\n```\nb\n```\ny\n```", "x = 1\n"), ("```\nx = 1", "x = 1")],
)
def test_code_is_what_stands_in_the_first_fence(text: str, code: str) -> None:
    assert code_in(text) == code
