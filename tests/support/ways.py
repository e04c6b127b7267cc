"""The ways in which sockets are read, for tests that must hold for each."""

from __future__ import annotations

import pytest

from pytest_fmbench.client import receiving

WAYS = ("ring", "epoll")


def go(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have transports that are made from now on receive in this way."""
    if way == "epoll":
        monkeypatch.setattr(receiving, "ring_here", lambda: None)
        return
    ring = receiving.ring_here()
    if ring is None:
        pytest.skip("this kernel has no ring for us")
    ring.close()
