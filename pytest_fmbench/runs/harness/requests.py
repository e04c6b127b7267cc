"""What lm-evaluation-harness wants of a model, as prompts, and what a model says, as it wants it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt

_LENGTHS = ("max_gen_toks", "max_tokens", "max_new_tokens", "max_completion_tokens")
_USUAL_LENGTH = 256
"""That of its own models of an API."""

_ECHO: Mapping[str, object] = {"echo": True, "logprobs": 1, "temperature": 0}


@dataclass(frozen=True)
class Request:
    """One of them.

    :param doc: of which item it is, as ``arc_easy/12``.
    :param context: what is asked: a text, or the messages of a chat as JSON.
    :param continuation: a text that the likelihood is wanted of; None where the model is to go on itself.
    :param settings: how it goes on, in the task's words: ``until``, ``temperature`` and so on.
    """

    doc: str
    context: str
    continuation: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, str]:
        """Context and continuation; blanks that end the one begin the other, since tokens begin with them."""
        bare = self.context.rstrip()
        return bare, self.context[len(bare) :] + (self.continuation or "")


Likelihood = tuple[float, bool]
"""Natural logarithm of a text's probability, and whether each of its tokens is the likeliest."""


class Model(Protocol):
    """Who is asked."""

    def generated(self, requests: Sequence[Request]) -> list[str]:
        """What it says to each."""
        ...

    def likelihoods(self, requests: Sequence[Request]) -> list[Likelihood]:
        """How likely it thinks each continuation."""
        ...


def stops_of(request: Request) -> list[str]:
    """Texts at which a reply ends; they are no part of it."""
    until = request.settings.get("until") or ()
    return [until] if isinstance(until, str) else [str(one) for one in until if one]  # type: ignore[attr-defined]  # a list


def cut(text: str, stops: Sequence[str]) -> str:
    """``text`` up to the first of ``stops``, whether the server knew them or not."""
    return min((text.partition(one)[0] for one in stops), key=len, default=text)


def question_of(request: Request, dialect: str, fields: Mapping[str, object], *, chat: bool) -> Prompt:
    """What is asked so that the model goes on.

    :param fields: of the request's JSON, which win over what the task says.
    :raises UsageError: when a dialect that is not OpenAI's is to be told settings that it may call otherwise.
    """
    told = {name: value for name, value in request.settings.items() if name not in ("until", "do_sample")}
    lengths = [told.pop(name) for name in _LENGTHS if name in told]
    length = int(str(lengths[0])) if lengths else _USUAL_LENGTH
    if dialect.startswith("openai-"):
        stops = {"stop": stops} if (stops := stops_of(request)) else {}
        asked = {**told, **stops, **fields}
    elif odd := {name: value for name, value in told.items() if name != "temperature" or value}:
        raise UsageError(f"{request.doc} wants {odd} of a model, and how the dialect {dialect} says that is not known")
    else:
        asked = dict(fields)
    messages = _chat(request.context) if chat else (Message("user", request.context),)
    return Prompt(messages, max_tokens=length, fields=asked)


def _chat(context: str) -> tuple[Message, ...]:
    return tuple(Message(one["role"], one["content"]) for one in json.loads(context))


def count_of(context: str) -> Prompt:
    """What is asked to see how many tokens a context is: the usage of the reply tells."""
    return Prompt((Message("user", context),), max_tokens=1, fields={"temperature": 0})


def echo_of(request: Request) -> Prompt:
    """What is asked to see how likely a continuation is: the whole text, with the likelihood of each of its tokens."""
    return Prompt((Message("user", "".join(request.parts)),), max_tokens=1, fields=_ECHO)


def likelihood_in(body: bytes, context_tokens: int) -> Likelihood:
    """How likely a continuation is, as the reply to :func:`echo_of` says it.

    Tokens are counted as lm-evaluation-harness does: those of the whole text, less as many as the context alone has.

    :raises ValueError: when it does not say.
    """
    try:
        said: Any = json.loads(body)
        usage, told = said["usage"], said["choices"][0]["logprobs"]
        count = usage["prompt_tokens"] - context_tokens
        end = len(told["token_logprobs"]) - usage["completion_tokens"]
        logs, tops = (told[name][max(0, end - count) : end] for name in ("token_logprobs", "top_logprobs"))
        found = [(float(log), max(top.values())) for log, top in zip(logs, tops, strict=True)]
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"the reply does not tell how likely its prompt is: {error!r}") from error
    if not 0 < count == len(found):
        raise ValueError(f"of {count} tokens of the continuation the reply tells of {len(found)}")
    return math.fsum(log for log, _ in found), all(log == most for log, most in found)
