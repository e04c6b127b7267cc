"""The composition root: dotted names of all members, imported by nobody but the plugin and the command line.

Adding a member is its file, a line here, and its test; the contract tests check every line in the same way.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.base import Platform, Surroundings
from pytest_fmbench.stacks.base import Stack
from pytest_fmbench.workloads.traces.base import Format
from pytest_fmbench.workloads.traces.formats import FORMATS

METRICS: Registry[Metric] = Registry(
    "metric",
    {
        name: f"pytest_fmbench.metrics.{name}:METRIC"
        for name in (
            "ttft",
            "ttft_scheduled",
            "itl",
            "icl",
            "tpot",
            "ntpot",
            "e2e",
            "e2e_scheduled",
            "input_tokens",
            "output_tokens",
            "schedule_lateness",
            "error_rate",
            "goodput",
            "request_rate",
            "output_token_rate",
        )
    },
)

STACKS: Registry[Callable[[], Stack]] = Registry(
    "stack",
    {
        "llamacpp": "pytest_fmbench.stacks.llamacpp:LlamaCpp",
        "vllm": "pytest_fmbench.stacks.vllm:Vllm",
        "vllm_cpu": "pytest_fmbench.stacks.vllm_cpu:VllmCpu",
    },
)

DIALECTS: Registry[Callable[[], Dialect]] = Registry(
    "dialect",
    {
        "openai-chat": "pytest_fmbench.client.dialects.openai_chat:OpenAIChat",
        "openai-chat-whole": "pytest_fmbench.client.dialects.openai_chat:OpenAIChatWhole",
        "openai-completions": "pytest_fmbench.client.dialects.openai_completions:OpenAICompletions",
        "openai-completions-whole": "pytest_fmbench.client.dialects.openai_completions:OpenAICompletionsWhole",
    },
)

PLATFORMS: Registry[Callable[[Surroundings], Platform]] = Registry(
    "platform",
    {
        "local": "pytest_fmbench.platforms.local:Local",
        "url": "pytest_fmbench.platforms.url:Url",
    },
)

TRACES: Registry[Format] = FORMATS
"""Its lines are in ``workloads/traces/formats.py``: cases call ``trace(...)`` while nobody can hand it a registry."""
