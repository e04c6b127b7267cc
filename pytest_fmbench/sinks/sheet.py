"""A run's figures as a table: one to look at, one to compute with."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from pytest_fmbench.model.readable import cut, plain
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.figures import STATISTICS

Figures = Mapping[str, Mapping[str, Any]]

_COLUMNS = ("value", "low", "high", "n", "unit")
_STYLE = """
body { background: #ffffff; color: #1f2933; font: 12px system-ui, sans-serif; margin: 12px; }
table { border-collapse: collapse; margin: 12px 0; }
th, td { padding: 4px 7px; border-bottom: 1px solid #e3e7eb; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
small { color: #57606a; display: block; font-size: 10.5px; }
.pass { background: #dff5e3; } .fail { background: #fde0e0; }
.inconclusive { background: #fff2cc; } .invalid { background: #e8e0f5; }
"""


def as_csv(summary: Mapping[str, Any]) -> str:
    """Every figure in SI units: ``figure,value,low,high,n,unit``; what is not known or has no bound is empty."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("figure", *_COLUMNS))
    writer.writerows((name, *(figure[key] for key in _COLUMNS)) for name, figure in summary["figures"].items())
    return written.getvalue()


def rows_as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of equal columns; what is not known is empty."""
    written = io.StringIO()
    writer = csv.DictWriter(written, [*rows[0]] if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def as_html(summary: Mapping[str, Any], outcomes: Mapping[str, str], confidence: float) -> str:
    """Every figure as people read it: a row a metric, a column a statistic, the interval below each value.

    :param outcomes: of the figures that were judged, by name: they are coloured.
    :param confidence: level of the intervals; verdicts have their own.
    """
    figures: Figures = summary["figures"]
    many, name = list(dict.fromkeys(_metric(name) for name in figures if _metric(name))), _name(summary)
    single = [name for name in figures if not _metric(name)]
    head = "".join(f"<th>{title}</th>" for title in ("", *STATISTICS, "n"))
    rows = "".join(_row(metric, [f"{metric}.{one}" for one in STATISTICS], figures, outcomes) for metric in many)
    rates = "".join(_row(name, [name], figures, outcomes) for name in single)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(_preface(summary, outcomes, confidence))}"
        f"<table><tr>{head}</tr>{rows}</table><table><tr><th></th><th>value</th><th>n</th></tr>{rates}</table>"
        "</body></html>"
    )


def _metric(figure: str) -> str:
    """Of a statistic; empty of what is one number, whose name may have a dot too."""
    metric, _, statistic = figure.rpartition(".")
    return metric if statistic in STATISTICS else ""


def _preface(summary: Mapping[str, Any], outcomes: Mapping[str, str], confidence: float) -> Iterator[str]:
    yield f"<b>{_name(summary)}</b>"
    yield f"<div>{summary['requests']} requests in a window of {show(summary['window_s'], Unit.SECOND)}. "
    yield f"Below each value its interval of {confidence:.0%}; n/a: no request has one.</div>"
    if outcomes:
        colours = " ".join(
            f'<span class="{outcome}">&nbsp;{outcome}&nbsp;</span>' for outcome in dict.fromkeys(outcomes.values())
        )
        yield f"<div>Judged by the SLA: {colours}</div>"


def _row(title: str, names: list[str], figures: Figures, outcomes: Mapping[str, str]) -> str:
    cells = "".join(_cell(figures[name], outcomes.get(name, "")) for name in names)
    return f"<tr><th>{escape(title)}</th>{cells}<td>{figures[names[0]]['n']}</td></tr>"


def _cell(figure: Mapping[str, Any], outcome: str) -> str:
    unit, value = Unit(figure["unit"]), figure["value"]
    if value is None:
        return "<td>n/a</td>"
    return f'<td class="{outcome}">{show(value, unit)}<small>{_interval(figure, unit)}</small></td>'


def _interval(figure: Mapping[str, Any], unit: Unit) -> str:
    """``246 to 280 ms``: the unit once, where it is the same. What has no bound is null in a summary."""
    low = show(-math.inf if figure["low"] is None else figure["low"], unit)
    high = show(math.inf if figure["high"] is None else figure["high"], unit)
    symbol = high.partition(" ")[2]
    return f"{low.removesuffix(f' {symbol}') if symbol else low} to {high}"


def _name(summary: Mapping[str, Any]) -> str:
    return escape(plain(cut(summary["name"])))
