"""How much a reasoning model may think: a budget of tokens, or an effort, as each server wants to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.workloads.over import Over, over

Fields = Mapping[str, object]

_BUDGETS: Mapping[str, Callable[[int], Fields]] = {
    "vllm": lambda tokens: {"thinking_token_budget": tokens},
    "sglang": lambda tokens: {"custom_params": {"thinking_budget": tokens}},
    "llamacpp": lambda tokens: {"thinking_budget_tokens": tokens},
    "nim": lambda tokens: {"nvext": {"max_thinking_tokens": tokens}},
    "anthropic": lambda tokens: {"thinking": {"type": "enabled", "budget_tokens": tokens}},
    "bedrock": lambda tokens: {
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": tokens}}
    },
}
"""By the server that is asked, what its requests carry.

vLLM: https://docs.vllm.ai/en/latest/features/reasoning_outputs.html; SGLang, started with ``--enable-strict-thinking``:
https://docs.sglang.io/docs/advanced_features/thinking_budget; llama.cpp:
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md; NIM:
https://docs.nvidia.com/nim/large-language-models/latest/thinking-budget-control.html; Anthropic, and Bedrock's Converse
of its models: https://platform.claude.com/docs/en/build-with-claude/extended-thinking.
"""

_EFFORTS: Mapping[str, Callable[[str], Fields]] = {
    **dict.fromkeys(("openai", "vllm", "sglang"), lambda effort: {"reasoning_effort": effort}),
    "openai-responses": lambda effort: {"reasoning": {"effort": effort}},
    "llamacpp": lambda effort: {"chat_template_kwargs": {"reasoning_effort": effort}},
    "ollama": lambda effort: {"think": effort},
    "anthropic": lambda effort: {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}},
    "bedrock": lambda effort: {
        "additionalModelRequestFields": {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}}
    },
}
"""The same. OpenAI: https://platform.openai.com/docs/guides/reasoning; Ollama:
https://docs.ollama.com/capabilities/thinking; Anthropic: https://platform.claude.com/docs/en/build-with-claude/effort.
"""

_WITHIN = ("anthropic", "bedrock")
"""Where a budget is a part of the most output tokens, and refused if it is not smaller."""


@dataclass(frozen=True)
class Bounded:
    """What requests carry.

    :param least: output tokens that a prompt must allow; 0 is any.
    """

    fields: tuple[tuple[str, object], ...]
    least: int = 0
    takes: int = 1

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:  # noqa: ARG002  # nothing is drawn
        """The prompt, with them.

        :raises UsageError: when it allows no more output than thinking.
        """
        (prompt,) = prompts
        if prompt.max_tokens < self.least:
            raise UsageError(
                f"thinking(budget={self.least - 1}): replies may have {prompt.max_tokens} output tokens, thinking "
                "included, so nothing is left for an answer: ask for more output tokens, or give a smaller budget"
            )
        return replace(prompt, fields={**prompt.fields, **dict(self.fields)})

    def models(self) -> tuple[str, ...]:
        """None by name."""
        return ()


def thinking(workload: Prompts, *, server: str, budget: int | None = None, effort: str | None = None) -> Over:
    """``workload``, whose replies may think so much. Servers have no common word for it, and mostly ignore another's.

    :param server: who is asked: ``vllm``, ``sglang``, ``llamacpp``, ``nim``, ``openai``, ``openai-responses``,
        ``ollama``, ``anthropic`` or ``bedrock``.
    :param budget: tokens, after which thinking is ended.
    :param effort: such as ``"low"``, as the model knows it.
    :raises UnknownName: for a server that takes no such thing; lists those that do.
    :raises UsageError: for neither or both, or a budget that is no whole number from 1.
    """
    if (budget is None) == (effort is None):
        raise UsageError('thinking(...): give either budget=1024, in tokens, or effort="low"')
    words = f"thinking(server={server!r}, "
    if effort is not None:
        if not isinstance(effort, str) or not effort:
            raise UsageError(f'thinking(effort={effort!r}): give a word that the model knows, such as "low"')
        fields = _of(_EFFORTS, "server that takes an effort:", server)(effort)
        return over(workload, Bounded(tuple(fields.items())), f"{words}effort={effort!r}, ")
    if not is_count(budget):
        raise UsageError(f"thinking(budget={budget!r}): give a whole number of tokens from 1")
    fields = _of(_BUDGETS, "server that takes a budget:", server)(budget)
    least = budget + 1 if server in _WITHIN else 0
    return over(workload, Bounded(tuple(fields.items()), least), f"{words}budget={budget}, ")


def _of(known: Mapping[str, Callable[..., Fields]], what: str, server: str) -> Callable[..., Fields]:
    if server not in known:
        raise UnknownName(what, str(server), known)
    return known[server]
