from __future__ import annotations

from itertools import chain, islice, repeat

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.load.arrivals import poisson
from pytest_fmbench.load.bursts import MOST, Burst, bursts


@given(st.lists(st.integers(0, 20)).map(sorted))
def test_all_are_in_bursts_in_order(offsets: list[int]) -> None:
    found = list(bursts(offsets))
    assert list(chain.from_iterable(repeat(*burst) for burst in found)) == offsets
    assert [burst.offset_ns for burst in found] == sorted({*offsets})


def test_no_burst_is_larger_than_what_is_held() -> None:
    assert list(bursts([7] * (MOST + 3))) == [Burst(7, MOST), Burst(7, 3)]


def test_arrivals_without_end_come_one_by_one() -> None:
    found = list(islice(bursts(poisson(100).offsets(1)), 50))
    assert found == [Burst(at, 1) for at in islice(poisson(100).offsets(1), 50)]
