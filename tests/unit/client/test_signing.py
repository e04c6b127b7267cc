from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pytest_fmbench.client import signing
from pytest_fmbench.client.dialects.base import Call
from pytest_fmbench.client.dialects.bedrock_converse import BedrockConverse
from pytest_fmbench.client.message import Message
from pytest_fmbench.client.signing import SignedAuth, Signer, signer_of
from pytest_fmbench.client.stock import StockTransport
from pytest_fmbench.errors import CredentialsFault, NotAllowed
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.prompt import Message as Said
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.runs.crew.requests import Requests, client_of
from tests.support.signatures import Key, Received, wrong_with

pytest.importorskip("botocore", reason="needs pytest-fmbench[aws]")

SIGNING = Signing("bedrock", "us-east-1")
ACCESS, SECRET, TOKEN = "AKIDEXAMPLE", "a secret of tests", "a token of tests"
ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl"
MODELS = ["meta.llama3-8b-instruct-v1:0", ARN, "us.anthropic.claude-haiku-4-5-20251001-v1:0", "a b~c"]
PROMPT = Prompt((Said("user", "Grüße?"),), max_tokens=7)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    signer_of.cache_clear()
    yield
    signer_of.cache_clear()


def message(call: Call, url: str = "https://bedrock-runtime.us-east-1.amazonaws.com", **headers: str) -> Message:
    endpoint = Endpoint(url, "m", "bedrock-converse", headers, signing=SIGNING)
    client = client_of(endpoint, StockTransport(), httpx.Timeout(1))
    return Requests(client, endpoint, 60.0).message(call, "request-1")


def received(content: bytes, scheme: str = "https") -> Received:
    head, _, body = content.partition(b"\r\n\r\n")
    line, *fields = head.decode("ascii").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
    return Received(method, f"{scheme}://{headers['host']}{target}", headers, body)


def wrong(content: bytes) -> str | None:
    found = wrong_with(received(content), "bedrock", "us-east-1", {ACCESS: Key(SECRET, TOKEN)})
    return found.code if found else None


def signature_by_hand(request: Received) -> str:
    """As https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html has it."""

    def keyed(key: bytes, text: str) -> bytes:
        return hmac.new(key, text.encode(), hashlib.sha256).digest()

    credential, names, _ = (part.partition("=")[2] for part in request.headers["authorization"].split(", "))
    _, day, region, service, last = credential.split("/")
    path = request.url.partition("://")[2].partition("/")[2]
    canonical = [
        request.method,
        quote("/" + path, safe="/-_.~"),  # what is escaped already is escaped again
        "",
        *(f"{name}:{request.headers[name]}" for name in names.split(";")),
        "",
        names,
        hashlib.sha256(request.body).hexdigest(),
    ]
    stamp, scope = request.headers["x-amz-date"], "/".join((day, region, service, last))
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, last):
        key = keyed(key, part)
    return keyed(key, "\n".join(("AWS4-HMAC-SHA256", stamp, scope, digest))).hex()


@pytest.mark.parametrize("model", MODELS)
def test_two_other_implementations_agree_with_a_signature(model: str) -> None:
    content = message(BedrockConverse().call(PROMPT, model, {})).content
    assert wrong(content) is None
    request = received(content)
    assert request.headers["authorization"].endswith(f"Signature={signature_by_hand(request)}")
    assert request.headers["x-amz-security-token"] == TOKEN


@pytest.mark.parametrize("model", MODELS[:3])
def test_a_models_id_is_escaped_as_boto3_escapes_it(model: str) -> None:
    class Stopped(Exception):
        pass

    sent: list[Any] = []

    def keep(request: Any, **_: Any) -> None:
        sent.append(request)
        raise Stopped

    boto3 = pytest.importorskip("boto3", reason="needs pytest-fmbench[aws]")
    client = boto3.session.Session().client("bedrock-runtime", region_name="us-east-1")
    client.meta.events.register("before-send", keep)
    with closing(client), pytest.raises(Stopped):
        client.converse_stream(modelId=model, messages=[{"role": "user", "content": [{"text": "a"}]}])
    ours = received(message(BedrockConverse().call(PROMPT, model, {})).content)
    assert ours.url == sent[0].url


def test_what_is_not_signed_may_be_another_and_what_is_may_not() -> None:
    content = message(BedrockConverse().call(PROMPT, "m", {}), **{"X-Amzn-Bedrock-Trace": "ENABLED"}).content
    assert b"x-request-id: request-1\r\n" in content
    assert wrong(content.replace(b"request-1", b"request-2")) is None
    assert wrong(content.replace(b"accept-encoding: identity", b"accept-encoding: gzip")) is None
    for old, new in (
        (b"ENABLED", b"OTHERED"),
        (b"application/json", b"application/text"),
        (b'"maxTokens":7', b'"maxTokens":9'),
        (b"/model/m/", b"/model/n/"),
    ):
        assert old in content
        assert wrong(content.replace(old, new)) == "InvalidSignatureException", old


def test_a_message_is_sound_http_with_its_own_length() -> None:
    content = message(Call("/model/m/converse", b'{"a":1}')).content
    head, _, body = content.partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert b"\r\ncontent-length: 7\r\n" in head
    assert head.count(b"authorization: ") == head.count(b"x-amz-date: ") == 1


def test_a_port_is_part_of_the_host_that_is_signed() -> None:
    content = message(Call("/model/m/converse", b"{}"), "http://127.0.0.1:8000").content
    assert b"127.0.0.1:8000" in content
    found = wrong_with(received(content, "http"), "bedrock", "us-east-1", {ACCESS: Key(SECRET, TOKEN)})
    assert found is None


def test_what_goes_through_httpx_is_signed_too() -> None:
    async def ask() -> httpx.Request:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, request=request)

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), auth=SignedAuth(SIGNING)) as client:
            return (await client.post("https://h/model/a%3A0/converse", json={"a": 1})).request

    sent = asyncio.run(ask())
    headers = dict(sent.headers.items())
    request = Received(sent.method, f"https://h{sent.url.raw_path.decode()}", headers, sent.content)
    assert wrong_with(request, "bedrock", "us-east-1", {ACCESS: Key(SECRET, TOKEN)}) is None


def test_an_endpoint_without_signing_has_no_signature() -> None:
    endpoint = Endpoint("http://h/v1", "m", "openai-chat")
    requests = Requests(client_of(endpoint, StockTransport(), httpx.Timeout(1)), endpoint, 60.0)
    assert b"authorization" not in requests.message(Call("/a", b"{}"), "r").content.lower()
    assert requests.is_good(0)


def test_a_signature_is_good_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint("http://h", "m", "bedrock-converse", signing=SIGNING)
    requests = Requests(client_of(endpoint, StockTransport(), httpx.Timeout(1)), endpoint, 60.0)
    monkeypatch.setattr("pytest_fmbench.runs.crew.requests.monotonic_ns", lambda: 100_000_000_000)
    assert requests.is_good(40_000_000_000)
    assert not requests.is_good(39_999_999_999)


class AtOnce:
    """A thread that has ended when it has been started."""

    def __init__(self, target: Any, **_: Any) -> None:
        self.start = target


def expiring(answers: Iterator[object]) -> Any:
    """Credentials of two minutes, so that each look has them renewed; what cannot be had is raised."""
    from botocore.credentials import RefreshableCredentials

    def fetched() -> dict[str, str]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        soon = (datetime.now(timezone.utc) + timedelta(minutes=2)).isoformat()
        return {"access_key": ACCESS, "secret_key": SECRET, "token": str(answer), "expiry_time": soon}

    return RefreshableCredentials.create_from_metadata(fetched(), fetched, "tests")


def tokens_of(signer: Signer, times: int) -> list[str]:
    target = signing.Target("POST", "https://h/a", {"host": "h"})
    return [signer.headers(target, b"")["x-amz-security-token"] for _ in range(times)]


def test_credentials_that_expire_are_had_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    held = expiring(iter(["first", "second", "third", "fourth"]))
    monkeypatch.setattr(signing, "_found", lambda _: held)
    monkeypatch.setattr(signing, "Thread", AtOnce)
    signer = Signer(SIGNING)
    assert tokens_of(signer, 2) == ["second", "second"], "it is not looked each time"
    monkeypatch.setattr(signing, "_LOOK_NS", -1)
    assert tokens_of(signer, 2) == ["third", "fourth"]


def test_where_they_cannot_be_had_the_old_ones_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import CredentialRetrievalError

    gone = CredentialRetrievalError(provider="tests", error_msg="gone")
    held = expiring(iter(["first", "second", gone, gone, "third"]))
    monkeypatch.setattr(signing, "_found", lambda _: held)
    monkeypatch.setattr(signing, "Thread", AtOnce)
    monkeypatch.setattr(signing, "_LOOK_NS", -1)
    assert tokens_of(Signer(SIGNING), 3) == ["second", "second", "third"]


def test_where_they_cannot_be_had_at_all_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.exceptions import UnauthorizedSSOTokenError

    def fetched() -> dict[str, str]:
        raise UnauthorizedSSOTokenError

    monkeypatch.setattr(signing, "_found", lambda _: DeferredRefreshableCredentials(fetched, "tests"))
    with pytest.raises(CredentialsFault, match=r"AWS credentials cannot be had: The SSO session .* has expired"):
        Signer(SIGNING)


def test_without_credentials_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(NotAllowed, match=r"^there are no AWS credentials: set AWS_PROFILE, or what "):
        signer_of(SIGNING)


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(NotAllowed, match="The config profile \\(nobody\\) could not be found"):
        signer_of(Signing("bedrock", "us-east-1", "nobody"))
