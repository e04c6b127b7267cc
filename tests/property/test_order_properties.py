from unittest import mock

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.stats import order
from pytest_fmbench.stats.order import Order

UNHURRIED = settings(deadline=None)


@UNHURRIED
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 20))
@example([0.0, -0.0, 5e-324, -5e-324], 1, 1)
@example([1.7976931348623157e308, -1.7976931348623157e308], 1, 1)
def test_every_rank_is_exact_however_many_bins_there_are(samples: list[float], bits: int, block: int) -> None:
    with mock.patch.multiple(order, _FEW=0, BLOCK=block, _BITS=bits, _STEP=7):
        found = Order(np.array(samples))
        assert [found.at(rank) for rank in range(len(samples))] == sorted(samples)
