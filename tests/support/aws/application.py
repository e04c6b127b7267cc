"""The WSGI application: reads a call, checks it, lets it go wrong where it is to, does it here or has moto do it."""

from __future__ import annotations

import io
import socket
import struct
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tests.support.aws.answering import Answer, answered, refused
from tests.support.aws.asked import Asked, Received, Refusal, read
from tests.support.aws.faults import AFTER, BEFORE, HANG, LOST, MEANWHILE, Fault
from tests.support.aws.validating import wrong_answer, wrong_in
from tests.support.aws.world import Call, Handler, World

OWN = "fmbench-stand-in"
"""In the user agent of what the stand-in asks of itself: it is not the caller's, so it is neither noted nor broken."""

Start = Callable[[str, list[tuple[str, str]]], Any]


class Application:
    """AWS.

    :ivar world: what there is; another one for each test.
    """

    def __init__(self, world: World, mended: Mapping[tuple[str, str], Handler]) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.world, self.lock = world, threading.RLock()
        self._mended, self._moto = mended, DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer a request."""
        received, world = _received(environ), self.world
        if world.faults.away and OWN not in received.headers.get("user-agent", ""):
            _drop(environ)
        asked = Asked("", "", "", {})
        try:
            asked = read(received)
            answer = self._broken(world, asked, received, environ)
        except Refusal as refusal:
            if not asked.operation:
                world.problems.append(f"{received.method} {received.path}: {refusal}")
            answer = refused(asked.protocol, refusal)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001  # whatever it is, the fixture raises it
            world.problems.append(f"{asked.service} {asked.operation}: {traceback.format_exc()}")
            answer = refused(asked.protocol, Refusal("StandInBroke", "see the test's end", 501))
        phrase = HTTPStatus(answer.status).phrase
        start(f"{answer.status} {phrase}", [*answer.headers.items(), ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def _broken(self, world: World, asked: Asked, received: Received, environ: dict[str, Any]) -> Answer:
        """The answer, with what goes wrong on the way."""
        fault = None
        if OWN not in received.headers.get("user-agent", ""):
            with self.lock:
                world.calls.append(Call(asked.service, asked.operation, asked.region, asked.request))
                fault = world.faults.take(asked)
        wrong = wrong_in(asked, received)
        world.problems.extend(wrong)
        if wrong:
            return refused(asked.protocol, Refusal("ValidationException", "; ".join(wrong)))
        if fault and fault.act and fault.when == MEANWHILE:
            fault.act()
            fault = None
        if fault and fault.when == HANG:
            world.faults.ended.wait(fault.seconds)
            _drop(environ)
        if fault and fault.when == BEFORE and not fault.act:
            return _refused_by(fault, asked)
        if fault and fault.act and fault.when == BEFORE:
            fault.act()
            _drop(environ)
        with self.lock:
            answer = self._done(world, asked, received, environ)
        if fault and fault.act:
            fault.act()
        if fault and (fault.act or fault.when == LOST):
            _drop(environ)
        return _refused_by(fault, asked) if fault and fault.when == AFTER else answer

    def _done(self, world: World, asked: Asked, received: Received, environ: dict[str, Any]) -> Answer:
        def forward(more: Mapping[str, str]) -> Answer:
            return self._forwarded(received, environ, more)

        mended = self._mended.get((asked.service, asked.operation))
        try:
            if mended is None:
                return forward({})
            result = mended(world, asked, forward)
        except Refusal as refusal:
            return refused(asked.protocol, refusal)
        if isinstance(result, Answer):
            return result
        world.problems.extend(wrong_answer(asked, result))
        return answered(asked, result)

    def _forwarded(self, received: Received, environ: dict[str, Any], more: Mapping[str, str]) -> Answer:
        """What moto answers."""
        body, caught = urlencode({**received.form, **more}).encode() if more else received.body, list[Any]()

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], None]:
            caught[:] = [int(status[:3]), dict(headers)]
            return lambda _: None

        given = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks = self._moto(given, start)
        text = b"".join(chunks)
        status, headers = caught
        dropped = ("content-length", "connection")
        return Answer(status, text, {key: value for key, value in headers.items() if key.lower() not in dropped})


def _received(environ: dict[str, Any]) -> Received:
    headers = {key[5:].replace("_", "-").lower(): str(value) for key, value in environ.items() if key[:5] == "HTTP_"}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
    return Received(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)


def _refused_by(fault: Fault, asked: Asked) -> Answer:
    message = f"{asked.operation} goes wrong here because a test says so"
    return refused(asked.protocol, Refusal(fault.code, message, fault.status))


def _drop(environ: dict[str, Any]) -> None:
    """End the connection without an answer.

    :raises ConnectionResetError: always; the server then gives the request up.
    """
    peer: socket.socket = environ["werkzeug.socket"]
    with suppress(OSError):  # the client is gone, as it may
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the connection is cut because a test says so")
