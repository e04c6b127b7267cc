"""Single requests, outside of any run: to find something out before one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx

from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect, OverGrpc
from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import PromptRefused, UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.crew.requests import Requests, client_of

_TOO_LONG = {400, 413, 422}
"""How llama.cpp and vLLM, proxies, and TGI answer a prompt that is."""
_PATIENCE_S, _CONNECT_S = 120.0, 5.0


@dataclass(frozen=True)
class Asking:
    """Asks one thing at a time.

    :param patience_s: longest wait for anything to come, in seconds.
    """

    endpoint: Endpoint
    dialect: Dialect
    patience_s: float = _PATIENCE_S

    def ask(self, prompt: Prompt) -> RequestRecord:
        """The record of one request, whatever became of it."""
        return decode(self.exchange(prompt), self.dialect)

    def exchange(self, prompt: Prompt) -> Exchange:
        """One request and what came back, as it came."""
        return asyncio.run(self._exchange(prompt))

    def input_tokens(self, prompt: Prompt) -> int:
        """How many input tokens ``prompt`` is, by the server's own count.

        :raises PromptRefused: when the server does not take the prompt.
        :raises UsageError: when it does not tell for another reason.
        """
        record = self.ask(replace(prompt, max_tokens=1))
        if record.input_tokens is None:  # its one token may have become no character: then it is failed, but told
            what = record.error or "it gives no usage"
            refused = PromptRefused if record.http_status in _TOO_LONG else UsageError
            raise refused(f"{self.endpoint.base_url} does not tell how many tokens a prompt is: {what}")
        return record.input_tokens

    def models(self) -> list[dict[str, Any]]:
        """What the server says that it serves; empty where it does not say (some answer 404 or 500)."""
        return [] if self._is_apart else asyncio.run(self._models())

    def post(self, path: str, what: Mapping[str, object]) -> dict[str, Any] | None:
        """What a route beside those of the dialect answers, from the root of the server; None if no JSON object."""
        return None if self._is_apart else asyncio.run(self._post(path, what))

    @property
    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.patience_s, connect=_CONNECT_S)

    @property
    def _is_apart(self) -> bool:
        """Whether there can be no route beside those of the dialect: gRPC has none, nor what wants signatures."""
        return bool(self.endpoint.signing) or isinstance(self.dialect, OverGrpc)

    async def _post(self, path: str, what: Mapping[str, object]) -> dict[str, Any] | None:
        url = self.endpoint.base_url.removesuffix("/v1") + path
        async with client_of(self.endpoint, transport_for(self.endpoint), self._timeout) as client:
            try:
                reply = await client.post(url, json=what)
                said = reply.json() if reply.is_success else None
            except (httpx.HTTPError, ValueError):
                return None
        return said if isinstance(said, dict) else None

    async def _exchange(self, prompt: Prompt) -> Exchange:
        recording, begun_ns = Recording(), monotonic_ns()
        request_id = uuid4().hex  # some servers, such as llama-cpp-python's, take no other than a UUID
        transport = transport_for(self.endpoint, self.dialect)
        async with client_of(self.endpoint, transport, self._timeout) as client:
            call = call_of(self.dialect, prompt, self.endpoint)
            await transport.exchange(Requests(client, self.endpoint, math.inf).message(call, request_id), recording)
        ticket = Ticket(0, Phase.WARMUP, begun_ns, begun_ns)
        return Exchange(request_id, ticket, recording)

    async def _models(self) -> list[dict[str, Any]]:
        async with client_of(self.endpoint, transport_for(self.endpoint), self._timeout) as client:
            try:
                said = (await client.get(f"{self.endpoint.base_url}/models")).json()
                return [entry for entry in said["data"] if isinstance(entry, dict)]
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                return []
