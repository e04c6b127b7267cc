from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed, NotMeasured, StoreError
from pytest_fmbench.spend.ledger import Ledger, ledgers_folder, sessions_with_ledgers
from tests.support.leases import PAID, a_lease

ROOT = Path(__file__).parents[3]
RESERVER = """
import sys
from pathlib import Path
from pytest_fmbench.errors import NotMeasured
from pytest_fmbench.spend.ledger import Ledger

try:
    Ledger(Path(sys.argv[1]), "session", 2.5).reserve("what", 1.0)
    print("reserved", flush=True)
except NotMeasured:
    print("refused", flush=True)
sys.stdin.read()
"""
USD_PER_HOUR = 3.6
"""A thousandth of a dollar a second."""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path, "session", 10.0, now=lambda: 1000.0)


def reserver(folder: Path) -> subprocess.Popen[str]:
    run = (sys.executable, "-c", RESERVER, str(folder))
    return subprocess.Popen(run, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_they_lie_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    assert ledgers_folder() == tmp_path / "ledgers"


def test_without_a_budget_nothing_may_be_spent(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "session", None)
    for usd, told in ((1.234, "1.23 USD"), (0.0, "0 USD")):
        with pytest.raises(NotAllowed, match=f"ec2 costs money, about {told}: --fmbench-budget USD allows it"):
            ledger.see_that_it_is_allowed("ec2", usd)
        with pytest.raises(NotAllowed):
            ledger.reserve("ec2", usd)
    with pytest.raises(NotAllowed):
        ledger.begin(a_lease(), USD_PER_HOUR)
    assert ledger.left_usd() == 0.0
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_what_nobody_knows_the_price_of_is_not_allowed(ledger: Ledger) -> None:
    with pytest.raises(NotAllowed, match="nobody knows how much; --fmbench-price INSTANCE=USD says"):
        ledger.see_that_it_is_allowed("ec2", None)


def test_what_does_not_reach_is_not_measured(ledger: Ledger) -> None:
    ledger.see_that_it_is_allowed("ec2", 10.0)
    ledger.reserve("ec2", 7.5)
    with pytest.raises(NotMeasured, match=r"ec2 may cost 3 USD, and 2\.5 USD of --fmbench-budget 10 are neither spent"):
        ledger.see_that_it_is_allowed("ec2", 3.0)
    ledger.see_that_it_is_allowed("ec2", 2.5)


def test_what_is_withdrawn_is_free_again(ledger: Ledger) -> None:
    withdraw = ledger.reserve("ec2", 10.0)
    with pytest.raises(NotMeasured):
        ledger.reserve("ec2", 0.01)
    withdraw()
    withdraw()
    ledger.reserve("ec2", 10.0)


def test_a_lease_has_what_was_reserved_for_it_until_it_ends(ledger: Ledger) -> None:
    withdraw = ledger.reserve(PAID.id, 8.0)
    ledger.begin(a_lease(), USD_PER_HOUR, 1000.0)
    withdraw()  # too late: it is the lease's
    with pytest.raises(NotMeasured):
        ledger.reserve("other", 2.5, 1000.0)
    ledger.reserve("other", 2.0, 1000.0)
    assert ledger.spent_usd(2000.0) == 1.0
    ledger.end(a_lease(), 2000.0)
    ledger.reserve("other", 7.0, 2000.0)  # 10 less the 1 that it cost and the 2 of the other


def test_what_costs_more_than_was_reserved_counts_as_it_costs(ledger: Ledger) -> None:
    ledger.reserve(PAID.id, 1.0)
    ledger.begin(a_lease(), USD_PER_HOUR, 0.0)
    ledger.see_that_it_is_allowed("other", 9.0, 1000.0)
    with pytest.raises(NotMeasured):
        ledger.see_that_it_is_allowed("other", 9.0, 1001.0)
    assert ledger.left_usd(5000.0) == 5.0
    assert ledger.left_usd(1e9) == 0.0


def test_one_that_is_taken_over_begins_without_a_reservation(ledger: Ledger) -> None:
    ledger.begin(a_lease(), USD_PER_HOUR, 0.0)
    assert ledger.spent_usd(500.0) == 0.5
    with pytest.raises(NotMeasured):  # all is spent by then
        ledger.begin(a_lease("another"), USD_PER_HOUR, 10_000.0)


def test_begun_twice_it_goes_on_and_ended_twice_it_stays_so(ledger: Ledger) -> None:
    for at_s in (0.0, 600.0):
        ledger.begin(a_lease(), USD_PER_HOUR, at_s)
    for at_s in (1000.0, 9000.0):
        ledger.end(a_lease(), at_s)
    assert ledger.spent_usd(9000.0) == pytest.approx(1.0)
    ledger.begin(a_lease(), USD_PER_HOUR, 10_000.0)
    ledger.end(a_lease(), 11_000.0)
    assert ledger.spent_usd(99_000.0) == pytest.approx(2.0)
    ledger.end(a_lease("never begun"))


def test_a_clock_that_steps_back_takes_nothing_away(ledger: Ledger) -> None:
    ledger.begin(a_lease(), USD_PER_HOUR, 1000.0)
    assert ledger.spent_usd(0.0) == 0.0
    ledger.reserve("any change counts up to then", 1.0, 2000.0)
    assert ledger.spent_usd(0.0) == 1.0
    ledger.reserve("and on from there", 1.0, 500.0)
    assert ledger.spent_usd(1500.0) == pytest.approx(2.0)
    ledger.end(a_lease(), 0.0)
    assert ledger.spent_usd(0.0) == pytest.approx(1.0)


def test_tokens_are_paid_from_what_is_reserved_for_them(ledger: Ledger) -> None:
    ledger.reserve("bedrock", 6.0)
    for usd in (2.0, 3.0, 4.0):
        ledger.pay("bedrock", usd)
    assert (ledger.spent_usd(), ledger.left_usd()) == (9.0, 1.0)
    ledger.see_that_it_is_allowed("other", 1.0)
    with pytest.raises(NotMeasured):
        ledger.see_that_it_is_allowed("other", 1.1)
    ledger.pay("bedrock", 5.0)  # spent it is, whatever the budget says
    assert (ledger.spent_usd(), ledger.left_usd()) == (14.0, 0.0)


def test_all_of_it_is_told_in_plain_values(ledger: Ledger) -> None:
    assert ledger.told() == {"budget_usd": 10.0, "spent_usd": 0.0, "left_usd": 10.0, "leases": {}, "paid": {}}
    ledger.begin(a_lease("one"), USD_PER_HOUR, 0.0)
    ledger.begin(a_lease("two"), USD_PER_HOUR, 500.0)
    ledger.end(a_lease("one"), 1000.0)
    ledger.pay("bedrock", 0.25)
    assert ledger.told(1500.0) == {
        "budget_usd": 10.0,
        "spent_usd": pytest.approx(2.25),
        "left_usd": pytest.approx(7.75),
        "leases": {"one": pytest.approx(1.0), "two": pytest.approx(1.0)},
        "paid": {"bedrock": 0.25},
    }
    assert Ledger(Path("nowhere"), "session", None).told()["left_usd"] is None


def test_processes_that_reserve_at_once_do_not_share_the_last_dollars(tmp_path: Path) -> None:
    processes = [reserver(tmp_path) for _ in range(4)]
    try:
        assert sorted(said(process) for process in processes) == ["refused"] * 2 + ["reserved"] * 2
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    Ledger(tmp_path, "session", 2.5).reserve("what the dead reserved is free", 2.5)


def test_what_is_reserved_here_stays_so(tmp_path: Path, ledger: Ledger) -> None:
    ledger.reserve("ec2", 10.0)
    another = Ledger(tmp_path, "session", 10.0)  # in another thread, say
    with pytest.raises(NotMeasured):
        another.reserve("ec2", 1.0)
    Ledger(tmp_path, "another session", 10.0).reserve("ec2", 10.0)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": 1, "session": "session"', b"\xff"])
def test_one_that_cannot_be_read_stops_everything(tmp_path: Path, ledger: Ledger, content: bytes) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    uses: list[Callable[[], object]] = [
        ledger.spent_usd,
        ledger.left_usd,
        ledger.told,
        lambda: ledger.pay("x", 1.0),
        lambda: ledger.reserve("x", 1.0),
        lambda: ledger.begin(a_lease(), 1.0),
        lambda: ledger.end(a_lease()),
    ]
    for use in uses:
        with pytest.raises(StoreError, match=r"cannot read .*session\.json: it holds no account"):
            use()
    assert path.read_bytes() == content


def test_one_of_a_newer_release_is_not_touched(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "session.json").write_text('{"version": 2, "session": "session", "budget_usd": null}')
    with pytest.raises(StoreError, match="it has version 2 of its form, and this release reads 1"):
        ledger.spent_usd()


def test_one_of_a_session_that_is_over_is_removed(tmp_path: Path, ledger: Ledger) -> None:
    assert sessions_with_ledgers(tmp_path / "nowhere") == ()
    ledger.pay("x", 1.0)
    Ledger(tmp_path, "other", 1.0).pay("x", 1.0)
    assert sessions_with_ledgers(tmp_path) == ("other", "session")
    ledger.remove()
    assert sessions_with_ledgers(tmp_path) == ("other",)
    assert ledger.spent_usd() == 0.0


def test_reservations_of_this_process_are_its_own(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.reserve(PAID.id, 8.0)
    monkeypatch.setattr(os, "getpid", os.getppid)
    ledger.begin(a_lease(), USD_PER_HOUR, 1000.0)
    with pytest.raises(NotMeasured):
        ledger.reserve("other", 2.5, 1000.0)  # 8 of them are still reserved by the other process
