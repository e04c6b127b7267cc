"""Rows of text, cut to what a real model's tokenizer counts."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.store.table import read_measurement

CASE = """
import json
from pathlib import Path
import pytest
from pytest_fmbench import Deployment, closed, jsonl

pytestmark = pytest.mark.lasting

TEXTS = [
    "1984, 12,345 sheep. ", "def f(x):\\n\\treturn [x] * 3\\n", "\\u00dcber D\\u00e4chern ", "\\u6d77\\u306f\\u9752 ",
]
ROWS = [{"text": TEXTS[nth % 4] * (nth + 1)} for nth in range(12)]
Path("rows.jsonl").write_text("\\n".join(map(json.dumps, ROWS)))

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
def test_rows(fmbench, deployment):
    rows = jsonl("rows.jsonl", prompt="{text}", system="Go on.", most_input=90, output_tokens=2, ignore_eos=True)
    fmbench(deployment, rows, closed(1), requests=12, warmup=0, duration=120)
"""


def test_cut_prompts_take_what_was_counted(live_case: pytest.Pytester) -> None:
    (live_case.path / "test_rows.py").write_text(CASE)
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "test_rows.py").assert_outcomes(passed=1)
    (folder,) = live_case.path.glob("fmbench-out/*/cases/*")
    told = json.loads((folder / "case.json").read_text())["rows"]
    took = read_measurement(folder / "requests.parquet").requests["input_tokens"].to_pylist()[:12]
    assert told["cut"] > 2
    assert max(took) <= 90
    assert abs(sum(took) / 12 - told["input_tokens"]) <= 1
    assert len({*took}) > 4
