"""Deployments that were measured and examined in one session: how fast, how dear and how good, a row each.

Speeds are those of the case that most of them ran. What intervals do not tell apart is called a tie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_fmbench.model.columns import apart
from pytest_fmbench.model.columns import figures as in_columns
from pytest_fmbench.sinks import outcomes, quality, side_by_side
from pytest_fmbench.sinks.side_by_side import Cell, Summary
from pytest_fmbench.sinks.spending import usd_per_million

SPEEDS = (("tokens/s", "output_token_rate"), ("TTFT p90", "ttft.p90"))
"""Titles, and the figures of the run."""

COLUMNS = ("deployment", *(title for title, _ in SPEEDS), "$ / 1M tokens", "score", "against the baseline", "SLA")
NOTE = (
    "2x is twice the time, or half of the rate, of the best; ~ and tie: intervals do not tell them apart. The "
    "difference is of pairs, the same item asked of both."
)
_NOTHING = "-"


@dataclass(frozen=True)
class Row:
    """A deployment.

    :param deployment: its id.
    :param speeds: of :data:`SPEEDS`, by the figure's name; None where it was not measured.
    :param usd: for a million output tokens of the window; None where nobody paid.
    :param score: what the task is about, mostly its mean mark, as a quality has it as plain values.
    :param delta: of the score to the baseline's; None where it has none.
    :param shorter: its output tokens over the baseline's, less 1, where they are surely fewer; else None.
    :param outcome: the worst of what the SLA says of both.
    """

    deployment: str
    speeds: Mapping[str, Cell | None]
    usd: float | None
    score: Summary
    delta: Summary | None
    shorter: Summary | None
    outcome: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As text, without the deployment."""
        speeds = [_NOTHING if cell is None else str(cell) for cell in self.speeds.values()]
        delta = _NOTHING if self.delta is None else f"{quality.interval(self.delta)} ({against(self.delta)})"
        usd = _NOTHING if self.usd is None else f"{self.usd:.3g}"
        return (*speeds, usd, quality.interval(self.score), delta, self.outcome)


@dataclass(frozen=True)
class Joint:
    """Those that were asked the same task.

    :param run: name of the case that speeds are of; empty where there is none.
    """

    task: str
    items: int
    run: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """``basics, 72 items; speeds of test_chat[closed:4]``."""
        return f"{self.task}, {self.items} items" + (f"; speeds of {self.run}" if self.run else "")

    @property
    def notes(self) -> list[str]:
        """What a reader should know."""
        shorter = [
            f"{row.deployment} says less than its baseline, {quality.interval(row.shorter)} output tokens: part of "
            "what it is faster by may be that"
            for row in self.rows
            if row.shorter is not None
        ]
        return [NOTE, *shorter]


def against(delta: Summary) -> str:
    """``better``, ``worse``, or ``tie`` where the interval holds 0."""
    if delta["low"] is not None and delta["low"] > 0:
        return "better"
    return "worse" if delta["high"] is not None and delta["high"] < 0 else "tie"


def tables(summaries: Iterable[Summary], qualities: Iterable[Summary]) -> list[Joint]:
    """A table a task that several deployments were asked.

    :param summaries: of all runs; ``case`` of each is its node id.
    :param qualities: as :func:`pytest_fmbench.runs.qualities.told.told` makes them.
    """
    runs = side_by_side.rows_of(summaries)
    asked = defaultdict[str, dict[str, Summary]](dict)
    for one in qualities:
        before = asked[one["task"]].get(one["deployment"])
        if before is None or one["baseline"] or not before["baseline"]:
            asked[one["task"]][one["deployment"]] = one
    return [_joint(task, found, runs) for task, found in asked.items() if len(found) > 1]


def lines(summaries: Sequence[Summary], qualities: Sequence[Summary], width: int | None = None) -> Iterator[str]:
    """For the terminal."""
    return apart(*(_lines(joint, width) for joint in tables(summaries, qualities)))


def _lines(joint: Joint, width: int | None) -> list[str]:
    grid = [COLUMNS, *((row.deployment, *row.cells) for row in joint.rows)]
    return [joint.title, *in_columns(grid, width), "", *joint.notes]


def _joint(task: str, asked: Mapping[str, Summary], runs: Mapping[str, Mapping[str, Summary]]) -> Joint:
    name = max(runs, key=lambda one: len(asked.keys() & runs[one].keys()), default="")
    measured = {one: run for one, run in runs.get(name, {}).items() if one in asked}
    deployments = [*asked]
    speeds = {key: side_by_side.cells_of(measured, key, deployments) for _, key in SPEEDS}
    rows = [
        _row(one, {key: cells[nth] for key, cells in speeds.items()}, measured.get(one), asked[one])
        for nth, one in enumerate(deployments)
    ]
    return Joint(task, max(one["items"] for one in asked.values()), name if measured else "", tuple(rows))


def _row(deployment: str, speeds: Mapping[str, Cell | None], run: Summary | None, asked: Summary) -> Row:
    figures = asked["figures"]
    length = figures.get("length.delta")
    words = [asked["outcome"], *([] if run is None else [outcomes.of_run(run)])]
    return Row(
        deployment,
        speeds,
        None if run is None else usd_per_million(run),
        figures[quality.first_of(asked)],
        figures.get(f"{quality.first_of(asked)}.delta"),
        length if length and length["high"] is not None and length["high"] < 0 else None,
        min(words, key=outcomes.WORST_FIRST.index),
    )
