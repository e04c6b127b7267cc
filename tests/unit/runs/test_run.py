from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.run import Run, Statistics
from tests.support.records import WINDOW, measured, record, run_of


def make_run() -> Run:
    records = [record((105, 115)), record((107, 127)), record(status="failed"), record((105,), phase="warmup")]
    return run_of(measured(*records))


def through_pickle(run: Run) -> Run:
    back = pickle.loads(pickle.dumps(run))  # noqa: S301
    assert isinstance(back, Run)
    return back


DUPLICATES = pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, through_pickle])


def test_a_metric_of_many_values_has_its_statistics() -> None:
    assert (make_run().ttft.mean, make_run().ttft.max, make_run().ttft.p50) == (6e-9, 7e-9, 6e-9)


def test_a_metric_that_is_one_number_is_that_number() -> None:
    assert make_run().error_rate == 1 / 3
    assert isinstance(make_run().error_rate, Estimate)


@pytest.mark.parametrize("metric", [*METRICS])
def test_every_metric_is_an_attribute(metric: str) -> None:
    kind = Statistics if METRICS[metric].kind.takes_statistic else Estimate
    assert type(getattr(make_run(), metric)) is kind
    assert metric in dir(make_run())


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_usual_statistic_is_an_attribute(statistic: str) -> None:
    assert getattr(make_run().ttft, statistic).name == f"ttft.{statistic}"
    assert statistic in dir(make_run().ttft)


@pytest.mark.parametrize(("attribute", "name"), [("p42", "ttft.p42"), ("p99_9", "ttft.p99.9")])
def test_so_is_any_other_percentile(attribute: str, name: str) -> None:
    assert getattr(make_run().ttft, attribute).name == name


def test_statistics_are_told_one_a_line() -> None:
    lines = str(make_run().ttft).splitlines()
    assert [line.partition(" = ")[0] for line in lines] == [f"ttft.{statistic}" for statistic in STATISTICS]


def test_beside_an_assertion_they_stand_on_a_line() -> None:
    assert re.fullmatch(r"<ttft: mean \S+ \w+, p50 .*, max \S+ \w+>", repr(make_run().ttft))
    assert repr(make_run()) == "<run a case>"


def test_an_unknown_metric_lists_the_known_ones() -> None:
    with pytest.raises(
        AttributeError, match=r"^unknown metric 'ttfft', did you mean 'ttft'\? Known: .*error_rate, good"
    ):
        make_run().ttfft  # noqa: B018


def test_an_unknown_statistic_lists_the_known_ones() -> None:
    with pytest.raises(
        AttributeError, match=r"^unknown statistic 'median', did you mean 'mean'\? Known: max, mean, p50"
    ):
        make_run().ttft.median  # noqa: B018


@pytest.mark.parametrize("name", ["nothing", "_nothing", "__nothing__"])
def test_what_is_not_there_can_be_asked_for(name: str) -> None:
    assert not hasattr(make_run(), name)
    assert not hasattr(make_run().ttft, name)


@pytest.mark.parametrize("name", ["p0", "p100", "p", "p99_", "P50"])
def test_a_percentile_that_is_none_is_not_there(name: str) -> None:
    assert not hasattr(make_run().ttft, name)


@DUPLICATES
def test_a_copy_says_the_same(duplicate: Callable[[Run], Run]) -> None:
    same = duplicate(make_run())
    assert (same.name, same.folder, same.verdicts) == ("a case", Path("somewhere"), [])
    assert (repr(same.ttft), repr(same.error_rate)) == (repr(make_run().ttft), repr(make_run().error_rate))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])  # noqa: S301
def test_a_copy_of_a_metric_says_the_same(duplicate: Callable[[Statistics], Statistics]) -> None:
    assert repr(duplicate(make_run().ttft)) == repr(make_run().ttft)


@pytest.mark.parametrize("empty", [Run.__new__(Run), Statistics.__new__(Statistics)], ids=["run", "statistics"])
def test_one_that_is_not_filled_in_yet_has_nothing(empty: object) -> None:
    assert not hasattr(empty, "p50")


def test_it_holds_all_requests_and_the_window() -> None:
    assert sorted(make_run().requests["phase"].to_pylist()) == ["warmup", "window", "window", "window"]
    assert make_run().window == WINDOW == Window(0, 1_000_000_000)


def test_its_text_is_short_enough_for_an_assertion() -> None:
    assert "a case" in repr(make_run())
    assert "pyarrow" not in repr(make_run())


def test_a_run_is_valid_until_something_is_found() -> None:
    run = make_run()
    assert run.valid
    run.invalid.append("our own error is too large")
    assert (run.valid, make_run().valid) == (False, True)


def test_each_run_has_its_own_verdicts() -> None:
    assert make_run().verdicts is not make_run().verdicts
