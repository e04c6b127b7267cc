"""A plain client for the mock server."""

from __future__ import annotations

import json
import socket
from http.client import HTTPConnection
from typing import Any, NamedTuple

HEADERS_END = b"\r\n\r\n"
DEADLINE_S = 30


class Said(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def connect(port: int) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)


def post(port: int, path: str = "/v1/chat/completions", /, request_id: str = "", **body: Any) -> Said:
    connection = connect(port)
    try:
        return post_on(connection, path, request_id, **body)
    finally:
        connection.close()


def post_on(connection: HTTPConnection, path: str, request_id: str = "", **body: Any) -> Said:
    connection.request("POST", path, json.dumps(body), {"X-Request-Id": request_id} if request_id else {})
    response = connection.getresponse()
    return Said(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def get(port: int, path: str) -> Said:
    connection = connect(port)
    connection.request("GET", path)
    response = connection.getresponse()
    said = Said(response.status, dict(response.getheaders()), response.read())
    connection.close()
    return said


def request(path: str = "/v1/chat/completions", /, *headers: str, **body: Any) -> bytes:
    data = json.dumps({"stream": True, **body})
    lines = (f"POST {path} HTTP/1.1", *headers, f"Content-Length: {len(data)}", "", data)
    return "\r\n".join(lines).encode()


def raw(port: int, data: bytes) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
    peer.sendall(data)
    return peer


def until_closed(peer: socket.socket) -> bytes:
    with peer:
        return b"".join(iter(lambda: peer.recv(65536), b""))


def until(peer: socket.socket, end: bytes, times: int = 1) -> bytes:
    data = b""
    while not data.endswith(end) or data.count(end) < times:
        got = peer.recv(65536)
        assert got, data
        data += got
    return data
