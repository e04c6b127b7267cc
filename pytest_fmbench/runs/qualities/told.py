"""A quality as plain values: what ``quality.json`` holds and reports are made of."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.runs.qualities.judging import worst
from pytest_fmbench.runs.qualities.quality import Quality

Plain = dict[str, Any]
_SHOWN = 200


def told(found: Quality, case: str, session: Path) -> Plain:
    """All of it; paths from the session's folder.

    :param case: that asked for it.
    """
    answers, judgements = found.figures.answers.values(), found.figures.judgements
    errors = Counter(str(one.error)[:_SHOWN] for one in answers if one.error is not None)
    return {
        "name": found.name,
        "case": case,
        "deployment": found.deployment,
        "baseline": found.baseline,
        "task": found.figures.task.name,
        "scorers": [*dict.fromkeys(map(repr, _scorers(found)))],
        "items": len(answers),
        "failed": found.failed_requests,
        "errors": dict(errors.most_common(5)),
        "concurrency": found.concurrency,
        "fields": dict(found.fields),
        "confidence": found.figures.confidence,
        "figures": {name: _figure(found.figures.estimate(name)) for name in found.figures.names()},
        "outcome": worst(found.verdicts),
        "verdicts": [
            {"objective": one.objective.text, "outcome": one.outcome.value, "limit": one.objective.limit}
            | {"reason": one.reason, **_figure(one.estimate)}
            for one in found.verdicts
        ],
        "folder": found.folder.relative_to(session).as_posix(),
        "records": {name: path.relative_to(session).as_posix() for name, path in found.records.items()},
        **({"usd": found.usd} if found.usd is not None else {}),
        "made_with": dict(found.made_with),
        **({"judging": judgements.told()} if judgements is not None else {}),
    }


def _scorers(found: Quality) -> list[object]:
    task = found.figures.task
    return [scorer for item in task.items for scorer in task.scorers_of(item)]


def _figure(estimate: Estimate) -> Plain:
    value, low, high = (one if math.isfinite(one) else None for one in (float(estimate), estimate.low, estimate.high))
    return {"value": value, "low": low, "high": high, "n": estimate.n, "unit": estimate.unit.value}
