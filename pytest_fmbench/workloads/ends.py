"""Why a session ends whose request failed."""

from __future__ import annotations

import re

from pytest_fmbench.model.session import TaskEnd

_TOO_LONG = re.compile(
    r"exceed_context_size|context_length_exceeded|(?:context|prompt|input)[ a-z]*(?:size|length|window|too long)"
    r"|longer than the model's context|`inputs` tokens \+ `max_new_tokens` must be",
    re.IGNORECASE,
)
"""How servers say that a conversation outgrew the model: llama.cpp, OpenAI and vLLM, Anthropic and Bedrock, SGLang, TGI."""


def end_of(error: str) -> TaskEnd:
    """How a session ends of which a request failed so.

    :param error: ``cause: detail``, as a record has it.
    """
    cause, _, detail = error.partition(":")
    return TaskEnd.CONTEXT if cause == "status" and _TOO_LONG.search(detail) else TaskEnd.REFUSED
