"""A server that writes many events at once and never pauses: ``python -m tests.perf.flood EVENTS``; prints its port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading

from tests.perf.servers import SERVER_CORE

_BLOCK = 200
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def main() -> None:
    """Answer each connection's requests until killed."""
    os.sched_setaffinity(0, {SERVER_CORE})
    events = int(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=_answer, args=(peer, events), daemon=True).start()


def _answer(peer: socket.socket, events: int) -> None:
    block = _event({"content": " tok"}, None) * _BLOCK
    end = _event({}, "length") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
    with peer, contextlib.suppress(ConnectionError):  # the client cuts off what its run no longer needs
        while peer.recv(65_536).endswith(b"}"):
            peer.sendall(_HEAD)
            for _ in range(events // _BLOCK):
                peer.sendall(block)
            peer.sendall(end)


def _event(delta: dict[str, str], finish: str | None) -> bytes:
    said = {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "mock-model",
        "system_fingerprint": "fp_mock00000000",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    data = b"data: " + json.dumps(said, separators=(",", ":")).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


if __name__ == "__main__":
    main()
