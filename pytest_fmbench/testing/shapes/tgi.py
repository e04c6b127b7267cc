"""Text Generation Inference's own: ``POST /generate_stream``; events have no blank after ``data:``.

https://huggingface.co/docs/text-generation-inference/reference/api_reference and its ``docs/openapi.json``
(StreamResponse). The last token's event has the whole text, and ``details`` if the request asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, compact, streamed
from pytest_fmbench.testing.shapes.base import WORDS, Shape, first, text
from pytest_fmbench.testing.steps import Step


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    return streamed(plan, Pieces(b"", _tokens(asked, plan)), "text/event-stream")


def _tokens(asked: Asked, plan: Plan) -> Iterator[bytes]:
    for index in range(1, plan.tokens):
        yield _event(index, None, None)
    details = _details(plan) if first(asked.json, "parameters.details") else None
    yield _event(plan.tokens, text(plan), details)


def _event(index: int, generated: str | None, details: dict[str, object] | None) -> bytes:
    place = (index - 1) % len(WORDS)
    token = {"id": 100 + place, "text": WORDS[place], "logprob": -0.5, "special": False}
    return b"data:%b\n\n" % compact({"index": index, "token": token, "generated_text": generated, "details": details})


def _details(plan: Plan) -> dict[str, object]:
    reason = "length" if plan.limited else "eos_token"
    counts = {"generated_tokens": plan.tokens, "seed": None, "input_length": plan.input_tokens}
    return {"finish_reason": reason, **counts}


SHAPE = Shape(re.compile("/generate_stream"), lambda body: first(body, "parameters.max_new_tokens"), _answer)
