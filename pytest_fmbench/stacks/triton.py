"""What NVIDIA Triton's two backends for texts have in common: its two front ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pytest_fmbench.stacks.card import OPENAI

USER_GUIDE = "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs"
DOCUMENTS = (
    f"{USER_GUIDE}/client_guide/openai_readme.html",
    f"{USER_GUIDE}/protocol/extension_generate.html",
    f"{USER_GUIDE}/user_guide/metrics.html",
    "https://github.com/triton-inference-server/server/blob/main/python/openai/openai_frontend/frontend/fastapi/routers/observability.py",
)
RELEASE = "26.09"
METRICS_PORT = 8_002
"""Of its own front end; OpenAI's has the page beside its routes."""


class FrontEnd(NamedTuple):
    """One of Triton's ways to be asked.

    :param arguments: that start it, in its image.
    :param port: that it listens on inside.
    :param metrics_port: that its page of metrics is at inside, where that is another one; else 0.
    """

    arguments: tuple[str, ...]
    port: int
    base_path: str
    ready_path: str
    facts: Mapping[str, tuple[str, str]]
    metrics_port: int = 0


def front_end(dialect: str, repository: str, tokenizer: str) -> FrontEnd:
    """The front end that speaks ``dialect``, over the models that lie in ``repository``.

    :param tokenizer: whose chat template OpenAI's chats are put in.
    """
    if dialect in OPENAI:
        return FrontEnd(
            (
                *("python3", "/opt/tritonserver/python/openai/openai_frontend/main.py"),
                *("--host", "{host}", "--openai-port", "{port}"),
                *("--model-repository", repository, "--tokenizer", tokenizer),
            ),
            port=9_000,
            base_path="/v1",
            ready_path="/health/ready",
            facts={},
        )
    return FrontEnd(
        (
            *("tritonserver", "--model-repository", repository),
            *("--http-port", "{port}", "--metrics-port", "{metrics_port}"),
        ),
        port=8_000,
        base_path="",
        ready_path="/v2/health/ready",
        facts={"version": ("/v2", "version")},
        metrics_port=METRICS_PORT,
    )
