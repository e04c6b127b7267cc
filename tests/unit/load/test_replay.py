"""Replay as a load: when requests begin, as a pure function of a trace, the options and a seed."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench import chat, constant, mix, replay, then, trace
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import OpenLoop, shape_of
from pytest_fmbench.load.share import Share
from tests.support.traces import json_lines, mooncake

S = 1_000_000_000


def recorded(folder: Path, *at_s: float) -> Any:
    return trace(json_lines(folder / "t.jsonl", [mooncake(1000 * at, 5 + nth) for nth, at in enumerate(at_s)]))


def offsets(load: OpenLoop, seed: int = 0) -> list[int]:
    return list(load.offsets(seed))


def test_requests_begin_when_those_of_the_trace_did(tmp_path: Path) -> None:
    assert offsets(replay(recorded(tmp_path, 2, 2, 3.5, 9))) == [0, 0, 1_500_000_000, 7 * S]


def test_speed_stretches_time(tmp_path: Path) -> None:
    asked = recorded(tmp_path, 0, 1, 3)
    assert offsets(replay(asked, speed=2)) == [0, S // 2, 3 * S // 2]
    assert offsets(replay(asked, speed=0.25)) == [0, 4 * S, 12 * S]


def test_a_window_is_counted_from_its_begin_and_in_the_trace_s_own_seconds(tmp_path: Path) -> None:
    asked = recorded(tmp_path, 0, 1, 3, 5)
    assert offsets(replay(asked, window=(0.5, 5))) == [S // 2, 5 * S // 2]
    assert offsets(replay(asked, window=(0.5, 5), speed=2)) == [S // 4, 5 * S // 4]


@given(st.integers(0, 99), st.lists(st.integers(1, 6), min_size=2, max_size=12))
def test_spread_requests_stay_in_their_tick_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, seed: int, together: Sequence[int]
) -> None:
    stamps = [3 * nth for nth, count in enumerate(together) for _ in range(count)]
    asked = recorded(tmp_path_factory.mktemp("t"), *stamps)
    found = offsets(replay(asked, spread=3), seed)
    assert found == sorted(found)
    assert all(0 <= at - stamp * S < 3 * S for at, stamp in zip(found, stamps, strict=True))


def test_the_trace_tells_its_own_tick(tmp_path: Path) -> None:
    asked = recorded(tmp_path, *(3 * (nth // 4) for nth in range(400)))
    assert offsets(replay(asked, spread=True)) == offsets(replay(asked, spread=3.0))
    assert len({*offsets(replay(asked, spread=True))}) == 400
    assert offsets(replay(asked, spread=True), 1) != offsets(replay(asked, spread=True), 2)


def test_times_that_are_not_coarse_are_not_spread(tmp_path: Path) -> None:
    asked = recorded(tmp_path, *(0.001 * nth**2 for nth in range(100)))
    assert offsets(replay(asked, spread=True)) == offsets(replay(asked))


def test_its_shape_is_as_long_as_it_lasts_and_a_second(tmp_path: Path) -> None:
    asked = recorded(tmp_path, *(3 * (nth // 4) for nth in range(400)))
    lengths = [shape_of(load) for load in (replay(asked), replay(asked, speed=3), replay(asked, spread=True))]
    assert lengths == [297 + 1, 99 + 1, 300 + 1]
    assert shape_of(replay(asked, window=(0, 10))) == 9 + 1


def test_it_may_be_a_part_of_other_loads(tmp_path: Path) -> None:
    asked = recorded(tmp_path, 0, 1, 3)
    assert offsets(mix(replay(asked), replay(asked, speed=2))) == [0, 0, S // 2, S, 3 * S // 2, 3 * S]
    assert list(islice(then(replay(asked), constant(1)).offsets(0), 5))[:3] == [0, S, 3 * S]
    with pytest.raises(UsageError, match="inside of other loads it must be told whose times to take"):
        mix(replay(), constant(1)).shape_s  # noqa: B018  # asking for it is what is tested


def test_without_a_trace_it_takes_the_workload_s_times_and_the_part_that_is_asked(tmp_path: Path) -> None:
    workload = recorded(tmp_path, 0, 1, 3, 5)
    load, part = replay(window=(1, 5)).of(workload)
    assert offsets(load) == [0, 2 * S]
    assert part == workload.within(1, 5)
    assert str(load) == "replay:window-1-5"
    assert repr(load) == repr(replay(window=(1, 5)))


def test_with_a_trace_of_its_own_the_workload_is_asked_as_it_is(tmp_path: Path) -> None:
    load, part = replay(recorded(tmp_path, 0, 2)).of(chat())
    assert offsets(load) == [0, 2 * S]
    assert part == chat()


def test_a_workload_without_times_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"replay\(\) takes the times of the workload, and Chat\(.*ask a trace\(\.\.\.\)"
    ):
        replay().of(chat())
    with pytest.raises(UsageError, match="inside of other loads it must be told whose times to take"):
        offsets(replay())


@given(st.integers(1, 6))
def test_whatever_the_number_of_workers_they_send_the_one_schedule(
    tmp_path_factory: pytest.TempPathFactory, workers: int
) -> None:
    load = replay(recorded(tmp_path_factory.mktemp("t"), *range(11)), spread=0.5)
    parts = [list(Share(nth, workers).offsets(load, 3)) for nth in range(workers)]
    assert sorted(at for part in parts for at in part) == offsets(load, 3)


def test_its_words_are_made_of_what_k_takes(tmp_path: Path) -> None:
    asked = recorded(tmp_path, 0)
    assert str(replay()) == "replay"
    assert str(replay(asked, speed=0.5, window=(0, 1.5), spread=True)) == "replay:trace:t:speed-0.5:window-0-1.5:spread"
    assert str(replay(spread=3)) == "replay:spread-3"


def test_it_is_cheap_to_send(tmp_path: Path) -> None:
    load, _ = replay(spread=True).of(recorded(tmp_path, *range(500)))
    assert len(pickle.dumps(load)) < 1000
    assert offsets(pickle.loads(pickle.dumps(load))) == offsets(load)  # noqa: S301  # our own


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"trace": "file.csv"}, r"replay\('file\.csv'\): give a trace, as in replay\(trace\('FILE'\)\)"),
        ({"trace": 3}, "give a trace"),
        ({"speed": 0}, "speed=0"),
        ({"speed": float("inf")}, "speed=inf"),
        ({"speed": "2"}, "speed='2'"),
        ({"window": (5, 5)}, r"window=\(5, 5\)"),
        ({"window": (-1, 5)}, "window="),
        ({"window": 5}, "window=5"),
        ({"window": (0, float("nan"))}, "window="),
        ({"spread": 0}, "spread=0"),
        ({"spread": -1.0}, "spread=-1.0"),
        ({"spread": "3"}, "spread='3'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        replay(**options)
