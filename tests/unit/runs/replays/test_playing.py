"""How loads and workloads go together, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench import chat, closed, constant, replay, trace
from pytest_fmbench.errors import UsageError
from pytest_fmbench.runs.checks import window_of
from pytest_fmbench.runs.replays.playing import played
from pytest_fmbench.workloads.traces.trace import Trace
from tests.support.traces import count, json_lines, mooncake


@pytest.fixture
def asked(tmp_path: Path) -> Trace:
    return trace(json_lines(tmp_path / "t.jsonl", [mooncake(1000 * at, 50) for at in (0, 2, 4, 10)]))


class Nothing:
    shape_s = 0.0

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # nothing begins
        return iter(())


@pytest.mark.parametrize("load", [closed(2), constant(3)], ids=str)
def test_other_loads_stay_as_they_are(load: object, asked: Trace) -> None:
    assert isinstance(load, type(closed(2)) | type(constant(3)))
    for workload in (chat(), asked):
        play = played(load, workload)
        assert (play.load, play.workload) == (load, workload)
        assert (play.warmup(None), play.warmup(2.0), play.conditions()) == (None, 2.0, {})
    assert played(load, chat()).told(chat()) == {}
    assert played(load, asked).told(asked) == {"trace": asked.facts()}


def test_a_replay_is_measured_whole_and_has_no_warm_up_of_itself(asked: Trace) -> None:
    play = played(replay(speed=2), asked)
    assert (play.warmup(None), play.warmup(3.0)) == (0.0, 3.0)
    assert window_of(play.load, None, 40.0) == 5.0 + 1.0
    assert window_of(play.load, None, 40.0, windows=3) == 18.0
    with pytest.raises(
        UsageError, match=r"duration=4: that cuts replay:speed-2 off, which takes 6 s; allow 6 s or more"
    ):
        window_of(play.load, 4, 40.0)


def test_the_records_say_how_many_requests_it_has_and_of_what(asked: Trace) -> None:
    play, fitted = played(replay(window=(1, 9)), asked), asked.within(1, 9).fit(count)
    assert play.workload == asked.within(1, 9)
    assert play.told(fitted) == {"replayed": 2, "trace": fitted.facts()}
    assert played(replay(asked), chat()).told(chat()) == {"replayed": 4, "trace": asked.facts()}


def test_when_requests_begin_is_a_condition(asked: Trace, tmp_path: Path) -> None:
    other = trace(json_lines(tmp_path / "other.jsonl", [mooncake(1000 * at, 50) for at in (0, 2, 5, 10)]))
    hashes = [played(load, one).conditions()["times"] for load in (replay(), replay(speed=2)) for one in (asked, other)]
    assert len({*hashes}) == 4
    assert played(replay(), asked).conditions()["times"] == hashes[0]


def test_what_cannot_be_replayed_is_refused_before_anything_is_started(asked: Trace) -> None:
    with pytest.raises(UsageError, match="takes the times of the workload"):
        played(replay(), chat())
    with pytest.raises(UsageError, match=r"window=\(20, 30\)"):
        played(replay(window=(20, 30)), asked)
    with pytest.raises(UsageError, match="not one request would begin"):
        played(Nothing(), chat())
