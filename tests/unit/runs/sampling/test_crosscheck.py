from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

import pytest

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.sampling.crosscheck import Crosscheck, crosscheck
from tests.support.records import measured, record
from tests.support.telemetry import NS, At, telemetry

WINDOW = Window(10 * NS, 20 * NS)


def histogram(s: float, buckets: dict[float, float], total: float, sum_s: float) -> list[At]:
    """All of the server's sample at a time."""
    rows = [At(s, "server.ttft_bucket", count, bound=bound) for bound, count in buckets.items()]
    return [*rows, At(s, "server.ttft_count", total), At(s, "server.ttft_sum", sum_s)]


BEFORE = histogram(9.5, {0.1: 100, 0.2: 100, float("inf"): 100}, 100, 5.0)
AFTER = histogram(20.5, {0.1: 101, 0.2: 103, float("inf"): 104}, 104, 5.66)
"""Four first tokens: one within 0.1 s, two within 0.2 s, one later, 0.66 s together."""


def ours(*sent_and_waited: tuple[float, float], **changed: Any) -> Measurement:
    """A request each, sent at a time in seconds, whose first token came so much later."""
    rows = [
        record((round((sent + s) * NS), round((sent + s + 9) * NS)), sent_ns=round(sent * NS), **changed)
        for sent, s in sent_and_waited
    ]
    return replace(measured(*rows, window=WINDOW), telemetry=telemetry(*BEFORE, *AFTER))


FOUR = ((11, 0.05), (12, 0.15), (13, 0.25), (14, 0.35))


def test_both_sides_are_compared_over_the_time_between_the_samples_around_the_window() -> None:
    expected = Crosscheck(
        n=4,
        theirs_n=4,
        mean_s=0.2,
        theirs_mean_s=0.165,
        distance=0.25,  # at 0.2 s half of ours, and three quarters of theirs
        at_s=0.2,
        seconds=11.0,
    )
    found = crosscheck(ours(*FOUR))
    assert found is not None
    assert astuple(found) == pytest.approx(astuple(expected))


def test_sides_that_agree_are_no_distance_apart() -> None:
    found = crosscheck(ours((11, 0.05), (12, 0.15), (13, 0.16), (14, 0.3)))
    assert found is not None
    assert found.distance == 0.0
    assert found.mean_s == pytest.approx(found.theirs_mean_s)


def test_ours_are_those_whose_first_token_arrived_meanwhile_of_any_phase_and_end() -> None:
    early, late = ours((9.0, 0.4), phase="warmup"), ours((20.0, 0.6), phase="drain")
    assert crosscheck(early) is crosscheck(late) is None
    found = crosscheck(ours((9.2, 0.4), (20.0, 0.4), phase="drain", status="censored"))
    assert found is not None
    assert (found.n, round(found.mean_s, 9)) == (2, 0.4)


def test_only_the_last_sample_before_and_the_first_after_count() -> None:
    between = [
        *histogram(1.0, {0.1: 0, 0.2: 0, float("inf"): 0}, 0, 0.0),
        *histogram(15.0, {0.1: 100, 0.2: 101, float("inf"): 102}, 102, 5.3),
        *histogram(99.0, {0.1: 900, 0.2: 900, float("inf"): 900}, 900, 90.0),
    ]
    measurement = replace(ours(*FOUR), telemetry=telemetry(*BEFORE, *between, *AFTER))
    assert crosscheck(measurement) == crosscheck(ours(*FOUR))


@pytest.mark.parametrize(
    "values",
    [
        (),
        BEFORE,
        AFTER,
        (*BEFORE, *histogram(20.5, {0.1: 0, 0.2: 0, float("inf"): 1}, 1, 0.3)),  # it began anew
        (*BEFORE, *histogram(20.5, {0.1: 100, 0.2: 100, float("inf"): 100}, 100, 5.0)),  # nothing was served
        (*BEFORE, *histogram(20.5, {0.1: 101, float("inf"): 104}, 104, 5.66)),
        (*BEFORE, *histogram(20.5, {float("inf"): 104}, 104, 5.66)),
        (*BEFORE, At(20.5, "server.ttft_count", 104)),
    ],
)
def test_without_a_histogram_around_the_window_nothing_is_compared(values: tuple[At, ...]) -> None:
    assert crosscheck(replace(ours(*FOUR), telemetry=telemetry(*values))) is None


def test_without_telemetry_nothing_is_compared() -> None:
    assert crosscheck(measured(record((105,)))) is None


def test_rounds_are_compared_together() -> None:
    """Each on a server of its own, whose counts begin anew."""
    windows = (Window(10 * NS, 20 * NS), Window(110 * NS, 120 * NS))
    first = [record((round((s + t) * NS),), sent_ns=round(s * NS)) for s, t in FOUR]
    second = [record((round((s + 100 + t) * NS),), sent_ns=round((s + 100) * NS), round=1) for s, t in FOUR]
    fresh = histogram(109.0, {0.1: 0, 0.2: 0, float("inf"): 0}, 0, 0.0)
    later = histogram(121.0, {0.1: 1, 0.2: 2, float("inf"): 4}, 4, 0.8)
    whole = measured(*first, *second, window=Window(10 * NS, 120 * NS)).requests
    told = telemetry(*BEFORE, *AFTER, *fresh, *later)
    found = crosscheck(Measurement(whole, Window(10 * NS, 120 * NS), rounds=windows, telemetry=told))
    assert found is not None
    assert (found.n, found.theirs_n) == (8, 8)
    assert found.theirs_mean_s == pytest.approx(1.46 / 8)
    assert found.distance == pytest.approx(0.125)
