from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Outcome, Verdict
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.promises import promises_of
from pytest_fmbench.sinks.plot import latency_plot
from pytest_fmbench.sla import parse
from tests.support.records import measured, record, run_of

MS = 1_000_000


def ok(at_ms: float = 0, ttft_ms: float = 100, e2e_ms: float = 400) -> RequestRecord:
    begun = round(at_ms * MS)
    chunks = (begun + round(ttft_ms * MS), begun + round(e2e_ms * MS))
    return record(chunks, scheduled_ns=begun, begun_ns=begun, sent_ns=begun)


def lost(status: str, at_ms: float = 0) -> RequestRecord:
    return record(status=status, error="status: 500", begun_ns=round(at_ms * MS))


def run(*records: RequestRecord, open_loop: bool = False, sla: Mapping[str, Outcome] | None = None) -> Run:
    made = run_of(measured(*records), open_loop=open_loop)
    made.verdicts = [
        Verdict(parse(text, METRICS), outcome, Estimate(0.1, 0.1, 0.1, 1), "") for text, outcome in (sla or {}).items()
    ]
    return made


def shapes(svg: str, tag: str) -> list[ET.Element]:
    root = ET.fromstring(svg)  # noqa: S314  # written by us a moment ago
    return list(root.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in shapes(svg, "text")]


def dots(svg: str) -> list[ET.Element]:
    return [circle for circle in shapes(svg, "circle") if circle.get("r") == "2.5"]


def dashed(svg: str) -> list[ET.Element]:
    return [line for line in shapes(svg, "line") if line.get("stroke-dasharray")]


@pytest.mark.parametrize("open_loop", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize(
    "records",
    [
        [],
        [lost("failed")],
        [lost("failed"), lost("censored", 500)],
        [ok()],
        [ok(ttft_ms=0, e2e_ms=0)],
        [ok(), ok()],
        [ok(), lost("failed")],
        [record((100,)), record(), record((1 << 62,))],
    ],
    ids=["none", "failed", "lost", "one", "instant", "equal", "mixed", "far apart"],
)
@pytest.mark.parametrize("sla", [(), ("ttft.p95 < 1us", "e2e.mean < 100min", "ttft.max >= 1us")], ids=["free", "sla"])
def test_whatever_was_measured_the_plot_is_whole(
    records: Sequence[RequestRecord], sla: Sequence[str], open_loop: bool
) -> None:
    svg = latency_plot(run(*records, open_loop=open_loop, sla=dict.fromkeys(sla, Outcome.FAIL)))
    numbers = [value for element in ET.fromstring(svg).iter() for value in element.attrib.values()]  # noqa: S314
    assert not [value for value in numbers if re.search(r"\b(nan|inf)", value, re.IGNORECASE)]
    assert "share of requests at least so fast" in texts(svg)
    assert {"0%", "100%"} <= {*texts(svg)}


def test_it_says_what_it_is_of() -> None:
    found = texts(latency_plot(run(ok(), ok(at_ms=500, ttft_ms=300, e2e_ms=800))))
    assert found[0] == "a case"
    assert "\u25cf ttft: p50 200 ms, p95 290 ms, n=2" in found
    assert "\u25cf e2e: p50 600 ms, p95 780 ms, n=2" in found
    assert "ttft of each request, by when it began in the window" in found


def test_without_a_reply_it_says_so() -> None:
    assert "\u25cf ttft: no request has one" in texts(latency_plot(run(lost("failed"))))


def test_in_open_loop_latencies_count_from_the_schedule() -> None:
    late = replace(ok(ttft_ms=100), scheduled_ns=-50 * MS)
    found = texts(latency_plot(run(late, open_loop=True)))
    assert "\u25cf ttft_scheduled: p50 150 ms, p95 150 ms, n=1" in found


def test_limits_are_drawn_and_named_with_what_became_of_them() -> None:
    svg = latency_plot(
        run(ok(), sla={"ttft.p95  <  150ms": Outcome.FAIL, "e2e.mean < 2s": Outcome.PASS, "itl.p95 < 1s": Outcome.PASS})
    )
    assert texts(svg).count("ttft.p95 < 150ms: fail") == 2
    assert texts(svg).count("e2e.mean < 2s: pass") == 1
    assert len(dashed(svg)) == 3
    assert not [words for words in texts(svg) if "itl" in words]


def test_a_ring_marks_the_share_that_a_percentile_is_about() -> None:
    svg = latency_plot(run(ok(), sla={"ttft.p75 < 150ms": Outcome.PASS, "ttft.mean < 150ms": Outcome.PASS}))
    (ring,) = [circle for circle in shapes(svg, "circle") if circle.get("r") == "5"]
    (label,) = [element for element in shapes(svg, "text") if element.text == "75%"]
    assert float(ring.get("cy", "")) == pytest.approx(float(label.get("y", "")) - 4, abs=0.01)


def test_an_objective_for_each_request_is_a_limit_too() -> None:
    goals = promises_of([parse("ttft < 150ms", METRICS)], METRICS, open_loop=False)
    found = texts(latency_plot(run_of(measured(ok(), promises=goals))))
    assert found.count("ttft < 150ms: per request") == 2


def test_a_limit_far_above_is_named_and_does_not_press_the_points_flat() -> None:
    svg = latency_plot(run(ok(ttft_ms=10), sla={"ttft.mean < 10s": Outcome.PASS}))
    assert "ttft of each request, by when it began in the window; a limit lies far above" in texts(svg)
    assert len(dashed(svg)) == 1
    (dot,) = dots(svg)
    assert float(dot.get("cy", "")) < 450


def test_each_request_is_a_point_at_its_time() -> None:
    left, right = dots(latency_plot(run(ok(at_ms=0), ok(at_ms=1000))))
    assert (left.get("cx"), right.get("cx")) == ("72", "890")


def test_what_failed_or_was_cut_off_is_crossed_and_counted() -> None:
    found = texts(latency_plot(run(ok(), lost("failed", 100), lost("failed", 200), lost("censored", 900))))
    assert found.count("\u00d7") == 3
    assert "\u00d7 failed: 2" in found
    assert "\u00d7 censored: 1" in found


def test_a_long_run_makes_no_long_file_and_keeps_its_slowest_request() -> None:
    many = [ok(at_ms=at / 10, ttft_ms=900 if at == 4321 else 10) for at in range(9000)]
    svg = latency_plot(run(*many))
    assert len(svg) < 500_000
    assert len(dots(svg)) == 2000
    assert min(float(dot.get("cy", "")) for dot in dots(svg)) < 420
    assert "\u25cf ttft: p50 10 ms, p95 10 ms, n=9000" in texts(svg)


def test_only_the_window_is_shown() -> None:
    assert not dots(latency_plot(run(replace(ok(), phase="warmup"))))


def test_a_curve_reaches_all_requests() -> None:
    ttft, e2e = shapes(latency_plot(run(*(ok(ttft_ms=ms) for ms in (10, 20, 30, 40)))), "path")
    top = next(element for element in shapes(latency_plot(run(ok())), "text") if element.text == "100%")
    for curve in (ttft, e2e):
        last = re.findall(r"V ([\d.]+)", curve.get("d", ""))[-1]
        assert float(last) == pytest.approx(float(top.get("y", "")) - 4)
