from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla import describe, judge


def test_one_line_an_objective_in_columns() -> None:
    fast = Objective("ttft.p95 <\n 500ms ", "ttft", "p95", "<", 0.5)
    clean = Objective("error_rate <= 0%", "error_rate", None, "<=", 0.0)
    lost = Verdict(fast, Outcome.INVALID, Estimate(0.1, 0.1, 0.1, 1), "the client was late")
    verdicts = [
        judge(fast, Estimate(0.213, 0.198, 0.24, 120, unit=Unit.SECOND), tolerance=0.05),
        judge(fast, Estimate(0.613, 0.598, 0.64, 120, unit=Unit.SECOND), tolerance=0.05),
        judge(fast, Estimate(0.45, 0.4, 0.55, 120, unit=Unit.SECOND), tolerance=0.05),
        judge(clean, Estimate(0.025, 0.01, 0.1, 120), tolerance=0.05),
        lost,
    ]
    assert describe(verdicts).split("\n") == [
        "PASS          ttft.p95 < 500ms  213 ms [198 ms, 240 ms], n=120: all of it keeps < 500 ms",
        "FAIL          ttft.p95 < 500ms  613 ms [598 ms, 640 ms], n=120: all of it misses < 500 ms",
        "INCONCLUSIVE  ttft.p95 < 500ms  450 ms [400 ms, 550 ms], n=120: straddles 500 ms; "
        "about 360 more requests would decide",
        "FAIL          error_rate <= 0%  3 of 120 requests failed",
        "INVALID       ttft.p95 < 500ms  the client was late",
    ]


def test_plain_ascii() -> None:
    wide = Objective("ttft.p95 < 1us", "ttft", "p95", "<", 1e-6)
    assert describe([judge(wide, Estimate(1e-6, 0.9e-6, 1.1e-6, 9, unit=Unit.SECOND), tolerance=0.2)]).isascii()


def test_nothing_to_tell() -> None:
    assert describe([]) == ""
