from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.sinks.benchmark_json import document, write_benchmark
from tests.support.sessions import kept_case, requests

SESSION = {
    "begun": "2026-11-26T02:23:08.123+00:00",
    "machine": {"system": "Linux", "architecture": "x86_64", "cores": 2},
    "versions": {"python": "3.12.1", "pytest-fmbench": "0.1.0"},
    "commit": {"id": "c0ffee", "time": "2026-11-26T01:00:00+01:00", "branch": "main", "dirty": True},
}
FIELDS = {
    *("min", "max", "mean", "stddev", "rounds", "median", "iqr", "q1", "q3", "iqr_outliers", "stddev_outliers"),
    *("outliers", "ld15iqr", "hd15iqr", "ops", "total", "iterations"),
}
"""What pytest-benchmark 5.0 reads."""


def told(tmp_path: Path, *ttft_ms: float, **changed: Any) -> dict[str, Any]:
    records = requests(*ttft_ms, **{key: changed.pop(key) for key in ("status", "error") if key in changed})
    return document([kept_case(tmp_path, records, name="test_it[x]", **changed)], SESSION)


def test_a_benchmark_is_a_latency_of_a_run(tmp_path: Path) -> None:
    found = told(tmp_path, 10, 20, 30, 40, case="test_a.py::test_it[x]")
    # two tokens a reply: the gap between them is a time per token, too
    assert [one["group"] for one in found["benchmarks"]] == ["ttft", "itl", "tpot", "e2e"]
    [ttft] = [one for one in found["benchmarks"] if one["group"] == "ttft"]
    assert {*ttft["stats"]} == FIELDS
    assert ttft["name"] == "test_it[x], m+s+local ttft"
    assert ttft["fullname"] == "test_a.py::test_it[x], m+s+local ttft"
    assert (ttft["stats"]["rounds"], ttft["stats"]["median"]) == (4, pytest.approx(0.025))
    assert ttft["stats"]["ops"] == pytest.approx(40)
    assert ttft["extra_info"]["figures"]["ttft.p95"]["n"] == 4


def test_of_several_runs_of_a_case_each_has_a_name(tmp_path: Path) -> None:
    run = kept_case(tmp_path, requests(10, 20), name="of 2", case="test_a.py::test_it[x]")
    assert document([run], SESSION)["benchmarks"][0]["fullname"] == "test_a.py::test_it[x] of 2, m+s+local ttft"


def test_a_name_that_says_the_deployment_says_it_once(tmp_path: Path) -> None:
    run = kept_case(tmp_path, requests(10, 20), name="test_it[m+s+local]", case="test_a.py::test_it[m+s+local]")
    ttft = document([run], SESSION)["benchmarks"][0]
    assert (ttft["name"], ttft["fullname"]) == ("test_it[m+s+local] ttft", "test_a.py::test_it[m+s+local] ttft")


def test_it_says_what_it_was_made_with(tmp_path: Path) -> None:
    found = told(tmp_path, 10)
    assert found["datetime"] == SESSION["begun"]
    assert found["machine_info"]["cpu"] == {"count": 2}
    assert (found["commit_info"]["id"], found["commit_info"]["dirty"]) == ("c0ffee", True)


def test_what_nobody_knows_is_left_open() -> None:
    found = document([], {})
    assert found["benchmarks"] == []
    assert found["commit_info"]["id"] == "unversioned"


def test_a_run_without_a_reply_is_no_benchmark(tmp_path: Path) -> None:
    assert told(tmp_path, 10, status="failed", error="timeout: nothing came")["benchmarks"] == []


def test_it_is_written_as_json(tmp_path: Path) -> None:
    write_benchmark(tmp_path / "out" / "benchmark.json", [kept_case(tmp_path / "case", requests(10, 20))], SESSION)
    assert len(json.loads((tmp_path / "out" / "benchmark.json").read_text())["benchmarks"]) == 4
