from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.telemetry.base import Reading
from pytest_fmbench.telemetry.sampler import Sampler, after
from tests.support.processes import eventually


@dataclass
class Counting:
    """Tells which sample it is, or does what is asked at one."""

    at: Callable[[int], Sequence[Reading]] = lambda nth: [Reading("power", float(nth), "0"), Reading("power", 1.0, "1")]
    family: str = "gpu"
    words: Collection[str] = ("power",)
    asked: int = 0
    _nth: count[int] = field(default_factory=count)

    def sample(self) -> Sequence[Reading]:
        nth = next(self._nth)
        self.asked = nth + 1
        return self.at(nth)

    def close(self) -> None:
        raise AssertionError("whoever opened it closes it")


def test_there_is_a_sample_at_the_begin_one_each_period_and_one_at_the_end() -> None:
    source = Counting()
    with Sampler({"nvml": source}, period_s=0.01) as sampler:
        assert eventually(lambda: source.asked >= 4)
        before_end_ns = monotonic_ns()
    rows, t_ns = sampler.rows, [row.t_ns for row in sampler.rows]
    assert t_ns == sorted(t_ns)
    assert t_ns[-1] >= before_end_ns
    assert [(row.value, row.device) for row in rows[:4]] == [(0.0, "0"), (1.0, "1"), (1.0, "0"), (1.0, "1")]
    assert {(row.source, row.name, row.bound) for row in rows} == {("gpu", "power", None)}
    assert len(rows) == 2 * sampler.costs["nvml"].samples == 2 * source.asked


def test_even_a_block_that_ends_at_once_has_a_first_and_a_last() -> None:
    source = Counting()
    with Sampler({"nvml": source}, period_s=3600.0) as sampler:
        begun_ns = monotonic_ns()
    assert sampler.costs["nvml"].samples in (1, 2), "the last, and the first unless the end came before it"
    assert sampler.rows[-1].t_ns >= begun_ns


def test_readings_of_a_sample_have_one_time_within_its_asking() -> None:
    seen: list[int] = []

    def noted(_: int) -> Sequence[Reading]:
        seen.append(monotonic_ns())
        return [Reading("a", 1.0), Reading("b", 2.0)]

    with Sampler({"nvml": Counting(noted)}, period_s=3600.0) as sampler:
        began_ns = monotonic_ns()
    first, second = (row.t_ns for row in sampler.rows[-2:])
    assert first == second
    assert abs(first - seen[-1]) <= monotonic_ns() - began_ns


@pytest.mark.parametrize("error", [TelemetryFault("it is gone"), ZeroDivisionError("what a driver happens to raise")])
def test_a_source_that_fails_leaves_a_counted_gap(error: Exception) -> None:
    def fails_twice(nth: int) -> Sequence[Reading]:
        if nth in (1, 2):
            raise error
        return [Reading("power", 5.0)]

    bad, good = Counting(fails_twice), Counting()
    with Sampler({"bad": bad, "good": good}, period_s=0.005) as sampler:
        assert eventually(lambda: bad.asked >= 5)
    cost = sampler.costs["bad"]
    assert (cost.gaps, cost.samples) == (2, bad.asked - 2)
    assert cost.fault == (str(error) if isinstance(error, TelemetryFault) else f"ZeroDivisionError: {error}")
    assert sampler.costs["good"].gaps == 0
    assert sampler.costs["good"].samples == good.asked == bad.asked


def test_what_a_sample_costs_is_measured() -> None:
    def works(_: int) -> Sequence[Reading]:
        sum(range(400_000))  # what the collector of the whole process may take is far less
        return []

    idle = Counting(lambda _: [])
    with Sampler({"works": Counting(works), "idle": idle}, period_s=0.005) as sampler:
        assert eventually(lambda: idle.asked >= 10)
    works_, idle_ = sampler.costs["works"], sampler.costs["idle"]
    assert works_.cpu_ns > 5 * idle_.cpu_ns
    assert works_.wall_ns >= works_.cpu_ns > 0


@pytest.mark.parametrize(("now_ns", "due_ns"), [(100, 110), (103, 110), (110, 110), (111, 120), (155, 160), (99, 110)])
def test_what_a_late_sample_made_impossible_is_left_out(now_ns: int, due_ns: int) -> None:
    assert after(100, now_ns, 10) == due_ns


def test_the_thread_is_prepared_first_and_only_it() -> None:
    threads: list[int] = []

    def noted(_: int) -> Sequence[Reading]:
        threads.append(threading.get_ident())
        return []

    source = Counting(noted)
    with Sampler({"nvml": source}, 3600.0, prepare=lambda: threads.append(-threading.get_ident())):
        pass
    assert threads[0] == -threads[1]
    assert threading.get_ident() not in threads


def test_without_a_source_there_is_no_thread() -> None:
    before = threading.active_count()
    with Sampler({}, 0.01) as sampler:
        assert threading.active_count() == before
    assert sampler.rows == []


def test_what_is_learnt_late_stands_at_the_time_that_it_is_about() -> None:
    source = Counting(lambda nth: [Reading("power", float(nth)), Reading("power", float(nth), "old", age_s=60.0)])
    with Sampler({"cloudwatch": source}, period_s=3600.0) as sampler:
        pass
    now, old = sampler.rows[-2:]
    assert now.t_ns - old.t_ns == 60_000_000_000
