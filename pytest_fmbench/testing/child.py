"""The mock server's process itself: ``python -m pytest_fmbench.testing.child``; ``apart`` starts it.

Its collector is frozen and off, so that no collection delays a write; what it drops is freed by reference counts.
"""

from __future__ import annotations

import os
import pickle
import signal
import ssl
import sys
from pathlib import Path
from typing import Any, BinaryIO

from pytest_fmbench.testing.messages import receive, send
from pytest_fmbench.testing.server import Server
from pytest_fmbench.testing.settle import settle


def main() -> None:
    """Take a script from standard input, serve it, and die with the parent."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not look like an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
    path, first = receive(questions)
    sys.path[:] = path
    script, cores, port, certificate = pickle.loads(first)  # noqa: S301  # from our parent, through a pipe that it made
    server = Server(script, port, _tls(certificate), keep_asked=False)
    server.loop.watch(questions, lambda _: _answer(server, questions, answers))
    send(answers, server.port)
    settle(cores)
    server.loop.run()


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _answer(server: Server, questions: BinaryIO, answers: BinaryIO) -> None:
    try:
        kind, packed = receive(questions)
    except EOFError:
        os._exit(0)  # the parent closed the pipe or died
    send(answers, _answers(server, kind, packed))


def _answers(server: Server, kind: str, packed: bytes) -> Any:  # noqa: ANN401  # each question has its own kind
    if kind == "truths":
        return server.truths()
    if kind == "failures":
        return [repr(error) for error in server.failures]
    if kind == "forget":
        server.forget()
    else:
        server.script = pickle.loads(packed)  # noqa: S301  # as above
    return None


if __name__ == "__main__":
    main()
