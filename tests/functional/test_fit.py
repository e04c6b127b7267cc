"""What can never be is told while collecting; ``fmbench fit`` shows the arithmetic."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from tests.support.gguf import gguf
from tests.support.models import CONFIGS
from tests.unit.fit.test_gguf import SMOLLM2

Output = pytest.CaptureFixture[str]

PLACES = """
from pytest_fmbench import catalog
from pytest_fmbench.model.registry import Registry

class Place:
    name, shares_this_machine = "ec2", False
    def __init__(self, surroundings): ...
    def check(self, deployment): ...
    def usd_per_hour(self, deployment): return 1.0

catalog.PLATFORMS = Registry("platform", {"ec2": "conftest:Place", "local": "pytest_fmbench.platforms.local:Local"})
"""

MATRIX = """
import pytest
from pytest_fmbench import Deployment, chat, closed

MATRIX = [
    Deployment("llama", stack, f"ec2:{instance}", quantization, options={"context": 8192})
    for stack in ("vllm", "vllm_cpu", "llamacpp")
    for instance in ("g4dn.xlarge", "g5.xlarge", "g6.xlarge", "c7i.16xlarge")
    for quantization in ("fp8", "awq", "bf16")
    if (stack == "vllm") == (instance[0] == "g")
]

@pytest.mark.parametrize("load", [closed(1), closed(4)], ids=str)
@pytest.mark.deployments(*MATRIX)
def test_matrix(fmbench, deployment, load):
    fmbench(deployment, chat(8), load)

class TestMore:
    @pytest.mark.deployments(Deployment("llama", "vllm", "ec2:g6.xlarge"))
    def test_whole(self, fmbench, deployment): ...

@pytest.mark.deployments(Deployment("llama", "vllm", "ec2:g6.xlarge?az=a", options={"context": 8192}))
def test_right(fmbench, deployment):
    fmbench(deployment, chat(8), closed(1))
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Cases against an 8B Llama whose configuration is at hand, on instances that a toy platform lends."""
    pytester.makeconftest(PLACES)
    pytester.makepyfile(test_matrix=MATRIX)
    folder = pytester.mkdir("llama")
    (folder / "config.json").write_text(json.dumps(CONFIGS["Llama-3.1-8B"]))
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))  # where the registry imports the toy from
    return pytester


def test_all_impossible_pairs_of_a_matrix_are_told_at_once(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--collect-only", "-q", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    text = result.stdout.str()
    lines = (line for line in text.splitlines() if line.startswith("test_matrix.py::") and ": llama-" in line)
    told = [*dict.fromkeys(lines)]  # CI has them once more, at the end
    wrong = [line.partition(": llama-")[2].split()[0] for line in told]
    assert wrong == [
        "fp8+vllm,context=8192+ec2_g4dn.xlarge:",
        "bf16+vllm,context=8192+ec2_g4dn.xlarge:",
        "fp8+vllm,context=8192+ec2_g5.xlarge:",
        "fp8+vllm_cpu,context=8192+ec2_c7i.16xlarge:",
        "fp8+llamacpp,context=8192+ec2_c7i.16xlarge:",
        "awq+llamacpp,context=8192+ec2_c7i.16xlarge:",
    ]
    assert all("(and 1 more): " in line for line in told), "both loads of a deployment are one mistake"
    assert "T4 (compute capability 7.5) does not compute bf16, which takes compute capability 8.0" in text
    assert "llamacpp cannot serve weights kept as awq" in text
    assert "::TestMore::test_whole[llama+vllm+ec2_g6.xlarge]: llama+vllm+ec2_g6.xlarge: too large for" in text
    assert "The smallest listed that fits is g6e.xlarge (1 x L40S)" in text
    assert "test_matrix.py::test_right[llama+vllm,context=8192+ec2_g6.xlarge_az=a]" in text.splitlines(), "can be"
    assert "Traceback" not in text


def test_nothing_is_started_by_workers_either(suite: pytest.Pytester) -> None:
    """The toy platform cannot start anything: what reaches it breaks."""
    result = suite.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "too large for g6.xlarge" in result.stdout.str()
    assert "has no attribute" not in result.stdout.str()


def test_a_plan_says_how_each_deployment_fits(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_matrix=MATRIX.partition("@pytest.mark.parametrize")[0] + MATRIX[MATRIX.rindex("@") :])
    suite.makepyfile(
        test_unknown="""
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(Deployment("not/here", "vllm", "ec2:g6.xlarge"))
def test_unknown(fmbench, deployment):
    fmbench(deployment, chat(8), closed(1))
"""
    )
    result = suite.runpytest_subprocess("--fmbench-plan", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "memory of llama+vllm,context=8192+ec2_g6.xlarge_az=a: g6.xlarge (1 x L4): fits; 4.27 GiB are left; *",
            "memory of here+vllm+ec2_g6.xlarge: not checked: no config.json or GGUF file of not/here is at hand, and *",
        ],
        consecutive=True,
    )


@pytest.fixture
def llama(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "config.json").write_text(json.dumps(CONFIGS["Llama-3.1-8B"]))
    return str(tmp_path)


def test_what_a_model_takes_of_an_instance(llama: str, capsys: Output) -> None:
    assert main(["fit", llama, "--instance", "ml.g6.xlarge", "--context", "8192", "--concurrency", "2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{llama}: llama, 8,030,261,248 parameters, made for 131,072 tokens",
        "g6.xlarge (1 x L4): fits; 3.27 GiB are left; 5 requests of 8,192 tokens at once, at most",
        "  weights        14.96 GiB  8,030,261,248 parameters as bf16 (16 bits)",
        "  KV cache        2.00 GiB  131,072 bytes a token, 2 requests of 8,192 tokens",
        "  activations     0.14 GiB  at least, with 2,048 tokens in a step",
        "  runtime         0.20 GiB  the least that it was seen to take",
        "  needed         17.29 GiB",
        "  there is       20.56 GiB  92% of 22.35 GiB of each L4",
    ]


def test_an_instance_that_is_too_small_is_no_success(llama: str, capsys: Output) -> None:
    assert main(["fit", llama, "--instance", "g6.xlarge"]) == 1
    assert "g6.xlarge (1 x L4): does not fit, for want of 10.73 GiB" in capsys.readouterr().out
    assert main(["fit", llama, "--quantization", "fp32", "--context", "99999999"]) == 1
    out = capsys.readouterr().out
    assert "does not fit, for want of" in out
    assert out.endswith("no instance of the table has the room\n")


def test_without_an_instance_all_are_looked_through(llama: str, capsys: Output) -> None:
    assert main(["fit", llama, "--quantization", "fp8"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("inf2.xlarge (1 x Inferentia2) with tensor_parallel=2: fits; ")
    assert lines[1].endswith("; 1 request of 131,072 tokens at once, at most")
    at = lines.index("instances that it fits, smallest memory first:")
    first = [line.split()[0] for line in lines[at + 1 : at + 13]]
    assert first[:3] == ["inf2.xlarge", "g7.2xlarge", "trn1.2xlarge"]
    assert "g6e.xlarge" in first
    assert lines[-1].strip().startswith("and ")
    assert main(["fit", llama, "--instance", "g6.12xlarge"]) == 0
    assert "g6.12xlarge (4 x L4) with tensor_parallel=2: fits" in capsys.readouterr().out


def test_a_file_is_served_by_processors(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(SMOLLM2))
    assert main(["fit", str(path), "--concurrency", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}: llama, a file of {path.stat().st_size:,} bytes, made for 8,192 tokens"
    assert lines[1].startswith("c7a.medium (1 vCPU, x86_64): fits; ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{llama}", "--instance", "g6.xlarg"], "unknown instance type 'g6.xlarg', did you mean 'g6.xlarge'?"),
        (["{llama}", "--quantization", "fp9"], "unknown precision 'fp9'"),
        (["{llama}", "--instance", "g5.xlarge", "--quantization", "fp8", "--context", "9"], "g5.xlarge: A10G (compute"),
        (["{llama}", "--context", "-1"], "--context -1: it counts from 1"),
        (["{llama}", "--memory-share", "2"], "--memory-share 2: give a number above 0 and up to 1"),
        (["not/here"], "model 'not/here': no config.json or GGUF file of it is on this machine"),
    ],
)
def test_mistakes_are_told(llama: str, arguments: list[str], told: str, capsys: Output) -> None:
    assert main(["fit", *(one.format(llama=llama) for one in arguments)]) == 2
    assert told in capsys.readouterr().err


def shown_in_the_docs() -> list[tuple[str, str]]:
    page = Path(__file__).parents[2] / "docs" / "fit.md"
    return re.findall(r"^```\n\$ fmbench (fit .*)\n((?:.*\n)*?)```", page.read_text("utf-8"), re.MULTILINE)


def test_the_docs_show_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    folder = tmp_path / "llama-3.1-8b"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIGS["Llama-3.1-8B"]))
    monkeypatch.chdir(tmp_path)
    found = shown_in_the_docs()
    assert len(found) == 2
    for command, printed in found:
        assert main(command.split()) == 0
        assert capsys.readouterr().out == printed
