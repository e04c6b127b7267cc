"""The running endpoint that the options name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import METRICS, Deployment, Option
from pytest_fmbench.model.pages import see_that_it_is_a_page

_UNNAMED = "openai"
"""The stack of one of which nothing is said: whatever has OpenAI's routes."""
_USUAL = "openai-chat"


def target_of(option: Callable[[str], Any]) -> Deployment | None:
    """What ``--fmbench-url`` and the options beside it name; None where they name nothing.

    :param option: value of an option by its name.
    :raises UsageError: naming the option and what it takes.
    """
    url, model = option("--fmbench-url"), option("--fmbench-model")
    for name in ("--fmbench-stack", "--fmbench-metrics-url"):
        if option(name) is not None and url is None:
            raise UsageError(f"{name} says more of a running endpoint: name that too, --fmbench-url")
    if url is None and model is None:
        return None
    if url is None or model is None:
        raise UsageError("--fmbench-url and --fmbench-model go together: an endpoint and the model name it answers to")
    if not model:
        raise UsageError("--fmbench-model is empty: give the model name that the endpoint answers to")
    if "@" in url:
        raise UsageError("--fmbench-url holds a password: give it by --fmbench-api-key-env or --fmbench-header instead")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--fmbench-url {url!r}: give an http or https URL, such as http://127.0.0.1:8000/v1")
    stack = option("--fmbench-stack")
    options = (_spoken_by(stack) if stack is not None else {}) | _page(option("--fmbench-metrics-url"))
    return Deployment(model, stack or _UNNAMED, f"url:{url}", options=options)


def _spoken_by(stack: str) -> dict[str, Option]:
    """The dialect of one that does not speak the usual one.

    :raises UnknownName: for a stack that is not known; lists those that are.
    """
    from pytest_fmbench.catalog import STACKS

    spoken = STACKS[stack]().card.dialects
    return {} if _USUAL in spoken else {"dialect": spoken[0]}


def _page(url: str | None) -> dict[str, Option]:
    if url is None:
        return {}
    see_that_it_is_a_page("--fmbench-metrics-url", url, "http://127.0.0.1:8002/metrics")
    return {METRICS: url}
