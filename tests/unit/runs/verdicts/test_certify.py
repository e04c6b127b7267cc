from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.runs.crew.stamping import KERNEL_S, stamp_error_s
from pytest_fmbench.runs.verdicts.certify import own_error_s, problems, warnings
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import parse
from tests.support.records import CERTIFICATE, measured, record, run_of
from tests.support.tasks import task, tasked

REQUESTS = measured(*(record((1_000_000_100,)) for _ in range(20)))


def found(objective: str, late_ms: float, ttft_ms: float | None = None) -> list[str]:
    """The problems of 40 requests that all took ``ttft_ms``: a little less than the limit, unless it is said."""
    parsed = parse(objective, METRICS)
    took_ns = round(0.97 * parsed.limit * 1e9 if ttft_ms is None else ttft_ms * 1e6)
    requests = measured(*(record((100 + took_ns,)) for _ in range(40)))
    return list(problems(run_of(requests, replace(CERTIFICATE, stamp_p99_ns=int(late_ms * 1e6))), [parsed]))


@pytest.mark.parametrize(
    ("objective", "late_ms", "valid"),
    [
        ("ttft.p95 < 10ms", 1.0, True),
        ("ttft.p95 < 10ms", 1.1, False),
        ("ttft.p95 < 1s", 20.0, True),
        ("ttft.p95 < 1s", 20.1, False),
        ("ttft < 10ms", 1.1, False),
        ("error_rate <= 0%", 900.0, True),
        ("output_token_rate > 1 tok/s", 900.0, True),
    ],
)
def test_our_own_error_may_be_a_millisecond_or_a_fiftieth_of_the_limit(
    objective: str, late_ms: float, valid: bool
) -> None:
    assert (found(objective, late_ms) == []) == valid


@pytest.mark.parametrize(
    ("objective", "ttft_ms", "valid"),
    [
        ("ttft.mean < 10ms", 10 + 10 * 2 + 1, True),
        ("ttft.mean < 10ms", 10 + 10 * 2 - 1, False),
        ("ttft.mean > 50ms", 50 - 10 * 2 - 1, True),
        ("ttft.mean > 50ms", 50 - 10 * 2 + 1, False),
        ("ttft < 10ms", 500, False),
        ("ttft.max > 50ms", 1, False),
    ],
)
def test_our_own_error_changes_no_verdict_on_a_limit_that_is_ten_times_as_far(
    objective: str, ttft_ms: float, valid: bool
) -> None:
    assert (found(objective, late_ms=2.0, ttft_ms=ttft_ms) == []) == valid


def test_a_problem_names_the_objective_the_error_and_what_is_allowed() -> None:
    assert found("ttft.p95 < 1s", 25.0) == [
        "ttft.p95 < 1s: our own error is up to 25 ms (p99), more than 20 ms; "
        "use more --fmbench-workers, a lower rate or another host"
    ]


def slack_of(*slack_ns: int, stamp: str = "kernel") -> Measurement:
    """Requests of two tokens each, whose first may have come so much before its stamp."""
    return measured(
        *(
            record((1_000, 2_000), chunk_slack_ns=(first, 0), chunk_shared=(int(first > 0), 0), stamp=stamp)
            for first in slack_ns
        )
    )


def test_a_kernel_stamp_is_right_however_late_the_loop_was() -> None:
    assert stamp_error_s(slack_of(0, 0), "ttft", loop_error_s=9.0) == KERNEL_S


def test_a_stamp_that_is_also_a_later_tokens_may_be_off_by_its_slack() -> None:
    assert stamp_error_s(slack_of(0, 4_000_000), "ttft", loop_error_s=9.0) == KERNEL_S + 0.004
    assert stamp_error_s(slack_of(0, 4_000_000), "itl", loop_error_s=9.0) == KERNEL_S + 0.004


def test_one_shared_stamp_in_hundreds_moves_no_percentile() -> None:
    assert stamp_error_s(slack_of(4_000_000, *[0] * 199), "ttft", loop_error_s=9.0) == KERNEL_S


def test_where_any_stamp_is_the_loops_its_bound_holds() -> None:
    assert stamp_error_s(slack_of(0, stamp="loop"), "ttft", loop_error_s=9.0) == 9.0


def test_without_success_there_is_no_stamp_to_be_wrong() -> None:
    assert stamp_error_s(measured(record((), status="failed")), "ttft", loop_error_s=9.0) == KERNEL_S


@pytest.mark.parametrize(
    ("sign", "value", "said"),
    [
        ("steal_share", 0.06, "the host took 6%"),
        ("cpu_share", 0.95, "had no room left"),
        ("clock_step_ns", 2_000_000, "the system's clock was set by 2 ms"),
        ("round_trip_p50_ns", 42_000_000, "every latency holds a round trip of 42 ms through the network"),
    ],
)
def test_every_sign_of_want_warns(sign: str, value: float, said: str) -> None:
    assert list(warnings(run_of(REQUESTS))) == []
    wanting: dict[str, Any] = {sign: value}
    assert said in next(warnings(run_of(REQUESTS, replace(CERTIFICATE, **wanting))))


def test_what_counts_from_the_schedule_answers_for_a_late_beginning_too() -> None:
    late = measured(*(record((1_000_000_100,), scheduled_ns=0, begun_ns=30_000_000) for _ in range(20)))
    objectives = [parse("ttft.p95 < 1s", METRICS)]
    assert list(problems(run_of(late), objectives)) == []
    assert len(list(problems(run_of(late, open_loop=True), objectives))) == 1  # p95 of 20 is not bounded


def test_a_mean_holds_no_more_of_late_beginnings_than_their_mean() -> None:
    begun_ns = (0, 0, 0, 0, 0, 0, 0, 0, 0, 30_000_000)
    some_late = measured(*(record((1_000_000_100,), scheduled_ns=0, begun_ns=each) for each in begun_ns * 10))
    run = run_of(some_late, open_loop=True)
    assert own_error_s(run, "ttft_scheduled", mean=True) == pytest.approx(KERNEL_S + 0.003)
    assert own_error_s(run, "ttft_scheduled") == pytest.approx(KERNEL_S + 0.03)
    assert list(problems(run, [parse("ttft.mean < 1005ms", METRICS)])) == []
    (problem,) = problems(run, [parse("ttft.p50 < 1005ms", METRICS)])
    assert "is up to 30.1 ms (p99), more than 20.1 ms" in problem
    all_late = measured(*(record((1_000_000_100,), scheduled_ns=0, begun_ns=30_000_000) for _ in range(20)))
    (problem,) = problems(run_of(all_late, open_loop=True), [parse("ttft.mean < 1005ms", METRICS)])
    assert "is up to 30.1 ms (mean), more than 20.1 ms" in problem


def test_an_invalid_run_has_no_other_verdict() -> None:
    run = run_of(REQUESTS)
    run.invalid = ["too slow"]
    verdicts = judge_run(run, [parse("ttft.mean < 10s", METRICS), parse("error_rate <= 0%", METRICS)], Strictness())
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INVALID}
    assert not run.valid


@pytest.mark.parametrize(("share", "warned"), [(None, False), (0.05, False), (0.06, True)])
def test_waiting_for_a_core_only_warns(share: float | None, warned: bool) -> None:
    run = run_of(REQUESTS, replace(CERTIFICATE, run_queue_share=share))
    assert bool(list(warnings(run))) == warned
    assert list(problems(run, [parse("ttft.p95 < 10ms", METRICS)])) == []


def test_a_task_waits_for_the_event_loop_after_each_of_its_requests_and_spans() -> None:
    spans: dict[str, Any] = {"span_name": ["t", "t"], "span_begin_ns": [1, 2], "span_end_ns": [2, 3]} | {
        "span_error": [None] * 2
    }
    tasks = [task(nth, nth + 1_000_000_000, requests=requests) for nth, requests in enumerate((1, 4))]
    both = tasked(*tasks, task(9, 1_000_000_009, requests=3, **spans), requests=(record((105,), stamp="kernel"),))
    assert stamp_error_s(both, "task.e2e", 0.005) == pytest.approx(0.025)
    assert stamp_error_s(tasked(), "task.e2e", 0.005) == 0.0
    late = replace(CERTIFICATE, stamp_p99_ns=5_000_000)
    assert list(problems(run_of(both, late), [parse("task.e2e.p50 < 2s", METRICS)])) == []
    (problem,) = problems(run_of(both, late), [parse("task.e2e.p50 < 1100ms", METRICS)])
    assert "our own error is up to 25 ms (p99), more than 22 ms" in problem
