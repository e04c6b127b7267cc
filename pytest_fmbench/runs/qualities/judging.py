"""What the data say of objectives on answers."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.quality.figures import FAMILY, FIGURES
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sla import interval_confidence, is_counted, judge


def judge_quality(found: Quality, strictness: Strictness) -> list[Verdict]:
    """The verdicts on ``found``, one an objective; the confidence is divided over those that an interval decides."""
    weighed = sum(not is_counted(one, FIGURES[one.metric].unit) for one in found.objectives)
    level = interval_confidence(strictness.confidence, max(1, weighed) * strictness.judged_runs)
    return [_verdict(found, one, level, strictness.tolerance) for one in found.objectives]


def _verdict(found: Quality, objective: Objective, level: float, tolerance: float) -> Verdict:
    name = objective.metric.removeprefix(FAMILY)
    estimate = found.figures.estimate(name, level)
    if is_counted(objective, estimate.unit):
        return _counted(objective, estimate, found.figures.values(name), found.failed_requests)
    verdict = judge(objective, estimate, tolerance=tolerance)
    reason = verdict.reason.replace("more request", "more item").replace("no request to", "no answer to")
    return Verdict(objective, verdict.outcome, estimate, f"{reason}{_failed(found)}")


def _counted(objective: Objective, estimate: Estimate, values: Sequence[float], failed: int) -> Verdict:
    """Of all items, or of none: one that does not keep it decides."""
    bad = sum(not objective.holds(value) for value in values)
    unknown = 0 if objective.metric == f"{FAMILY}failed" else failed
    outcome = Outcome.FAIL if bad else Outcome.INCONCLUSIVE if unknown or not values else Outcome.PASS
    reason = f"{bad} of {len(values)} items do not keep it"
    return Verdict(objective, outcome, estimate, f"{reason}, {unknown} failed" if unknown else reason)


def _failed(found: Quality) -> str:
    count = found.failed_requests
    return f"; {count} failed, which may be right or wrong" if count else ""


def worst(verdicts: Sequence[Verdict]) -> str:
    """The worst outcome; ``-`` where nothing is judged."""
    outcomes = {verdict.outcome.value for verdict in verdicts}
    return next((one for one in ("fail", "inconclusive", "pass") if one in outcomes), "-")
