from __future__ import annotations

import pytest

from pytest_fmbench.runs.again import repetitions
from tests.support.records import measured, record, run_of


@pytest.mark.parametrize(
    ("prompts", "rounds", "told"),
    [(5, (0,) * 5, None), (4, (0,) * 5, "5"), (3, (0, 0, 0, 1, 1, 1), None), (2, (0, 1, 1, 1), "3")],
)
def test_prompts_that_came_again_on_one_server_are_told(
    prompts: int, rounds: tuple[int, ...], told: str | None
) -> None:
    run = run_of(measured(*(record((200,), round=nth) for nth in rounds)))
    found = [*repetitions(run, {"rows": {"requests": prompts}})]
    assert len(found) == (told is not None)
    assert told is None or f"{told} requests were made of {prompts} prompts, so these came again" in found[0]


def test_a_workload_that_has_no_rows_never_runs_out() -> None:
    assert [*repetitions(run_of(measured(record((200,)))), {})] == []
