"""Holding servers of this machine still, so that another one of them has it to itself."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pytest_fmbench.platforms.base import Server


@runtime_checkable
class Holdable(Protocol):
    """A server that may be held still, and keeps what it has loaded meanwhile."""

    can_be_held: bool

    def hold(self) -> None:
        """Hold it still: it gets no core until it goes on."""
        ...

    def go_on(self) -> None:
        """Let it go on. May be called of one that is not held."""
        ...


def held(server: Server) -> bool:
    """Hold ``server`` still, if that can be; whether it was."""
    if not (isinstance(server, Holdable) and server.can_be_held):
        return False
    server.hold()
    return True


def awake(server: Server) -> Server:
    """``server``, which goes on if it was held still."""
    if isinstance(server, Holdable) and server.can_be_held:
        server.go_on()
    return server
