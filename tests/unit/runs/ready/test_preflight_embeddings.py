"""A reply of no token before any load: lengths and ends of replies are nothing to it."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.client.dialects.openai_embeddings import OpenAIEmbeddings
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.runs.ready.preflight import preflight
from tests.support.dialects import SPOKEN
from tests.support.mock_server import Asked, Step, plain, serving


@dataclass(frozen=True)
class Endless:
    """Prompts whose replies are to go on, as those of ``synthetic``."""

    def prompt(self, index: int, seed: int) -> Prompt:
        return Prompt((Message("user", f"{index} {seed}"),), max_tokens=8, ignore_eos=True)


def test_an_embedding_is_not_too_short() -> None:
    said = SPOKEN["openai-embeddings"].replies["content"].body.decode()

    def script(asked: Asked) -> list[Step]:
        return [*(plain(404, "{}") if asked.head.startswith("GET") else plain(200, said))]

    with serving(script) as mock:
        endpoint = Endpoint(f"{mock.url}/v1", "m", "openai-embeddings")
        found = preflight(endpoint, OpenAIEmbeddings(), Endless(), seed=0)
    assert (found.record.status, list(found.record.chunk_tokens), found.input_tokens) == ("ok", [0], 8)
    assert found.notes == ()
