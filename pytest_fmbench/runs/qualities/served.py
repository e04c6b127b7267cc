"""A deployment that is asked about a task: its server is started once something must be asked of it, and not before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.counting import Counter
from pytest_fmbench.runs.ready.preflight import Finding
from pytest_fmbench.runs.ready.readying import readied


@dataclass(frozen=True)
class Greeting:
    """What is asked before a task, to see that there is an answer."""

    def prompt(self, index: int, seed: int) -> Prompt:  # noqa: ARG002  # there is but one
        """The same each time."""
        return Prompt((Message("user", "Good morning! How are you?"),), max_tokens=4)


@dataclass(frozen=True)
class Served:
    """Whatever is asked for below may raise what starting a server and greeting it raises.

    :param case: whose observer is told of it.
    :param beside: a deployment that is asked before or after.
    """

    pool: Pool
    how: Measuring
    case: str
    deployment: Deployment
    beside: Deployment | None = None

    @property
    def server(self) -> Server:
        """The live server, which has been greeted."""
        return self._greeted[0]

    @property
    def finding(self) -> Finding:
        """What was found out by greeting it."""
        return self._greeted[1]

    def count(self, prompt: Prompt) -> int:
        """How many input tokens a prompt is, by the server."""
        return self._counter(prompt)

    @cached_property
    def _greeted(self) -> tuple[Server, Finding]:
        server = self.pool.acquire(self.deployment, beside=self.beside)
        _, finding = readied(server, Greeting(), self.how, self.case)
        return server, finding

    @cached_property
    def _counter(self) -> Counter:
        endpoint = self.server.endpoint
        return Counter(Asking(endpoint, self.how.dialects[endpoint.dialect]()))
