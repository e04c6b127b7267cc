from __future__ import annotations

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.objective import Outcome, Verdict
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.promises import promises_of
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import interval_confidence, parse
from tests.support.records import measured, record, run_of

SECOND = 1_000_000_000


USUAL = Strictness()


def verdicts(
    texts: list[str],
    *records: RequestRecord,
    strictness: Strictness = USUAL,
    open_loop: bool = False,
    shape_s: float = 0.0,
    invalid: str = "",
) -> list[Verdict]:
    objectives = [parse(text, METRICS) for text in texts]
    run = run_of(measured(*records, promises=promises_of(objectives, METRICS)), open_loop=open_loop)
    run.invalid, run.shape_s = [invalid] if invalid else [], shape_s
    return judge_run(run, objectives, strictness)


def outcome(text: str, *records: RequestRecord, strictness: Strictness = USUAL) -> Outcome:
    return verdicts([text], *records, strictness=strictness)[0].outcome


def waits(*seconds: int) -> list[RequestRecord]:
    return [record((100 + wait * SECOND,)) for wait in seconds]


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("ttft.p50 < 3s", Outcome.PASS),
        ("ttft.p50 < 1s", Outcome.FAIL),
        ("ttft.p50 > 0.5s", Outcome.PASS),
        ("ttft.p50 < 1.5s", Outcome.INCONCLUSIVE),
        ("ttft.max <= 2s", Outcome.PASS),
        ("ttft.max < 2s", Outcome.FAIL),
        ("error_rate <= 0%", Outcome.PASS),
        ("goodput >= 100%", Outcome.PASS),
        ("request_rate >= 1req/s", Outcome.FAIL),
    ],
)
def test_an_objective_is_judged_by_its_interval_or_its_count(objective: str, expected: Outcome) -> None:
    assert outcome(objective, *waits(*[1, 2] * 20)) is expected


@pytest.mark.parametrize(
    ("objective", "reason"),
    [
        ("error_rate <= 0%", "1 of 3 requests failed (1 by timeout)"),
        ("goodput >= 100%", "2 of 3 requests missed"),
    ],
)
def test_what_is_promised_of_all_is_counted(objective: str, reason: str) -> None:
    failed = record(status="failed", error="timeout: after 60 s")
    [verdict] = verdicts([objective], record((105,)), failed, record(status="censored"))
    assert (verdict.outcome, verdict.reason) == (Outcome.FAIL, reason)


def test_a_count_is_exact_among_many() -> None:
    failed = record(status="failed", error="truncated: after 3 chunks")
    [verdict] = verdicts(["error_rate <= 0%"], *[record((105,))] * 9_999, failed)
    assert verdict.reason == "1 of 10000 requests failed (1 by truncated)"


def test_a_verdict_on_errors_says_what_by() -> None:
    errors = {"status: 503: busy": 503, "throttled: 429: slow": 429, "connect: refused": None, "timeout: x": None}
    failed = [record(status="failed", error=error, http_status=code) for error, code in errors.items()]
    whole, failed = [record((105,))] * 40, [failed[0], *failed]
    for objective in ("error_rate <= 0%", "error_rate < 90%"):
        [verdict] = verdicts([objective], *whole, *failed)
        assert verdict.reason.endswith(" (2 by status 503, 1 by throttled 429, 1 by connect, 1 by rarer causes)")
    stream = record(status="failed", error="status: error event in the stream: it is broken", http_status=200)
    [verdict] = verdicts(["error_rate <= 0%"], *whole, stream)
    assert verdict.reason == "1 of 41 requests failed (1 by status)"


def test_verdicts_stand_in_the_order_of_the_objectives() -> None:
    texts = ["ttft.p50 < 3s", "error_rate <= 0%", "ttft.p90 < 3s"]
    assert [verdict.objective.text for verdict in verdicts(texts, *waits(1, 2))] == texts


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_confidence_of_a_case_is_divided_over_its_objectives(count: int) -> None:
    found = verdicts(["ttft.p50 < 3s"] * count, *waits(1, 2), strictness=Strictness(0.9))
    (level,) = {verdict.estimate.confidence for verdict in found}
    assert level == pytest.approx(interval_confidence(0.9, count), rel=1e-12)


def test_what_is_counted_takes_no_share_of_the_confidence() -> None:
    texts = ["ttft.p50 < 3s", "error_rate <= 0%", "goodput >= 100%", "ttft.max < 3s", "e2e.p50 < 3s"]
    levels = {verdict.estimate.confidence for verdict in verdicts(texts, *waits(1, 2))}
    assert levels == {interval_confidence(0.95, 2)}


@pytest.mark.parametrize(("metric", "judged"), [("ttft", "ttft_scheduled"), ("e2e", "e2e_scheduled")])
def test_in_open_loop_latencies_count_from_the_schedule(metric: str, judged: str) -> None:
    late = record((100 + 2 * SECOND,), sent_ns=100 + SECOND, scheduled_ns=100)
    [closed] = verdicts([f"{metric}.max < 1.5s"], late)
    [opened] = verdicts([f"{metric}.max < 1.5s"], late, open_loop=True)
    assert (closed.outcome, closed.estimate.name) == (Outcome.PASS, f"{metric}.max")
    assert (opened.outcome, opened.estimate.name) == (Outcome.FAIL, f"{judged}.max")
    assert opened.reason.endswith(f"(as {judged})")


@pytest.mark.parametrize(("objective", "name"), [("tpot.max < 1s", "tpot.max"), ("error_rate <= 0%", "error_rate")])
def test_in_open_loop_anything_else_is_what_it_was(objective: str, name: str) -> None:
    [verdict] = verdicts([objective], record((105, 115)), open_loop=True)
    assert verdict.estimate.name == name
    assert "(as " not in verdict.reason


def test_a_run_that_cannot_be_trusted_is_neither_passed_nor_failed() -> None:
    found = verdicts(["ttft.max < 3s", "ttft.max < 1s"], *waits(1, 2), invalid="our own error is too large")
    assert [verdict.outcome for verdict in found] == [Outcome.INVALID] * 2


def test_a_promise_of_each_request_has_no_verdict_but_defines_goodput() -> None:
    [verdict] = verdicts(["ttft < 2s", "goodput >= 100%"], *waits(1, 2, 1))
    assert (verdict.objective.text, verdict.reason) == ("goodput >= 100%", "1 of 3 requests missed")
    assert verdict.estimate.confidence == interval_confidence(0.95, 1)


@pytest.mark.parametrize("objectives", [[], ["ttft < 2s"]])
def test_without_an_objective_on_the_run_there_is_no_verdict(objectives: list[str]) -> None:
    assert verdicts(objectives, *waits(1)) == []


@pytest.mark.parametrize(("tolerance", "expected"), [(0.0, Outcome.INCONCLUSIVE), (0.6, Outcome.PASS)])
def test_inside_the_tolerance_the_value_decides(tolerance: float, expected: Outcome) -> None:
    strictness = Strictness(tolerance=tolerance)
    assert outcome("ttft.p50 <= 1.5s", *waits(*[1, 2] * 20), strictness=strictness) is expected


@pytest.mark.parametrize("objective", ["ttft.p50 < 3s", "error_rate <= 0%", "itl.p95 < 1s", "request_rate > 1req/s"])
def test_nothing_measured_is_never_a_pass(objective: str) -> None:
    assert outcome(objective) is not Outcome.PASS


def test_more_of_what_it_takes_are_requests_not_gaps() -> None:
    gaps = [record(tuple(range(105, 105 + 10 * count, count))) for count in (10, 20) * 20]
    [of_gaps] = verdicts(["icl.p50 < 0.015us"], *gaps)
    [of_requests] = verdicts(["tpot.p50 < 0.015us"], *gaps)
    assert of_gaps.estimate.n == 9 * of_requests.estimate.n
    told = [verdict.reason.rpartition("; ")[2] for verdict in (of_gaps, of_requests)]
    assert told == ["about 1,800 more requests would decide"] * 2


@pytest.mark.parametrize("confidence", [0.5, 1.0])
def test_a_confidence_that_says_nothing_is_refused(confidence: float) -> None:
    with pytest.raises(UsageError, match=r"^confidence is .* between 0\.5 and 1"):
        verdicts(["ttft.p50 < 3s"], *waits(1), strictness=Strictness(confidence))


@pytest.mark.parametrize(("limit", "said"), [("3s", False), ("1.5s", True)])
def test_what_a_shape_leaves_open_says_that_it_has_one(limit: str, said: bool) -> None:
    (verdict,) = verdicts([f"ttft.p50 < {limit}"], *waits(*[1, 2] * 20), shape_s=30.0)
    assert ("its load has a shape" in verdict.reason) is said
