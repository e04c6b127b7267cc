"""The ``fmbench`` command, whatever it is asked to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from pytest_fmbench.cli import COMMANDS, main

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("arguments", [[], ["reprot"], ["report", "--markdwon", "x"]])
def test_a_mistake_shows_what_there_is(arguments: list[str], capsys: Output) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("fmbench: ")
    assert "\nusage: fmbench [-h] [--version] COMMAND ...\n" in told
    assert "--markdwon" in told or all(command.name in told for command in COMMANDS)


def test_without_a_command_it_says_what_each_does(capsys: Output) -> None:
    main([])
    assert re.search(r"report +compute a session's numbers", capsys.readouterr().err)


def test_it_says_which_version_it_is(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pytest-fmbench {version('pytest-fmbench')}\n"


def test_help_says_what_each_command_does(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert re.search(r"report +compute a session's numbers", capsys.readouterr().out)


def test_whoever_has_read_enough_sees_no_traceback() -> None:
    command = [sys.executable, "-m", "pytest_fmbench.cli", "stacks", "vllm"]
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as nobody:  # noqa: PTH123  # a descriptor
        ended = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_starting_costs_nothing() -> None:
    heavy = {"numpy", "pyarrow", "httpx", "pytest"}
    code = f"import sys, pytest_fmbench.cli as cli; cli._parser(); print(*sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"
