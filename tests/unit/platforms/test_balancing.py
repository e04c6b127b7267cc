"""What shares requests out: what is written for it here, and with the real ones where they are installed."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.platforms.balancing import Balancer, balancer, haproxy_configuration, nginx_configuration
from pytest_fmbench.platforms.inventory import program
from pytest_fmbench.testing import Asked, Close, Mock, Step, constant, healthy, serving
from tests.support.fake_runtime import fake_balancer
from tests.support.processes import eventually

NOWHERE = "pytest_fmbench.platforms.inventory._ADMINISTRATORS"


def test_nginx_shares_out_by_open_connections_and_holds_nothing_back() -> None:
    written = nginx_configuration(80, [81, 82], Path("/run/a b"))
    lines = [line.strip() for line in written.splitlines()]
    upstream = lines[lines.index("upstream replicas {") :][1:5]
    replicas = ("server 127.0.0.1:81 max_fails=0;", "server 127.0.0.1:82 max_fails=0;")
    assert upstream == ["least_conn;", *replicas, "keepalive 1024;"]
    assert {"listen 127.0.0.1:80 backlog=4096;", "proxy_buffering off;", "proxy_next_upstream_tries 1;"} <= {*lines}
    assert 'pid "/run/a b/nginx.pid";' in lines


def test_haproxy_does_the_same() -> None:
    lines = [line.strip() for line in haproxy_configuration(80, [81, 82], Path("/run")).splitlines()]
    assert lines[-5:] == [
        *("bind 127.0.0.1:80 backlog 4096", "balance leastconn", "default-server pool-purge-delay 1s"),
        *("server replica1 127.0.0.1:81", "server replica2 127.0.0.1:82"),
    ]
    assert {"option http-no-delay", "retries 0"} <= {*lines}


def test_where_there_is_none_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(NOWHERE, ())
    with pytest.raises(NotAllowed, match="need a load balancer: install nginx or haproxy, or ask for one replica"):
        balancer()


def test_it_is_known_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake_balancer(tmp_path)))
    assert balancer().name == "nginx 0.0.1"


@pytest.fixture(params=["nginx", "haproxy"])
def real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Balancer:
    found = program(request.param)
    if found is None:
        pytest.skip(f"{request.param} is not installed")
    monkeypatch.setenv("PATH", str(Path(found).parent))
    monkeypatch.setattr(NOWHERE, ())
    chosen = balancer()
    if not chosen.name.lower().startswith(request.param):
        pytest.skip("nginx lies in the same folder and goes before it")
    return chosen


def test_a_real_one_streams_and_gives_each_request_to_the_idle_replica(real: Balancer, tmp_path: Path) -> None:
    with ExitStack() as stack:
        replicas = [stack.enter_context(serving(healthy(itl=constant(0.4)))) for _ in range(2)]
        url = stack.enter_context(running(real, replicas, tmp_path))
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=30))
        stream = stack.enter_context(client.stream("POST", url, json=asking(50)))
        chunks = stream.iter_bytes()  # kept, as the stream is broken off with it
        # it would come as a whole, 20 s later, if it were held back
        assert b"[DONE]" not in next(chunks)
        for _ in range(6):
            assert b"[DONE]" in client.post(url, json=asking(1)).content
        assert sorted(len(replica.asked) for replica in replicas) == [1, 6]
        assert b"[DONE]" not in next(chunks)


def test_a_kept_connection_that_is_closed_is_no_failure_of_the_replica(real: Balancer, tmp_path: Path) -> None:
    def once(asked: Asked) -> Iterable[Step]:
        return healthy()(asked) if asked.nth == 0 else [Close()]

    with ExitStack() as stack:
        replicas = [stack.enter_context(serving(script)) for script in (once, healthy())]
        url = stack.enter_context(running(real, replicas, tmp_path))
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=30))
        found = [answered(client, url) for _ in range(8)]
        assert any(asked.nth for asked in replicas[0].asked), "none was closed"
        assert set(found) <= ({200} if "nginx" in real.name else {200, "closed"})


def test_what_a_replica_fails_is_tried_once(real: Balancer, tmp_path: Path) -> None:
    with ExitStack() as stack:
        replicas = [stack.enter_context(serving(lambda _: [Close()])) for _ in range(2)]
        url = stack.enter_context(running(real, replicas, tmp_path))
        client = stack.enter_context(httpx.Client(trust_env=False, timeout=30))
        assert answered(client, url) == 502
        assert sorted(len(replica.asked) for replica in replicas) == [0, 1]


def answered(client: httpx.Client, url: str) -> int | str:
    try:
        return client.post(url, json=asking(1)).status_code
    except httpx.RemoteProtocolError:
        return "closed"


def asking(tokens: int) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True, "max_tokens": tokens}


@contextmanager
def running(chosen: Balancer, replicas: list[Mock], folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = folder / "configuration"
    path.write_text(chosen.written(port, [replica.port for replica in replicas], folder))
    with subprocess.Popen(chosen.line(path), stdin=subprocess.DEVNULL) as process:
        try:
            assert eventually(lambda: listens(port))
            yield f"http://127.0.0.1:{port}/v1/chat/completions"
        finally:
            process.terminate()
            process.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
