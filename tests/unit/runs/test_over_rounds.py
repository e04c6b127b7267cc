"""Figures of a measurement that has rounds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.runs.figures import STATISTICS, Figures
from pytest_fmbench.runs.over_rounds import joined
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.verdicts.steadiness import signs
from pytest_fmbench.store.table import to_table
from tests.support.records import measured, record, run_of

SECOND = 1_000_000_000
BETWEEN = 100 * SECOND
MANY = [name for name in METRICS if METRICS[name].kind.takes_statistic]
ONE = [name for name in METRICS if not METRICS[name].kind.takes_statistic]


def in_rounds(*rounds: list[RequestRecord], seconds: int = 1) -> Measurement:
    """Rounds whose windows begin 100 s apart; records say when they were in theirs."""
    windows = tuple(Window(nth * BETWEEN, nth * BETWEEN + seconds * SECOND) for nth in range(len(rounds)))
    rows = [_moved(one, nth) for nth, records in enumerate(rounds) for one in records]
    return Measurement(to_table(rows), Window(0, windows[-1].end_ns), rounds=windows)


def _moved(one: RequestRecord, nth: int) -> RequestRecord:
    by = nth * BETWEEN
    moved = {name: getattr(one, name) + by for name in ("scheduled_ns", "begun_ns", "sent_ns", "done_ns")}
    return structs.replace(one, round=nth, chunk_ns=tuple(at + by for at in one.chunk_ns), **moved)


def waits(*seconds: float) -> list[RequestRecord]:
    return [record((100 + round(wait * SECOND), 105 + round(wait * SECOND))) for wait in seconds]


def figures(*rounds: list[RequestRecord]) -> Figures:
    return Figures(in_rounds(*rounds), METRICS)


def test_parts_are_the_rounds_and_their_windows() -> None:
    found = in_rounds(waits(0.1, 0.2), waits(0.3))
    assert [part.window for part in found.parts] == list(found.rounds)
    assert [part.requests.num_rows for part in found.parts] == [2, 1]
    assert found.seconds == 2.0
    single = measured(*waits(0.1))
    assert single.parts == (single,)
    assert single.seconds == 1.0


def test_samples_of_all_rounds_stand_one_after_the_other() -> None:
    found = figures(waits(0.1, 0.2), waits(0.3))
    assert found.samples("ttft") == pytest.approx([0.1, 0.2, 0.3])
    rate, errors = found.samples("request_rate"), found.samples("error_rate")
    assert isinstance(rate, Rate)
    assert (rate.amounts.sum(), rate.seconds.sum(), rate.amounts.size) == (3.0, pytest.approx(2.0), 40)
    assert isinstance(errors, Share)
    assert errors.flags.tolist() == [False] * 3


def test_what_lies_behind_flags_is_joined_where_all_have_it() -> None:
    flags, along = np.array([True]), np.array([1.0])
    both, one = joined([Share(flags, along)] * 2), joined([Share(flags, along), Share(flags)])
    assert isinstance(both, Share)
    assert both.along is not None
    assert both.along.tolist() == [1.0, 1.0]
    assert isinstance(one, Share)
    assert one.along is None


def test_a_rate_is_of_the_windows_and_not_of_the_time_between_them() -> None:
    assert figures(waits(0.1, 0.2), waits(0.3)).estimate("request_rate") == pytest.approx(1.5)
    assert figures(waits(0.1), waits(0.3)).estimate("output_token_rate") == pytest.approx(2.0)


def test_a_round_that_failed_wholly_is_in_the_error_rate_and_in_no_latency() -> None:
    found = figures(waits(*[0.1] * 20), waits(*[0.3] * 20), [record(status="failed")] * 20)
    assert found.estimate("ttft", "mean").n == 40
    assert found.estimate("ttft", "mean") == pytest.approx(0.2)
    assert found.estimate("error_rate") == pytest.approx(1 / 3)
    assert found.estimate("error_rate").high > 0.9


@pytest.mark.parametrize("metric", MANY)
@pytest.mark.parametrize("statistic", STATISTICS)
def test_nothing_measured_is_not_zero_in_rounds_either(metric: str, statistic: str) -> None:
    found = figures([], []).estimate(metric, statistic)
    assert math.isnan(found)
    assert (found.low, found.high, found.n) == (-math.inf, math.inf, 0)


@pytest.mark.parametrize("metric", [*METRICS])
def test_every_metric_has_estimates_over_rounds(metric: str) -> None:
    found = figures(waits(*[0.1] * 12), waits(*[0.2] * 12), waits(*[0.3] * 12))
    for statistic in ("mean", "p50", "max") if metric in MANY else (None,):
        one = found.estimate(metric, statistic, 0.9)
        assert (one.name, one.confidence) == (f"{metric}.{statistic}" if statistic else metric, 0.9)
        if metric != "input_tokens":  # the server gave no count
            assert one.low <= one <= one.high


def test_what_there_is_not_is_named_in_rounds_too() -> None:
    with pytest.raises(UnknownName, match="unknown statistic 'p101'"):
        figures(waits(1.0), waits(1.0)).estimate("ttft", "p101")
    with pytest.raises(UsageError, match="is one number"):
        figures(waits(1.0), waits(1.0)).estimate("error_rate", "p50")


def test_a_summary_tells_rounds_and_the_time_that_was_measured() -> None:
    told = summarise(run_of(in_rounds(waits(0.1), waits(0.2), waits(0.3))), {})
    assert (told["rounds"], told["window_s"], told["requests"]) == (3, 3.0, 3)
    assert summarise(run_of(measured(*waits(0.1))), {})["rounds"] == 1


def test_steadiness_is_of_each_round_and_a_step_between_them_is_no_drift() -> None:
    random = np.random.default_rng(1)

    def steady(level: float) -> list[RequestRecord]:
        return [record((100 + round(one * SECOND),)) for one in level * random.lognormal(0.0, 0.2, 600)]

    assert list(signs(run_of(in_rounds(steady(1.0), steady(3.0))))) == []
    rising = [
        record((100 + round(one * SECOND),)) for one in random.lognormal(0.0, 0.2, 600) * np.linspace(1.0, 1.5, 600)
    ]
    (sign,) = signs(run_of(in_rounds(steady(1.0), rising)))
    assert sign.startswith("a case, round 2 of 2: not steady: the level moves by")


def test_a_run_of_rounds_can_be_copied() -> None:
    import copy
    import pickle

    run = run_of(in_rounds(waits(0.1, 0.2), waits(0.3)))
    first = run.ttft.p50
    for twin in (copy.copy(run), copy.deepcopy(run), pickle.loads(pickle.dumps(run))):  # noqa: S301  # our own
        assert twin.ttft.p50 == first
        assert twin.figures.measurement.rounds == run.figures.measurement.rounds


def test_promises_hold_in_each_round() -> None:
    from pytest_fmbench.runs.verdicts.promises import promises_of
    from pytest_fmbench.sla import parse

    promises = promises_of([parse("ttft < 250ms", METRICS)], METRICS)
    found = Figures(replace(in_rounds(waits(0.1, 0.2), waits(0.3, 0.2)), promises=promises), METRICS)
    assert (found.estimate("goodput"), found.estimate("goodput").n) == (0.75, 4)
