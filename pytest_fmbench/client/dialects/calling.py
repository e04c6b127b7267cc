"""A prompt and an endpoint as a call: whose model, which fields, and whether the dialect can ask it at all."""

from __future__ import annotations

from pytest_fmbench.client.dialects.base import Call, Dialect
from pytest_fmbench.client.dialects.prompts import together
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Prompt, Wanted

TEXTS = frozenset({Wanted.TEXT})

_ASKED_IN = {
    Wanted.TEXT: "openai-chat, as is usual",
    Wanted.IMAGES: "openai-images",
    Wanted.EMBEDDINGS: "openai-embeddings",
    Wanted.RANKING: "rerank or tei-rerank",
    Wanted.JSON: "json?path=/PATH&items=PATH.IN.THE.REPLY",
}
_ASKED_BY = {
    Wanted.TEXT: "chat()",
    Wanted.IMAGES: "images()",
    Wanted.EMBEDDINGS: "embeddings()",
    Wanted.RANKING: "rerank()",
    Wanted.JSON: "jsonl(path, body={...})",
}
_ANOTHER = "another-model"


def call_of(dialect: Dialect, prompt: Prompt, endpoint: Endpoint) -> Call:
    """The request that asks ``prompt`` of ``endpoint``: of the prompt's own model, where it has one, with its fields.

    :raises UsageError: when the dialect does not ask for such a thing, or cannot carry it.
    """
    if prompt.wanted not in given_by(dialect):
        raise _cannot_be_asked(dialect, prompt)
    return dialect.call(prompt, prompt.model or endpoint.model, together(endpoint.request_fields, prompt.fields))


def given_by(dialect: Dialect) -> frozenset[Wanted]:
    """What a dialect asks for: text, unless it says otherwise."""
    found: frozenset[Wanted] = getattr(dialect, "gives", TEXTS)
    return found


def see_that_it_names_the_model(dialect: Dialect, prompt: Prompt, endpoint: Endpoint) -> None:
    """See that a prompt's own model would be asked.

    :raises UsageError: when the dialect names no model, so that all would be asked of one.
    """
    if prompt.model is None:
        return
    fields = together(endpoint.request_fields, prompt.fields)
    if dialect.call(prompt, prompt.model, fields) == dialect.call(prompt, f"{prompt.model}-{_ANOTHER}", fields):
        raise UsageError(
            f"the dialect {dialect.name} does not say which model it asks, so {prompt.model!r} cannot be asked in it: "
            "use one that does, such as openai-chat"
        )


def _cannot_be_asked(dialect: Dialect, prompt: Prompt) -> UsageError:
    gives = sorted(given_by(dialect))
    told = " or ".join(one.value for one in gives)
    return UsageError(
        f"the workload asks for {prompt.wanted.value}, and the dialect {dialect.name} for {told}: ask it with the "
        f'option {{"dialect": "{_ASKED_IN[prompt.wanted]}"}}, or use a workload such as {_ASKED_BY[gives[-1]]}'
    )
