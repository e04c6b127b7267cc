"""Triton's generate extension: ``POST /v2/models/NAME[/versions/V]/generate`` and ``.../generate_stream``.

https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_generate.html
How a model is told the most output tokens is its own; this one reads ``max_tokens``, as TensorRT-LLM's does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, streamed, whole
from pytest_fmbench.testing.shapes.base import WORDS, Shape, first, name_in, text
from pytest_fmbench.testing.shapes.openai import event
from pytest_fmbench.testing.steps import Step


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    same = {"model_name": name_in(asked.path, 2), "model_version": "1"}
    if asked.path.endswith("/generate"):
        return whole(plan, {**same, "text_output": text(plan)})
    tokens = (event({**same, "text_output": word}) for word in WORDS)
    return streamed(plan, Pieces(b"", tokens), "text/event-stream; charset=utf-8")


SHAPE = Shape(
    re.compile("/v2/models/[^/]+(/versions/[^/]+)?/generate(_stream)?"),
    lambda body: first(body, "max_tokens", "parameters.max_tokens"),
    _answer,
)
