"""The suite's own cases on AWS, which here is its stand-in with a real engine behind it, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("boto3", reason="needs pytest-fmbench[aws]")
pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")
pytestmark = pytest.mark.lasting

ROOT = Path(__file__).parents[2]
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs")
CASES = ("benchmarks/", "-k", "ec2 or sagemaker or bedrock")
PLACES = ("ec2_g5.xlarge", "sagemaker_ml.g5.xlarge", "bedrock_us_east_1")


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the project's folder, whose files go to ``folder``."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    environment = theirs | {"XDG_STATE_HOME": str(folder / "state")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_they_are_measured_reported_and_gone(tmp_path: Path) -> None:
    out, allure, junit = tmp_path / "out", tmp_path / "allure", tmp_path / "junit.xml"
    stand_in = (sys.executable, "-m", "tests.support.aws")
    reports = ("--fmbench-output", str(out), f"--alluredir={allure}", f"--junitxml={junit}")
    done = ran(tmp_path, *stand_in, *PYTEST, *CASES, "--fmbench-budget", "5", "--fmbench-duration", "15s", *reports)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    cases = [*ET.parse(junit).getroot().iter("testcase")]  # noqa: S314  # written by us a moment ago
    assert [sum(place in case.attrib["name"] for case in cases) for place in PLACES] == [1, 1, 1]
    told = {one.attrib["name"]: one.attrib["value"] for case in cases for one in case.iter("property")}
    assert any("ttft" in name for name in told), told
    results = [json.loads(path.read_text("utf-8")) for path in allure.glob("*-result.json")]
    assert [one["status"] for one in results] == ["passed"] * 3
    assert all(one["attachments"] or one["steps"] for one in results)
    kept = [json.loads(path.read_text("utf-8")) for path in out.glob("*/cases/*/case.json")]
    assert len(kept) == 3
    assert all(one["usd"] > 0 for one in kept), "what it took is told"


def test_without_a_budget_they_are_skipped_with_the_flag_named(tmp_path: Path) -> None:
    done = ran(tmp_path, *PYTEST, *CASES, "--fmbench-output", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 skipped" in done.stdout.splitlines()[-1]
    skips = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert skips
    assert all("--fmbench-budget" in line for line in skips), skips
