"""What a session came to, in lines for the terminal: at its end, and whenever it is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import apart
from pytest_fmbench.sinks import (
    capacity,
    fidelity,
    in_turns,
    joint,
    judged,
    quality,
    side_by_side,
    table,
    tariffs,
    tasks,
)
from pytest_fmbench.sinks.against import listed as against
from pytest_fmbench.sinks.telemetry import listed as telemetry

Plain = Mapping[str, Any]


def lines(
    summaries: Sequence[Plain],
    capacities: Sequence[Plain],
    qualities: Sequence[Plain],
    width: int | None,
    *,
    comparisons: Sequence[Plain] = (),
    closely: bool = False,
) -> Iterator[str]:
    """The tables of a session and what its verdicts are.

    :param width: in which tables should fit, as far as they can; None is any.
    :param comparisons: of deployments that were measured in turns.
    :param closely: with turns and telemetry, which are long.
    """
    return apart(
        table.render(summaries, width) if summaries else (),
        tasks.lines(summaries, width),
        tasks.listed(summaries) if closely else (),
        fidelity.listed(summaries),
        side_by_side.lines(summaries, width),
        judged.lines(summaries),
        against(summaries),
        telemetry(summaries) if closely else (),
        in_turns.lines(comparisons),
        capacity.lines(capacities),
        quality.lines(qualities),
        joint.lines(summaries, qualities, width),
        tariffs.lines(summaries),
    )
