"""An HTTP server that does exactly what a test says, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Step = bytes | float | None
"""Bytes are written, a number is slept, None aborts the connection with a reset."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


@dataclass
class Asked:
    """A request as it came, and which request of its connection it was, from 0."""

    head: str
    body: bytes
    nth: int

    def header(self, name: str) -> str | None:
        pairs = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in pairs if key.lower() == name), None)


Script = Callable[[Asked], Sequence[Step]]


@dataclass
class MockServer:
    """``url`` is its root; ``asked`` what came, in order; ``script`` may be changed at any time.

    ``connections`` is how many were made.
    """

    script: Script
    scheme: str = "http"
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):  # the client is gone, as it may
                await self._answer(reader, writer)
                writer.close()
        finally:
            if not writer.is_closing():
                writer.transport.abort()  # to close it would wait until all is sent, which nobody reads any more

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Perform the script for each request of a connection."""
        for nth in range(1_000_000):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked = Asked(head, b"", nth)
            asked.body = await reader.readexactly(int(asked.header("content-length") or 0))
            self.asked.append(asked)
            if not await self._perform(self.script(asked), writer):
                return

    async def _perform(self, steps: Sequence[Step], writer: asyncio.StreamWriter) -> bool:
        for step in steps:
            if step is None:
                # closing with a linger time of zero sends a reset
                peer: socket.socket = writer.get_extra_info("socket")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            else:
                await asyncio.sleep(step)
        last = steps[-1] if steps else b""
        return isinstance(last, bytes) and last.endswith((END, b"}"))  # else the response ends with the connection


def sse(*events: object) -> bytes:
    """Events as one HTTP chunk; what is no bytes becomes JSON."""
    data = b"".join(
        b"data: " + (event if isinstance(event, bytes) else json.dumps(event).encode()) + b"\n\n" for event in events
    )
    return b"%x\r\n%s\r\n" % (len(data), data)


def delta(content: str | None = None, /, finish: str | None = None, **more: object) -> dict[str, object]:
    """A chat completion chunk."""
    inner = {} if content is None else {"content": content}
    return {"choices": [{"index": 0, "delta": {**inner, **more}, "finish_reason": finish}]}


def usage(prompt: int, completion: int) -> dict[str, object]:
    """The last chunk of a stream that includes usage."""
    return {"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}}


def chat_reply(tokens: int = 4, gap_s: float = 0.0, prompt: int = 9) -> Sequence[Step]:
    """A whole, healthy, streamed chat reply to a prompt of so many tokens."""
    words = [step for at in range(tokens) for step in (gap_s, sse(delta(f"w{at} ")))]
    return [
        HEAD,
        sse(delta(None, role="assistant")),
        *words,
        sse(delta(finish="length"), usage(prompt, tokens), b"[DONE]"),
        END,
    ]


def word_by_word(asked: Asked, gap_s: float = 0.001) -> Sequence[Step]:
    """A whole reply, of as many tokens as were asked for, to a prompt whose every word is a token."""
    body = json.loads(asked.body or b"{}")
    prompt = sum(len(message["content"].split()) for message in body.get("messages", ()))
    return chat_reply(body.get("max_tokens", 1), gap_s, prompt)


def plain(status: int, body: str) -> Sequence[Step]:
    """A JSON response with a length."""
    text = f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    return [text.encode()]


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[MockServer]:
    """A mock server in a thread of its own."""
    mock, loop = MockServer(script, "https" if tls else "http"), asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(mock.handle, "127.0.0.1", 0, ssl=tls)
        mock.port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            try:
                await server.serve_forever()
            except asyncio.CancelledError:
                return

    async def settled() -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    async def end() -> None:
        await settled()  # who has just come is let in first: a task that never began closes nothing
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main), daemon=True)
    main = loop.create_task(serve())
    thread.start()
    if not started.wait(10):
        raise RuntimeError("the mock server did not start")
    try:
        yield mock
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop)
        thread.join(10)
        loop.run_until_complete(settled())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@contextmanager
def peers(handle: Callable[[socket.socket], object], family: socket.AddressFamily = socket.AF_INET) -> Iterator[int]:
    """A server that hands each connection to ``handle``, in a thread of its own, and closes it then; its port."""
    host = "127.0.0.1" if family is socket.AF_INET else "::1"
    threads: list[threading.Thread] = []

    def serve(peer: socket.socket) -> None:
        with suppress(ConnectionError, ssl.SSLError), peer:  # the client is gone, as it may
            handle(peer)

    def accept() -> None:
        with suppress(OSError):  # how an accept ends whose socket is shut down
            while True:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True))
                threads[-1].start()

    with socket.create_server((host, 0), family=family, backlog=1024) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for each in (thread, *threads):
                each.join(10)


def request_from(peer: socket.socket) -> bytes:
    """A request as it came: its head, and as much of its body as its length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(peer)
    head, _, _ = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(data) < len(head) + 4 + length:
        data += _some(peer)
    return data


def _some(peer: socket.socket) -> bytes:
    data = peer.recv(65_536)
    if not data:
        raise ConnectionResetError("the client is gone")
    return data
