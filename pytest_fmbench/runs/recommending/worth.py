"""What the answers of deployments are worth, and whether that is enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.quality.figures import FAMILY

_LARGER = "a larger model, or one that is less quantized"
_MORE = "more items of its task"


def worth_of(qualities: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    """Figures of a deployment's answers by name; of several tasks those of the first that has one."""
    found: dict[str, Estimate] = {}
    for one in qualities:
        for name, figure in one["figures"].items():
            found.setdefault(name, _estimate(figure, one.get("confidence", 0.95)))
    return found


def refusals(qualities: Sequence[Mapping[str, Any]], asked: Sequence[Objective]) -> Iterator[tuple[str, str]]:
    """Why answers are not good enough, each with what would help.

    :param asked: what must hold of them, beside what their own case asked for.
    """
    for one in qualities:
        for verdict in one["verdicts"]:
            if verdict["outcome"] != Outcome.PASS.value:
                helps = _LARGER if verdict["outcome"] == Outcome.FAIL.value else _MORE
                yield f"{verdict['objective']} of {one['task']}: {verdict['reason']}", helps
    figures = worth_of(qualities)
    for objective in asked:
        name = objective.metric.removeprefix(FAMILY)
        if name not in figures:
            yield f"{objective.text}: not measured", "fmbench.quality(deployment, task) in a case measures it"
        else:
            yield from _judged(objective, figures[name])


def _judged(objective: Objective, figure: Estimate) -> Iterator[tuple[str, str]]:
    """Nothing where the whole interval keeps the promise."""
    near, far = (figure.high, figure.low) if objective.upper else (figure.low, figure.high)
    if objective.holds(near):
        return
    short = show(abs(objective.limit - float(figure)), Unit.DIFFERENCE)
    if not objective.holds(far) or math.isnan(figure):
        yield f"{objective.text}: it is {figure.interval()}, {short} away", _LARGER
    else:
        yield f"{objective.text}: it is {figure.interval()}, which may be either", _MORE


def _estimate(figure: Mapping[str, Any], confidence: float) -> Estimate:
    ends = (figure["value"], figure["low"], figure["high"])
    value, low, high = (math.nan if end is None else float(end) for end in ends)
    low, high = (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
    return Estimate(value, low, high, figure["n"], unit=Unit(figure["unit"]), confidence=confidence)
