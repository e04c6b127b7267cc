"""What the mock server writes, a dialect reads: as many tokens as it says that it wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.testing import constant, healthy, serving
from pytest_fmbench.testing.shapes import SHAPES
from tests.support.dialects import SPOKEN

READ_BY: dict[str, tuple[str, ...]] = {
    "openai-chat": ("openai-chat", "openai-chat-whole"),
    "openai-completions": ("openai-completions", "openai-completions-whole"),
    "tgi": ("tgi-generate",),
    "triton": ("triton-generate",),
    "ollama": ("ollama-chat", "ollama-generate"),
    "sagemaker": ("sagemaker-messages",),
    "bedrock": ("bedrock-converse", "bedrock-invoke-anthropic"),
}
PAIRS = [pytest.param(shape, name, id=f"{shape}-{name}") for shape, names in READ_BY.items() for name in names]


ITEMS = {
    "openai-images": ("openai-images",),
    "openai-embeddings": ("openai-embeddings",),
    "rerank": ("rerank", "tei-rerank"),
}
"""Shapes whose replies are no text."""
OF_ITEMS = [pytest.param(shape, name, id=f"{shape}-{name}") for shape, names in ITEMS.items() for name in names]


def test_every_shape_is_thought_of() -> None:
    assert READ_BY.keys() | ITEMS.keys() == {*SHAPES}


@pytest.mark.parametrize(("shape", "name"), PAIRS)
@pytest.mark.parametrize(("drawn", "limit", "tokens"), [(100, 70, 70), (5, 70, 5)])
def test_what_the_mock_writes_is_read(shape: str, name: str, drawn: int, limit: int, tokens: int) -> None:
    script = healthy(shape, ttft=constant(0.002), itl=constant(0.0001), output_tokens=constant(drawn))
    with serving(script) as mock:
        endpoint = Endpoint(f"{mock.url}{SPOKEN[name].base_path}", "m", name)
        found = Asking(endpoint, DIALECTS[name]()).ask(Prompt((Message("user", "a b"),), max_tokens=limit))
        (truth,) = mock.truths()
    assert (found.status, found.error) == ("ok", None)
    assert sum(truth.tokens) == tokens
    ended = found.finish_reason == "stop"  # which an end token would have brought: servers count it, the mock has none
    if SPOKEN[name].streamed:
        assert list(found.chunk_tokens) == [1] * tokens
    else:
        assert list(found.chunk_tokens) == [tokens - ended]
    assert found.output_tokens == (None if shape == "triton" else tokens)


@pytest.mark.parametrize(("shape", "name"), OF_ITEMS)
def test_items_that_the_mock_writes_are_counted(shape: str, name: str) -> None:
    with serving(healthy(shape, ttft=constant(0.002))) as mock:
        endpoint, prompt = Endpoint(f"{mock.url}{SPOKEN[name].base_path}", "m", name), SPOKEN[name].prompt
        asked = replace(prompt, documents=("a b", "c", "d"), fields={"n": 3})
        found = Asking(endpoint, DIALECTS[name]()).ask(asked)
        (truth,) = mock.truths()
    assert (found.status, found.error, found.items) == ("ok", None, 3)
    assert found.chunk_ns[0] >= truth.begin_ns[0]
