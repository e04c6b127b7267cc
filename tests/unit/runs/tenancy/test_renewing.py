from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.clock import wall_s
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.runs.tenancy.renewing import Renewal
from pytest_fmbench.spend.leases import Leases
from tests.support.leasing import InMemory
from tests.support.processes import eventually

ONE = Deployment("m", "fake", "rented")


class Setting:
    """Leases of the session ``s``, and their platform."""

    def __init__(self, folder: Path, life_s: float = 600.0) -> None:
        self.leases = Leases(folder, "s", "me@here", 10.0)
        self.platform = InMemory(self.leases)
        self.renewal = Renewal(self.leases, "s", lambda _: self.platform, life_s)

    def opened(self) -> Lease:
        lease = self.leases.open(ONE, "rented", {}, 36.0)
        self.platform.up[lease.name] = lease.expires_s
        return lease

    @property
    def ends(self) -> dict[str, float]:
        return {lease.name: lease.expires_s for lease in self.leases.all()}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def test_book_and_platform_get_the_same_later_end(setting: Setting) -> None:
    lease = setting.opened()
    begun_s = wall_s()
    setting.renewal.renew_all()
    assert setting.ends == setting.platform.up
    assert setting.ends[lease.name] >= begun_s + 600.0


def test_other_sessions_are_left_alone(setting: Setting, tmp_path: Path) -> None:
    other = Leases(tmp_path, "t", "me@here", 10.0).open(ONE, "rented", {}, 36.0)
    setting.renewal.renew_all()
    assert setting.ends[other.name] == other.expires_s
    assert setting.platform.calls == []


def test_the_end_comes_from_the_clock_as_it_is_now(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = setting.opened()
    for now_s in (9e9, 1e9):  # a clock that was far ahead, and was set right
        monkeypatch.setattr("pytest_fmbench.runs.tenancy.renewing.wall_s", lambda now_s=now_s: now_s)
        setting.renewal.renew_all()
        assert setting.ends[lease.name] == setting.platform.up[lease.name] == now_s + 600.0


def test_one_that_fails_keeps_no_other_from_being_renewed_and_is_told_until_it_works(setting: Setting) -> None:
    good, bad = setting.opened(), setting.opened()
    works = setting.platform.renew

    def renew(lease: Lease) -> None:
        if lease.name == bad.name:
            raise RuntimeError("a bug")
        works(lease)

    setting.platform.renew = renew  # type: ignore[method-assign]  # a platform that breaks
    setting.renewal.renew_all()
    assert setting.platform.up[good.name] > good.expires_s
    assert setting.renewal.problems == {bad.name: f"{bad.name} was not renewed: a bug"}
    setting.platform.renew = works  # type: ignore[method-assign]  # it works again
    setting.renewal.renew_all()
    assert setting.renewal.problems == {}


def test_what_was_released_is_no_problem_any_more(setting: Setting) -> None:
    lease = setting.opened()
    setting.platform.breaks = {"renew"}
    setting.renewal.renew_all()
    setting.leases.close(lease)
    setting.renewal.renew_all()
    assert setting.renewal.problems == {}


def test_a_thread_does_it_again_and_again_until_it_is_stopped(tmp_path: Path) -> None:
    setting = Setting(tmp_path, life_s=0.06)
    lease = setting.opened()
    setting.renewal.start()
    assert eventually(lambda: len(setting.platform.calls) >= 3)
    setting.renewal.stop()
    calls = len(setting.platform.calls)
    setting.renewal.stop()
    assert len(setting.platform.calls) == calls
    assert set(setting.platform.calls) == {f"renew {lease.name}"}
