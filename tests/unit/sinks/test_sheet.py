from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.sinks.sheet import as_csv, as_html


def figure(value: float | None, low: float | None = None, high: float | None = None, **parts: Any) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 40, "unit": "s"} | parts


TTFT = {f"ttft.{statistic}": figure(0.25, 0.2, 0.3) for statistic in STATISTICS}


def summary(**figures: dict[str, Any]) -> dict[str, Any]:
    return {"name": "a case", "requests": 40, "window_s": 12.0, "figures": {**TTFT, **figures}}


def table(html: str) -> list[list[str]]:
    body = html.removeprefix("<!doctype html>").replace("&nbsp;", " ").replace('<meta charset="utf-8">', "")
    rows = ET.fromstring(body).iter("tr")  # noqa: S314  # written by us a moment ago
    return [["|".join(cell.itertext()) for cell in row] for row in rows]


def test_csv_holds_every_figure_exactly() -> None:
    figures = {"itl.p95": figure(0.1 + 0.2, 1e-09, 2), "error_rate": figure(0.0, 0.0, 0.5, unit="1", n=7)}
    assert as_csv({"figures": figures}) == (
        "figure,value,low,high,n,unit\nitl.p95,0.30000000000000004,1e-09,2,40,s\nerror_rate,0.0,0.0,0.5,7,1\n"
    )


def test_in_csv_what_is_not_known_or_has_no_bound_is_empty() -> None:
    assert as_csv({"figures": {"itl.p95": figure(None, n=0), "itl.max": figure(1.5, 1.5)}}) == (
        "figure,value,low,high,n,unit\nitl.p95,,,,0,s\nitl.max,1.5,1.5,,40,s\n"
    )


def test_the_page_has_a_row_a_metric_and_a_column_a_statistic() -> None:
    rows = table(as_html(summary(error_rate=figure(0.0, 0.0, 0.05, unit="1")), {}, 0.95))
    assert rows == [
        ["", *STATISTICS, "n"],
        ["ttft", *["250 ms|200 to 300 ms"] * len(STATISTICS), "40"],
        ["", "value", "n"],
        ["error_rate", "0%|0% to 5%", "40"],
    ]


def test_the_page_tells_what_is_not_known_and_what_has_no_bound() -> None:
    rows = table(as_html(summary(request_rate=figure(None), goodput=figure(1.0, 0.9, None, unit="1")), {}, 0.95))
    assert rows[-2:] == [["request_rate", "n/a", "40"], ["goodput", "100%|90% to inf", "40"]]


def test_units_that_differ_are_both_written() -> None:
    rows = table(as_html(summary(**{"ttft.mean": figure(0.9, 0.8, 1.2)}), {}, 0.95))
    assert rows[1][1] == "900 ms|800 ms to 1.2 s"


def test_a_figure_that_was_judged_is_coloured() -> None:
    html = as_html(summary(), {"ttft.p95": "fail", "ttft.mean": "pass", "ttft.p97": "pass"}, 0.95)
    assert html.count('<td class="fail">') == html.count('<td class="pass">') == 1
    assert html.count('<span class="') == 2


def test_the_page_says_what_it_is_of_and_how_sure_it_is() -> None:
    page = as_html(summary(), {}, 0.9)
    assert "40 requests in a window of 12 s. Below each value its interval of 90%" in page
    assert "Judged" not in page


def test_names_are_no_markup() -> None:
    html = as_html(summary() | {"name": "<b>&"}, {}, 0.95)
    assert "<b>&lt;b&gt;&amp;</b>" in html
