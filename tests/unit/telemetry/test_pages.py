"""Sources that ask for a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.dcgm import Dcgm
from pytest_fmbench.telemetry.server import ServerPage
from tests.support.mock_server import MockServer, plain, serving
from tests.support.telemetry import DCGM, LLAMACPP

WORDS = {"running": "llamacpp:requests_processing", "waiting": "llamacpp:requests_deferred"}
ENDPOINT = Endpoint(
    "http://127.0.0.1:9/v1", "m", "openai-chat", headers={"Authorization": Secret("Bearer k"), "X-A": "b"}
)


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with serving(lambda _: plain(200, f"{LLAMACPP}# {{}}")) as server:  # such an end keeps its connections open
        yield server


def subject(mock: MockServer, **changed: object) -> Subject:
    fields: dict[str, object] = {"page": f"{mock.url}/metrics", "words": WORDS} | changed
    return Subject(ENDPOINT, here=True, **fields)  # type: ignore[arg-type]  # as a test says


def test_a_servers_page_is_told_in_our_words(mock: MockServer) -> None:
    source = ServerPage(subject(mock))
    assert set(source.words) == {"running", "waiting"}
    assert list(source.sample()) == [Reading("running", 2.0), Reading("waiting", 1.0)]
    source.close()
    assert mock.connections == 1, "it is kept"


def test_it_is_asked_for_with_the_endpoints_headers_and_nothing_else(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    ServerPage(subject(mock)).close()
    (asked,) = mock.asked
    assert asked.head.startswith("GET /metrics HTTP/1.1\r\n")
    assert (asked.header("authorization"), asked.header("x-a")) == ("Bearer k", "b")
    assert {line.partition(":")[0].lower() for line in asked.head.split("\r\n")[1:] if line} == {
        *("host", "accept", "accept-encoding", "connection", "user-agent", "authorization", "x-a")
    }


def test_a_page_on_another_host_gets_no_header_of_the_endpoint(mock: MockServer) -> None:
    """A key is for the host that it was given for."""
    ServerPage(subject(mock, page=mock.url.replace("127.0.0.1", "localhost") + "/metrics")).close()
    assert mock.asked[0].header("authorization") is None


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(404, "answers 404: it has none"), (401, "answers 401: it wants a key"), (500, "answers 500")],
)
def test_a_server_without_a_page_is_left_out_and_says_why(mock: MockServer, status: int, meaning: str) -> None:
    mock.script = lambda _: plain(status, "{}")
    with pytest.raises(TelemetryFault, match=rf"/metrics {meaning}$"):
        ServerPage(subject(mock))


def test_a_page_that_is_none_is_left_out(mock: MockServer) -> None:
    mock.script = lambda _: plain(200, "{}")
    with pytest.raises(TelemetryFault, match=r"^no page of metrics: "):
        ServerPage(subject(mock))


def test_a_server_that_is_gone_is_a_fault_each_time(mock: MockServer) -> None:
    source = ServerPage(subject(mock))
    mock.script = lambda _: [None]
    for _ in range(2):
        with pytest.raises(TelemetryFault, match=r"/metrics does not answer: "):
            source.sample()
    source.close()


def test_a_stack_that_is_not_known_has_no_page(mock: MockServer) -> None:
    with pytest.raises(TelemetryFault, match=r"^no stack that is known says"):
        ServerPage(subject(mock, page=None))
    assert mock.asked == []


def test_dcgm_tells_of_gpus_in_our_units_and_leaves_out_what_is_blank(mock: MockServer) -> None:
    mock.script = lambda _: plain(200, f"{DCGM}# {{}}")
    source = Dcgm(subject(mock, dcgm_url=f"{mock.url}/metrics"))
    found = {(one.name, one.device): one.value for one in source.sample()}
    source.close()
    first = {
        "utilization": 0.87,
        "memory": 2.0**30,
        "power": 512.25,
        "sm_clock": 1.98e9,
        "energy": 5_000.0,
        "throttled": 1.0,
        "throttled_power": 1.0,
        "throttled_heat": 1.0,
    }
    second = {"utilization": 0.0, "memory": 0.0, "sm_clock": 3.45e8} | dict.fromkeys(
        ("throttled", "throttled_power", "throttled_heat"), 0.0
    )
    expected = {(name, "node-a/0"): value for name, value in first.items()}
    expected |= {(name, "node-a/1"): value for name, value in second.items()}
    assert found == pytest.approx(expected)


def test_dcgm_is_asked_without_anybodys_headers(mock: MockServer) -> None:
    mock.script = lambda _: plain(200, f"{DCGM}# {{}}")
    Dcgm(subject(mock, dcgm_url=f"{mock.url}/metrics")).close()
    assert mock.asked[0].header("authorization") is None


def test_without_an_exporter_or_a_gpu_there_is_no_dcgm(mock: MockServer) -> None:
    with pytest.raises(TelemetryFault, match=r"^none was named: --fmbench-dcgm-url$"):
        Dcgm(subject(mock))
    with pytest.raises(TelemetryFault, match=r"tells of no GPU$"):
        Dcgm(subject(mock, dcgm_url=f"{mock.url}/metrics"))
