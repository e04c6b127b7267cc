from __future__ import annotations

import threading

import pytest

from pytest_fmbench.errors import CloudFault
from pytest_fmbench.platforms.ec2 import watching
from pytest_fmbench.platforms.ec2.watching import Watch

S = 1_000_000_000


class Clock:
    now_ns = 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watching, "monotonic_ns", lambda: made.now_ns)
    return made


def test_it_is_looked_up_seldom_however_often_it_is_asked(clock: Clock) -> None:
    looks: list[int] = []
    watch = Watch(lambda: looks.append(clock.now_ns), lambda _: None)
    for now in range(30):
        clock.now_ns = now * S // 6
        assert watch.failure() is None
    assert looks == []


def test_in_the_middle_of_a_run_nobody_waits_for_a_look(clock: Clock) -> None:
    go_on, seen = threading.Event(), threading.Event()

    def look() -> str:
        go_on.wait(30)
        seen.set()
        return "it is gone"

    watch = Watch(look, lambda _: None)
    clock.now_ns = 6 * S
    assert watch.failure() is None, "the look hangs, and is not waited for"
    clock.now_ns = 100 * S
    assert watch.failure() is None
    go_on.set()
    assert seen.wait(30)
    watch.settle()
    assert watch.failure() == "it is gone"


def test_who_has_not_asked_for_long_gets_a_look_of_his_own(clock: Clock) -> None:
    answers = iter([None, "it is gone"])
    watch = Watch(lambda: next(answers), lambda _: None)
    clock.now_ns = 31 * S
    assert watch.failure() is None
    clock.now_ns = 62 * S
    assert watch.failure() == "it is gone"
    clock.now_ns = 1_000 * S
    assert watch.failure() == "it is gone", "what is gone is not looked up again"


def test_who_has_to_know_now_waits_for_a_look(clock: Clock) -> None:
    answers = iter([None, CloudFault("no answer"), "it is gone"])

    def look() -> str | None:
        answer = next(answers)
        if isinstance(answer, CloudFault):
            raise answer
        return answer

    said = list[str]()
    watch = Watch(look, said.append)
    clock.now_ns = S
    assert [watch.failure_now(), watch.failure_now()] == [None, None]
    assert said == ["it cannot be seen whether the server is still there: no answer"]
    assert watch.failure() is None
    assert watch.failure_now() == watch.failure() == "it is gone"
    assert watch.failure_now() == "it is gone", "it is not looked up again"
