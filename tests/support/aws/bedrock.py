"""Bedrock's control plane: inference profiles and provisioned throughput, which moto lacks."""

from __future__ import annotations

from typing import Any

from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World

_AREAS = {"us": ("us-east-1", "us-east-2", "us-west-2"), "eu": ("eu-central-1", "eu-west-1", "eu-west-3")}
MODELS = (
    "amazon.nova-lite-v1:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
    "meta.llama3-1-8b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
)
"""Foundation models that there are, as an example of each family."""


def _model_arn(region: str, model: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def _profile(world: World, region: str, area: str, model: str) -> dict[str, Any]:
    name = f"{area}.{model}"
    return {
        "inferenceProfileName": f"{area.upper()} {model.partition('.')[2].partition(':')[0]}",
        "inferenceProfileId": name,
        "inferenceProfileArn": f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{name}",
        "models": [{"modelArn": _model_arn(there, model)} for there in _AREAS[area]],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "createdAt": world.now(),
        "updatedAt": world.now(),
    }


def _profiles(world: World, region: str) -> list[dict[str, Any]]:
    areas = [area for area, regions in _AREAS.items() if region in regions]
    return [_profile(world, region, area, model) for area in areas for model in MODELS]


def list_profiles(world: World, asked: Asked, _: Forward) -> Any:
    """ListInferenceProfiles."""
    kind = asked.request.get("typeEquals", "SYSTEM_DEFINED")
    return {"inferenceProfileSummaries": _profiles(world, asked.region) if kind == "SYSTEM_DEFINED" else []}


def get_profile(world: World, asked: Asked, _: Forward) -> Any:
    """GetInferenceProfile, by id or ARN."""
    wanted = asked.request["inferenceProfileIdentifier"]
    for one in _profiles(world, asked.region):
        if wanted in (one["inferenceProfileId"], one["inferenceProfileArn"]):
            return one
    raise Refusal("ResourceNotFoundException", f"No inference profile {wanted}", 404)


def list_models(_: World, asked: Asked, __: Forward) -> Any:
    """ListFoundationModels."""
    return {"modelSummaries": [_model(asked.region, one) for one in MODELS]}


def get_model(_: World, asked: Asked, __: Forward) -> Any:
    """GetFoundationModel, by id or ARN."""
    wanted = asked.request["modelIdentifier"].rpartition("/")[2]
    if wanted not in MODELS:
        raise Refusal("ValidationException", "The provided model identifier is invalid.")
    return {"modelDetails": _model(asked.region, wanted)}


def _model(region: str, model: str) -> dict[str, Any]:
    texts = {"inputModalities": ["TEXT"], "outputModalities": ["TEXT"], "responseStreamingSupported": True}
    return {"modelArn": _model_arn(region, model), "modelId": model, "providerName": model.partition(".")[0], **texts}


def create_throughput(world: World, asked: Asked, _: Forward) -> Any:
    """CreateProvisionedModelThroughput. The same token is the same throughput."""
    request, token = asked.request, asked.request.get("clientRequestToken")
    for (region, _name), one in world.throughputs.items():
        if region == asked.region and token and one["token"] == token:
            return {"provisionedModelArn": one["provisionedModelArn"]}
        if region == asked.region and one["provisionedModelName"] == request["provisionedModelName"]:
            raise Refusal("ConflictException", f"{request['provisionedModelName']} already exists", 400)
    name, model = f"{len(world.throughputs):012x}", _model_arn(asked.region, request["modelId"].rpartition("/")[2])
    arn = f"arn:aws:bedrock:{asked.region}:{ACCOUNT}:provisioned-model/{name}"
    units = {"modelUnits": request["modelUnits"], "desiredModelUnits": request["modelUnits"]}
    world.throughputs[asked.region, name] = {
        **units,
        "provisionedModelName": request["provisionedModelName"],
        "provisionedModelArn": arn,
        "modelArn": model,
        "desiredModelArn": model,
        "foundationModelArn": model,
        "status": "InService",
        "creationTime": world.now(),
        "lastModifiedTime": world.now(),
        "token": token,
    }
    world.tags[arn] = {tag["key"]: tag["value"] for tag in request.get("tags", ())}
    return {"provisionedModelArn": arn}


def get_throughput(world: World, asked: Asked, _: Forward) -> Any:
    """GetProvisionedModelThroughput, by name or ARN."""
    return _plain(world.throughputs[_named(world, asked)])


def list_throughputs(world: World, asked: Asked, _: Forward) -> Any:
    """ListProvisionedModelThroughputs."""
    found = [_plain(one) for (region, _), one in world.throughputs.items() if region == asked.region]
    return {"provisionedModelSummaries": found}


def delete_throughput(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteProvisionedModelThroughput."""
    one = world.throughputs.pop(_named(world, asked))
    world.tags.pop(one["provisionedModelArn"])
    return {}


def _named(world: World, asked: Asked) -> tuple[str, str]:
    wanted = asked.request["provisionedModelId"]
    for key, one in world.throughputs.items():
        if key[0] == asked.region and wanted in (one["provisionedModelArn"], one["provisionedModelName"]):
            return key
    raise Refusal("ResourceNotFoundException", f"No provisioned model {wanted}", 404)


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "token"}


OPERATIONS = {
    ("bedrock", "ListInferenceProfiles"): list_profiles,
    ("bedrock", "GetInferenceProfile"): get_profile,
    ("bedrock", "ListFoundationModels"): list_models,
    ("bedrock", "GetFoundationModel"): get_model,
    ("bedrock", "CreateProvisionedModelThroughput"): create_throughput,
    ("bedrock", "GetProvisionedModelThroughput"): get_throughput,
    ("bedrock", "ListProvisionedModelThroughputs"): list_throughputs,
    ("bedrock", "DeleteProvisionedModelThroughput"): delete_throughput,
}
