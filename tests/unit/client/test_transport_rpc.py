"""gRPC as a recorder, over real connections to a server of grpcio's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import RequestRecord
from tests.support.dialects.triton_grpc import infer_response, stream_response
from tests.support.triton_server import Step, Triton, triton, words

grpc = pytest.importorskip("grpc", reason="gRPC: pip install 'pytest-fmbench[grpc]'")
pytest.importorskip("tritonclient.grpc", reason="Triton's messages: pip install 'pytest-fmbench[grpc]'")

from pytest_fmbench.client import rpc_line  # noqa: E402  # it takes grpcio, which was just looked for
from pytest_fmbench.client.rpc import RpcTransport  # noqa: E402  # likewise

PROMPT = Prompt((Message("user", "Say it."),), max_tokens=5)


def asked(server: Triton | str, dialect: str = "triton-grpc", **extensions: Any) -> httpx.Request:
    call = DIALECTS[dialect]().call(PROMPT, "m", {})
    timeout = {"connect": 5.0, "read": 5.0, **extensions.pop("timeout", {})}
    url = server if isinstance(server, str) else server.url
    found = httpx.Request("POST", url + call.path, content=call.body, headers={"X-Request-Id": "r", "X-A": "b"})
    found.extensions = {"timeout": timeout, "whole_timeout": 30.0, **extensions}
    return found


async def _recorded(transport: RpcTransport, requests: Sequence[httpx.Request]) -> list[Recording]:
    found = [Recording() for _ in requests]
    async with transport:
        for request, recording in zip(requests, found, strict=True):
            await transport.record(request, recording)
    return found


def recorded(*requests: httpx.Request, **how: Any) -> list[Recording]:
    return asyncio.run(_recorded(RpcTransport(**how), requests))


def decoded(recording: Recording, dialect: str = "triton-grpc") -> RequestRecord:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), DIALECTS[dialect]())


def test_a_stream_is_recorded_message_by_message() -> None:
    before_ns = monotonic_ns()
    with triton(lambda _: words(5, gap_s=0.01)) as server:
        first, second = recorded(asked(server), asked(server))
        assert [one.method for one in server.asked] == ["ModelStreamInfer"] * 2
        assert server.asked[0].metadata["x-request-id"] == "r"
        assert server.asked[0].metadata["x-a"] == "b"
        assert len(server.peers) == 1
    found = decoded(first)
    assert (found.status, found.error, found.stamp, found.http_status) == ("ok", None, "loop", 200)
    assert first.end is End.COMPLETE
    assert first.sent_ns is not None
    assert before_ns < first.sent_ns < found.chunk_ns[0]
    assert sorted({*found.chunk_ns}) == list(found.chunk_ns), "each message has an arrival of its own"
    assert len(found.chunk_ns) == 5
    assert found.chunk_ns[4] - found.chunk_ns[0] > 30_000_000, "as far apart as the server sent them"
    assert {*found.chunk_shared} == {0}
    assert (first.connect_ns > 0, second.connect_ns) == (True, 0)


def test_a_reply_in_one_piece() -> None:
    with triton(lambda _: [infer_response(("text_output", "BYTES", "all of it"))]) as server:
        (recording,) = recorded(asked(server, "kserve-v2-grpc"))
        assert server.asked[0].method == "ModelInfer"
    found = decoded(recording, "kserve-v2-grpc")
    assert (found.status, len(found.chunk_ns)) == ("ok", 1)


def test_every_request_may_have_a_connection_of_its_own() -> None:
    with triton(lambda _: words(1)) as server:
        found = recorded(asked(server), asked(server), fresh=True)
        assert len(server.peers) == 2
    assert all(one.connect_ns > 0 for one in found)


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([("NOT_FOUND", "no model m")], "status: 404: NOT_FOUND: no model m"),
        ([("RESOURCE_EXHAUSTED", "too many")], "throttled: 429: RESOURCE_EXHAUSTED: too many"),
        ([("UNAVAILABLE", "exceeds maximum queue size")], "status: 503: UNAVAILABLE: exceeds maximum queue size"),
        ([*words(2)[:1], ("INTERNAL", "broke")], "truncated: INTERNAL: broke after 1 chunks"),
        ([stream_response(error="no memory")], "status: error event in the stream: no memory"),
        ([], "truncated: the stream ended without a finish reason after 0 chunks"),
        (words(3)[:3], "truncated: the stream ended without a finish reason after 2 chunks"),
        ([*words(2)[:1], 3.0], "timeout: nothing arrived for 0.3 s"),
    ],
)
def test_every_way_to_fail_has_its_cause(steps: list[Step], error: str) -> None:
    with triton(lambda _: steps) as server:
        (recording,) = recorded(asked(server, timeout={"read": 0.3}))
    assert decoded(recording).error == error
    assert recording.done_ns is not None


def test_a_trickle_without_end_is_a_timeout() -> None:
    with triton(lambda _: words(60, gap_s=0.05)) as server:
        (recording,) = recorded(asked(server, whole_timeout=0.5))
    assert decoded(recording).error == "timeout: not complete within 0.5 s"
    assert recording.arrivals


def test_a_port_that_refuses_is_a_connect_error_and_the_next_request_tries_anew() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = recorded(asked(url), asked(url))
    for recording in found:
        assert (recording.end, recording.sent_ns) == (End.CONNECT, None)
        assert "127.0.0.1" in recording.detail


def test_a_port_that_says_nothing_is_a_timeout() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        (recording,) = recorded(asked(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout={"connect": 0.3}))
    assert (recording.end, recording.sent_ns) == (End.TIMEOUT, None)
    assert recording.detail == "no connection within 0.3 s"


def test_a_server_that_goes_away_truncates_what_is_under_way() -> None:
    async def left(server: Triton) -> Recording:
        recording = Recording()
        async with RpcTransport() as transport:
            asking = asyncio.ensure_future(transport.record(asked(server), recording))
            while not recording.arrivals:  # noqa: ASYNC110  # the recording has no event to wait for, on purpose
                await asyncio.sleep(0.001)
            await asyncio.to_thread(server.stop)
            await asking
        return recording

    with triton(lambda _: words(600, gap_s=0.01)) as server:
        found = decoded(asyncio.run(left(server)))
    assert (found.error or "").startswith("truncated: ")
    assert found.chunk_ns


def test_a_cancelled_request_is_censored_and_keeps_what_came() -> None:
    async def cut(server: Triton) -> Recording:
        recording = Recording()
        async with RpcTransport() as transport:
            asking = asyncio.ensure_future(transport.record(asked(server), recording))
            while len(recording.arrivals) < 3:  # noqa: ASYNC110  # likewise
                await asyncio.sleep(0.001)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        return recording

    with triton(lambda _: words(600, gap_s=0.01)) as server:
        found = decoded(asyncio.run(cut(server)))
    assert found.error == "censored: the run ended first"
    assert found.chunk_ns


def test_a_reply_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_line, "LARGEST", 1_000)
    long = stream_response(("text_output", "BYTES", "a" * 900))
    with triton(lambda _: [long, long, long]) as server:
        found = decoded(recorded(asked(server))[0])
    assert found.error == "protocol: the response is larger than 1000 bytes"


def test_certificates_are_those_that_were_named(tmp_path: Path) -> None:
    authority = pytest.importorskip("trustme", reason="makes the certificates: pip install trustme").CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1")
    pair = issued.private_key_pem.bytes(), issued.cert_chain_pems[0].bytes()
    with triton(lambda _: words(2), grpc.ssl_server_credentials([pair])) as server:
        (trusted,) = recorded(asked(server), ca_bundle=str(tmp_path / "ca.pem"))
        (untrusted,) = recorded(asked(server))
    assert decoded(trusted).error is None
    assert untrusted.end is End.CONNECT


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("grpc_proxy", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with triton(lambda _: words(1)) as server:
        assert decoded(recorded(asked(server))[0]).error is None


def test_connections_are_made_ahead() -> None:
    async def ahead(server: Triton) -> Recording:
        from pytest_fmbench.client.message import message_of

        recording, message = Recording(), message_of(asked(server))
        async with RpcTransport() as transport:
            transport.make_ready(message)
            await transport.exchange(message, recording)
        return recording

    with triton(lambda _: words(1)) as server:
        assert decoded(asyncio.run(ahead(server))).error is None
        assert len(server.peers) == 1


def test_a_dialect_says_that_it_is_grpc_and_which_way_that_cannot_go() -> None:
    dialect = DIALECTS["triton-grpc"]()
    assert isinstance(transport_for(Endpoint("http://h:8001", "m", "triton-grpc"), dialect), RpcTransport)
    with pytest.raises(UsageError, match="the dialect triton-grpc is gRPC, which goes through no proxy"):
        transport_for(Endpoint("http://h:8001", "m", "triton-grpc", proxy="http://p:1"), dialect)
