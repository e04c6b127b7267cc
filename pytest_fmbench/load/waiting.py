"""Waiting until a time, to within what a processor takes."""

from __future__ import annotations

import asyncio

from pytest_fmbench.clock import monotonic_ns

_SLACK_NS = 100_000
"""What a system adds to a sleep."""


async def pause(pause_ns: int) -> int:
    """Wait so long; returns when that is over, which is now where there is nothing to wait for."""
    due_ns = monotonic_ns() + pause_ns
    if pause_ns:
        await sleep_until(due_ns)
    return due_ns


async def sleep_until(due_ns: int) -> None:
    """Sleep until just before ``due_ns``, then spin; sleep once at least, so that being late starves nobody."""
    left_ns = due_ns - monotonic_ns()
    await asyncio.sleep(max(0, left_ns - _SLACK_NS) / 1e9)
    while monotonic_ns() < due_ns:
        pass  # a round of the loop could take longer than the slack
