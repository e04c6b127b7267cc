from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.errors import NotAllowed, UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.base import Platform, Progress, ServedAlready, Surroundings
from pytest_fmbench.platforms.bedrock import Bedrock
from pytest_fmbench.platforms.url import RunningServer
from pytest_fmbench.spend.prices.tokens import TokenPrices
from pytest_fmbench.stacks.bedrock import Bedrock as Stack
from tests.support.dialects import SPOKEN

POLICY = Path(__file__).parents[3] / "docs/iam/bedrock.json"
MODEL, ARN = "meta.llama3-8b-instruct-v1:0", "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl"
ACTIONS = {
    "converse": "bedrock:InvokeModel",
    "converse-stream": "bedrock:InvokeModelWithResponseStream",
    "invoke-with-response-stream": "bedrock:InvokeModelWithResponseStream",
}
"""What an operation, by the end of its path, takes to be allowed.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
"""


def never(model: str, quantization: str | None, progress: Progress) -> NoReturn:
    raise AssertionError(f"weights of {model} are nobody's business here ({quantization}, {progress})")


def deployment(instance: str, **options: Option) -> Deployment:
    return Deployment(MODEL, "bedrock", instance, options=options)


def start(instance: str, settings: dict[str, str] | None = None, **options: Option) -> RunningServer:
    pytest.importorskip("boto3", reason="needs pytest-fmbench[aws]")
    platform = Bedrock(Surroundings(never, settings=settings or {}))
    server = platform.start(deployment(instance, **options), None, Path("no/such/log"), lambda _: None)
    assert isinstance(server, RunningServer)
    return server


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret of tests")
    client.cache_clear()


def test_the_endpoint_is_the_runtimes_and_requests_are_signed_for_it() -> None:
    server = start("bedrock:eu-central-1")
    assert server.endpoint == Endpoint(
        "https://bedrock-runtime.eu-central-1.amazonaws.com",
        MODEL,
        "bedrock-converse",
        signing=Signing("bedrock", "eu-central-1"),
    )
    assert server.facts == {"region": "eu-central-1", "throughput": "on demand"}
    assert server.foreign


def test_what_was_provisioned_is_asked_and_the_model_keeps_its_name() -> None:
    server = start(f"bedrock:us-east-1?throughput={ARN}")
    assert server.endpoint.model == ARN
    assert server.facts["throughput"] == ARN


@pytest.mark.parametrize(
    ("instance", "settings", "region"),
    [
        ("bedrock:us-west-2", {"regions": "eu-west-1"}, "us-west-2"),
        ("bedrock?regions=us-west-2,us-east-1", {"regions": "eu-west-1"}, "us-west-2"),
        ("bedrock", {"regions": "eu-west-1", "market": "spot"}, "eu-west-1"),
        ("bedrock", {}, "ap-south-1"),
    ],
)
def test_a_region_is_the_deployments_else_the_sessions_else_aws_own(
    monkeypatch: pytest.MonkeyPatch, instance: str, settings: dict[str, str], region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert start(instance, settings).facts["region"] == region


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"])
def test_another_address_is_found_as_boto3_finds_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:4000/")
    assert start("bedrock:us-east-1").endpoint.base_url == "http://127.0.0.1:4000"


def test_the_wire_form_is_converse_unless_another_is_named() -> None:
    assert start("bedrock:us-east-1", dialect="bedrock-invoke-llama").endpoint.dialect == "bedrock-invoke-llama"


def test_without_a_region_the_way_out_is_told() -> None:
    with pytest.raises(NotAllowed, match="no AWS region is named: set AWS_REGION"):
        start("bedrock")


def test_without_credentials_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(NotAllowed, match="there are no AWS credentials: set AWS_PROFILE"):
        start("bedrock:us-east-1")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (Deployment(MODEL, "vllm", "bedrock"), "their stack is called 'bedrock'"),
        (Deployment(MODEL, "bedrock", "bedrock", replicas=2), "are Bedrock's to choose: leave them out"),
        (Deployment(MODEL, "bedrock", "bedrock", quantization="fp8"), "are Bedrock's to choose: leave them out"),
        (deployment("bedrock", dialect="openai-chat"), "does not speak 'openai-chat': leave the option dialect out"),
        (deployment("bedrock:us-east-1?regions=us-west-2"), "name its region once"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(asked: Deployment, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Bedrock(Surroundings(never)).check(asked)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown setting of bedrock 'region', did you mean 'regions'"):
        Bedrock(Surroundings(never)).check(deployment("bedrock?region=us-east-1"))


def test_nothing_is_started_and_nothing_costs_by_the_hour() -> None:
    platform: Platform = Bedrock(Surroundings(never))
    assert platform.usd_per_hour(deployment("bedrock")) is None
    assert platform.shares_this_machine is False
    start("bedrock:us-east-1").stop()


def test_tokens_cost_what_is_known_of_their_model() -> None:
    price = TokenPrice(1e-6, 2e-6, 1e-7, 1e-6, "tests")
    platform = Bedrock(Surroundings(never, token_price={MODEL: price}.get))
    assert platform.token_price(deployment("bedrock")) == price
    assert platform.token_price(deployment(f"bedrock?throughput={ARN}")) is None
    with pytest.raises(NotAllowed, match=r"nobody knows what tokens of 'x' cost: .*--fmbench-prices"):
        platform.token_price(Deployment("x", "bedrock", "bedrock"))


@pytest.mark.parametrize("model", [MODEL, "us.anthropic.claude-haiku-4-5-20251001-v1:0"])
def test_what_tokens_cost_on_demand_is_known_of_what_is_well_known(model: str) -> None:
    pytest.importorskip("genai_prices", reason="needs pytest-fmbench[aws]")
    platform = Bedrock(Surroundings(never, token_price=TokenPrices().token_price))
    price = platform.token_price(Deployment(model, "bedrock", "bedrock"))
    assert price is not None
    assert 0 < price.input_usd <= price.output_usd < 1e-3


def test_there_are_no_options_but_the_wire_form() -> None:
    with pytest.raises(UnknownName, match="unknown option of bedrock 'max_batch'"):
        Bedrock(Surroundings(never)).check(deployment("bedrock", max_batch=3))


def test_its_stack_is_started_nowhere() -> None:
    assert isinstance(Bedrock(Surroundings(never)), ServedAlready)
    with pytest.raises(UsageError, match="the instance is 'bedrock' or 'bedrock:REGION'"):
        Stack().plan(deployment("local"))


def test_the_policy_allows_what_is_asked_and_nothing_else() -> None:
    prompt = Prompt((Message("user", "a"),), max_tokens=1)
    names = [name for name in DIALECTS if name.startswith("bedrock-")]
    asked = {DIALECTS[name]().call(prompt, "m", {}).path.rpartition("/")[2] for name in names}
    allowed = [action for one in json.loads(POLICY.read_text())["Statement"] for action in one["Action"]]
    assert sorted(allowed) == sorted({ACTIONS[operation] for operation in asked})
    assert set(Stack().card.dialects) == set(names) <= set(SPOKEN)
