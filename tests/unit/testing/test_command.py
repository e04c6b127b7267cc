from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from pytest_fmbench.testing.__main__ import main
from tests.unit.testing.talk import post


def test_it_serves_until_interrupted() -> None:
    # whoever starts the tests in the background may have us, and so it, ignore an interrupt
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    heeding += "from runpy import run_module; run_module('pytest_fmbench.testing', run_name='__main__')"
    command = [sys.executable, "-c", heeding, "--shape", "tgi", "--itl", "0.001", "--tokens", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        said = post(int(url.rpartition(":")[2]), "/generate_stream", inputs="x")
        served.send_signal(signal.SIGINT)
        report = served.stdout.read()
    assert said.body.count(b"data:") == 3
    assert "3 token writes, late by p50" in report
    assert served.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--shape", "openai"], "unknown shape 'openai', did you mean 'openai-chat'? Known: bedrock, ollama"),
        (["--ttft", "gauss:1,2"], "unknown distribution 'gauss'. Known: constant, exponential"),
        (["--itl", "x"], "'x' is no distribution"),
        (["--port", "x"], "invalid int value: 'x'"),
        (["--nothing"], "unrecognized arguments: --nothing"),
    ],
)
def test_what_makes_no_sense_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert told in capsys.readouterr().err


def test_help_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "openai-chat, openai-completions, tgi, triton, ollama, sagemaker, bedrock" in told
    assert "normal:0.1,0.01" in told
