"""The stand-in of AWS's data plane: boto3 reads it, and it refuses what AWS would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.client.signing import signer_of
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.testing import healthy, serving
from tests.support.aws.runtime import BREAK, CUT, EXPIRED, REGION, THROTTLE, THROTTLE_LATER, Runtime, serving_runtime

boto3: Any = pytest.importorskip("boto3", reason="needs pytest-fmbench[aws]")
pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")

PROMPT = Prompt(
    (
        Message("system", "Be brief."),
        Message("user", "Count."),
    ),
    max_tokens=6,
)
MESSAGES = [{"role": "user", "content": [{"text": "Count."}]}]
ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl"
MODEL = "meta.llama3-8b-instruct-v1:0"
Spoken = tuple[str, str, str, str]
SPOKEN: list[Spoken] = [
    ("bedrock-converse", "bedrock", MODEL, ""),
    ("bedrock-converse", "bedrock", ARN, ""),
    ("bedrock-invoke-anthropic", "bedrock", MODEL, ""),
    ("bedrock-invoke-nova", "bedrock", MODEL, ""),
    ("bedrock-invoke-llama", "bedrock", ARN, ""),
    ("sagemaker-messages", "sagemaker", "m", "/endpoints/mine-1"),
    ("sagemaker-inputs", "sagemaker", "m", "/endpoints/mine-1"),
    ("sagemaker-generate", "sagemaker", "m", "/endpoints/mine-1"),
]


def client_of(service: str) -> AbstractContextManager[Any]:
    return closing(boto3.session.Session().client(service))


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    with serving(healthy("openai-chat")) as mock, serving_runtime(mock.url) as runtime:
        for name, value in runtime.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        signer_of.cache_clear()
        yield runtime
        signer_of.cache_clear()


def asked(runtime: Runtime, spoken: Spoken, /, *, region: str = REGION, **fields: object) -> RequestRecord:
    name, service, model, path = spoken
    signing = Signing(service, region)
    endpoint = Endpoint(runtime.url + path, model, name, request_fields=fields, signing=signing)
    return Asking(endpoint, DIALECTS[name]()).ask(PROMPT)


def failing(runtime: Runtime, fault: str, spoken: Spoken = SPOKEN[0]) -> RequestRecord:
    runtime.fault = lambda _: fault
    return asked(runtime, spoken)


@pytest.mark.parametrize("spoken", SPOKEN)
def test_what_we_sign_is_taken_and_what_it_streams_is_read(runtime: Runtime, spoken: Spoken) -> None:
    found = asked(runtime, spoken)
    assert (found.status, found.error) == ("ok", None)
    assert list(found.chunk_tokens) == [1] * 6
    assert found.output_tokens == 6
    assert [named for _, named in runtime.taken] == [spoken[2] if spoken[1] == "bedrock" else "mine-1"]


@pytest.mark.usefixtures("runtime")
def test_boto3_converses_with_it() -> None:
    with client_of("bedrock-runtime") as client:
        events = list(
            client.converse_stream(modelId=ARN, messages=MESSAGES, inferenceConfig={"maxTokens": 3})["stream"]
        )
    assert sum("contentBlockDelta" in one for one in events) == 3
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 3


@pytest.mark.usefixtures("runtime")
def test_boto3_invokes_models_and_endpoints_of_it() -> None:
    body = b'{"prompt":"Count.","max_gen_len":3}'
    with client_of("bedrock-runtime") as client:
        invoked = client.invoke_model_with_response_stream(modelId=MODEL, contentType="application/json", body=body)
        assert sum(b'"generation":' in one["chunk"]["bytes"] for one in invoked["body"]) == 4
    body = b'{"model":"m","messages":[{"role":"user","content":"Count."}],"max_tokens":3,"stream":true}'
    with client_of("sagemaker-runtime") as client:
        answered = client.invoke_endpoint_with_response_stream(
            EndpointName="mine-1", ContentType="application/json", Body=body
        )
        assert b"".join(one["PayloadPart"]["Bytes"] for one in answered["Body"]).endswith(b"data: [DONE]\n\n")


def test_boto3_sees_an_exception_in_mid_stream(runtime: Runtime) -> None:
    from botocore.exceptions import EventStreamError

    runtime.fault = lambda _: BREAK
    told = r"modelStreamErrorException.*the model broke"
    with client_of("bedrock-runtime") as client:
        stream = client.converse_stream(modelId=MODEL, messages=MESSAGES, inferenceConfig={"maxTokens": 8})["stream"]
        with closing(stream), pytest.raises(EventStreamError, match=told):
            list(stream)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (THROTTLE, "throttled: 429: ThrottlingException: Too many requests, please wait before trying again."),
        (THROTTLE_LATER, "throttled: error event in the stream: throttlingException: too many tokens"),
        (BREAK, "status: error event in the stream: modelStreamErrorException: the model broke"),
        (EXPIRED, "status: 403: ExpiredTokenException: The security token included in the request is expired"),
        (CUT, "truncated: the server closed the connection after 2 chunks"),
    ],
)
def test_every_fault_is_a_failed_request_with_its_cause(runtime: Runtime, fault: str, error: str) -> None:
    found = failing(runtime, fault)
    assert (found.status, found.error) == ("failed", error)
    assert runtime.asked == 1, "nothing is asked again"


def test_a_model_that_breaks_behind_sagemaker_is_told_by_its_name(runtime: Runtime) -> None:
    found = failing(runtime, BREAK, SPOKEN[5])
    assert found.error == "status: error event in the stream: ModelStreamError: the model took too long"


def test_it_refuses_what_is_signed_for_elsewhere_or_not_well_formed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [
        asked(runtime, SPOKEN[0], region="eu-west-1").error,
        asked(runtime, ("bedrock-converse", "sagemaker", MODEL, "")).error,
        asked(runtime, SPOKEN[0], unheard_of=1).error,
        asked(runtime, ("bedrock-converse", "bedrock", "no model at all!", "")).error,
    ]
    codes = ["InvalidSignatureException", "InvalidAction", "ValidationException", "ValidationException"]
    assert [(error or "").split(": ")[2] for error in errors] == codes
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    signer_of.cache_clear()
    assert "InvalidSignatureException" in (asked(runtime, SPOKEN[0]).error or "")
