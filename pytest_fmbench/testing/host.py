"""What a connection needs of its server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_fmbench.testing.asked import Received
from pytest_fmbench.testing.reply import Reply

if TYPE_CHECKING:
    from pytest_fmbench.testing.connection import Connection


class Host(Protocol):
    """A server, as its connections see it."""

    def reply_to(self, received: Received, nth: int) -> Reply:
        """What to do for a request, the ``nth`` of its connection."""
        ...

    def schedule(self, due_ns: int, connection: Connection) -> None:
        """Call :meth:`Connection.perform` when it is due."""
        ...

    def watch(self, connection: Connection, events: int) -> None:
        """Call :meth:`Connection.on_event` for these; for none, let go of the connection."""
        ...
