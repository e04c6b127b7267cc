"""``fmbench doctor``."""

from __future__ import annotations

import re
from array import array

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.runs.doctor import stamp_errors_s
from pytest_fmbench.testing import Truth

Output = pytest.CaptureFixture[str]


@pytest.mark.lasting
def test_it_tells_how_many_streams_are_timed_truly(capsys: Output) -> None:
    assert main(["doctor", "--streams", "4", "--most", "7", "--seconds", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["neighbour", "streams"]
    rows = [line for line in lines if re.match(r" +(none|busy loop) +\d+ ", line)]
    assert [int(re.findall(r"\d+", row)[0]) for row in rows] == [4, 4]
    assert lines[-2].startswith("alone: ")
    assert lines[-1].startswith("beside a busy loop: ")


@pytest.mark.parametrize("streams", ["0", "9"])
def test_no_streams_or_more_than_the_most_is_a_mistake(streams: str, capsys: Output) -> None:
    assert main(["doctor", "--streams", streams, "--most", "8"]) == 2
    assert f"--streams {streams} --most 8" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["1", "0", "nan"])
def test_a_window_shorter_than_a_reply_is_a_mistake(seconds: str, capsys: Output) -> None:
    assert main(["doctor", "--seconds", seconds]) == 2
    assert "give 2 or more" in capsys.readouterr().err


def test_a_stamp_is_right_within_the_write_and_off_by_its_distance_outside() -> None:
    begin, end = array("q", (100, 200, 300)), array("q", (110, 210, 310))
    truth = Truth("r", 0, begin, begin, end, array("q", (1, 1, 1)), complete=True)
    assert stamp_errors_s([105, 190, 330], truth).tolist() == [0.0, 10e-9, 20e-9]
