from __future__ import annotations

import pytest

from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.crew.tally import Tally
from tests.support.records import record


def test_a_tally_counts_what_ended_and_what_failed() -> None:
    tally = Tally()
    assert tally.decoded == Decoded()
    for one in (
        record((1_100, 1_200), output_tokens=5),
        record((2_100,), phase="drain"),
        record(status="failed"),
        record(status="censored"),
        record((3_100,), tokens=(3,)),
    ):
        tally.add(one)
    assert tally.decoded == Decoded(done=5, failed=1, in_window=4, output_tokens=9, ttft_s=2e-6)


@pytest.mark.parametrize(
    ("standing", "tokens"),
    [
        (Standing(), 0),
        (Standing(begun=4), 0),
        (Standing(begun=4, decoded=Decoded(done=2, output_tokens=20)), 40),
        (Standing(begun=2, decoded=Decoded(done=4, output_tokens=40)), 40),
    ],
)
def test_what_is_not_decoded_yet_counts_as_much_as_what_is(standing: Standing, tokens: int) -> None:
    assert standing.output_tokens == tokens
