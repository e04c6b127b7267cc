"""SageMaker's hosting: models, configurations, endpoints; ours, as moto's takes no newer type and has no states."""

from __future__ import annotations

from typing import Any

from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, Table, World

MODEL, CONFIG, ENDPOINT, COMPONENT = "model", "endpoint-config", "endpoint", "inference-component"
_CALLED = {MODEL: "model", CONFIG: "endpoint configuration", ENDPOINT: "endpoint", COMPONENT: "inference component"}
UNSETTLED = ("Creating", "Updating", "Deleting")


def arn_of(region: str, kind: str, name: str) -> str:
    """The ARN of one of them, whose names AWS makes lower case there."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name.lower()}"


def made(world: World, asked: Asked, table: Table, kind: str, name: str, *, facts: dict[str, Any]) -> str:
    """Note a new one, with its tags; its ARN.

    :raises Refusal: when there is one of that name.
    """
    arn = arn_of(asked.region, kind, name)
    if (asked.region, name) in table:
        raise Refusal("ValidationException", f'Cannot create already existing {_CALLED[kind]} "{arn}".')
    table[asked.region, name] = facts | {"CreationTime": world.now(), "LastModifiedTime": world.now()}
    world.tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.request.get("Tags", ())}
    return arn


def found(asked: Asked, table: Table, kind: str, name: str) -> dict[str, Any]:
    """One of them.

    :raises Refusal: when it is not there, in SageMaker's words, which say no more than that it cannot be found.
    """
    one = table.get((asked.region, name))
    if one is None:
        arn = arn_of(asked.region, kind, name)
        raise Refusal("ValidationException", f'Could not find {_CALLED[kind]} "{arn}".')
    return one


def gone(world: World, asked: Asked, table: Table, kind: str, name: str) -> None:
    """Forget one, and its tags."""
    found(asked, table, kind, name)
    del table[asked.region, name]
    world.tags.pop(arn_of(asked.region, kind, name), None)


def listed(asked: Asked, table: Table, *, name: str, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Those of a region as summaries, the newest first, as the filters by name and status choose them."""
    request = asked.request
    here = [one for (region, _), one in table.items() if region == asked.region]
    part, status = request.get("NameContains", ""), request.get("StatusEquals")
    chosen = [one for one in here if part in one[name] and (not status or status in one.values())]
    return [{key: one[key] for key in keys if key in one} for one in reversed(chosen)]


def create_model(world: World, asked: Asked, _: Forward) -> Any:
    """CreateModel."""
    name = asked.request["ModelName"]
    facts = {key: value for key, value in asked.request.items() if key != "Tags"}
    if not facts.keys() & {"PrimaryContainer", "Containers", "InferenceExecutionConfig"}:
        raise Refusal("ValidationException", "A model needs PrimaryContainer or Containers")
    facts |= {"ModelArn": arn_of(asked.region, MODEL, name), "EnableNetworkIsolation": False} | facts
    return {"ModelArn": made(world, asked, world.models, MODEL, name, facts=facts)}


def describe_model(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeModel."""
    one = found(asked, world.models, MODEL, asked.request["ModelName"])
    return {key: value for key, value in one.items() if key != "LastModifiedTime"}


def delete_model(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteModel."""
    gone(world, asked, world.models, MODEL, asked.request["ModelName"])
    return {}


def list_models(world: World, asked: Asked, _: Forward) -> Any:
    """ListModels."""
    return {"Models": listed(asked, world.models, name="ModelName", keys=("ModelName", "ModelArn", "CreationTime"))}


def create_config(world: World, asked: Asked, _: Forward) -> Any:
    """CreateEndpointConfig, of models that are there."""
    name = asked.request["EndpointConfigName"]
    for variant in asked.request["ProductionVariants"]:
        if "ModelName" in variant:  # components come later, and bring their own
            found(asked, world.models, MODEL, variant["ModelName"])
        _see_type(variant.get("InstanceType"))
    facts = {key: value for key, value in asked.request.items() if key != "Tags"}
    facts["EndpointConfigArn"] = arn_of(asked.region, CONFIG, name)
    return {"EndpointConfigArn": made(world, asked, world.configs, CONFIG, name, facts=facts)}


def describe_config(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeEndpointConfig."""
    one = found(asked, world.configs, CONFIG, asked.request["EndpointConfigName"])
    return {key: value for key, value in one.items() if key != "LastModifiedTime"}


def delete_config(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteEndpointConfig."""
    gone(world, asked, world.configs, CONFIG, asked.request["EndpointConfigName"])
    return {}


def list_configs(world: World, asked: Asked, _: Forward) -> Any:
    """ListEndpointConfigs."""
    keys = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
    return {"EndpointConfigs": listed(asked, world.configs, name="EndpointConfigName", keys=keys)}


def _see_type(wanted: str | None) -> None:
    """See that SageMaker knows a type, or at least that EC2 does.

    :raises Refusal: as SageMaker does.
    """
    from tests.support.aws.asked import model_of
    from tests.support.aws.zones import types

    if wanted is None:
        return
    known = model_of("sagemaker").shape_for("ProductionVariantInstanceType").enum
    if wanted not in known and wanted.removeprefix("ml.") not in types():
        raise Refusal(
            "ValidationException",
            f"1 validation error detected: Value '{wanted}' at 'productionVariants.1.member.instanceType' failed to "
            "satisfy constraint: Member must satisfy enum value set",
        )


OPERATIONS = {
    ("sagemaker", "CreateModel"): create_model,
    ("sagemaker", "DescribeModel"): describe_model,
    ("sagemaker", "DeleteModel"): delete_model,
    ("sagemaker", "ListModels"): list_models,
    ("sagemaker", "CreateEndpointConfig"): create_config,
    ("sagemaker", "DescribeEndpointConfig"): describe_config,
    ("sagemaker", "DeleteEndpointConfig"): delete_config,
    ("sagemaker", "ListEndpointConfigs"): list_configs,
}
