"""How many input tokens prompts are, by the server that is asked.

Any server tells it in the usage of a reply, which takes a prefill. Some have a route of their own for it, which takes a
tokenizer only: vLLM's ``/tokenize`` (https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html) and
llama.cpp's ``/apply-template`` and ``/tokenize`` (https://github.com/ggml-org/llama.cpp/blob/master/tools/server). A
route is used where it tells the same as the usage of two replies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pytest_fmbench.client.dialects.base import OverGrpc
from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.errors import PromptRefused
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.runs.ready.asking import Asking

Route = Callable[[Asking, Mapping[str, Any]], "int | None"]
"""Input tokens of a request with such a body; None where the server has no such route, or tells nothing."""

_TRIED = (
    Prompt((Message("user", "Count to 1,234 in steps of 7, or don't."),), max_tokens=1),
    Prompt(
        (
            Message("user", "Be brief:\n\n- so"),
            Message("assistant", " As you like. "),
            Message("user", "\u00c4hnlich  wie <s> zuvor?"),
        ),
        max_tokens=1,
    ),
)


@dataclass(frozen=True)
class Counter:
    """Counts the input tokens of prompts; how, is found out when it is first asked."""

    asking: Asking

    def __call__(self, prompt: Prompt) -> int:
        """Of one prompt.

        :raises UsageError: when the server does not tell, or refuses the prompt.
        """
        by_route = self._route and _by(self._route, self.asking, prompt)
        return by_route or self.asking.input_tokens(prompt)

    @cached_property
    def _route(self) -> Route | None:
        try:
            told = [self.asking.input_tokens(prompt) for prompt in _TRIED]
        except PromptRefused:  # such as by a template that knows no conversations: others it may take
            return None
        routes = (_vllm, _llamacpp)
        return next((one for one in routes if [_by(one, self.asking, prompt) for prompt in _TRIED] == told), None)


def _by(route: Route, asking: Asking, prompt: Prompt) -> int | None:
    if any(message.images for message in prompt.messages):  # what these take, no route tells
        return None
    if isinstance(asking.dialect, OverGrpc):  # beside which there are no routes
        return None
    body = json.loads(call_of(asking.dialect, prompt, replace(asking.endpoint, request_fields={})).body)
    if "system" in body:  # beside the messages, where no route looks
        return None
    try:
        return route(asking, body)
    except (KeyError, TypeError):  # not what the route is known to tell
        return None


def _vllm(asking: Asking, body: Mapping[str, Any]) -> int | None:
    what = {name: body[name] for name in ("model", "messages", "prompt") if name in body}
    count = (asking.post("/tokenize", what) or {}).get("count")
    return count if type(count) is int else None


def _llamacpp(asking: Asking, body: Mapping[str, Any]) -> int | None:
    text = body.get("prompt")
    if text is None:
        text = (asking.post("/apply-template", {"messages": body["messages"]}) or {})["prompt"]
    how = {"content": text, "add_special": True, "parse_special": True}
    return len((asking.post("/tokenize", how) or {})["tokens"])
