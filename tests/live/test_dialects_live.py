"""Every dialect that llama.cpp's server speaks, asked of one that runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.dialects.calling import TEXTS, given_by
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.platforms.base import Surroundings
from pytest_fmbench.platforms.local import Local
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.stacks.llamacpp import CARD, EMBEDDINGS, LlamaCpp
from pytest_fmbench.weights.fetch import locate
from tests.support.dialects import SPOKEN

LIMIT = 6
REACHED = {"openai-responses": "completed", "anthropic-messages": "max_tokens", "llamacpp-completion": "limit"}
"""What a reply is said to have ended by that is as long as it may be; ``length`` where it is not here."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root of a server, which is started once."""
    deployment = Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options={"dialect": EMBEDDINGS})
    log: Path = tmp_path_factory.mktemp("served") / "server.log"
    surroundings = Surroundings(lambda model, quantization, progress: locate(model, quantization, progress=progress))
    running = Local(surroundings).start(deployment, LlamaCpp().plan(deployment), log, lambda _: None)
    yield running.endpoint.base_url.removesuffix("/v1")
    running.stop()


def asked(server: str, name: str, prompt: Prompt) -> RequestRecord:
    fields = {"timings_per_token": True, "temperature": 0}
    endpoint = Endpoint(server + SPOKEN[name].base_path, "smollm2-135m", name, request_fields=fields)
    return Asking(endpoint, DIALECTS[name]()).ask(prompt)


@pytest.mark.parametrize("name", [name for name in CARD.dialects if given_by(DIALECTS[name]()) == TEXTS])
def test_a_reply_of_a_fixed_length(server: str, name: str) -> None:
    found = asked(server, name, Prompt((Message("user", "Count to a hundred."),), LIMIT, ignore_eos=True))
    assert (found.status, found.error) == ("ok", None)
    assert (found.output_tokens, found.counted_output_tokens) == (LIMIT, LIMIT)
    assert found.finish_reason == REACHED.get(name, "length")
    assert found.input_tokens
    assert sum(found.chunk_tokens) == LIMIT
    assert {*found.chunk_kind} == {"content"}


@pytest.mark.parametrize("name", ["openai-chat", "openai-responses", "anthropic-messages"])
def test_a_reply_that_ends_by_itself(server: str, name: str) -> None:
    found = asked(server, name, Prompt((Message("user", "Say hi."),), max_tokens=200))
    assert (found.status, found.error) == ("ok", None)
    assert found.finish_reason in ("stop", "completed", "end_turn")
    assert found.output_tokens == found.counted_output_tokens == sum(found.chunk_tokens) + 1


def test_an_embedding(server: str) -> None:
    found = asked(server, EMBEDDINGS, Prompt((Message("user", "Count to a hundred."),), LIMIT))
    assert (found.status, found.error) == ("ok", None)
    assert list(found.chunk_tokens) == [0]
    assert found.input_tokens
    assert (found.output_tokens, found.counted_output_tokens) == (None, 0)
