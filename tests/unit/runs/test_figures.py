from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fmbench import stats
from pytest_fmbench.catalog import METRICS
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.figures import STATISTICS, Figures
from tests.support.records import measured, record

SECOND = 1_000_000_000
MANY = [name for name in METRICS if METRICS[name].kind.takes_statistic]
ONE = [name for name in METRICS if not METRICS[name].kind.takes_statistic]


def figures(*records: RequestRecord, confidence: float = 0.95) -> Figures:
    return Figures(measured(*records), METRICS, confidence)


def waited(*seconds: int) -> Figures:
    """One request for each time to first token."""
    return figures(*(record((100 + wait * SECOND,)) for wait in seconds))


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("mean", 4), ("max", 7), ("p50", 4), ("p25", 2), ("p75", 6), ("p12.5", 1.5), ("p87.5", 6.5)],
)
def test_many_values_are_summarised_as_asked(statistic: str, value: float) -> None:
    assert waited(6, 1, 7, 2, 4).estimate("ttft", statistic) == value


def test_an_estimate_says_what_it_is_of() -> None:
    found = waited(1, 2, 3).estimate("ttft", "p50")
    assert (found.name, found.unit, found.n, found.confidence) == ("ttft.p50", Unit.SECOND, 3, 0.95)


def test_no_interval_of_what_is_never_negative_goes_below_0() -> None:
    measured = waited(*[0] * 11, 500)
    samples = measured.samples("ttft")
    assert isinstance(samples, np.ndarray)
    assert stats.mean(samples).low < 0.0
    assert measured.estimate("ttft", "mean").low == 0.0


def test_a_share_is_counted() -> None:
    found = figures(record((105,)), record(status="failed"), record((105,)), record((105,))).estimate("error_rate")
    assert (found, found.name, found.unit, found.n) == (0.25, "error_rate", Unit.SHARE, 4)


def test_a_rate_is_per_second_of_the_window() -> None:
    found = figures(record((105,)), record((105,)), record((2 * SECOND,))).estimate("request_rate")
    assert found == pytest.approx(2.0)
    assert (found.name, found.unit) == ("request_rate", Unit.REQUEST_RATE)


def test_what_could_not_be_computed_of_a_request_is_left_out() -> None:
    found = figures(record((105,)), record((105, 115)), record((105, 125), status="failed")).estimate("tpot", "max")
    assert (found, found.n) == (1e-8, 1)


@pytest.mark.parametrize("metric", MANY)
@pytest.mark.parametrize("statistic", STATISTICS)
def test_nothing_measured_is_not_zero(metric: str, statistic: str) -> None:
    found = figures().estimate(metric, statistic)
    assert math.isnan(found)
    assert (found.low, found.high, found.n) == (-math.inf, math.inf, 0)


def test_confidence_is_the_sessions_unless_another_is_asked_for() -> None:
    found = figures(record((105,)), confidence=0.9)
    for metric, statistic in (("ttft", "mean"), ("ttft", "max"), ("ttft", "p50"), ("goodput", None)):
        assert found.estimate(metric, statistic).confidence == 0.9
        assert found.estimate(metric, statistic, 0.8).confidence == 0.8
    assert found.estimate("request_rate", confidence=0.8).confidence == 0.8


def test_more_confidence_is_wider() -> None:
    found = waited(*(nth * 17 % 41 for nth in range(1, 41)))  # in no order: a trend leaves both ends open
    sure, surer = (found.estimate("ttft", "p50", level) for level in (0.8, 0.99))
    assert surer.low < sure.low < float(sure) < sure.high < surer.high


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5])
@pytest.mark.parametrize("metric", ["error_rate", "request_rate"])
def test_a_confidence_that_is_none_is_refused(metric: str, confidence: float) -> None:
    with pytest.raises(UsageError, match=r"^confidence is"):
        figures(record((105,))).estimate(metric, confidence=confidence)


def test_an_unknown_metric_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownName, match=r"^unknown metric 'ttfft', did you mean 'ttft'\? Known: .*, e2e, .* tpot, .*ttft"
    ):
        figures().estimate("ttfft", "p50")


@pytest.mark.parametrize("statistic", ["median", "p", "p0", "p00.0", "p100", "p-1", "p1e1", "95", "P95", " p95", ""])
def test_an_unknown_statistic_lists_the_known_ones(statistic: str) -> None:
    with pytest.raises(UnknownName, match=r"^unknown statistic '.*Known: max, mean, p50, p90, p95, p99$"):
        waited(1, 2, 3).estimate("ttft", statistic)


@pytest.mark.parametrize("metric", MANY)
def test_many_values_need_a_statistic(metric: str) -> None:
    with pytest.raises(UsageError, match=rf"^metric '{metric}' needs a statistic, such as {metric}\.p95$"):
        figures(record((105,))).estimate(metric)


@pytest.mark.parametrize("metric", ONE)
def test_one_number_takes_no_statistic(metric: str) -> None:
    with pytest.raises(UsageError, match=rf"^metric '{metric}' is one number, without any$"):
        figures(record((105,))).estimate(metric, "p95")


def test_samples_are_computed_once() -> None:
    found = waited(1, 2)
    assert found.samples("ttft") is found.samples("ttft")


@pytest.mark.parametrize("metric", [*METRICS])
def test_samples_are_of_the_declared_kind(metric: str) -> None:
    kinds = {
        Kind.REQUEST: np.ndarray,
        Kind.POOLED: np.ndarray,
        Kind.SHARE: Share,
        Kind.RATE: Rate,
        Kind.SERIES: np.ndarray,
        Kind.TASK: np.ndarray,
    }
    assert type(figures(record((105, 115))).samples(metric)) is kinds[METRICS[metric].kind]
