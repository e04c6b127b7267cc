"""Asking the items of a task, each once, so many at a time, in this process.

No time is judged by it, so it needs no load process. What has come back is in the spool at once, so that whatever ends
it, nothing that was answered is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx

from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import EnvironmentFault, StoreError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.runs.crew.requests import Requests, client_of
from pytest_fmbench.store.spool import SpoolWriter

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_WHOLE_S = 600.0
_PAUSE_S = 0.1
"""After a request that no server took: it would otherwise be asked for all items within a moment."""

_GONE = (End.CONNECT, End.TIMEOUT)
_ENOUGH = 10
"""So many in a row that nothing came back to, twice the concurrency at least, and nobody is there."""

_SPOOL = "spool"


@dataclass(frozen=True)
class Questions:
    """What is asked.

    :param prompts: each with its place among the task's items.
    :param fields: of every request's JSON.
    :param concurrency: how many are asked at a time, at most.
    :param spool: file for what comes back.
    """

    endpoint: Endpoint
    dialect: Dialect
    prompts: Sequence[tuple[int, Prompt]]
    fields: Mapping[str, object]
    concurrency: int
    spool: Path


def ask_all(questions: Questions, look: Callable[[int], None]) -> None:
    """Ask everything; returns when all has ended.

    :param look: told how many have begun, before each begins; what it raises ends everything.
    :raises EnvironmentFault: when nobody is there.
    :raises StoreError: when the spool cannot be written.
    """
    asyncio.run(_Asked(questions, look).run())


def new_spool(folder: Path) -> Path:
    """A file that is not there yet: behind what a crash may have torn nothing more can be read.

    :raises StoreError: when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return folder / f"{_SPOOL}.{len(spools(folder))}"


def spools(folder: Path) -> list[Path]:
    """Those that earlier attempts left, oldest first."""
    return sorted(folder.glob(f"{_SPOOL}.*"), key=lambda path: int(path.suffix[1:]))


class _Asked:
    def __init__(self, questions: Questions, look: Callable[[int], None]) -> None:
        self._questions, self._look = questions, look
        self._waiting: Iterator[tuple[int, Prompt]] = iter(questions.prompts)
        self._begun = self._in_vain = 0

    async def run(self) -> None:
        it = self._questions
        with closing(SpoolWriter(it.spool)) as spool:
            self._transport = transport_for(it.endpoint, it.dialect)
            async with client_of(it.endpoint, self._transport, _TIMEOUT) as client:
                self._requests, self._spool = Requests(client, it.endpoint, _WHOLE_S), spool
                users = [asyncio.create_task(self._user()) for _ in range(min(it.concurrency, len(it.prompts)))]
                try:
                    await asyncio.gather(*users)
                finally:
                    for user in users:
                        user.cancel()
                    await asyncio.gather(*users, return_exceptions=True)

    async def _user(self) -> None:
        for index, prompt in self._waiting:
            self._begun += 1
            self._look(self._begun)
            recording = await self._one(index, prompt)
            if recording.end not in _GONE:
                self._in_vain = 0
                continue
            self._in_vain += 1
            if self._in_vain >= max(_ENOUGH, 2 * self._questions.concurrency):
                where, what = self._questions.endpoint.base_url, f"{recording.end.value}: {recording.detail}"
                raise EnvironmentFault(f"{where} does not answer any more; the last {self._in_vain} requests: {what}")
            await asyncio.sleep(_PAUSE_S)

    async def _one(self, index: int, prompt: Prompt) -> Recording:
        it, recording, request_id = self._questions, Recording(), uuid4().hex
        asked = replace(it.endpoint, request_fields={**it.endpoint.request_fields, **it.fields})
        call = call_of(it.dialect, prompt, asked)
        message, begun_ns = self._requests.message(call, request_id), monotonic_ns()
        await self._transport.exchange(message, recording)
        ticket = Ticket(index, Phase.WINDOW, begun_ns, begun_ns)
        self._spool.append(Exchange(request_id, ticket, recording, prompt.session_id, prompt.turn))
        return recording
