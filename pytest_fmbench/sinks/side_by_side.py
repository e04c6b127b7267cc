"""The same cases on several deployments, side by side: a row a case, a column a deployment, each against the best."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.model.columns import apart
from pytest_fmbench.model.columns import figures as in_columns
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks.table import cell_of

Summary = Mapping[str, Any]
Runs = Mapping[str, Summary]
"""Of one row, by the deployment that was measured."""

FIGURES = (
    ("TTFT p50", "ttft.p50"),
    ("TTFT p95", "ttft.p95"),
    ("TPOT mean", "tpot.mean"),
    ("E2E p95", "e2e.p95"),
    ("tokens/s", "output_token_rate"),
    ("energy / 1k tokens", "energy_per_1k_tokens"),
)
"""Titles, and the figures that are shown where there are any."""

NOTES = (
    "2x is twice the time or energy of the best of its row, or half of its rate; ~ where both intervals overlap, so "
    "that they are not told apart. These were measured one after the other: fmbench.compare measures in turns.",
    "Each at a load of its own: {}",
)
_NOTHING = "-"
_LARGE_IS_GOOD = (Unit.TOKEN_RATE, Unit.REQUEST_RATE)


@dataclass(frozen=True)
class Cell:
    """A figure of one deployment.

    :param times: how many times the best of its row it takes; None of the best itself, and where there is none.
    :param told_apart: whether its interval and that of the best are.
    :param best: whether it is the best.
    :param spoilt: why it is none, whatever it is; empty where it may be.
    """

    figure: Summary
    times: float | None = None
    told_apart: bool = True
    best: bool = False
    spoilt: str = ""

    @property
    def against(self) -> str:
        """``best``, or how many times the best, and what spoils it."""
        times = f"{'' if self.told_apart else '~'}{self.times:.3g}x" if self.times is not None else ""
        return ", ".join(filter(None, ("best" if self.best else times, self.spoilt)))

    def __str__(self) -> str:
        return f"{cell_of(self.figure)} ({self.against})" if self.against else cell_of(self.figure)


@dataclass(frozen=True)
class Table:
    """One figure of all deployments; a row is a case, whose name stands before its cells, None where there is none."""

    title: str
    columns: tuple[str, ...]
    cells: tuple[tuple[str, tuple[Cell | None, ...]], ...]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """As text; the first of a row is its name."""
        return tuple((name, *(_NOTHING if one is None else str(one) for one in row)) for name, row in self.cells)


def tables(summaries: Iterable[Summary], figures: Sequence[tuple[str, str]] = FIGURES) -> list[Table]:
    """A table a figure; none where no case was measured on more than one deployment.

    :param summaries: of all runs; ``case`` of each is its node id.
    :param figures: titles and names of those that are wanted.
    """
    rows = rows_of(summaries)
    deployments = [*dict.fromkeys(one for runs in rows.values() for one in runs)]
    columns = tuple(short(deployments))
    found = []
    for title, key in figures:
        cells = ((name, cells_of(runs, key, deployments)) for name, runs in rows.items())
        kept = tuple((name, row) for name, row in cells if any(cell is not None for cell in row))
        if kept:
            found.append(Table(title, columns, kept))
    return found


def notes(summaries: Iterable[Summary]) -> list[str]:
    """What a reader of the tables should know; nothing where there are none."""
    rows = rows_of(summaries)
    differing = [name for name, runs in rows.items() if len({run["load"] for run in runs.values()}) > 1]
    return [NOTES[0], *([NOTES[1].format(", ".join(differing))] if differing else [])] if rows else []


def lines(summaries: Sequence[Summary], width: int | None = None) -> Iterator[str]:
    """For the terminal."""
    grids = ([(table.title, *table.columns), *table.rows] for table in tables(summaries))
    return apart(*(in_columns(grid, width) for grid in grids), notes(summaries))


def short(deployments: Sequence[str]) -> list[str]:
    """Their ids without what all have in common, and without options where they differ otherwise."""
    parts = [one.split("+") for one in deployments]
    if {len(one) for one in parts} != {3}:
        return [*deployments]
    bare = [(model, stack.partition(",")[0], instance) for model, stack, instance in parts]
    told = bare if len({*bare}) == len(bare) else [tuple(one) for one in parts]
    apart = [nth for nth in range(3) if len({one[nth] for one in told}) > 1]
    return ["+".join(one[nth] for nth in apart) or "+".join(one) for one in told]


def rows_of(summaries: Iterable[Summary]) -> dict[str, Runs]:
    """By the name of a run without its deployment, those that were measured on several."""
    found = defaultdict[tuple[str, str], dict[str, Summary]](dict)
    for one in (run for run in summaries if run.get("deployment")):
        case, name = (case_without(one[part], one["deployment"]) for part in ("case", "name"))
        found[case, name][one["deployment"]] = one
    several = {key: runs for key, runs in found.items() if len(runs) > 1}
    names = [name for _, name in several]
    return {name if names.count(name) == 1 else f"{case}: {name}": runs for (case, name), runs in several.items()}


def case_without(name: str, deployment: str) -> str:
    """``test_chat[m+vllm+local-closed:4]`` is ``test_chat[closed:4]``."""
    for part in (f"[{deployment}]", f"{deployment}-", f"-{deployment}"):
        if part in name:
            return name.replace(part, "", 1)
    return name


def cells_of(runs: Runs, key: str, deployments: Sequence[str]) -> tuple[Cell | None, ...]:
    """A figure of each deployment against the best of them; None where it is not known."""
    figures = {one: figure for one, run in runs.items() if (figure := _figure(run, key)) is not None}
    best = _best({one: figure for one, figure in figures.items() if not _spoilt(runs[one])})
    return tuple(_cell(runs[one], figures[one], best) if one in figures else None for one in deployments)


def _figure(run: Summary, key: str) -> Summary | None:
    """None where it is not known."""
    sampled = run.get("telemetry", {}).get("figures", {}).get(key)
    if sampled is not None:
        return {"value": sampled["mean"], "low": None, "high": None, "unit": sampled["unit"]}
    found: Summary | None = run["figures"].get(key)
    return found if found is not None and found["value"] is not None else None


def _spoilt(run: Summary) -> str:
    """Why a run is no best, whatever its figures are; empty where it may be."""
    if run.get("invalid"):
        return "invalid"
    failed = run["figures"].get("error_rate")
    return f"{cell_of(failed)} failed" if failed and failed["value"] else ""


def _best(figures: Mapping[str, Summary]) -> Summary | None:
    if not figures:
        return None
    choose = max if _is_large_good(next(iter(figures.values()))) else min
    return choose(figures.values(), key=lambda one: float(one["value"]))


def _cell(run: Summary, figure: Summary, best: Summary | None) -> Cell:
    if best is None or figure is best:
        return Cell(figure, best=figure is best, spoilt=_spoilt(run))
    more, less = (best, figure) if _is_large_good(figure) else (figure, best)
    times = more["value"] / less["value"] if less["value"] else math.inf
    return Cell(figure, times, told_apart=not _overlap(figure, best), spoilt=_spoilt(run))


def _overlap(one: Summary, other: Summary) -> bool:
    lows, highs = ([_end(figure[end], unbounded) for figure in (one, other)] for end, unbounded in _ENDS)
    return max(lows) <= min(highs)


_ENDS = (("low", -math.inf), ("high", math.inf))


def _end(value: float | None, unbounded: float) -> float:
    return unbounded if value is None else value


def _is_large_good(figure: Summary) -> bool:
    return Unit(figure["unit"]) in _LARGE_IS_GOOD
