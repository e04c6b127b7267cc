"""Single questions, answered by botocore's own stubs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("boto3", reason="asks as boto3 does")

from botocore.stub import ANY, Stubber

from pytest_fmbench.errors import CloudFault, Gone, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.sagemaker.asking import ENDPOINT, described, is_there, listed, tags_at
from pytest_fmbench.platforms.sagemaker.jumpstart import contained_of
from pytest_fmbench.platforms.sagemaker.settings import wanted_of

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Stubber]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client.cache_clear()
    made = client("sagemaker", "us-east-1")
    with Stubber(made) as stub:
        yield made, stub
    client.cache_clear()


@pytest.mark.parametrize("words", ['Could not find endpoint "arn".', "Inference component x does not exist"])
def test_what_is_not_there_is_gone_though_its_code_says_otherwise(sagemaker: tuple[Any, Stubber], words: str) -> None:
    made, stub = sagemaker
    stub.add_client_error("describe_endpoint", "ValidationException", words)
    with pytest.raises(Gone, match="describe_endpoint: ValidationException"):
        described(made, ENDPOINT, "e")


def test_another_fault_stays_one(sagemaker: tuple[Any, Stubber]) -> None:
    made, stub = sagemaker
    stub.add_client_error("describe_endpoint", "ValidationException", "Cannot create already existing endpoint")
    with pytest.raises(CloudFault) as caught:
        described(made, ENDPOINT, "e")
    assert is_there(caught.value)
    assert not is_there(Gone("already existing"))


def test_pages_are_turned(sagemaker: tuple[Any, Stubber]) -> None:
    made, stub = sagemaker
    first: dict[str, Any] = {"Tags": [{"Key": "a", "Value": "1"}], "NextToken": "more"}
    stub.add_response("list_tags", first, {"ResourceArn": ARN})
    stub.add_response("list_tags", {"Tags": [{"Key": "b", "Value": "2"}]}, {"ResourceArn": ARN, "NextToken": "more"})
    assert tags_at(made, ARN) == {"a": "1", "b": "2"}
    summary = {
        "EndpointName": "e",
        "EndpointArn": ARN,
        "CreationTime": 1,
        "LastModifiedTime": 1,
        "EndpointStatus": "Failed",
    }
    for token, asked in (("more", {}), (None, {"NextToken": "more"})):
        page: dict[str, Any] = {"Endpoints": [summary], **({"NextToken": token} if token else {})}
        stub.add_response("list_endpoints", page, {"NameContains": "fmbench-", **asked})
    assert len(list(listed(made, ENDPOINT, "fmbench-"))) == 2


def hub(document: str) -> dict[str, Any]:
    told = ("HubContentName", "HubContentVersion", "HubName", "DocumentSchemaVersion", "HubContentStatus")
    arns = ("HubContentArn", "HubArn")
    return {
        **dict.fromkeys(told, "Available"),
        **dict.fromkeys(arns, "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/m/1"),
        "HubContentType": "Model",
        "HubContentDocument": document,
        "CreationTime": 1,
    }


def test_a_model_of_jumpstart_is_looked_up_in_the_public_hub(sagemaker: tuple[Any, Stubber]) -> None:
    made, stub = sagemaker
    one = Deployment("m", "djl", "sagemaker:ml.g5.2xlarge?jumpstart=a-model")
    document = {"HostingEcrUri": "i:1", "HostingArtifactUri": "s3://b/m.tar.gz"}
    asked = {"HubName": "SageMakerPublicHub", "HubContentType": "Model", "HubContentName": "a-model"}
    stub.add_response("describe_hub_content", hub(json.dumps(document)), asked)
    assert contained_of(made, one, wanted_of(one, {})).definition["Image"] == "i:1"
    stub.add_client_error("describe_hub_content", "ResourceNotFound", "no")
    with pytest.raises(UsageError, match="JumpStart has no model 'a-model' in that region"):
        contained_of(made, one, wanted_of(one, {}))
    stub.add_response(
        "describe_hub_content", hub("no JSON"), {"HubName": ANY, "HubContentType": ANY, "HubContentName": ANY}
    )
    with pytest.raises(CloudFault, match="what JumpStart says of 'a-model' cannot be read"):
        contained_of(made, one, wanted_of(one, {}))
