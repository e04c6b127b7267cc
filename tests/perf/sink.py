"""A server that knows when each request reached its socket, by the kernel's stamp: ``python -m tests.perf.sink``.

It prints its port, answers every request at once, and on end of input prints ``{request id: arrival in ns}``.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys

from pytest_fmbench.client import stamps
from pytest_fmbench.clock import realtime_ahead_ns
from tests.perf.servers import SERVER_CORE

_ONE_TOKEN = (
    b'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"length"}],'
    b'"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\ndata: [DONE]\n\n'
)
_REPLY = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(_ONE_TOKEN) + _ONE_TOKEN
)
_ID = b"x-request-id: "


def main() -> None:
    """Serve until standard input ends."""
    os.sched_setaffinity(0, {SERVER_CORE})
    arrivals: dict[str, int] = {}
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener, select.epoll() as poll:
        print(listener.getsockname()[1], flush=True)
        _serve(listener, poll, arrivals)
    print(json.dumps(arrivals))


def _serve(listener: socket.socket, poll: select.epoll, arrivals: dict[str, int]) -> None:
    peers: dict[int, socket.socket] = {}
    poll.register(listener, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == sys.stdin.fileno():
                return
            if descriptor == listener.fileno():
                peer, _ = listener.accept()
                stamps.enable(peer)
                peers[peer.fileno()] = peer
                poll.register(peer, select.EPOLLIN)
            elif not _answer(peers[descriptor], arrivals):
                poll.unregister(descriptor)
                peers.pop(descriptor).close()


def _answer(peer: socket.socket, arrivals: dict[str, int]) -> bool:
    data, ancillary, _, _ = peer.recvmsg(65_536, stamps.SPACE)
    if not data:
        return False
    begin = data.index(_ID) + len(_ID)
    arrivals[data[begin : data.index(b"\r\n", begin)].decode()] = stamps.stamp_of(ancillary) - realtime_ahead_ns()
    peer.sendall(_REPLY)
    stamps.sent_ns(peer)  # else what it tells of our own sends keeps the socket ready
    return True


if __name__ == "__main__":
    main()
