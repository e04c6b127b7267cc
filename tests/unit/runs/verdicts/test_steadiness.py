from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.steadiness import signs
from tests.support.records import measured, record, run_of

SECOND = 1_000_000_000


def run(latencies: Floats, rate: float = 10.0, *, open_loop: bool = False) -> Run:
    """A request each ``1 / rate`` seconds, whose only chunk comes after its latency."""
    rows = []
    for nth, latency in enumerate(latencies):
        at = round(nth / rate * SECOND)
        rows.append(record((at + round(latency * SECOND),), sent_ns=at, scheduled_ns=at, begun_ns=at))
    return run_of(measured(*rows, window=Window(0, round(len(latencies) / rate * SECOND))), open_loop=open_loop)


def noise(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).lognormal(0.0, 0.2, n)


@pytest.mark.parametrize("open_loop", [True, False])
def test_a_steady_run_shows_no_sign(open_loop: bool) -> None:
    assert list(signs(run(noise(600), open_loop=open_loop))) == []


@pytest.mark.parametrize("n", [0, 1, 5])
def test_nor_does_one_that_is_too_short_to_tell(n: int) -> None:
    assert list(signs(run(noise(n), open_loop=True))) == []


def test_an_open_loop_that_offers_more_than_is_served_is_unstable() -> None:
    piling_up = 1.0 + 0.02 * np.arange(600.0)  # each waits 20 ms longer than the one before
    (sign,) = signs(run(piling_up, open_loop=True))
    assert sign.startswith("a case: unstable: ")
    assert "Lower the rate below" in sign


def test_what_a_shape_moves_is_no_sign() -> None:
    for latencies in (1.0 + 0.02 * np.arange(600.0), noise(600) * np.linspace(1.0, 1.5, 600)):
        moved = run(latencies, open_loop=True)
        assert list(signs(moved))
        assert list(signs(replace(moved, shape_s=60.0))) == []


def test_a_slow_begin_is_a_warm_up() -> None:
    latencies = noise(600)
    latencies[:100] *= 3.0
    (sign,) = signs(run(latencies))
    assert sign.startswith("a case: warm-up: the first 1")
    assert sign.endswith("give it a longer warmup")


def test_a_level_that_moves_is_a_drift() -> None:
    (sign,) = signs(run(noise(600) * np.linspace(1.0, 1.5, 600)))
    assert "not steady: the level moves by" in sign


def test_requests_that_never_ended_and_stamps_that_make_no_sense_do_no_harm() -> None:
    rows = [record((), done_ns=None, scheduled_ns=nth, status="failed", error="timeout") for nth in range(200)]
    rows += [record((50,), scheduled_ns=10**6 + nth, done_ns=1) for nth in range(200)]
    assert isinstance(list(signs(run_of(measured(*rows), open_loop=True))), list)
