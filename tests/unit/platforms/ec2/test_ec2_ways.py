from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import CloudFault, CredentialsFault
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.ways import Forwarded, forwarding, plugin_line
from pytest_fmbench.platforms.local_server import answers

TOKEN = "a-token-that-nobody-may-see"
PLUGIN = f"""#!{sys.executable}
import http.server, json, os, pathlib, sys
answer = json.loads(os.environ[sys.argv[1]])
pathlib.Path(os.environ["SEEN"]).write_text(json.dumps([sys.argv[1:], answer]))
port = int(json.loads(sys.argv[5])["Parameters"]["localPortNumber"][0])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Sessions(Account):
    """Systems Manager, whose agent calls in only at the second try."""

    asked: list[tuple[str, dict[str, Any]]]
    faults: list[CloudFault]

    def ask(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        assert service == "ssm"
        self.asked.append((operation, request))
        if operation == "start_session":
            if self.faults:
                raise self.faults.pop(0)
            return {"SessionId": "s-1", "TokenValue": TOKEN, "StreamUrl": "wss://h/", "ResponseMetadata": {}}
        return {}


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    program = tmp_path / "session-manager-plugin"
    program.write_text(PLUGIN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    made = Sessions("us-east-1", "bench")
    object.__setattr__(made, "asked", [])
    object.__setattr__(made, "faults", [CloudFault("start_session: TargetNotConnected: i-1 is not connected")])
    return made


def test_a_port_is_forwarded_once_the_instance_has_called(sessions: Sessions, tmp_path: Path) -> None:
    way = Forwarded(sessions, "i-1", 8000, tmp_path / "log")
    assert (way.at(), way.failure()) == (None, None)
    at = way.at()
    assert at is not None
    try:
        while not answers(at[1], "/", at[0]):
            assert way.failure() is None
        assert way.at() == at, "it is there"
        words, answer = json.loads((tmp_path / "seen").read_text())
    finally:
        way.close()
        way.close()
    assert answer == {"SessionId": "s-1", "TokenValue": TOKEN, "StreamUrl": "wss://h/"}
    request = forwarding("i-1", 8000, at[1])
    assert words == plugin_line("us-east-1", "bench", request)[1:]
    assert TOKEN not in " ".join(words)
    assert [operation for operation, _ in sessions.asked] == ["start_session", "start_session", "terminate_session"]
    assert sessions.asked[1][1] == request


def test_what_may_not_be_is_not_waited_for(sessions: Sessions, tmp_path: Path) -> None:
    sessions.faults[:] = [CredentialsFault("start_session: AccessDeniedException")]
    with pytest.raises(CredentialsFault):
        Forwarded(sessions, "i-1", 8000, tmp_path / "log").at()


def test_what_is_asked_is_what_the_service_takes() -> None:
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    shape = get_session().get_service_model("ssm").operation_model("StartSession").input_shape
    assert ParamValidator().validate(forwarding("i-1", 8000, 9000), shape).generate_report() == ""
