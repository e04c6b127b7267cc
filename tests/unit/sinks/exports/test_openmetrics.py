from __future__ import annotations

import math
from pathlib import Path
from shlex import split
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks.exports.openmetrics import UNITS, render, write_gitlab, write_prometheus
from tests.support.exported import exported


def families(text: str) -> dict[str, Metric]:
    """As Prometheus reads it; refused where it is no OpenMetrics."""
    found = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # it has no types
    return {family.name: family for family in found}


def run(case: str = "test_a.py::one", value: float | None = 0.25, name: str = "one") -> dict[str, Any]:
    figure = {"value": value, "low": 0.2, "high": None, "n": 9, "unit": "s"}
    subject = {"case": case, "name": name, "deployment": "m+s+local", "load": "closed:1"}
    return {**subject, "figures": {"ttft.p95": figure, "task.success": {**figure, "unit": "1"}}}


def test_a_metric_is_named_by_its_unit_and_labelled_by_its_case() -> None:
    found = families(render([run()]))
    assert {*found} == {"fmbench_ttft_seconds", "fmbench_task_success_ratio"}
    [sample] = found["fmbench_ttft_seconds"].samples
    assert (found["fmbench_ttft_seconds"].unit, sample.value) == ("seconds", 0.25)
    assert sample.labels == {
        "case": "test_a.py::one",
        "run": "one",
        "deployment": "m+s+local",
        "load": "closed:1",
        "statistic": "p95",
    }
    assert found["fmbench_task_success_ratio"].samples[0].labels["statistic"] == ""


def test_the_ends_of_an_interval_are_infinite_where_nothing_bounds_them() -> None:
    found = families(render([run()], ends=("", "low", "high")))
    assert found["fmbench_ttft_low_seconds"].samples[0].value == 0.2
    assert found["fmbench_ttft_high_seconds"].samples[0].value == math.inf


def test_what_is_not_known_is_left_out() -> None:
    assert render([run(value=None)]) == "# EOF\n"


def test_every_unit_has_its_word() -> None:
    assert {*UNITS} == {*Unit}


@given(st.text(), st.text())
@example('a"b\\c\nd', "#{}, ")
def test_whatever_a_case_is_called_is_read_again(case: str, name: str) -> None:
    [sample] = families(render([run(case, name=name)], {"ttft.p95"}))["fmbench_ttft_seconds"].samples
    assert (sample.labels["case"], sample.labels["run"]) == (case, name)


def test_every_figure_of_a_session_is_written(tmp_path: Path) -> None:
    told = write_prometheus(exported(tmp_path), tmp_path / "out" / "metrics.txt")
    found = families((tmp_path / "out" / "metrics.txt").read_text("utf-8"))
    assert told == f"{sum(len(family.samples) for family in found.values()):,} figures"
    assert {"fmbench_ttft_seconds", "fmbench_request_rate_requests_per_second"} <= {*found}


def test_gitlab_reads_the_main_figures(tmp_path: Path) -> None:
    session = exported(tmp_path)
    hostile = {**session.summaries[0], "name": 'it\'s #1 "of" \\ them', "case": "a.py::b[c d#e]"}
    write_gitlab(type(session)([hostile], session.folders[:1], [], {}), tmp_path / "metrics.txt")
    lines = (tmp_path / "metrics.txt").read_text("utf-8").splitlines()
    # as its parser does: what follows a # is cut off, and words are split as a shell does
    words = [split(line.partition("#")[0]) for line in lines]
    read = {found[0]: float(found[1]) for found in words if found}
    assert len(read) == 8
    assert all(name.startswith("fmbench_") for name in read)
