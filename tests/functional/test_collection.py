"""Collecting benchmarks costs little, and imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ["pyarrow", "httpx", "httptools", "anyio", "xllamacpp", "boto3", "transformers", "datasets", "allure"]


def test_collecting_the_suite_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest; status = pytest.main(['benchmarks', '--collect-only', '-q', '-p', 'no:cacheprovider',"
        "'-p', 'no:hypothesispytest', '-p', 'no:anyio', '-p', 'no:allure_pytest', '-p', 'no:xdist']);"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)), int(status))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "HEAVY [] 0" in done.stdout, done.stdout + done.stderr
