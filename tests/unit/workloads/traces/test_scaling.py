"""More and fewer requests: how many, which share what, and that nothing is asked at another pace."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pytest_fmbench.catalog import TRACES
from pytest_fmbench.workloads.traces.reading import load
from pytest_fmbench.workloads.traces.scaling import conversations, scaled
from pytest_fmbench.workloads.traces.table import Table
from tests.support.traces import json_lines, mooncake

CONVERSATIONS, TURNS = 30, 4


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """30 conversations of four turns that all begin with one system prompt; each turn goes on with the one before."""
    rows = []
    for nth in range(CONVERSATIONS):
        own = range(100 * nth + 1, 100 * nth + 1 + TURNS)
        rows += [mooncake(1000 * nth + 5000 * turn, 512 * (turn + 2), [0, *own[: turn + 1]]) for turn in range(TURNS)]
    return load(json_lines(tmp_path / "t", rows), "mooncake", TRACES).table


def hits(table: Table) -> float:
    """Share of the blocks that another request had before."""
    return 1 - len(np.unique(table.blocks)) / len(table.blocks)


def own(table: Table) -> list[int]:
    """The block of each row that only its conversation has."""
    return [table.blocks_of(row)[1] for row in range(len(table))]


def test_what_all_begin_with_makes_no_conversation(table: Table) -> None:
    pairs = {*zip(conversations(table).tolist(), own(table), strict=True)}
    assert len(pairs) == len({number for number, _ in pairs}) == len({block for _, block in pairs}) == CONVERSATIONS


def test_without_blocks_each_row_is_its_own(table: Table) -> None:
    bare = table.taken(np.arange(len(table)))
    bare = Table(
        bare.at_ns,
        *(bare.input_tokens,) * 2,
        np.zeros(121, np.int64),
        np.array([], np.int64),
        0,
        None,
        *(bare.turn,) * 2,
    )
    assert conversations(bare).tolist() == list(range(120))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_thinned_it_keeps_whole_conversations_and_their_times(table: Table, share: float, seed: int) -> None:
    thinner = scaled(table, share, seed)
    assert abs(len(thinner) - share * len(table)) <= TURNS / 2
    assert {*Counter(own(thinner)).values()} == {TURNS}
    # the one system prompt is shared by fewer, nothing else changes
    whole = 1 - (CONVERSATIONS * TURNS + 1) / len(table.blocks)
    assert hits(table) == pytest.approx(whole)
    assert hits(thinner) == pytest.approx(1 - (len(thinner) + 1) / len(thinner.blocks))
    assert {*np.diff(thinner.at_ns)} <= {*(1_000_000_000 * np.arange(60)).tolist()}


def test_one_conversation_is_left_at_least(table: Table) -> None:
    assert len(scaled(table, 1e-9, 0)) == TURNS


@pytest.mark.parametrize("factor", [2, 3, 2.5])
def test_superposed_copies_share_within_themselves_and_nothing_with_each_other(table: Table, factor: float) -> None:
    more = scaled(table, factor, 1)
    assert abs(len(more) - factor * len(table)) <= TURNS / 2
    assert hits(more) == pytest.approx(hits(table), abs=0.01)
    assert len(np.unique(more.blocks)) == pytest.approx(factor * len(np.unique(table.blocks)), rel=0.02)
    assert more.at_ns[-1] <= table.at_ns[-1]
    assert (np.diff(more.at_ns) >= 0).all()
    sums = [column.sum() for column in (more.input_tokens, more.output_tokens)]
    assert sums == pytest.approx([factor * table.input_tokens.sum(), factor * table.output_tokens.sum()], rel=0.02)


def test_a_copy_does_not_come_with_the_first(table: Table) -> None:
    more = scaled(table, 2, 0)
    _, together = np.unique(more.at_ns, return_counts=True)
    assert together.max() < 2 * np.unique(table.at_ns, return_counts=True)[1].max()


@pytest.mark.parametrize("factor", [0.5, 2.5])
def test_it_is_seeded(table: Table, factor: float) -> None:
    first, again, other = (scaled(table, factor, seed).at_ns.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_as_it_is_it_is_the_same(table: Table) -> None:
    assert scaled(table, 1.0, 5) is table
