"""The metadata service of an instance that really boots: version 2 alone, as tokens are required.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from time import time
from typing import Any

from tests.support.aws.boots import Machine

ADDRESS = "169.254.169.254"
_TOKEN = "stand-in-token"
_ROLES, _ROLE = "meta-data/iam/security-credentials/", "load-generator"
_OURS = "/stand-in/shutdown/"
"""No path of AWS's: by it the instance's ``shutdown`` tells that, and when, it is to end."""


class Metadata(ThreadingHTTPServer):
    """Serves on a socket that was made within the instance.

    :param now: this world's time.
    """

    daemon_threads = True

    def __init__(self, listener: socket, machine: Machine, now: Callable[[], float]) -> None:
        super().__init__((ADDRESS, 80), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.machine, self.now = listener, machine, now


class _Handler(BaseHTTPRequestHandler):
    server: Metadata

    def do_PUT(self) -> None:
        """A token, or a shutdown."""
        if self.path == "/latest/api/token" and self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            self._answer(200, _TOKEN)
        elif self.path.startswith(_OURS):
            self._answer(200, "")
            when = self.path.removeprefix(_OURS)
            ends_s = None if when == "cancel" else self.server.now() + 60.0 * float(when)
            self.server.machine.ends_s = ends_s
        else:
            self._answer(400, "")

    def do_GET(self) -> None:
        """What the instance is."""
        if self.headers.get("X-aws-ec2-metadata-token") != _TOKEN:
            self._answer(401, "")
            return
        found = _told(self.server.machine, self.path.removeprefix("/latest/"))
        self._answer(404 if found is None else 200, found or "")

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


def _told(machine: Machine, path: str) -> str | None:
    plain = {
        "meta-data/instance-id": machine.name,
        "meta-data/local-ipv4": machine.address,
        "meta-data/public-ipv4": machine.address,
        "meta-data/placement/region": machine.region,
        "dynamic/instance-identity/document": json.dumps({"instanceId": machine.name, "region": machine.region}),
    }
    tags, notice = "meta-data/tags/instance", "meta-data/spot/instance-action"
    if path.startswith(tags) and machine.tagged:
        key = path.removeprefix(tags).strip("/")
        return machine.tag(key) if key else "\n".join(one["key"] for one in machine.tags())
    if path == _ROLES:
        return _ROLE if machine.role_keys else None
    if path == _ROLES + _ROLE:
        return json.dumps(machine.role_keys) if machine.role_keys else None
    if path == notice:
        return json.dumps(machine.notice) if machine.notice else None
    return plain.get(path)


@contextmanager
def telling_role(access: str, secret: str, token: str) -> Iterator[str]:
    """The metadata of an instance whose role has these credentials, at a URL of this machine."""
    keys: Mapping[str, str] = {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": access,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": "2100-01-01T00:00:00Z",
    }
    machine = Machine("i-1", "us-east-1", "127.0.0.1", b"", list, tagged=False, role_keys=keys)
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = Metadata(listener, machine, time)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
