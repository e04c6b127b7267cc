"""Who runs a session."""

from __future__ import annotations

import getpass
import socket


def owner() -> str:
    """``user@host``, for people, and to know one's own."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
