from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.telemetry.base import Subject
from pytest_fmbench.telemetry.host import Host

SUBJECT = Subject(Endpoint("http://127.0.0.1:9/v1", "m", "openai-chat"), here=True)
Times = namedtuple("Times", "user nice system idle iowait steal guest")  # noqa: PYI024  # as psutil makes them


def times(monkeypatch: pytest.MonkeyPatch, *each: Any) -> None:
    left = [*each]
    monkeypatch.setattr(psutil, "cpu_times", lambda: left.pop(0))


def test_shares_are_of_the_time_since_the_sample_before(monkeypatch: pytest.MonkeyPatch) -> None:
    # a guest's time is in user's too: 10 s pass, 4 of them idle, one waiting, two taken away
    times(monkeypatch, Times(10, 0, 5, 20, 1, 0, 3), Times(12, 0, 6, 24, 2, 2, 5))
    found = {one.name: one.value for one in Host(SUBJECT).sample()}
    assert [found["cpu"], found["steal"]] == pytest.approx([0.5, 0.2])


def test_memory_and_network_are_as_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=100, available=40))
    monkeypatch.setattr(psutil, "net_io_counters", lambda: SimpleNamespace(bytes_recv=7, bytes_sent=9))
    found = {one.name: one.value for one in Host(SUBJECT).sample()}
    assert (found["memory"], found["network_in"], found["network_out"]) == (60.0, 7.0, 9.0)


def test_where_no_time_has_passed_there_is_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    same = Times(10, 0, 5, 20, 1, 0, 3)
    times(monkeypatch, same, same)
    assert not {"cpu", "steal"} & {one.name for one in Host(SUBJECT).sample()}


def test_where_there_is_no_interface_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_io_counters", lambda: None)
    assert not {"network_in", "network_out"} & {one.name for one in Host(SUBJECT).sample()}


def test_a_system_that_does_not_say_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Host(SUBJECT)

    def fails() -> None:
        raise OSError("no /proc")

    monkeypatch.setattr(psutil, "cpu_times", fails)
    with pytest.raises(TelemetryFault, match=r"^the system does not say: no /proc$"):
        source.sample()


def test_this_machine_has_it() -> None:
    source = Host(SUBJECT)
    found = {one.name: one.value for one in source.sample()}
    source.close()
    assert found["memory"] > 0
    assert all(0.0 <= found.get(name, 0.0) <= 1.0 for name in ("cpu", "steal"))
