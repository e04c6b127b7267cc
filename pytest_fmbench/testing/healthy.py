"""Scripts of servers that do what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_fmbench.model.draws import Distribution, constant
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Timing, words
from pytest_fmbench.testing.responses import plain, refusal
from pytest_fmbench.testing.shapes import SHAPES
from pytest_fmbench.testing.steps import Step, Write

_AT_ONCE = constant(0)


@dataclass(frozen=True)
class Healthy:
    """A server of one shape that answers every request. Made by :func:`healthy`."""

    shape: str
    timing: Timing

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Its answer; 404 for a path that the shape does not have, 400 for a body that is no JSON object."""
        if asked.method == "GET":
            return [answer_of_get(asked)]
        shape, path = SHAPES[self.shape], asked.path.partition("?")[0]
        if not shape.paths.fullmatch(path):
            return [refusal(404, f"no route {asked.method} {path} in the shape {self.shape}: {shape.paths.pattern}")]
        if not asked.json:
            return [refusal(400, "the body is no JSON object")]
        limit = shape.limit(asked.json)
        if limit is not None and (not isinstance(limit, int) or limit < 1):
            return [refusal(400, f"{limit!r} is no number of output tokens")]
        return shape.answer(asked, self.timing.plan(asked.index, limit, words(asked.json)))

    def __reduce__(self) -> tuple[object, ...]:
        return _loaded, (self.shape, self.timing)  # not at the first request, which would wait for it


def healthy(
    shape: str = "openai-chat",
    *,
    ttft: Distribution = _AT_ONCE,
    itl: Distribution = _AT_ONCE,
    output_tokens: Distribution | None = None,
    seed: int = 0,
) -> Healthy:
    """A server of ``shape`` that answers every request, and GET /health and /v1/models.

    :param ttft: seconds from when a request has been read to its first token.
    :param itl: seconds between tokens.
    :param output_tokens: how many; never more than the request asks for. None is as many as it asks for.
    :param seed: other draws for another; those of a request depend only on this and on ``Asked.index``.
    :raises UnknownName: when there is no such shape.
    """
    return _loaded(shape, Timing(ttft, itl, output_tokens, seed))


def _loaded(shape: str, timing: Timing) -> Healthy:
    SHAPES[shape]
    return Healthy(shape, timing)


def answer_of_get(asked: Asked) -> Write:
    """That it is ready, and which model it has."""
    if asked.path == "/health":
        return plain(200, {"status": "ok"})
    if asked.path == "/v1/models":
        return plain(200, {"object": "list", "data": [{"id": "mock", "object": "model", "owned_by": "fmbench"}]})
    return refusal(404, f"no route GET {asked.path}")
