"""How a session comes to what is paid, shares it among its workers, keeps it and parts from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import CloudFault, NotAllowed, NotMeasured, StoreError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.base import Leasing, Server
from pytest_fmbench.runs.tenancy.book import PaidBook
from pytest_fmbench.runs.tenancy.tenancy import Tenancy
from pytest_fmbench.runs.tenancy.uses import Uses
from pytest_fmbench.spend.alive import holding
from pytest_fmbench.spend.leases import Leases
from pytest_fmbench.spend.ledger import Ledger
from tests.support.leasing import InMemory

ONE, UNKNOWN = Deployment("m", "fake", "rented"), Deployment("m", "fake", "rented:unknown")
LIFE_S = 1_800.0


@dataclass
class Process:
    """One process of a session."""

    tenancy: Tenancy
    platform: InMemory
    leases: Leases
    ledger: Ledger
    said: list[str]

    def have(self, deployment: Deployment = ONE) -> Server:
        return self.tenancy.have(self.platform, deployment, None, Path("log"))

    def leave(self, server: Server, *, for_good: bool = False) -> None:
        self.tenancy.leave(ONE, self.platform, server, for_good=for_good)


class Machine:
    """What sessions of one machine share: a state folder, and what is up."""

    def __init__(self, state: Path) -> None:
        self.state, self.up = state, dict[str, float]()

    def process(self, session: str, *, budget_usd: float | None = 100.0, keep: bool = False) -> Process:
        leases = Leases(self.state / "leases", session, "me@here", LIFE_S)
        ledger = Ledger(self.state / "ledgers", session, budget_usd)
        book, said = PaidBook(leases, ledger, lambda _, usd_per_hour: usd_per_hour / 12), list[str]()
        uses = Uses(self.state / "uses")
        tenancy = Tenancy(leases, book, uses, session, "me@here", LIFE_S, keep, said.append)
        return Process(tenancy, InMemory(book, up=self.up), leases, ledger, said)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    return Machine(tmp_path)


def test_what_leases_is_told_from_what_does_not(machine: Machine) -> None:
    from pytest_fmbench.platforms.url import Url

    assert isinstance(machine.process("s").platform, Leasing)
    assert not isinstance(Url, Leasing)


def test_a_server_is_made_paid_and_released(machine: Machine) -> None:
    process = machine.process("s")
    server = process.have()
    assert len(machine.up) == 1
    assert process.ledger.left_usd(wall_s() + 3_600.0) == pytest.approx(64.0, abs=0.1)
    process.leave(server)
    assert machine.up == {}
    assert process.leases.all() == ()
    spent = process.ledger.spent_usd()
    assert process.ledger.spent_usd(wall_s() + 3_600.0) == spent


def test_without_a_budget_nobody_is_asked(machine: Machine) -> None:
    process = machine.process("s", budget_usd=None)
    with pytest.raises(NotAllowed, match=r"about 3 USD: --fmbench-budget USD allows it"):
        process.have()
    assert process.platform.calls == []


def test_a_budget_that_does_not_reach_makes_nothing(machine: Machine) -> None:
    process = machine.process("s", budget_usd=2.0)
    with pytest.raises(NotMeasured, match="may cost 3 USD"):
        process.have()
    assert process.platform.calls == []


def test_what_nobody_knows_the_price_of_is_not_made(machine: Machine) -> None:
    process = machine.process("s")
    with pytest.raises(NotAllowed, match="--fmbench-price unknown=USD"):
        process.have(UNKNOWN)
    assert process.platform.calls == []
    assert process.leases.all() == ()


def test_who_may_spend_nothing_is_told_so_whatever_else_is_lacking(machine: Machine) -> None:
    process = machine.process("s", budget_usd=None)
    with pytest.raises(
        NotAllowed, match=r"--fmbench-price unknown=USD.*; it costs money too, and --fmbench-budget USD"
    ):
        process.have(UNKNOWN)
    assert process.leases.all() == ()


def test_two_workers_share_one_and_the_last_one_releases_it(machine: Machine) -> None:
    first, second = machine.process("s"), machine.process("s")
    servers = first.have(), second.have()
    assert len(machine.up) == 1
    first.leave(servers[0])
    assert len(machine.up) == 1
    second.leave(servers[1])
    assert machine.up == {}


def test_what_a_worker_left_that_died_is_adopted(machine: Machine) -> None:
    died = machine.process("s")
    died.have()
    del died  # its locks go with it
    heir = machine.process("s")
    server = heir.have()
    assert len(machine.up) == 1
    assert [call.split()[0] for call in heir.platform.calls] == ["adopt"]
    heir.leave(server)
    assert machine.up == {}


def test_what_a_worker_left_half_made_is_released_and_made_anew(machine: Machine) -> None:
    died = machine.process("s")
    died.platform.breaks = {"start"}
    with pytest.raises(CloudFault):
        died.have()
    (half,) = died.leases.all()
    heir = machine.process("s")
    heir.have()
    assert [call.split()[0] for call in heir.platform.calls] == ["adopt", "release", "start"]
    assert half.name not in {lease.name for lease in heir.leases.all()}
    assert any("is not adopted: it is not up; it is released" in line for line in heir.said)


def test_what_others_measure_on_is_not_released_because_we_cannot_reach_it(machine: Machine) -> None:
    first, second = machine.process("s"), machine.process("s")
    first.have()
    second.platform.breaks = {"adopt"}
    with pytest.raises(CloudFault, match="adopt fails"):
        second.have()
    assert len(machine.up) == 1


def test_another_session_makes_its_own(machine: Machine) -> None:
    one, other = machine.process("s"), machine.process("t")
    one.have()
    other.leave(other.have())
    assert len(machine.up) == 1
    assert [lease.session for lease in one.leases.all()] == ["s"]


def test_what_is_kept_is_paid_no_more_and_adopted_by_the_next_session(machine: Machine) -> None:
    keeper = machine.process("s", keep=True)
    keeper.leave(keeper.have())
    (kept,) = keeper.leases.all()
    assert kept.kept
    assert machine.up[kept.name] == kept.expires_s
    spent = keeper.ledger.spent_usd()
    assert keeper.ledger.spent_usd(wall_s() + 3_600.0) == spent

    heir = machine.process("t")
    server = heir.have()
    (adopted,) = heir.leases.all()
    assert (adopted.name, adopted.session, adopted.held_by, adopted.kept) == (kept.name, "s", "t", False)
    assert heir.ledger.spent_usd(wall_s() + 3_600.0) == pytest.approx(36.0, abs=0.1)
    heir.leave(server)
    assert machine.up == {}


def test_what_is_kept_by_a_session_that_lives_is_still_its_own(machine: Machine) -> None:
    keeper = machine.process("s", keep=True)
    keeper.leave(keeper.have())
    with holding("s"):
        machine.process("t").have()
    assert len(machine.up) == 2


@pytest.mark.parametrize("change", [{"owner": "you@here"}, {"expires_s": 0.0}, {"kept": False}])
def test_what_is_not_kept_for_us_is_not_adopted(machine: Machine, change: dict[str, object]) -> None:
    keeper = machine.process("s", keep=True)
    keeper.leave(keeper.have())
    (kept,) = keeper.leases.all()
    keeper.leases.change(kept, lambda there: replace(there, **change))  # type: ignore[arg-type]  # fields by name
    machine.process("t").have()
    assert len(machine.up) == 2


def test_a_new_server_for_each_round_takes_the_place_of_one_that_would_be_kept(machine: Machine) -> None:
    process = machine.process("s", keep=True)
    process.leave(process.have(), for_good=True)
    assert machine.up == {}


def test_what_cannot_be_released_stays_in_the_book_and_is_told(machine: Machine) -> None:
    process = machine.process("s")
    server = process.have()
    process.platform.breaks = {"release"}
    process.leave(server)
    assert len(process.leases.all()) == 1
    assert process.said[-1].endswith("was not released: release fails; it is tried again at the end of the session")


def test_what_cannot_be_written_down_is_not_made(machine: Machine) -> None:
    (machine.state / "leases").write_text("a file where the folder should be")
    process = machine.process("s")
    with pytest.raises(StoreError, match="cannot write"):
        process.have()
    assert process.platform.calls == []


def test_a_lease_that_the_ledger_cannot_count_is_closed_before_anything_is_made(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = machine.process("s")

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Ledger, "begin", full)
    with pytest.raises(StoreError, match="the disk is full"):
        process.have()
    assert process.leases.all() == ()
    assert process.platform.calls == []
