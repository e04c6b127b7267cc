from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterable, Iterator
from http.client import HTTPSConnection, RemoteDisconnected
from pathlib import Path

import pytest

from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.testing import Asked, Close, Mock, Step, Write, constant, faulty, healthy, normal, serving, stall
from tests.support.processes import eventually
from tests.unit.testing.talk import connect, post, post_on, raw, request, until, until_closed

PATH = "/v1/chat/completions"
END = b"0\r\n\r\n"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serving(healthy(itl=constant(0.001), output_tokens=constant(3))) as mock:
        yield mock


def test_a_connection_is_kept(mock: Mock) -> None:
    connection = connect(mock.port)
    replies = [post_on(connection, PATH, stream=True) for _ in range(3)]
    connection.close()
    assert {reply.status for reply in replies} == {200}
    assert [(asked.nth, asked.index) for asked in mock.asked] == [(0, 0), (1, 1), (2, 2)]


def test_a_connection_is_closed_when_asked(mock: Mock) -> None:
    assert until_closed(raw(mock.port, request(PATH, "connection: Close"))).endswith(END)


def test_requests_may_come_together_and_in_pieces(mock: Mock) -> None:
    both = request(PATH, "a: 1") + request(PATH, "a: 2")
    peer = raw(mock.port, both[:20])
    peer.sendall(both[20:200])
    peer.sendall(both[200:])
    until(peer, END, times=2)
    peer.close()
    assert [asked.headers["a"] for asked in mock.asked] == ["1", "2"]


def test_what_was_asked_is_kept(mock: Mock) -> None:
    post(mock.port, PATH, request_id="r1", stream=True, n=1)
    (asked,) = mock.asked
    assert (asked.method, asked.path, asked.headers["x-request-id"]) == ("POST", PATH, "r1")
    assert asked.json == {"stream": True, "n": 1}
    assert json.loads(asked.body) == asked.json


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff"])
def test_what_is_no_json_object_is_an_empty_one(body: bytes) -> None:
    assert Asked("POST", "/", {}, body).json == {}


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(mock: Mock, sent: bytes) -> None:
    assert until_closed(raw(mock.port, sent)).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert post(mock.port, PATH, stream=True).status == 200


def test_the_script_may_be_changed(mock: Mock) -> None:
    connection = connect(mock.port)
    assert post_on(connection, PATH, stream=True).status == 200
    mock.script = healthy("tgi")
    assert post_on(connection, PATH, stream=True).status == 404
    connection.close()
    assert mock.script == healthy("tgi")


def test_a_script_may_do_anything() -> None:
    def script(asked: Asked) -> Iterable[Step]:
        yield Write(b"HTTP/1.0 200 OK\r\n\r\n")
        yield Write(asked.body, tokens=1, at_s=0.001)
        yield Close()

    with serving(script) as mock:
        assert post(mock.port, "/", a=1).body == b'{"a": 1}'


def test_the_same_seed_is_the_same_schedule() -> None:
    schedules = []
    for seed in (0, 0, 1):
        with serving(healthy(ttft=normal(0.004, 0.001), itl=normal(0.001, 0.0005), seed=seed)) as mock:
            post(mock.port, PATH, stream=True, max_tokens=5)
            (truth,) = mock.truths()
        schedules.append([due - truth.read_ns for due in truth.due_ns])
    assert schedules[0] == schedules[1] != schedules[2]


def test_a_client_that_leaves_does_not_disturb_others(mock: Mock) -> None:
    mock.script = faulty(healthy(output_tokens=constant(3)), stall(1, 0.05))
    raw(mock.port, request(PATH, "x-request-id: gone")).close()
    assert post(mock.port, PATH, request_id="stays", stream=True).body.endswith(b"[DONE]\n\n")
    complete = {truth.request_id: truth.complete for truth in mock.truths()}
    assert complete == {"stays": True, **({"gone": False} if "gone" in complete else {})}


def test_a_client_that_does_not_read_is_not_the_mocks_fault() -> None:
    size, count = 1 << 18, 64

    def script(_: Asked) -> Iterable[Step]:
        yield from (Write(b"x" * size, tokens=1, at_s=0.0) for _ in range(count))
        yield Close()

    with serving(script) as mock:
        peer = raw(mock.port, request())
        assert eventually(lambda: any(one.tokens for one in mock.truths()))
        assert len(mock.truths()[0].tokens) < count
        assert len(until_closed(peer)) == size * count
        (truth,) = mock.truths()
    assert len(truth.tokens) == count
    assert list(truth.begin_ns) == sorted(truth.begin_ns)
    assert all(due <= begin for due, begin in zip(truth.due_ns, truth.begin_ns, strict=True))


def test_a_broken_script_is_told_where_the_serving_ends() -> None:
    def script(_: Asked) -> Iterable[Step]:
        raise KeyError("oops")

    def ask() -> None:
        with serving(script) as mock, pytest.raises(ConnectionResetError):
            until_closed(raw(mock.port, request()))

    with pytest.raises(EnvironmentFault, match="KeyError\\('oops'\\)"):
        ask()


def test_what_the_block_raises_comes_first() -> None:
    def script(_: Asked) -> Iterable[Step]:
        raise KeyError("oops")

    def ask() -> None:
        with serving(script) as mock:
            until_closed(raw(mock.port, request()))

    with pytest.raises(ConnectionResetError):
        ask()


def test_when_it_is_over_nobody_answers_but_the_truth_is_kept() -> None:
    with serving(healthy(output_tokens=constant(2))) as other:
        post(other.port, PATH, stream=True)
        idle = connect(other.port)
        post_on(idle, PATH, stream=True)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        post_on(idle, PATH, stream=True)
    idle.close()
    assert list(other.truths()[0].tokens) == [1, 1]
    with pytest.raises(ConnectionRefusedError):
        post(other.port, PATH, stream=True)


def test_it_speaks_tls(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{key}", "-out", f"{certificate}", "-subj", "/CN=127.0.0.1"]
    alternative = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, "req", "-x509", *made, *alternative], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(healthy(), tls=context) as mock:
        assert mock.url == f"https://127.0.0.1:{mock.port}"
        raw(mock.port, request()).close()
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(certificate)
        connection = HTTPSConnection("127.0.0.1", mock.port, timeout=10, context=client)
        said = post_on(connection, PATH, stream=True, max_tokens=300, padding="x" * 100_000)
        connection.close()
    assert said.body.endswith(b"[DONE]\n\n")
