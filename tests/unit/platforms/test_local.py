from __future__ import annotations

import socket
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.errors import FetchError, LaunchError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.local import Local
from tests.support.local_servers import PAGED
from tests.support.processes import eventually

SERVER = """
import http.server, json, sys
print("weights", sys.argv[2], flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            print("dying", flush=True)
            import os; os._exit(9)
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DEPLOYMENT = Deployment("m", "toy")


def plan(code: str, **changed: float) -> LaunchPlan:
    command = (sys.executable, "-c", code, "{port}", "{weights}", '{"json": 1}')
    return LaunchPlan(command, "m", None, "served", "openai-chat", cores=1, **changed)  # type: ignore[arg-type]


def found(model: str, quantization: str | None, progress: Progress) -> Path:
    progress(f"found {model} {quantization}")
    return Path("/weights/m.gguf")


def local() -> Local:
    return Local(Surroundings(found))


@pytest.mark.parametrize(("mark", "version"), [("version ", "1.2"), ("", "unknown"), ("no such mark", "unknown")])
def test_a_server_says_its_version_in_its_log(tmp_path: Path, mark: str, version: str) -> None:
    (tmp_path / "log").write_text("version 1.1\n")  # of an earlier server, which wrote into the same file
    marked = replace(plan("print('version 1.2', flush=True)\n" + SERVER), version_mark=mark)
    server = local().start(DEPLOYMENT, marked, tmp_path / "log", ignore)
    try:
        assert server.version == version
    finally:
        server.stop()


def test_a_server_that_does_not_say_its_version_has_that_of_what_is_installed(tmp_path: Path) -> None:
    server = local().start(DEPLOYMENT, replace(plan(SERVER), packages=("pytest", "pluggy")), tmp_path / "log", ignore)
    try:
        assert server.version == server.facts["version"] == pytest.__version__
        assert set(server.facts) == {"version", "pluggy"}
    finally:
        server.stop()


def ignore(_: str) -> None:
    pass


def test_a_server_is_ready_when_start_returns_and_gone_when_stop_does(tmp_path: Path) -> None:
    said: list[str] = []
    server = local().start(DEPLOYMENT, plan(SERVER), tmp_path / "log", said.append)
    root = server.endpoint.base_url.removesuffix("/v1")
    assert httpx.get(root, trust_env=False).status_code == 200
    assert server.failure() is None
    assert server.log_tail()[0] == "weights /weights/m.gguf"
    assert said[0] == "found m None"
    server.stop()
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(root, trust_env=False)


def test_a_server_that_dies_says_so(tmp_path: Path) -> None:
    server = local().start(DEPLOYMENT, plan(SERVER), tmp_path / "log", ignore)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.endpoint.base_url.replace("/v1", "/die"), trust_env=False)
    assert eventually(lambda: server.failure() == "the server ended with status 9")
    assert "dying" in server.log_tail()
    server.stop()


def test_a_server_that_never_starts_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match=r"status 1 before it was ready\n.*\n(.*\n)*.*ValueError: bad flag"):
        local().start(DEPLOYMENT, plan("raise ValueError('bad flag')"), tmp_path / "log", ignore)


def test_a_server_that_is_never_ready_is_given_up_and_stopped(tmp_path: Path) -> None:
    code = "print('loading', flush=True); import time; time.sleep(600)"
    with pytest.raises(LaunchError, match=r"did not answer within 1.5 s(.*\n)*.*loading"):
        local().start(DEPLOYMENT, plan(code, ready_timeout_s=1.5), tmp_path / "log", ignore)


def test_weights_that_cannot_be_had_start_nothing(tmp_path: Path) -> None:
    def lost(model: str, quantization: str | None, progress: Progress) -> Path:  # noqa: ARG001  # as Locate
        raise FetchError("no network")

    with pytest.raises(FetchError, match="no network"):
        Local(Surroundings(lost)).start(DEPLOYMENT, plan(SERVER), tmp_path / "log", ignore)
    assert not (tmp_path / "log").exists()


def test_a_port_that_is_taken_in_the_meantime_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr("pytest_fmbench.platforms.local._free_ports", lambda _: [taken.getsockname()[1], 0])
        with pytest.raises(LaunchError, match=r"before it was ready(.*\n)*.*Address already in use"):
            local().start(DEPLOYMENT, plan(SERVER), tmp_path / "log", ignore)


def test_this_machine_costs_nothing() -> None:
    assert Local(Surroundings(found)).usd_per_hour(DEPLOYMENT) == 0.0


def test_a_page_of_metrics_gets_a_port_of_its_own_where_it_is_asked_for(tmp_path: Path) -> None:
    command = (sys.executable, "-c", PAGED, "{port}", "{metrics_port}")
    paged = LaunchPlan(command, "m", None, "served", "openai-chat", metrics_path="/m")
    server = local().start(DEPLOYMENT, paged, tmp_path / "log", ignore)
    try:
        assert httpx.get(server.endpoint.metrics_url, trust_env=False).text == "x 1\n"
        assert not server.endpoint.metrics_url.startswith(server.endpoint.base_url.removesuffix("/v1"))
    finally:
        server.stop()


def test_a_command_that_asks_for_no_such_port_has_no_such_page(tmp_path: Path) -> None:
    server = local().start(DEPLOYMENT, replace(plan(SERVER), metrics_path="/m"), tmp_path / "log", ignore)
    server.stop()
    assert server.endpoint.metrics_url == ""
