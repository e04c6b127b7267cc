"""More or fewer requests in the same time, without making them regular or strangers to each other.

Fewer: whole conversations are kept or left out, so that those kept share prefixes as they did. Times stay as they were:
the rate falls everywhere alike, and with it go the swings that all conversations have in common, so that their size is
the same *share of the rate*. Where rows are a conversation each, as in the Azure traces, counts that vary ``d`` times
as much as a Poisson process's (the index of dispersion) vary ``1 + share x (d - 1)`` times as much afterwards; bursts
that lie within conversations keep theirs.

More: further copies, each with blocks and conversations of its own, so that it shares as many prefixes within itself as
the trace does. A copy is turned round against the first: it begins at another place of the trace and goes on at its
begin. Copies are then as good as independent, which keeps the index of dispersion; asked at the same times they would
multiply it. They are turned by an hour at most, so that the course of a day stays.

Neither stretches time; that is ``replay(speed=...)``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fmbench.workloads.traces.base import NS_PER_S
from pytest_fmbench.workloads.traces.table import Table, Whole

_LARGEST_SHARE = 0.1
_MOST_TURNED_NS = 3600 * NS_PER_S


def scaled(table: Table, factor: float, seed: int) -> Table:
    """``factor`` times as many requests in the same time, to within one conversation."""
    if factor == 1.0:
        return table
    drawn, whole = np.random.default_rng(seed), int(factor)
    parts = [table] * whole
    if factor > whole:
        parts.append(thinned(table, factor - whole, drawn))
    return superposed(parts, drawn) if whole else parts[0].from_zero()


def thinned(table: Table, share: float, drawn: np.random.Generator) -> Table:
    """As many conversations as hold about ``share`` of the requests, one at least; times stay."""
    of_row = conversations(table)
    sizes = np.bincount(of_row)
    order = drawn.permutation(len(sizes))
    reached = np.cumsum(sizes[order])
    wanted = max(1.0, share * len(table))
    count = int(np.searchsorted(reached, wanted))  # which one reaches it; left out where that comes nearer
    if count and abs(reached[count - 1] - wanted) < abs(reached[count] - wanted):
        count -= 1
    kept = np.zeros(len(sizes), dtype=bool)
    kept[order[: count + 1]] = True
    return table.taken(np.flatnonzero(kept[of_row]))


def superposed(parts: list[Table], drawn: np.random.Generator) -> Table:
    """The first of ``parts``, which is the whole trace, and with it the others, turned round, made strangers to it."""
    first, *further = parts
    copies = [first, *(_stranger(first, part, nth, drawn) for nth, part in enumerate(further, start=1))]
    sessions = [one.session for one in copies if one.session is not None]
    columns: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in copies]) for name in _COLUMNS}
    joined = replace(
        first,
        **columns,
        first_block=_starts(copies),
        session=np.concatenate(sessions) if sessions else None,
    )
    return joined.taken(np.argsort(joined.at_ns, kind="stable")).from_zero()


def conversations(table: Table) -> Whole:
    """A number of each row's conversation, from 0.

    Where the file does not say, rows belong together that begin with the same blocks: as few leading blocks as it takes
    until none holds more than a tenth of the rows, since what all begin with, such as a system prompt, makes none.
    """
    if table.session is not None:
        return _numbered(table.session)
    if not len(table.blocks):
        return np.arange(len(table))
    return _by_leading_blocks(table)


def _by_leading_blocks(table: Table) -> Whole:
    counts, starts = np.diff(table.first_block), table.first_block[:-1]
    group = np.zeros(len(table), dtype=np.int64)
    for depth in range(int(counts.max())):
        has = counts > depth
        block = np.full(len(table), -1, dtype=np.int64)
        block[has] = table.blocks[starts[has] + depth]
        group = _numbered(group * (block.max() + 2) + block + 1)
        if np.bincount(group).max() <= max(1.0, _LARGEST_SHARE * len(table)):
            break
    return group


def _numbered(values: Whole) -> Whole:
    return np.unique(values, return_inverse=True)[1].reshape(-1)


_COLUMNS = ("at_ns", "input_tokens", "output_tokens", "turn", "kind", "blocks")


def _stranger(first: Table, part: Table, nth: int, drawn: np.random.Generator) -> Table:
    """``part`` of ``first``, begun elsewhere, with ids of its own."""
    span_ns = int(first.at_ns[-1]) + 1
    turned_ns = int(drawn.integers(0, min(span_ns, _MOST_TURNED_NS)))
    return replace(
        part,
        at_ns=(part.at_ns + turned_ns) % span_ns,
        blocks=part.blocks + nth * (first.blocks.max(initial=0) + 1),
        session=None if part.session is None else _renumbered(part.session, first.session, nth),
    )


def _renumbered(session: Whole, of_all: Whole | None, nth: int) -> Whole:
    return session if of_all is None else session + nth * (of_all.max() + 1)


def _starts(copies: list[Table]) -> Whole:
    counts = np.concatenate([np.diff(one.first_block) for one in copies])
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
