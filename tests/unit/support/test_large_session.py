"""The session that reports are measured on is one that they can read."""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.runs.report import report
from tests.perf.large_session import SLA, Size, write_session


def test_it_is_reported_case_by_case_with_all_of_its_looks(tmp_path: Path) -> None:
    write_session(tmp_path, Size(cases=2, requests=1_200, tokens=3))
    told = report(sorted((tmp_path / "cases").iterdir()), METRICS, DIALECTS)
    assert told.unjudged == []
    for one in told.summaries:
        assert one["requests"] == 1_080  # a tenth is warm-up
        assert [look[0] for look in one["looks"]] == [500, 708, 1_002]
        assert [verdict["objective"] for verdict in one["verdicts"]] == list(SLA)
        assert one["figures"]["output_tokens.mean"]["value"] == 3.0
        assert one["telemetry"]
    assert told.summaries[0]["figures"] != told.summaries[1]["figures"]
