from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.facts import facts_of, when


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("2026-11-06T22:19:20.460+00:00", "6 November 2026, 22:19 UTC"),
        ("2026-11-27T00:19:20+02:00", "26 November 2026, 22:19 UTC"),
        ("last\x1b week", "last\x1b week"),  # which elements make harmless
        (7, "7"),
    ],
)
def test_a_moment_reads_as_people_write_it(begun: object, shown: str) -> None:
    assert when(begun) == shown


def test_a_session_in_a_sentence() -> None:
    runs = [{"deployment": name, "requests": 1_000} for name in ("a", "b", "a")]
    told = Told(runs, {"begun": "2026-11-26T22:19:20+00:00"}, Path("x/s1"), capacities=[{"deployment": "c"}] * 2)
    assert facts_of(told) == (
        "Session s1 of 26 November 2026, 22:19 UTC: 3 deployments, 3 runs, 3,000 requests, 2 searches"
    )
    assert facts_of(Told([], {}, Path("x/s1"))) == "Session s1"
