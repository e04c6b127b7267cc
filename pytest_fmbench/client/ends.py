"""httpx's errors as ends of an exchange: the one door through which they come."""

from __future__ import annotations

import httpx

from pytest_fmbench.client.message import Message
from pytest_fmbench.model.exchange import End

ENDS: dict[type[httpx.TransportError], End] = {
    httpx.CloseError: End.RESET,
    httpx.ConnectError: End.CONNECT,
    httpx.ConnectTimeout: End.TIMEOUT,
    httpx.LocalProtocolError: End.PROTOCOL,
    httpx.PoolTimeout: End.TIMEOUT,
    httpx.ProxyError: End.CONNECT,
    httpx.ReadError: End.RESET,
    httpx.ReadTimeout: End.TIMEOUT,
    httpx.RemoteProtocolError: End.PROTOCOL,
    httpx.UnsupportedProtocol: End.CONNECT,
    httpx.WriteError: End.RESET,
    httpx.WriteTimeout: End.TIMEOUT,
}
_CUT = ("peer closed connection", "Server disconnected")
"""How it says that a response is not whole, for which it has no error of its own."""


def end_of(error: httpx.TransportError, message: Message) -> tuple[End, str]:
    """How the exchange ended that raised ``error``, and what to say of it."""
    end, detail = ENDS.get(type(error), End.PROTOCOL), str(error)
    if end is End.PROTOCOL and detail.startswith(_CUT):
        end = End.RESET
    return end, detail or _silent(error, message)


def _silent(error: httpx.TransportError, message: Message) -> str:
    """What a nameless error means."""
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {message.connect_timeout_s:g} s"
    if isinstance(error, httpx.TimeoutException):
        return f"nothing arrived for {message.patience.silence_s:g} s"
    return type(error).__name__
