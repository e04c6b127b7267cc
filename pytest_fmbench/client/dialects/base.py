"""What a dialect does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made: the path under the endpoint's base URL, and the JSON body."""

    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """A content chunk: when it arrived, how many tokens it brought, what they are.

    :param shared: a later chunk came with the same read, so the stamp is also its.
    """

    ns: int
    tokens: int
    kind: ChunkKind
    shared: bool = False


@dataclass(slots=True)
class Reply:
    """What a response body says.

    :param input_tokens: the server's count, as ``output_tokens`` and ``cached_tokens``; None if it gave none.
    :param server_timings: what the server says of its own time, as it says it.
    :param running_tokens: the server's running count of output tokens, as it stood with its last event, tokens that
        never became a character included; None if it keeps none.
    :param ended: the server said that it was done.
    :param error: an error that the server reported inside the body.
    :param problem: why the body cannot be read.
    """

    chunks: list[Chunk] = field(default_factory=list)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    running_tokens: int | None = 0
    finish_reason: str | None = None
    server_timings: object = None
    ended: bool = False
    error: str | None = None
    problem: str | None = None


class Dialect(Protocol):
    """A wire form. Stateless."""

    name: str

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        ...

    def glance(self, raw: bytes | bytearray) -> int:
        """About how many tokens a raw response holds, at the speed of a byte search; for progress only."""
        ...

    def read(self, body: Iterable[tuple[int, bytes]]) -> Reply:
        """The reply in the body of a 200 response, given as (arrival in ns, bytes) of each read. Never raises."""
        ...
