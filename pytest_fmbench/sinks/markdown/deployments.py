"""Deployments against each other: side by side, by what they take, by how well they answer, and all of it together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_fmbench.sinks import capacity, in_turns, joint, quality, side_by_side
from pytest_fmbench.sinks.markdown.elements import Summary, code, table


def beside(summaries: Sequence[Summary]) -> Iterator[str]:
    """A table a figure."""
    for found in side_by_side.tables(summaries):
        rows = ([code(name), *cells] for name, *cells in found.rows)
        yield from (*table([found.title, *map(code, found.columns)], rows), "")
    yield from (f"- {code(note)}" for note in side_by_side.notes(summaries))


def in_turns_of(comparisons: Sequence[Summary]) -> Iterator[str]:
    """What is judged of each."""
    for one in comparisons:
        yield from (code(in_turns.headline(one)), "", *(f"- {code(line)}" for line in in_turns.statistics(one)), "")


def capacities_of(capacities: Sequence[Summary]) -> Iterator[str]:
    """What each takes, and every probe."""
    for one in capacities:
        titles, *rows = capacity.table(one)
        yield from (f"{code(one['name'])}: {code(capacity.headline(one))}", "")
        yield from (*table([*titles[:3], *map(code, titles[3:])], rows, [":---"] * len(titles)), "")
        if one.get("folder"):
            curves = f"{one['folder']}/{capacity.CURVES}"
            yield from (f"Curves: {code(curves)}", "")


def qualities_of(qualities: Sequence[Summary]) -> Iterator[str]:
    """What answers are worth, who judged them, and what the harness says itself."""
    for one in qualities:
        against = f" against {code(one['baseline'])}" if one["baseline"] else ""
        yield from (f"{code(one['name'])}, {code(one['deployment'])}{against}: {code(quality.headline(one))}", "")
        rows = ([code(name), text] for name, text in quality.figures(one))
        yield from (*table(["figure", "value"], rows), "")
        yield from (line for text in quality.judging(one) for line in (f"Judged: {code(text)}", ""))
        yield from (line for text in quality.by_harness(one) for line in (code(text), ""))
        yield from (line for text in quality.asked(one) for line in (f"Asked: {code(text)}", ""))


def together(summaries: Sequence[Summary], qualities: Sequence[Summary]) -> Iterator[str]:
    """Speed, cost and quality, a table a task."""
    for one in joint.tables(summaries, qualities):
        rows = ([code(row.deployment), *row.cells] for row in one.rows)
        yield from (code(one.title), "", *table(joint.COLUMNS, rows))
        yield from ("", *(f"- {code(note)}" for note in one.notes), "")
