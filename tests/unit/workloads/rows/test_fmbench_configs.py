"""What FMBench's own configurations say of their data sets can be said here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench import jsonl
from tests.support.rows import letters
from tests.support.traces import SHARED


def configurations() -> list[dict[str, Any]]:
    yaml = pytest.importorskip("yaml", reason="reads FMBench's configurations")
    folder = SHARED / "fmbench/configs"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; FMBENCH_SHARED names the folder that holds fmbench/")
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.yml"))]
    return [found for text in texts if (found := (yaml.safe_load(text) or {}).get("datasets"))]


def test_templates_and_filters_of_all_of_them(tmp_path: Path) -> None:
    found = configurations()
    assert len(found) > 90
    ranges = 0
    for told in found:
        keys = told["prompt_template_keys"]
        row = {key: f"{key} {{of}} a row" for key in keys}
        (tmp_path / "rows.jsonl").write_text(json.dumps({**row, "language": "en"}))
        (tmp_path / "template.txt").write_text("```\n" + "\n".join(f"{{{key}}}" for key in keys) + "\n```")
        for one in told.get("filters") or ():
            known = {"language", "min_length_in_tokens", "max_length_in_tokens", "payload_file"}
            assert {*one} <= known
            limits = one["min_length_in_tokens"], one["max_length_in_tokens"]
            how = {"language": one["language"]} if "language" in one else {}
            rows = jsonl(tmp_path / "rows.jsonl", template=tmp_path / "template.txt", tokens=limits, **how)
            ranges += 1
            tokens = 7 + sum(map(len, row.values())) + len(keys) - 1 + len("```\n\n```")
            if limits[0] <= tokens <= limits[1]:
                assert rows.fit(letters).facts()["input_tokens"] == tokens
    assert ranges > 400
