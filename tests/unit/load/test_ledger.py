from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.load.ledger import Ledger
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Window


def test_before_the_window_is_known_all_is_warm_up() -> None:
    assert Ledger().begin(2**62) is Phase.WARMUP


@given(st.lists(st.integers(0, 40)), st.integers(0, 20), st.integers(1, 20), st.integers(0, 40))
def test_phases_always_agree_with_the_window(begun: list[int], begin: int, length: int, end: int) -> None:
    ledger = Ledger()
    ledger.open(begin, length)
    ledger.close(end)
    for at in begun:
        window = ledger.window
        expected = Phase.WARMUP if at < window.begin_ns else Phase.WINDOW if at < window.end_ns else Phase.DRAIN
        assert ledger.begin(at) is expected
    assert ledger.begun == len(begun)
    assert ledger.in_window == ledger.open_in_window == sum(begin <= at < ledger.end_ns for at in begun)


def test_a_window_never_ends_later_than_it_was_to_nor_before_it_began() -> None:
    ledger = Ledger()
    ledger.open(100, 50)
    ledger.close(1_000)
    assert ledger.window == Window(100, 150)
    ledger.close(20)
    assert ledger.window == Window(100, 100)


def test_only_the_windows_requests_are_waited_for() -> None:
    ledger = Ledger()
    ledger.open(100, 50)
    phases = [ledger.begin(at) for at in (99, 100, 150)]
    assert ledger.open_in_window == 1
    for phase in phases:
        ledger.end(phase)
    assert (ledger.open_in_window, ledger.ended) == (0, 3)
