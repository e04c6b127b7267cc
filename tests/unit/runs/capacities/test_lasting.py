"""Windows that are long enough to tell whether a server keeps up."""

from __future__ import annotations

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.load.arrivals import poisson
from pytest_fmbench.runs.capacities.lasting import Tried, tried
from pytest_fmbench.runs.capacities.probes import Wanted
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.capacity import Budget, Probe
from tests.support.queue_server import SERVICE_S, QueueServer


def asked(server: QueueServer, rate: float, requests: int, left: float = 1e6, sla: str = "error_rate <= 0%") -> Tried:
    wanted = Wanted("it", (parse(sla, METRICS),), METRICS, Budget(1e6), poisson, 0.95, 0.1)
    return tried(wanted, server, Probe(rate, requests, requests // 4), left, SERVICE_S)


def sizes(server: QueueServer) -> list[int]:
    return [probe.requests for _, probe in server.asked]


def test_a_window_that_tells_is_measured_once() -> None:
    server = QueueServer(servers=8)
    found = asked(server, 40.0, 200)
    assert (sizes(server), found.aside, found.untold, found.unserved) == ([200], 0, False, False)


def test_requests_that_pile_up_are_told_from_replies_that_are_long() -> None:
    server = QueueServer(servers=2)
    found = asked(server, 200.0, 100)
    assert sizes(server) == [100, 200]
    assert (found.unserved, found.aside, found.run.requests.num_rows) == (True, 125, 250)
    assert found.seconds > 250 / 200.0


def test_replies_that_outlive_a_short_window_as_one_that_is_alone_does_are_no_sign() -> None:
    server = QueueServer(servers=10_000)
    found = asked(server, 1_000.0, 50)  # in half of the time that one takes
    assert (sizes(server), found.unserved, found.untold) == ([50], False, False)


def test_what_there_is_no_budget_to_tell_is_not_told() -> None:
    server = QueueServer(servers=2)
    found = asked(server, 200.0, 100, left=300.0)
    assert (sizes(server), found.untold, found.unserved) == ([100], True, False)


def test_a_broken_objective_needs_no_longer_window() -> None:
    server = QueueServer(servers=2)
    assert not asked(server, 200.0, 100, sla="e2e.mean < 200ms").aside
    assert sizes(server) == [100]
