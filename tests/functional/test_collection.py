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


def test_workloads_of_rows_import_nothing_heavy_before_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": "b"}')
    code = (
        "import sys, importlib.util as u; from pytest_fmbench import csv, dataset, jsonl, longbench, parquet, sharegpt;"
        "path, how = sys.argv[1], {'prompt': '{a}', 'chat_template': 'org/model'};"
        "made = [jsonl(path, **how), csv(path, **how), parquet(path, **how), longbench('qasper'), sharegpt(path)];"
        "made += [dataset(name, **how) for name in ('hf:a/b', path) if u.find_spec('datasets')];"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)), *map(repr, made))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("HEAVY [] jsonl('x.json', prompt='{a}', chat_template='org/model')")
