"""What a run costs, and that it ends when there is no money left."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed, NotMeasured
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.tenancy.cost import Cost, Meter
from pytest_fmbench.runs.tenancy.estimate import expected_s, expected_usd
from pytest_fmbench.runs.tenancy.paying import Paying
from pytest_fmbench.spend.ledger import Ledger
from tests.support.leasing import InMemory
from tests.support.paid.tokens import PRICE, ByToken
from tests.support.records import measured, record

EACH = TokenPrice(0.001, 0.01, 0.0001, 0.0, "a test")
WINDOW, WARMUP = Standing(10, 5, Decoded(10, 0, 5, 40)), Standing(10, 0, Decoded(10, 0, 0, 40))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path, "s", 1.0)


def test_tokens_under_way_are_those_that_were_asked_for(ledger: Ledger) -> None:
    assert Cost(ledger, "m", tokens=EACH).under_way_usd(WINDOW, input_tokens=7) == pytest.approx(10 * 7e-3 + 40e-2)
    assert Cost(ledger, "m", 36.0).under_way_usd(WINDOW, input_tokens=7) == 0.0


def test_a_run_pays_for_its_tokens_and_has_its_share_of_the_hour(ledger: Ledger) -> None:
    run = measured(record(input_tokens=100, output_tokens=20, cached_tokens=60))
    cost = Cost(ledger, "m", 36.0, EACH)
    tokens_usd = 40 * 0.001 + 60 * 0.0001 + 20 * 0.01
    assert cost.paid(run, 10.0) == pytest.approx(tokens_usd + 0.1)
    assert ledger.spent_usd() == pytest.approx(tokens_usd)  # the hour is counted by its lease


CACHING = TokenPrice(3e-6, 15e-6, 0.3e-6, 3.75e-6, "a test")


@pytest.mark.parametrize(
    "timings",
    [
        '{"latencyMs": 551, "cacheWriteInputTokens": 2000}',
        '{"firstByteLatency": 9, "cacheWriteInputTokenCount": 2000}',
        '{"cacheWriteInputTokens": 2000, "cacheWriteInputTokenCount": 2000}',
    ],
)
def test_what_was_read_from_a_cache_and_written_to_one_has_its_own_price(ledger: Ledger, timings: str) -> None:
    with_cache = record(input_tokens=27_000, cached_tokens=20_000, output_tokens=300, server_timings=timings)
    without = record(input_tokens=1_000, output_tokens=100, server_timings='{"latencyMs": 400}')
    paid = Cost(ledger, "m", tokens=CACHING).paid(measured(with_cache, without, record()), 10.0)
    by_hand = 5_000 * 3e-6 + 20_000 * 0.3e-6 + 2_000 * 3.75e-6 + 300 * 15e-6 + 1_000 * 3e-6 + 100 * 15e-6
    assert by_hand == pytest.approx(0.015 + 0.006 + 0.0075 + 0.0045 + 0.003 + 0.0015)
    assert paid == pytest.approx(by_hand)
    assert ledger.spent_usd() == pytest.approx(by_hand)
    assert ledger.told()["paid"] == {"m": pytest.approx(by_hand)}


def test_a_window_ends_when_the_money_has(ledger: Ledger) -> None:
    meter = Meter(Cost(ledger, "m"), 1)
    meter.look(WINDOW)
    assert not meter.spent
    ledger.pay("other", 1.0)
    meter = Meter(Cost(ledger, "m"), 1)
    meter.look(WINDOW)
    assert meter.spent == "the budget was spent before m was measured to the end; --fmbench-budget sets another"


def test_a_window_ends_by_what_is_under_way(ledger: Ledger) -> None:
    ledger.pay("other", 0.7)
    meter = Meter(Cost(ledger, "m", tokens=EACH), 1)
    meter.look(WINDOW)
    assert meter.spent


def test_who_watches_sees_what_is_left_of_the_budget(ledger: Ledger) -> None:
    meter = Meter(Cost(ledger, "m", tokens=EACH), 7)
    assert meter.left_usd is None
    meter.look(WINDOW)
    assert meter.left_usd == pytest.approx(1.0 - 0.47)
    assert Meter(None, 1).left_usd is None


def test_money_that_ends_in_the_warm_up_measures_nothing(ledger: Ledger) -> None:
    ledger.pay("other", 1.0)
    with pytest.raises(NotMeasured, match="not measured: the budget was spent"):
        Meter(Cost(ledger, "m"), 1).look(WARMUP)


def test_the_ledger_is_not_read_at_every_sign_of_progress(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    meter, reads = Meter(Cost(ledger, "m"), 1), list[float]()

    def left_usd(_: Ledger, at_s: float) -> float:
        reads.append(at_s)
        return 1.0

    monkeypatch.setattr(Ledger, "left_usd", left_usd)
    for now_ns in (0, 999_999_999, 1_000_000_000, 1_000_000_001):
        monkeypatch.setattr("pytest_fmbench.runs.tenancy.cost.monotonic_ns", lambda now_ns=now_ns: now_ns)
        meter.look(WINDOW)
    assert len(reads) == 2


def test_tokens_of_a_run_that_broke_off_are_paid_too(ledger: Ledger) -> None:
    meter = Meter(Cost(ledger, "m", tokens=EACH), 7)
    with pytest.raises(KeyError):
        _break_off(meter, WARMUP)
    assert ledger.spent_usd() == pytest.approx(0.47)


def test_what_costs_nothing_is_never_looked_at() -> None:
    meter = Meter(None, 1)
    with pytest.raises(KeyError):
        _break_off(meter, WINDOW)
    assert meter.paid(measured(record())) is None


def test_who_is_paid_how(ledger: Ledger, tmp_path: Path) -> None:
    paying = Paying(ledger)
    rented, tokens = Deployment("m", "fake", "rented"), Deployment("m", "fake", "tokens:1")
    platform, by_token = InMemory(book=None), ByToken(None)  # type: ignore[arg-type]  # neither is asked of them
    assert paying.cost_of(platform, rented) == Cost(ledger, rented.id, 36.0)
    assert paying.cost_of(by_token, tokens) == Cost(ledger, tokens.id, tokens=PRICE)
    paying.see_that_it_may_be(by_token, tokens)
    paying.see_that_it_may_be(platform, rented)
    with pytest.raises(NotAllowed, match="--fmbench-budget USD allows it"):
        Paying(Ledger(tmp_path, "t", None)).see_that_it_may_be(by_token, tokens)


def test_what_is_kept_of_a_budget_for_a_deployment() -> None:
    assert expected_s(0, 40.0) == expected_s(1, 40.0) == 370.0
    assert expected_usd(36.0, 3, 40.0) == pytest.approx(5.1)


def _break_off(meter: Meter, standing: Standing) -> None:
    with meter:
        meter.look(standing)
        raise KeyError
