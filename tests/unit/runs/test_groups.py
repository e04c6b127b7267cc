"""A mix told apart: each part as a run, in summaries, tables and what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.sinks import markdown, table
from pytest_fmbench.store.table import read_measurement, write_measurement
from tests.support.records import measured, record, run_of

WINDOW = Window(0, 1_000_000_000)
SUBJECT = {"case": "c", "sla_names": [], "items_are": "images"}


def mix() -> Measurement:
    quick = [record((105 + nth,), request_id=f"q{nth}", group="base") for nth in range(8)]
    slow = [record((305 + nth,), request_id=f"s{nth}", group="sql-lora") for nth in range(4)]
    return measured(*quick, *slow, window=WINDOW)


def test_parts_of_a_mix_are_runs() -> None:
    run = run_of(mix())
    assert {name: part.requests.num_rows for name, part in run.groups.items()} == {
        "base": 8,
        "sql-lora": 4,
    }
    assert float(run.groups["base"].ttft.max) == pytest.approx(12e-9)
    assert float(run.groups["sql-lora"].ttft.max) == pytest.approx(208e-9)
    assert run.groups["base"].name == "a case base"
    assert run_of(measured(record((105,)))).groups == {}


def test_a_summary_has_figures_of_each_part() -> None:
    told = summarise(run_of(mix()), SUBJECT)
    assert {name: part["requests"] for name, part in told["groups"].items()} == {"base": 8, "sql-lora": 4}
    assert told["groups"]["sql-lora"]["figures"]["ttft.p50"]["value"] == pytest.approx(206.5e-9)
    assert "groups" not in summarise(run_of(measured(record((105,)))), SUBJECT)


def test_tables_have_a_row_for_each_part_and_a_column_for_items() -> None:
    items = [record((105 + nth,), tokens=(0,), group="512x512", items=2) for nth in range(3)]
    told = [summarise(run_of(one), SUBJECT) for one in (mix(), measured(*items))]
    lines = table.render(told)
    assert [line.split()[:3] for line in lines[3:5]] == [["-", "base", "8"], ["-", "sql-lora", "4"]]
    assert "items/s" in lines[0]
    assert lines[6].split()[1:3] == ["512x512", "3"]
    assert "6 images" in lines[5]
    assert "items/s" not in table.render(told[:1])[0]
    shown = markdown.render(told, {})
    assert "| `- sql-lora` | 4 |" in shown
    assert "| 6 images |" in shown


def test_parts_and_items_are_stored(tmp_path: Path) -> None:
    kept = measured(record((105,), group="a", items=3, reasoning_tokens=5), record((106,)), window=WINDOW)
    write_measurement(tmp_path / "requests.parquet", kept)
    found = read_measurement(tmp_path / "requests.parquet").requests
    assert found["group"].to_pylist() == ["a", None]
    assert found["items"].to_pylist() == [3, None]
    assert found["reasoning_tokens"].to_pylist() == [5, None]


def test_a_table_of_before_there_were_such_columns_is_read(tmp_path: Path) -> None:
    now = measured(record((105,)), window=WINDOW)
    before = Measurement(now.requests.drop_columns(["group", "items", "reasoning_tokens"]), WINDOW)
    write_measurement(tmp_path / "requests.parquet", before)
    found = read_measurement(tmp_path / "requests.parquet")
    assert found.requests["items"].to_pylist() == [None]
    assert summarise(run_of(found), SUBJECT)["figures"]["item_rate"]["value"] is None
