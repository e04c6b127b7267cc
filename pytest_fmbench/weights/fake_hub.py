"""A Hugging Face Hub on this machine, for tests that must not need a network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came.

    :param method: such as ``GET``.
    :param path: without the query, unquoted.
    :param authorization: the header; None without.
    """

    method: str
    path: str
    authorization: str | None


@dataclass
class FakeHub:
    """What it serves, and how badly. Change it at any time; the next request sees it.

    :param repositories: ``org/name`` to the contents of its files by name.
    :param gated: repositories that list their files and give none away.
    :param token: the only one that is accepted; others are quoted in the refusal, as no hub should.
    :param commit: the newest of every repository.
    :param status: answered to everything with a page for people, if set.
    :param dies_after: bytes of a body after which the connection breaks, on every try to go on.
    :param holds_after: bytes of a body after which the server waits for ``go_on``.
    :param announces: bytes more than there are, in what it tells about a file.
    :param asked: every request so far.
    """

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    token: str | None = None
    commit: str = "c0ffee" + "0" * 34
    status: int | None = None
    dies_after: int | None = None
    holds_after: int | None = None
    announces: int = 0
    asked: list[Asked] = field(default_factory=list)
    holding: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    url: str = ""

    def bodies_asked(self) -> list[str]:
        """Paths of the files whose content was asked for, in order."""
        return [one.path for one in self.asked if one.method == "GET" and "/resolve/" in one.path]


@contextmanager
def serving(hub: FakeHub) -> Iterator[None]:
    """``hub`` answers at its ``url``, a free port of 127.0.0.1, inside."""

    class Handler(_Handler):
        pass

    Handler.hub = hub
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            hub.go_on.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Nothing: the requests are kept in ``asked``."""

    def _answer(self) -> None:
        path, sent = unquote(urlsplit(self.path).path), self.headers["Authorization"]
        self.hub.asked.append(Asked(self.command, path, sent))
        _, *parts = path.split("/")
        is_api = parts[:2] == ["api", "models"]
        repository = "/".join(parts[2:4] if is_api else parts[:2])
        if not self._is_refused(repository, sent, is_api=is_api):
            files = self.hub.repositories[repository]
            if is_api:
                self._send(200, json.dumps(_info(repository, self.hub.commit, files)).encode())
            else:
                self._send_file(files.get("/".join(parts[4:])))

    def _is_refused(self, repository: str, sent: str | None, *, is_api: bool) -> bool:
        if self.hub.status is not None:
            self._send(self.hub.status, b"<html>no luck</html>")
        elif sent is not None and sent != f"Bearer {self.hub.token}":
            self._refuse(401, "", "Invalid credentials in Authorization header", f"{sent} is not known")
        elif repository not in self.hub.repositories:
            self._refuse(404 if sent else 401, "RepoNotFound", "Repository not found")
        elif repository in self.hub.gated and not is_api:
            self._refuse(403 if sent else 401, "GatedRepo", f"Access to {repository} is restricted")
        else:
            return False
        return True

    def _refuse(self, status: int, code: str, message: str, detail: str = "") -> None:
        self._send(status, json.dumps({"error": detail}).encode(), {"X-Error-Code": code, "X-Error-Message": message})

    def _send_file(self, content: bytes | None) -> None:
        if content is None:
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        size = str(len(content) + self.hub.announces)
        facts = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Linked-Size": size,
            "X-Repo-Commit": self.hub.commit,
        }
        self._send(200, content, facts, broken=self.command == "GET")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, *, broken: bool = False) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._send_body(body, broken=broken)

    def _send_body(self, body: bytes, *, broken: bool) -> None:
        if broken and self.hub.dies_after is not None:
            body, self.close_connection = body[: self.hub.dies_after], True
        if broken and self.hub.holds_after is not None:
            self.wfile.write(body[: self.hub.holds_after])
            self.hub.holding.set()
            self.hub.go_on.wait()
            body = body[self.hub.holds_after :]
        try:
            self.wfile.write(body)
        except OSError:  # whoever asked has gone
            self.close_connection = True


def _info(repository: str, commit: str, files: dict[str, bytes]) -> dict[str, object]:
    siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
    return {"id": repository, "sha": commit, "siblings": siblings}
