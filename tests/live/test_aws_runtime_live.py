"""Forms of Bedrock and SageMaker from a stand-in, whose tokens a real engine makes as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.signing import signer_of
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.platforms.base import Surroundings
from pytest_fmbench.platforms.local import Local
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.stacks.llamacpp import LlamaCpp
from pytest_fmbench.weights.fetch import locate
from tests.support.aws.runtime import REGION, Runtime, serving_runtime

pytest.importorskip("botocore", reason="needs pytest-fmbench[aws]")
pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")

pytestmark = pytest.mark.lasting

LIMIT = 12
ENDPOINT = "/endpoints/mine"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A stand-in in front of a server, which is started once."""
    deployment = Deployment("smollm2-135m", "llamacpp", quantization="q4_1")
    log: Path = tmp_path_factory.mktemp("served") / "server.log"
    surroundings = Surroundings(lambda model, quantization, progress: locate(model, quantization, progress=progress))
    running = Local(surroundings).start(deployment, LlamaCpp().plan(deployment), log, lambda _: None)
    backend = running.endpoint.base_url.removesuffix("/v1")
    with serving_runtime(backend) as runtime, pytest.MonkeyPatch.context() as patch:
        for name, value in runtime.environment.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        signer_of.cache_clear()
        yield runtime
        signer_of.cache_clear()
    running.stop()


@pytest.mark.parametrize(
    ("name", "service", "path"),
    [
        ("bedrock-converse", "bedrock", ""),
        ("bedrock-invoke-anthropic", "bedrock", ""),
        ("bedrock-invoke-nova", "bedrock", ""),
        ("bedrock-invoke-llama", "bedrock", ""),
        ("sagemaker-messages", "sagemaker", ENDPOINT),
        ("sagemaker-inputs", "sagemaker", ENDPOINT),
    ],
)
def test_tokens_are_stamped_as_the_engine_makes_them(runtime: Runtime, name: str, service: str, path: str) -> None:
    endpoint = Endpoint(runtime.url + path, "meta.llama3-8b-instruct-v1:0", name, signing=Signing(service, REGION))
    found = Asking(endpoint, DIALECTS[name]()).ask(Prompt((Message("user", "Count to a hundred."),), LIMIT))
    assert (found.status, found.error) == ("ok", None)
    tokens = len(found.chunk_ns)
    cut = found.finish_reason in ("length", "max_tokens")
    assert tokens == sum(found.chunk_tokens) == (LIMIT if cut else tokens)
    assert found.output_tokens in (tokens, tokens + (not cut)), "where the model ended it, its last token says nothing"
    assert len({*found.chunk_ns}) == tokens > 1, "each came in a read of its own"
