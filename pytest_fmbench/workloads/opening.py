"""What a workload asks first at a place of it: its prompt, or the first request of its session."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Session, Sessions
from pytest_fmbench.model.workload import Workload


def opening(workload: Workload, index: int, seed: int) -> Prompt:
    """The first prompt at ``index``; of a session that asks several at once, one of them.

    :raises UsageError: of a session that asks nothing.
    """
    if not isinstance(workload, Sessions):
        return workload.prompt(index, seed)
    first = asyncio.run(_first_of(workload.session(index, seed)))
    if first is None:
        raise UsageError(f"{workload!r}: session {index} asks nothing")
    return first


async def _first_of(session: Session) -> Prompt | None:
    mute = _Mute()
    carrying_out = asyncio.ensure_future(session.carry_out(mute))
    asked = asyncio.ensure_future(mute.asked.wait())
    await asyncio.wait((carrying_out, asked), return_when=asyncio.FIRST_COMPLETED)
    for task in (carrying_out, asked):
        task.cancel()
    outcome, _ = await asyncio.gather(carrying_out, asked, return_exceptions=True)
    if mute.first is None and isinstance(outcome, Exception):
        raise outcome
    return mute.first


class _Mute:
    """A talk in which nothing is answered, and nothing takes time."""

    def __init__(self) -> None:
        self.first: Prompt | None = None
        self.asked = asyncio.Event()

    async def ask(self, prompt: Prompt) -> NoReturn:
        """Keep the first prompt, and never return."""
        self.first = self.first or prompt
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def think(self, seconds: float) -> None:
        """Not at all."""

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        """Not at all."""
