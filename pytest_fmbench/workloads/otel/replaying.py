"""A recorded trace once more: its requests are asked again, and its tools take the time that they took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Outcome, Talk, end_by
from pytest_fmbench.workloads.otel.recorded import Recorded, Request, Step
from pytest_fmbench.workloads.together import all_of


class _Failed(Exception):
    """A request failed; the rest of the trace would not have come to be."""


@dataclass(frozen=True)
class Replaying:
    """See :class:`~pytest_fmbench.model.session.Session`. Nobody judges whether it succeeds.

    A step begins when those have ended that had ended before it, and as long after as it did then; what lies between
    counts as thinking. So steps that went on at the same time do so again, however long the replies take now.

    :param prompt: what a request asks.
    """

    trace: Recorded
    prompt: Callable[[Request], Prompt]

    async def carry_out(self, talk: Talk) -> Outcome:
        """Go through it."""
        import asyncio

        ended = [asyncio.Event() for _ in self.trace.steps]

        async def go(nth: int) -> None:
            before, later_ns = self.trace.waits[nth]
            for other in before:
                await ended[other].wait()
            if later_ns:
                await talk.think(later_ns / NS_PER_S)
            await self._do(talk, self.trace.steps[nth])
            ended[nth].set()

        try:
            await all_of([go(nth) for nth in range(len(self.trace.steps))])
        except _Failed as failed:
            return Outcome(end_by(str(failed)))
        return Outcome()

    async def _do(self, talk: Talk, step: Step) -> None:
        if not isinstance(step, Request):
            await talk.use(step.tool, (step.end_ns - step.begin_ns) / NS_PER_S, step.error)
            return
        answer = await talk.ask(self.prompt(step))
        if answer.error is not None:
            raise _Failed(answer.error)
