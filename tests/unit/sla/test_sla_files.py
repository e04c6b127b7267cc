"""SLAs in a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.catalog import PROMISED
from pytest_fmbench.errors import UsageError
from pytest_fmbench.sla.files import Promised, read_promises

FILE = """
[interactive]
cases = ["test_chat*"]
objectives = ["ttft.p95 < 500ms", "error_rate <= 0%"]

[all]
objectives = ["error_rate < 5%"]
"""


def read(tmp_path: Path, text: str) -> tuple[Promised, ...]:
    path = tmp_path / "sla.toml"
    path.write_text(text, "utf-8")
    return read_promises(path, PROMISED)


def test_each_table_is_an_sla(tmp_path: Path) -> None:
    interactive, every = read(tmp_path, FILE)
    assert interactive == Promised(("ttft.p95 < 500ms", "error_rate <= 0%"), ("test_chat*",), "interactive")
    assert (every.name, every.cases) == ("all", ("*",))


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("test_chat", True),
        ("test_chat*", True),
        ("test_chat[m+s-closed:4]", True),
        ("*closed:4]", True),
        ("*closed:?]", True),
        ("bench/test_a.py::*", True),
        ("test_chat[m+s-closed:1]", False),
        ("chat", False),
        ("test_cha", False),
        ("test.chat", False),
    ],
)
def test_a_pattern_fits_any_name_of_a_case_whole(pattern: str, fits: bool) -> None:
    names = ("test_chat", "test_chat[m+s-closed:4]", "bench/test_a.py::test_chat[m+s-closed:4]")
    assert Promised((), (pattern,)).is_about(names) == fits


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no SLA in it"),
        ("[a", "sla.toml: "),
        ("[a]\nobjectives = []", r"\[a\] needs one of each at least"),
        ("[a]\ncases = []\nobjectives = ['ttft.p95 < 1s']", r"\[a\] needs one of each at least"),
        ("[a]\ncases = ['x']", "required field `objectives`"),
        ("[a]\nobjective = ['ttft.p95 < 1s']", "unknown field `objective`"),
        ("[a]\nobjectives = 'ttft.p95 < 1s'", "Expected `array`, got `str`"),
        ("[a]\nobjectives = ['ttfft.p95 < 1s']", r"\[a\]: unknown metric 'ttfft', did you mean 'ttft'"),
        ("objectives = ['ttft.p95 < 1s']", "Expected `object`, got `array`"),
    ],
)
def test_mistakes_name_the_file_and_the_way_out(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"--fmbench-sla {tmp_path / 'sla.toml'}: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.toml: No such file or directory; it holds tables such as"):
        read_promises(tmp_path / "no.toml", PROMISED)


def test_bytes_that_are_no_text_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "sla.toml").write_bytes(b"\xff\xfe[a]")
    with pytest.raises(UsageError, match="--fmbench-sla"):
        read_promises(tmp_path / "sla.toml", PROMISED)
