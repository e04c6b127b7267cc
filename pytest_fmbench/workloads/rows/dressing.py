"""The model's own chat template, applied here: for servers that are asked for completions of plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Protocol, cast

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.rows.base import Unusable


class Tokenizer(Protocol):
    """As much of a Hugging Face tokenizer as is needed here."""

    bos_token: str | None
    chat_template: object

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> object:
        """The conversation as the model was trained to read it."""
        ...


def as_it_is(prompt: Prompt) -> Prompt:
    """For servers that apply the template themselves."""
    return prompt


def dressing(name: str | None) -> Callable[[Prompt], Prompt]:
    """What puts a prompt into the chat template of a tokenizer.

    :param name: of the Hugging Face Hub, or a folder; None is no template.
    :raises UsageError: when it cannot be had, or has no chat template.
    """
    if name is None:
        return as_it_is
    tokenizer = _tokenizer(name)

    def dressed(prompt: Prompt) -> Prompt:
        from jinja2 import TemplateError

        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        try:
            text = str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        except TemplateError:  # such as one that knows no system messages
            raise Unusable("that the chat template does not take") from None
        # servers put the token before every text that begins a sequence, and would do so twice
        return replace(
            prompt, messages=(Message("user", text.removeprefix(tokenizer.bos_token or "")),), templated=True
        )

    return dressed


@lru_cache(maxsize=2)
def _tokenizer(name: str) -> Tokenizer:
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise UsageError(
            f"chat_template={name!r} needs transformers: pip install 'pytest-fmbench[transformers]'"
        ) from error
    try:
        tokenizer = cast("Tokenizer", AutoTokenizer.from_pretrained(name))
    except (OSError, ValueError, ImportError) as error:
        first = str(error).strip().partition("\n")[0]
        raise UsageError(f"chat_template={name!r}: no tokenizer can be loaded from there: {first}") from error
    if not getattr(tokenizer, "chat_template", None):
        raise UsageError(f"chat_template={name!r}: its tokenizer has no chat template")
    return tokenizer
