from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import Of, of_requests, of_sessions
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.price import Tariff, TokenPrice
from pytest_fmbench.model.samples import Floats, Rate, Share
from tests.support.records import measured, record
from tests.support.tasks import task, tasked


def values(name: str, measurement: Measurement) -> Floats:
    found = METRICS[name].compute(measurement)
    assert isinstance(found, np.ndarray)
    return found


def flags(name: str, measurement: Measurement) -> list[bool]:
    found = METRICS[name].compute(measurement)
    assert isinstance(found, Share)
    kept: list[bool] = found.flags.tolist()
    return kept


def test_a_task_takes_from_its_begin_to_its_end() -> None:
    both = tasked(task(100, 600), task(50, 1_050))
    assert values("task.e2e", both).tolist() == [1_000 / 1e9, 500 / 1e9]


@pytest.mark.parametrize("end", ["refused", "context", "censored"])
@pytest.mark.parametrize("name", ["task.e2e", "task.turns", "task.input_tokens", "task.output_tokens"])
def test_what_was_cut_short_does_not_say_how_much_a_task_takes(name: str, end: str) -> None:
    found = values(name, tasked(task(), task(200, None if end == "censored" else 300, end=end, success=None)))
    assert np.isnan(found).tolist() == [False, True]


def test_what_a_task_took_in_all() -> None:
    one = tasked(task(end="turns", success=False, tool_ns=2_000_000_000))
    found = {name: float(values(f"task.{name}", one)[0]) for name in ("turns", "input_tokens", "output_tokens")}
    assert found == {"turns": 3, "input_tokens": 90, "output_tokens": 30}
    assert values("task.tool_time", one).tolist() == [2.0]


def test_only_tasks_of_the_window_count_each() -> None:
    early = tasked(task(phase="warmup"), task(phase="drain"))
    assert values("task.e2e", early).size == 0
    assert flags("task.success", early) == []
    assert flags("tool_calls.valid", early) == []


def test_a_task_that_was_cut_short_has_not_succeeded() -> None:
    ends = [task(at, success=None, end=end) for at, end in ((1, "refused"), (2, "context"), (3, "censored"))]
    assert flags("task.success", tasked(task(4), task(5, success=False, end="stuck"), *ends)) == [
        *(False, False, False, True, False)
    ]


def test_tasks_that_nobody_judges_have_no_rate_of_success() -> None:
    assert flags("task.success", tasked(task(success=None), task(success=None, end="refused"))) == []
    assert flags("task.success", tasked(task(1, success=None), task(2))) == [True]


def test_the_rate_counts_ends_in_the_window() -> None:
    window = Window(1_000, 3_000)
    early, within, late = task(800, 1_000, phase="warmup"), task(1_500, 2_999), task(1_600, 3_000)
    found = METRICS["task.rate"].compute(tasked(early, within, late, task(1_700, 2_000, end="refused"), window=window))
    assert isinstance(found, Rate)
    assert found.amounts.sum() == 2
    assert found.seconds.sum() == pytest.approx(2e-6)


def test_every_call_of_a_task_counts_once() -> None:
    calls = [task(1, tool_calls=3, valid_tool_calls=2), task(2), task(3, tool_calls=1, end="refused", success=None)]
    assert flags("tool_calls.valid", tasked(*calls)) == [True, True, False, False]


def test_cache_hits_are_a_share_of_all_input_tokens() -> None:
    told = [
        record((105,), input_tokens=100, cached_tokens=0),
        record((205,), begun_ns=195, sent_ns=200, input_tokens=300, cached_tokens=200),
        record((305,), begun_ns=295, sent_ns=300, input_tokens=50, cached_tokens=None),
        record((405,), begun_ns=395, sent_ns=400, input_tokens=70, cached_tokens=70, status="failed"),
    ]
    found = METRICS["prefix_cache.hit"].compute(measured(*told))
    assert isinstance(found, Rate)
    assert found.amounts.sum() / found.seconds.sum() == 0.5


def test_a_server_that_tells_no_hits_has_none() -> None:
    found = METRICS["prefix_cache.hit"].compute(measured(record((105,), input_tokens=9)))
    assert isinstance(found, Rate)
    assert found.amounts.size == 0


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].of is Of.TASKS])
def test_single_requests_have_no_tasks(name: str) -> None:
    found = METRICS[name].compute(measured(record((105,))))
    size = {Share: lambda: found.flags.size, Rate: lambda: found.amounts.size}  # type: ignore[union-attr]  # by its type
    assert size.get(type(found), lambda: found.size)() == 0  # type: ignore[union-attr]  # else an array


def test_reports_of_single_requests_list_none_of_them() -> None:
    assert not {*of_requests(METRICS)} & {*of_sessions(METRICS)}
    assert "prefix_cache.hit" in of_sessions(METRICS)


HOURS, TOKENS = Tariff(3_600.0), Tariff(tokens=TokenPrice(2.0, 10.0, 0.5, 3.0, "a table"))


def usd(measurement: Measurement, tariff: Tariff | None) -> Rate:
    found = METRICS["task.usd"].compute(replace(measurement, tariff=tariff))
    assert isinstance(found, Rate)
    return found


def test_dollars_by_the_hour_are_the_windows_over_the_tasks_that_ended_in_it() -> None:
    window = Window(1_000, 5_000_001_000)
    ends = (
        task(800, 900),
        task(900, 3_000),
        task(2_000, 5_000),
        task(2_000, 4_000, end="refused"),
        task(9, None, end="censored"),
    )
    found = usd(tasked(*ends, window=window), HOURS)
    assert (found.amounts.sum(), found.seconds.sum()) == (pytest.approx(5.0), 2)


def test_dollars_by_the_token_are_those_of_all_tasks_that_ended_over_those_that_came_to_their_end() -> None:
    counts = {"input_tokens": 100, "output_tokens": 7, "cached_tokens": 40}
    ends = task(1, 50, **counts), task(2, 60, **counts, end="context", success=None), task(3, None, end="censored")
    found = usd(tasked(*ends), TOKENS)
    assert (found.amounts.sum(), found.seconds.sum()) == (2 * (60 * 2.0 + 40 * 0.5 + 7 * 10.0), 1)


def test_dollars_by_both_add_up() -> None:
    both = tasked(task(1, 50, input_tokens=1, output_tokens=0, cached_tokens=0), window=Window(0, 1_000_000_000))
    assert usd(both, replace(TOKENS, usd_per_hour=3_600.0)).amounts.sum() == pytest.approx(3.0)


def test_a_cache_of_more_than_was_asked_earns_nothing() -> None:
    odd = tasked(task(1, 50, input_tokens=10, output_tokens=0, cached_tokens=40))
    assert usd(odd, TOKENS).amounts.sum() == 40 * 0.5


def test_without_a_price_there_are_no_dollars() -> None:
    assert usd(tasked(task()), None).amounts.size == 0
