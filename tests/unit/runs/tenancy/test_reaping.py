"""What `fmbench reap` takes for left behind, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.runs.tenancy.reaping import Search, Wanted, cost_so_far, end
from pytest_fmbench.runs.tenancy.sweeping import forget_ledgers
from pytest_fmbench.spend.leases import Leases
from pytest_fmbench.spend.ledger import Ledger, ledgers_folder, sessions_with_ledgers
from tests.support.leasing import NOW_S, InMemory, lease

ONE = Deployment("m", "fake", "rented")
ALL = Wanted()


class Left:
    """Lease files, what only tags tell of, and which sessions are alive."""

    def __init__(self, folder: Path) -> None:
        self.leases = Leases(folder, "reap", "me@here", now=lambda: NOW_S)
        self.platform = InMemory(self.leases)
        self.alive: set[str] = set()
        self.strays: list[Lease] = []
        self.platform.strays = self._strays  # type: ignore[method-assign, assignment]  # tells what a test put there
        self.told: list[str] = []

    def filed(self, **changed: object) -> Lease:
        """A lease file."""
        made = self.leases.open(ONE, "rented", {"region": "here"}, 36.0)
        made = self.leases.change(made, lambda there: replace(there, **changed))  # type: ignore[arg-type]  # by name
        self.platform.up[made.name] = made.expires_s
        return made

    def search(self) -> Search:
        return Search(self.leases, {"rented": self.platform}, self.alive.__contains__, NOW_S)

    def due(self, wanted: Wanted = ALL) -> dict[str, tuple[bool, str]]:
        return {one.lease.name: (one.due, one.why) for one in self.search().found(wanted, (), self.told.append)}

    def _strays(self, _: Sequence[str]) -> Sequence[Lease]:
        return self.strays


@pytest.fixture
def left(tmp_path: Path) -> Left:
    return Left(tmp_path)


EXPIRED = {"expires_s": NOW_S - 1.0}


@pytest.mark.parametrize(
    ("changed", "alive", "wanted", "expected"),
    [
        ({}, "", ALL, (True, "its session is gone")),
        ({}, "reap", ALL, (False, "its session is alive")),
        (EXPIRED, "reap", ALL, (False, "its session is alive")),
        ({"holder": "heir"}, "heir", ALL, (False, "its session is alive")),
        ({"holder": "heir"}, "reap", ALL, (True, "its session is gone")),
        ({"kept": True}, "", ALL, (False, "it is kept for the next session; --kept ends it")),
        ({"kept": True}, "", Wanted(kept=True), (True, "it is kept")),
        ({"kept": True} | EXPIRED, "", ALL, (True, "it has expired")),
    ],
)
def test_what_stands_in_a_file_is_due_once_its_session_is_gone(
    left: Left, changed: dict[str, object], alive: str, wanted: Wanted, expected: tuple[bool, str]
) -> None:
    made = left.filed(**changed)
    left.alive = {alive}
    assert left.due(wanted) == {made.name: expected}


@pytest.mark.parametrize(
    ("changed", "alive", "session", "due"),
    [
        ({}, "", None, False),  # it may be another machine's
        (EXPIRED, "", None, True),
        (EXPIRED, "session", None, False),
        ({}, "", "session", True),
        ({}, "session", "session", False),
    ],
)
def test_what_only_tags_tell_of_is_due_once_it_has_expired_or_its_session_was_named(
    left: Left, changed: dict[str, object], alive: str, session: str | None, due: bool
) -> None:
    left.strays = [replace(lease(), **changed)]  # type: ignore[arg-type]  # by name
    left.alive = {alive}
    assert left.due(Wanted(session))["fmbench-a"][0] is due


def test_what_a_file_says_goes_before_what_tags_say(left: Left) -> None:
    made = left.filed(holder="heir")
    left.strays = [replace(made, holder="", expires_s=0.0)]
    left.alive = {"heir"}
    assert left.due() == {made.name: (False, "its session is alive")}


def test_only_what_is_asked_for_is_found(left: Left) -> None:
    ours, adopted = left.filed(session="a"), left.filed(session="b", holder="a")
    left.filed(session="c")
    left.strays = [lease(made_s=NOW_S - 7_200.0, session="a")]
    assert left.due(Wanted("a")).keys() == {ours.name, adopted.name, "fmbench-a"}
    assert left.due(Wanted(older_s=3_600.0)).keys() == {"fmbench-a"}


def test_what_a_clock_that_was_ahead_has_dated_is_found(left: Left) -> None:
    left.strays = [lease(made_s=NOW_S + 86_400.0, session="a", expires_s=NOW_S + 88_200.0)]
    assert left.due() == {
        "fmbench-a": (False, "its session may be alive on another machine; --session ends it, if it is not")
    }
    assert left.due(Wanted("a")) == {"fmbench-a": (True, "its session was named, and is not alive here")}
    assert left.due(Wanted(older_s=3_600.0)) == {}


def test_a_cloud_without_credentials_is_told_and_hides_no_file(left: Left) -> None:
    made = left.filed()

    def refuse(_: Sequence[str]) -> Sequence[Lease]:
        raise NotAllowed("there are no credentials")

    left.platform.strays = refuse  # type: ignore[method-assign, assignment]  # has none
    assert left.due().keys() == {made.name}
    assert left.told == ["rented: not looked for by tags: there are no credentials"]


def test_what_is_due_is_released_and_closed(left: Left) -> None:
    left.filed()
    (one,) = left.search().found(ALL, (), left.told.append)
    assert end(one, left.search(), left.told.append) == ""
    assert left.leases.all() == ()
    assert left.platform.up == {}
    assert end(one, left.search(), left.told.append) == ""


def test_what_a_session_adopted_meanwhile_is_left_alone(left: Left) -> None:
    made = left.filed()
    (one,) = left.search().found(ALL, (), left.told.append)
    left.leases.change(made, lambda there: replace(there, holder="heir"))
    left.alive = {"heir"}
    assert end(one, left.search(), left.told.append) == "a session has adopted it meanwhile"
    assert left.platform.up.keys() == {made.name}


@pytest.mark.parametrize(
    ("changed", "problem"), [({}, "release fails"), ({"platform": "gone"}, "unknown platform 'gone'. Known: rented")]
)
def test_what_cannot_be_released_is_told_and_stays_in_its_file(
    left: Left, changed: dict[str, object], problem: str
) -> None:
    left.filed(**changed)
    left.platform.breaks = {"release"}
    (one,) = left.search().found(ALL, (), left.told.append)
    assert end(one, left.search(), left.told.append) == problem
    assert len(left.leases.all()) == 1


def test_cost_so_far() -> None:
    assert cost_so_far(lease(), NOW_S) == 0.6
    assert cost_so_far(lease(), 0.0) == 0.0
    assert cost_so_far(lease(usd_per_hour=None), NOW_S) is None


def test_ledgers_are_forgotten_of_sessions_that_are_over_and_hold_nothing(
    left: Left, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    for session in ("over", "alive", "holds"):
        Ledger(ledgers_folder(), session, 1.0).pay("m", 0.5)
    left.filed(holder="holds")
    forget_ledgers(left.leases, {"alive"}.__contains__)
    assert sessions_with_ledgers(ledgers_folder()) == ("alive", "holds")


def test_what_only_tags_tell_of_is_released_whatever_they_say(left: Left, tmp_path: Path) -> None:
    left.strays = [lease(specification="../../elsewhere", expires_s=NOW_S - 1.0)]
    left.platform.up = {"fmbench-a": 0.0}
    (one,) = left.search().found(ALL, (), left.told.append)
    assert end(one, left.search(), left.told.append) == ""
    assert left.platform.up == {}
    assert [*tmp_path.rglob("elsewhere*")] == []
