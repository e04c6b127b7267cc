"""Every metric of many requests, whose chunks are looked at in parts, against plain loops over the records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics import columns
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.runs import figures
from pytest_fmbench.runs.figures import STATISTICS, Figures
from tests.support.records import measured, record

WINDOW = Window(1_000, 9_003)
Row = Mapping[str, Any]


def records() -> Iterator[RequestRecord]:
    random = np.random.default_rng(5)
    for sent in np.sort(random.integers(0, 10_000, 200)).tolist():
        chunks = sent + np.sort(random.integers(1, 400, random.integers(0, 9)))
        changed = {
            "phase": "warmup" if sent < WINDOW.begin_ns else "window" if sent < WINDOW.end_ns else "drain",
            "status": random.choice(["ok", "failed", "censored"], p=[0.8, 0.1, 0.1]),
            "output_tokens": (None, 3, 0)[random.integers(3)],
            "done_ns": (None, sent + 500)[random.integers(2)],
        }
        tokens = tuple(random.integers(0, 4, chunks.size).tolist())
        begun = {"scheduled_ns": sent - 9, "begun_ns": sent - 4, "sent_ns": sent}
        yield record(tuple(chunks.tolist()), tokens=tokens, **begun, **changed)


@pytest.fixture
def measurement(monkeypatch: pytest.MonkeyPatch) -> Measurement:
    """Of a table in three pieces, whose parts are of seven requests."""
    monkeypatch.setattr(columns, "AT_ONCE", 7)
    whole = measured(*records(), window=WINDOW)
    pieces = [whole.requests.slice(0, 50), whole.requests.slice(50, 1), whole.requests.slice(51)]
    return Measurement(pa.concat_tables(pieces), WINDOW)


def of_window(measurement: Measurement, *, ok: bool = True) -> list[Row]:
    rows = [row for row in measurement.requests.to_pylist() if row["phase"] == "window"]
    return [row for row in rows if row["status"] == "ok"] if ok else rows


def known(measurement: Measurement, name: str) -> list[float]:
    samples = METRICS[name].compute(measurement)
    assert isinstance(samples, np.ndarray)
    return [float(value) for value in samples if not np.isnan(value)]


def test_latencies_are_those_of_each_record(measurement: Measurement) -> None:
    rows = [row for row in of_window(measurement) if row["chunk_ns"]]
    assert known(measurement, "ttft") == [(row["chunk_ns"][0] - row["sent_ns"]) / 1e9 for row in rows]
    assert known(measurement, "e2e_scheduled") == [(row["chunk_ns"][-1] - row["scheduled_ns"]) / 1e9 for row in rows]
    late = [(row["begun_ns"] - row["scheduled_ns"]) / 1e9 for row in of_window(measurement, ok=False)]
    assert known(measurement, "schedule_lateness") == late


def test_a_latency_stands_at_the_place_of_its_request(measurement: Measurement) -> None:
    missing = [row["status"] != "ok" or not row["chunk_ns"] for row in of_window(measurement, ok=False)]
    assert np.isnan(METRICS["ttft"].compute(measurement)).tolist() == missing  # type: ignore[arg-type]


def test_gaps_are_those_of_each_record(measurement: Measurement) -> None:
    rows = of_window(measurement)
    gaps = [np.diff(row["chunk_ns"]).tolist() for row in rows]
    assert known(measurement, "icl") == [gap / 1e9 for some in gaps for gap in some]
    by_token = [
        gap / max(1, tokens) / 1e9
        for some, row in zip(gaps, rows, strict=True)
        for gap, tokens in zip(some, row["chunk_tokens"][1:], strict=True)
        for _ in range(max(1, tokens))
    ]
    assert known(measurement, "itl") == by_token


def test_rates_count_what_falls_into_each_slice(measurement: Measurement) -> None:
    rows, length = measurement.requests.to_pylist(), WINDOW.end_ns - WINDOW.begin_ns
    edges = [WINDOW.begin_ns + nth * length // 20 for nth in range(21)]
    tokens = [
        pair
        for row in rows
        if row["status"] != "failed"
        for pair in zip(row["chunk_ns"], row["chunk_tokens"], strict=True)
    ]
    done = [(row["done_ns"] or 0, 1) for row in rows if row["status"] == "ok"]
    for name, events in (("output_token_rate", tokens), ("request_rate", done)):
        found = METRICS[name].compute(measurement)
        assert isinstance(found, Rate)
        sums = [sum(much for at, much in events if low <= at < high) for low, high in pairwise(edges)]
        assert found.amounts.tolist() == sums
        assert found.seconds.tolist() == [(high - low) / 1e9 for low, high in pairwise(edges)]


def test_shares_are_of_the_windows_requests(measurement: Measurement) -> None:
    rows = of_window(measurement, ok=False)
    failed, kept = METRICS["error_rate"].compute(measurement), METRICS["goodput"].compute(measurement)
    assert isinstance(failed, Share)
    assert isinstance(kept, Share)
    assert failed.flags.tolist() == [row["status"] == "failed" for row in rows]
    assert kept.flags.tolist() == [row["status"] == "ok" for row in rows]


def test_figures_are_the_same_when_samples_are_let_go(
    measurement: Measurement, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = listed(measurement)
    monkeypatch.setattr(figures, "HELD", 0)
    np.testing.assert_array_equal(listed(measurement), kept)


def test_samples_of_one_metric_are_let_go_before_those_of_another(
    measurement: Measurement, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Figures(measurement, METRICS)
    first = found.samples("icl")
    found.samples("itl")
    assert found.samples("icl") is first
    monkeypatch.setattr(figures, "HELD", 0)
    found.samples("ttft")
    assert found.samples("icl") is not first


def listed(measurement: Measurement) -> list[list[float]]:
    """Every figure that reports list."""
    found = Figures(measurement, METRICS)
    estimates = [
        found.estimate(metric, statistic)
        for metric in METRICS
        for statistic in (STATISTICS if METRICS[metric].kind.takes_statistic else (None,))
    ]
    return [[float(one), one.low, one.high, one.n] for one in estimates]


def test_kinds_are_those_of_each_record(measurement: Measurement) -> None:
    table = measurement.requests
    names = np.array(["reasoning", "content", "tool"])
    drawn = np.random.default_rng(7).integers(3, size=sum(map(len, table["chunk_ns"].to_pylist())))
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in table["chunk_ns"].to_pylist()])])
    kinds = pa.ListArray.from_arrays(offsets.astype(np.int32), pa.array(names[drawn]))
    place = table.column_names.index("chunk_kind")
    changed = Measurement(table.set_column(place, table.schema.field("chunk_kind"), kinds), WINDOW)
    rows = of_window(changed)
    first = [
        (row["chunk_ns"][row["chunk_kind"].index("content")] - row["sent_ns"]) / 1e9
        for row in rows
        if "content" in row["chunk_kind"]
    ]
    assert known(changed, "ttfot") == first
    thought = [
        [at for at, kind in zip(row["chunk_ns"], row["chunk_kind"], strict=True) if kind == "reasoning"] for row in rows
    ]
    assert known(changed, "reasoning_time") == [(some[-1] - some[0]) / 1e9 for some in thought if some]
