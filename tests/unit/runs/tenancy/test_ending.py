"""Releasing what is left at the end, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext

import pytest

from pytest_fmbench.errors import CloudFault, StoreError
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.runs.tenancy.ending import Left, release_all
from pytest_fmbench.runs.tenancy.signals import Signals
from tests.support.leasing import lease

A, B, C = (lease(f"fmbench-{name}") for name in "abc")


class Releasing:
    """A platform that fails at what it is told to."""

    def __init__(self, **fails: BaseException) -> None:
        self.fails = {f"fmbench-{name}": error for name, error in fails.items()}
        self.released: list[str] = []
        self.closed: list[str] = []

    def release(self, one: Lease, _: Progress) -> None:
        if one.name in self.fails:
            raise self.fails[one.name]
        self.released.append(one.name)

    def all(self) -> list[Left]:
        def find(_: str) -> Releasing:
            return self

        def close(one: Lease) -> None:
            self.closed.append(one.name)

        return release_all([A, B, C], find, close, lambda _: nullcontext(), lambda _: None)  # type: ignore[arg-type]  # only release is asked of it


def test_each_is_released_and_closed() -> None:
    releasing = Releasing()
    assert releasing.all() == []
    assert releasing.released == releasing.closed == [A.name, B.name, C.name]


@pytest.mark.parametrize("error", [CloudFault("no answer"), RuntimeError("a bug")])
def test_one_that_fails_keeps_no_other_up_and_is_told_with_its_way_out(error: Exception) -> None:
    releasing = Releasing(b=error)
    (left,) = releasing.all()
    assert releasing.closed == [A.name, C.name]
    assert str(left) == (f"fmbench-b (rented, m+fake+rented, $36.00/h) is left: {error}; `fmbench reap` ends it")


def test_one_that_cannot_be_closed_is_told_though_nothing_of_it_is_up() -> None:
    def full(one: Lease) -> None:
        if one is B:
            raise StoreError("no space is left")

    releasing = Releasing()
    (left,) = release_all([A, B, C], lambda _: releasing, full, lambda _: nullcontext(), lambda _: None)  # type: ignore[arg-type, return-value]  # only release is asked of it
    assert releasing.released == [A.name, B.name, C.name]
    assert str(left).endswith("is left: no space is left; `fmbench reap` ends it")


def test_what_an_interruption_keeps_from_being_released_is_told() -> None:
    releasing = Releasing(a=CloudFault("no answer"), b=KeyboardInterrupt())
    left = releasing.all()
    assert [one.lease for one in left] == [A, B, C]
    assert [one.problem for one in left] == ["no answer", *["releasing it was interrupted"] * 2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_as_ctrl_c_does_until_the_handler_before_is_back(number: signal.Signals) -> None:
    before, signals = signal.getsignal(number), Signals()
    signals.install()
    try:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    finally:
        signals.restore()
    signals.restore()
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals = Signals()
    try:
        signals.install()
        with signals.patiently(lambda: "releasing one"):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signals.restore()
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_releasing_is_answered_and_only_the_second_interrupts(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with Signals().patiently(lambda: "releasing one"):
        os.kill(os.getpid(), number)
        assert "fmbench: releasing one; the next signal abandons it" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert "releasing one; abandoned" in capfd.readouterr().err
    assert signal.getsignal(number) is before
