"""What a dialect does."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import KINDS, ChunkKind
from pytest_fmbench.model.session import Answer


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be made: the path under the endpoint's base URL, and the JSON body."""

    path: str
    body: bytes


def _integers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Chunks:
    """The content chunks of a reply, in their order, a column a property.

    :param at: how much of the body had to be there for each, in bytes.
    :param tokens: how many tokens each brought.
    :param kinds: of each, what it holds, as a place in :data:`~pytest_fmbench.model.record.KINDS`.
    """

    at: array[int] = field(default_factory=_integers)
    tokens: array[int] = field(default_factory=_integers)
    kinds: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.at)

    def add(self, at: int, tokens: int, kind: ChunkKind) -> None:
        """Note a chunk that the first ``at`` bytes of the body completed."""
        self.at.append(at)
        self.tokens.append(tokens)
        self.kinds.append(KINDS.index(kind))

    def add_alike(self, ats: Iterable[int], kind: ChunkKind) -> None:
        """Note chunks of one kind and of one token each."""
        before = len(self.at)
        self.at.extend(ats)
        added = len(self.at) - before
        self.tokens.extend(array("q", (1,)) * added)
        self.kinds += bytes((KINDS.index(kind),)) * added


@dataclass(slots=True)
class Reply:
    """What a response body says.

    :param input_tokens: the server's count, as ``output_tokens`` and ``cached_tokens``; None if it gave none.
    :param items: how many of what was wanted came, where that is no text: images, embeddings, scores; None for text.
    :param reasoning_tokens: of the output tokens, as the server counts them; None if it does not tell.
    :param server_timings: what the server says of its own time, as it says it, and counts that no other field has.
    :param running_tokens: the server's running count of output tokens, as it stood with its last event, tokens that
        never became a character included; None if it keeps none.
    :param end_token: the model ended it, by a token that no chunk carries and that servers count.
    :param ended: the server said that it was done.
    :param error: an error that the server reported inside the body.
    :param throttled: that error says that requests came too fast.
    :param problem: why the body cannot be read.
    """

    chunks: Chunks = field(default_factory=Chunks)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    running_tokens: int | None = 0
    items: int | None = None
    finish_reason: str | None = None
    end_token: bool = False
    server_timings: object = None
    ended: bool = False
    error: str | None = None
    throttled: bool = False
    problem: str | None = None


class Dialect(Protocol):
    """A wire form. Stateless."""

    name: str

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too.

        :param model: the prompt's own, where it has one, else the deployment's; ``fields`` likewise hold those of both:
            :func:`~pytest_fmbench.client.dialects.calling.call_of` makes them out, and no dialect looks for others.
        """
        ...

    def read(self, body: Body) -> Reply:
        """The reply in the body of a 200 response. Says where in it each chunk ends, not when. Never raises."""
        ...


@runtime_checkable
class Conversing(Dialect, Protocol):
    """A dialect that can tell what was said, so that a session can go on by it."""

    def answer(self, body: Body) -> Answer:
        """What the body of a 200 response says; without an error, which is known of the record. Never raises."""
        ...


@runtime_checkable
class OverGrpc(Dialect, Protocol):
    """A dialect whose calls are gRPC's: the path of one is a method, its body a message, and messages answer it."""

    over_grpc: Literal[True]
