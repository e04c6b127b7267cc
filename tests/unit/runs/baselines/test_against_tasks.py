"""Runs of conversations and agents, held against a baseline: their tasks are compared too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pytest_fmbench.model.comparison import AgainstStored, Change
from pytest_fmbench.model.task import TaskRecord
from pytest_fmbench.runs.baselines.against import Reference
from pytest_fmbench.runs.comparing.compare import OF_TASKS, SHOWN
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.store.packed import Kept, Packed, Stored, pack
from pytest_fmbench.store.tasks import TASKS as FILE
from pytest_fmbench.store.tasks import to_tasks, write_tasks
from tests.support.records import measured, run_of
from tests.support.sessions import MS, SUBJECT, kept_session, requests
from tests.support.tasks import task

CASE = "case-1a2b3c4d"
REQUESTS = requests(*([100.0, 110.0] * 50))


def tasks(median_ms: float, *, succeed: float = 1.0, valid: float = 0.5, seed: int = 1) -> list[TaskRecord]:
    """Tasks that take about so long, so many of which succeed, of whose calls so many are valid."""
    drawn = np.random.default_rng(seed)
    return [
        task(
            nth * MS,
            nth * MS + int(drawn.lognormal(np.log(median_ms), 0.1) * MS),
            success=bool(drawn.random() < succeed),
            tool_calls=4,
            valid_tool_calls=int(drawn.binomial(4, valid)),
        )
        for nth in range(300)
    ]


def held(
    folder: Path, before: list[TaskRecord] | None, after: list[TaskRecord] | None, *, packed: bool = False
) -> AgainstStored:
    session = kept_session(folder / "session", {CASE: REQUESTS})
    if before is not None:
        write_tasks(session / "cases" / CASE / FILE, to_tasks(before))
    stored: Stored = Kept(session, frozenset({CASE}))
    if packed:
        pack(folder / "main.zip", {}, session / "session.json", [session / "cases" / CASE])
        stored = Packed(folder / "main.zip")
    told = None if after is None else to_tasks(after)
    run = run_of(replace(measured(*REQUESTS), tasks=told))
    run.folder = Path("somewhere") / CASE
    return Reference(stored).against(run, SUBJECT, Strictness(), runs=1)


def changes(found: AgainstStored) -> dict[str, Change]:
    return {one.name: one.change for one in found.statistics}


@pytest.mark.parametrize("packed", [False, True], ids=["session", "file"])
def test_tasks_that_are_worse_are_a_regression(tmp_path: Path, packed: bool) -> None:
    worse = tasks(1_500, succeed=0.5, valid=0.2, seed=2)
    found = changes(held(tmp_path, tasks(1_000), worse, packed=packed))
    assert tuple(found) == (*SHOWN, *OF_TASKS)
    assert {found[name] for name in OF_TASKS} == {Change.REGRESSION}


def test_tasks_that_are_better_are_none(tmp_path: Path) -> None:
    found = held(tmp_path, tasks(1_000, succeed=0.5), tasks(600, valid=0.9, seed=2))
    assert {changes(found)[name] for name in OF_TASKS} == {Change.IMPROVEMENT}
    assert not found.regressed


def test_the_same_tasks_are_no_regression(tmp_path: Path) -> None:
    assert not held(tmp_path, tasks(1_000), tasks(1_000, seed=2)).regressed


def test_single_requests_have_no_tasks_to_compare(tmp_path: Path) -> None:
    assert tuple(changes(held(tmp_path, None, None))) == SHOWN


def test_a_baseline_that_was_saved_without_its_tasks_is_told_of(tmp_path: Path) -> None:
    found = held(tmp_path, None, tasks(1_000))
    assert tuple(changes(found)) == SHOWN
    assert "the baseline holds no tasks" in found.notes[-1]
