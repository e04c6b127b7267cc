from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.testing import Pause, Step, Write, limited
from pytest_fmbench.testing.asked import Asked


def asked(method: str = "POST") -> Asked:
    return Asked(method, "/", {}, b"", 0, 0)


def second(_: Asked) -> Sequence[Step]:
    return [Write(b"x", at_s=0.4), Pause(0.25), Write(b"y", at_s=0.75)]


def waits_s(slots: int, requests: int) -> list[float]:
    script = limited(second, slots)
    found = [script(asked()) for _ in range(requests)]
    return [steps[0].seconds if isinstance(steps[0], Pause) else 0.0 for steps in found]


def test_what_comes_beyond_the_places_waits_for_one() -> None:
    first, second_, third, fourth, fifth = waits_s(2, 5)
    assert first == second_ == 0.0
    assert third == pytest.approx(1.0, abs=0.2)
    assert fourth == pytest.approx(1.0, abs=0.2)
    assert fifth == pytest.approx(2.0, abs=0.2)


def test_a_ready_check_takes_no_place() -> None:
    script = limited(second, 1)
    script(asked("GET"))
    steps = script(asked())
    assert isinstance(steps[0], Write)


def test_no_place_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="slots=0"):
        limited(second, 0)
