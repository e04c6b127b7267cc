"""The data plane of Bedrock and SageMaker over HTTP on this machine: a stand-in.

It takes what is rightly signed and well formed by botocore's models, has it answered by any server with OpenAI's chat,
and writes real event streams, token by token as that server says them. It tests our reading of AWS, not AWS.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from pytest_fmbench.testing.shapes.event_stream import CONTENT_TYPE
from tests.support.aws.asked import Asked, Refusal, read
from tests.support.aws.asked import Received as Request
from tests.support.aws.validating import wrong_in
from tests.support.backend import told_by, written_by
from tests.support.dialects.base import compact
from tests.support.families import CONVERSE, INVOKED, exception, generated, inputs_lines, part
from tests.support.signatures import Key, Received, Wrong, wrong_with

REGION, ACCESS_KEY, SECRET_KEY, TOKEN = "us-east-1", "AKIDEXAMPLE", "a secret of tests", "a token of tests"
ROLE_KEY, ROLE_SECRET, ROLE_TOKEN = "ASIAROLEEXAMPLE", "a secret of a role", "a token of a role"
"""Of the role of an instance that generates load."""
_KEYS = {ACCESS_KEY: Key(SECRET_KEY, TOKEN), ROLE_KEY: Key(ROLE_SECRET, ROLE_TOKEN)}
THROTTLE, THROTTLE_LATER, BREAK, CUT, EXPIRED = "throttle", "throttle later", "break", "cut", "expired"
_BEFORE = {
    THROTTLE: (429, Wrong("ThrottlingException", "Too many requests, please wait before trying again.")),
    EXPIRED: (403, Wrong("ExpiredTokenException", "The security token included in the request is expired")),
}
_STATUSES = {"ValidationException": 400}
_LATER = 3
"""Frames before something happens in mid-stream."""


_SERVICES = {"bedrock-runtime": "bedrock", "sagemaker-runtime": "sagemaker"}
"""By what the models call them, what requests are signed for."""


@dataclass
class Runtime:
    """``url`` is where it listens; ``taken`` what was asked and taken: operation, and what stood in its path.

    :param backend: root of the server that answers.
    :param fault: what befalls a request, by which it is, from 0: one of the names above, or nothing.
    :ivar refused: why others were not taken.
    :ivar signers: whose key each that was taken was signed by.
    :ivar asked: how often it was asked, whatever became of it.
    :ivar away: the network is cut: nothing is answered, and streams break off.
    """

    backend: str
    fault: Callable[[int], str] = lambda _: ""
    port: int = 0
    taken: list[tuple[str, str]] = field(default_factory=list)
    refused: list[Wrong] = field(default_factory=list)
    signers: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: int = 0
    away: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which AWS's tools find it, and credentials for it, and nothing else."""
        return {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.url,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": TOKEN,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def next_fault(self) -> str:
        with self.lock:
            nth, self.asked = self.asked, self.asked + 1
        return self.fault(nth)


@contextmanager
def serving_runtime(backend: str) -> Iterator[Runtime]:
    """A runtime in threads of ours, until the block ends."""
    runtime = Runtime(backend)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"runtime": runtime}))
    server.daemon_threads, runtime.port = True, server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield runtime
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    runtime: ClassVar[Runtime]
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client is gone, as it may
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.runtime.away:
            self.close_connection = True
            return
        asked, wrong = _read(self, body)
        fault = self.runtime.next_fault()
        if asked is None or wrong is not None or fault in _BEFORE:
            self._refuse(*(_BEFORE[fault] if wrong is None else (_STATUSES.get(wrong.code, 403), wrong)))
            return
        with self.runtime.lock:
            self.runtime.signers.append(_signer(self.headers["authorization"]))
            self.runtime.taken.append(
                (asked.operation, str(asked.request.get("modelId") or asked.request["EndpointName"]))
            )
        self._stream(_frames(asked, json.loads(body), self.runtime.backend), fault, asked)

    def _refuse(self, status: int, wrong: Wrong) -> None:
        with self.runtime.lock:
            self.runtime.refused.append(wrong)
        said = compact({"message": wrong.message})
        self.send_response(status)
        self.send_header("x-amzn-ErrorType", f"{wrong.code}:http://internal.amazon.com/coral/")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _stream(self, frames: Iterator[bytes], fault: str, asked: Asked) -> None:
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for nth, one in enumerate(frames):
            if self.runtime.away or (nth == _LATER and fault):
                if self.runtime.away or fault == CUT:
                    self.close_connection = True
                    return
                self._write(_broken(fault, asked))
                break
            self._write(one)
        self.wfile.write(b"0\r\n\r\n")

    def _write(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's
        """Says nothing."""


def _read(handler: _Handler, body: bytes) -> tuple[Asked | None, Wrong | None]:
    """What is asked, and what AWS would say against it."""
    path, _, query = handler.path.partition("?")
    headers = {name.lower(): value for name, value in handler.headers.items()}
    request = Request(handler.command, path, query, headers, body)
    try:
        asked = read(request)
    except Refusal as refusal:
        return None, Wrong(refusal.code, refusal.message)
    signed = Received(handler.command, f"http://{headers['host']}{handler.path}", headers, body)
    wrong = wrong_with(signed, _SERVICES.get(asked.service, asked.service), REGION, _KEYS)
    malformed = wrong_in(asked, request)
    return asked, wrong or (Wrong("ValidationException", "; ".join(malformed)) if malformed else None)


def _signer(authorization: str) -> str:
    return authorization.partition("Credential=")[2].partition("/")[0]


def _frames(asked: Asked, body: dict[str, Any], backend: str) -> Iterator[bytes]:
    if asked.service == "sagemaker-runtime" and "messages" in body:
        return map(part, written_by(backend, body))
    if asked.service == "sagemaker-runtime" and "text_input" in body:
        return generated(told_by(backend, [{"role": "user", "content": body["text_input"]}], body["max_tokens"]))
    if asked.service == "sagemaker-runtime":
        messages = [{"role": "user", "content": body["inputs"]}]
        return inputs_lines(told_by(backend, messages, body["parameters"]["max_new_tokens"]))
    families = INVOKED if asked.operation.startswith("Invoke") else (CONVERSE,)
    family = next(one for one in families if one.is_asked(body))
    return family.written(told_by(backend, family.messages(body), family.limit(body)))


def _broken(fault: str, asked: Asked) -> bytes:
    """The frame by which a stream breaks off."""
    if asked.service == "sagemaker-runtime":
        return exception("ModelStreamError", "the model took too long", "Message")
    if fault == THROTTLE_LATER:
        return exception("throttlingException", "too many tokens")
    return exception("modelStreamErrorException", "the model broke")
