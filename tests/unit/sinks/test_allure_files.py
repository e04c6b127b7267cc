from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_fmbench import errors
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.sinks import allure_files
from tests.support.records import measured, record, run_of

MADE_WITH = {"versions": {"python": "3.11"}, "machine": {"cores": 2}}


def ran() -> tuple[Run, Summary]:
    run = run_of(measured(record((1_100, 2_100)), record((2_100, 5_100)), window=Window(1_000_000_000, 3_000_000_000)))
    return run, summarise(run, {})


def categories_of(message: str, status: str) -> list[str]:
    return [
        category["name"]
        for category in allure_files.CATEGORIES
        if status in category["matchedStatuses"] and re.fullmatch(category["messageRegex"], message)
    ]


@pytest.mark.parametrize(
    ("error", "categories"),
    [
        (errors.SlaMissed("SLA missed\nFAIL  ttft.p95 < 1s"), ["SLA missed"]),
        (errors.SlaInconclusive("SLA inconclusive\nINCONCLUSIVE  ttft.p95 < 1s"), ["SLA inconclusive"]),
        (errors.LaunchError("it died", ["last", "lines"]), ["Environment fault"]),
        (errors.FetchError("no such file"), ["Environment fault"]),
        (errors.WorkerError("it died"), ["Environment fault"]),
        (errors.EnvironmentFault("no capacity"), ["Environment fault"]),
        (errors.InvalidMeasurement("invalid measurement:\ntoo slow"), ["Invalid measurement"]),
        (errors.Regressed("worse than the baseline\nREGRESSION  ttft.p50"), ["Worse than the baseline"]),
        (errors.NotComparable("other conditions"), ["Not comparable with the baseline"]),
        (errors.UsageError("no such model"), []),
        (AssertionError("SLA missed"), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_outcome_has_its_category(error: Exception, categories: list[str]) -> None:
    with pytest.raises(type(error)) as info:
        raise error
    status = "failed" if isinstance(error, AssertionError) else "broken"
    assert categories_of(info.exconly(), status) == categories  # the message that allure-pytest writes


def test_what_is_skipped_as_inconclusive_has_its_category() -> None:
    assert categories_of("Skipped: inconclusive (--fmbench-inconclusive skip)\nx", "skipped") == ["SLA inconclusive"]
    assert categories_of("Skipped: no GPU", "skipped") == []


def test_categories_join_those_that_are_there(tmp_path: Path) -> None:
    theirs = [{"name": "Flaky network"}, {"name": "SLA missed", "messageRegex": ".*their own.*"}]
    (tmp_path / "categories.json").write_text(json.dumps(theirs))
    allure_files.write_categories(tmp_path)
    allure_files.write_categories(tmp_path)
    found = json.loads((tmp_path / "categories.json").read_text())
    assert found[:2] == theirs
    assert [one["name"] for one in found[2:]] == [
        "SLA inconclusive",
        "Environment fault",
        "Invalid measurement",
        "Worse than the baseline",
        "Not comparable with the baseline",
    ]


@pytest.mark.parametrize("content", ["{", "3", "[3]", '[{"nome": "x"}]'])
def test_categories_that_cannot_be_read_are_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "categories.json").write_text(content)
    with pytest.raises(errors.StoreError, match=r"cannot add to .*categories\.json"):
        allure_files.write_categories(tmp_path)
    assert (tmp_path / "categories.json").read_text() == content


def test_the_environment_begins_with_what_was_measured(tmp_path: Path) -> None:
    allure_files.write_environment(tmp_path, MADE_WITH, ["a+s+local", "b+s+local"])
    assert (tmp_path / "environment.properties").read_text() == (
        "deployments=a+s+local, b+s+local\ncores=2\npython=3.11\n"
    )


def test_the_environment_keeps_what_others_say(tmp_path: Path) -> None:
    (tmp_path / "environment.properties").write_bytes(b"# CI\nbranch = caf\xe9\npython=2.7\n")
    allure_files.write_environment(tmp_path, MADE_WITH, [])
    assert (tmp_path / "environment.properties").read_bytes() == (
        b"# CI\nbranch = caf\xe9\ndeployments=\ncores=2\npython=3.11\n"
    )


def test_the_environment_is_ascii_on_one_line_a_key(tmp_path: Path) -> None:
    allure_files.write_environment(tmp_path, {"versions": {}, "machine": {"system": "C:\\\nä"}}, [])
    assert (tmp_path / "environment.properties").read_bytes() == b"deployments=\nsystem=C:\\\\\\n\\u00e4\n"


def test_an_environment_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreError, match=r"cannot add to .*environment\.properties"):
        allure_files.write_environment(tmp_path / "missing", MADE_WITH, [])


def test_trends_get_one_value_a_key_at_the_wall_time_of_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allure_files, "wall_iso", lambda: "1970-01-01T00:01:00.000+00:00")
    monkeypatch.setattr(allure_files, "monotonic_ns", lambda: 5_000_000_000)
    allure_files.write_performance(tmp_path, "t.py::case", *ran())
    [path] = tmp_path.glob("*-perf.json")
    samples = {sample["key"]: sample for sample in json.loads(path.read_text())}
    assert len({sample["id"] for sample in samples.values()}) == len(samples) == 9
    first = samples["t.py::case ttft.p50"]
    assert first["value"] == pytest.approx(0.0015)
    assert (first["unit"], first["better"], first["title"]) == ("ms", "lower", "ttft.p50")
    assert (first["start"], first["stop"]) == (56_000, 58_000)
    assert {sample["group"] for sample in samples.values()} == {"t.py::case"}
    rate = samples["t.py::case output_token_rate"]
    assert (rate["unit"], rate["better"]) == ("tok/s", "higher")


def test_trends_leave_out_what_is_not_known(tmp_path: Path) -> None:
    run = run_of(measured(record(status="failed", error="status: 500")))
    allure_files.write_performance(tmp_path, "case", run, summarise(run, {}))
    [path] = tmp_path.glob("*-perf.json")
    found = {sample["title"]: (sample["value"], sample["unit"]) for sample in json.loads(path.read_text())}
    assert found["error_rate"] == (100, "%")
    assert "ttft.p50" not in found


def test_trends_that_cannot_be_written_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(errors.StoreError, match=r"cannot write .*-perf\.json"):
        allure_files.write_performance(tmp_path / "missing", "case", *ran())
