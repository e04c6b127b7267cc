"""SageMaker's endpoints and inference components, which take their time, and may fail; and tags of all of it."""

from __future__ import annotations

from typing import Any

from tests.support.aws.asked import Asked, Refusal
from tests.support.aws.sagemaker import COMPONENT, CONFIG, ENDPOINT, UNSETTLED, arn_of, found, gone, listed, made
from tests.support.aws.world import Forward, Table, World

_LEFT = "left"
"""How many times one is described before it is what it becomes; no part of what AWS tells."""


def create_endpoint(world: World, asked: Asked, _: Forward) -> Any:
    """CreateEndpoint, of a configuration that is there."""
    name, config = asked.request["EndpointName"], asked.request["EndpointConfigName"]
    variants = found(asked, world.configs, CONFIG, config)["ProductionVariants"]
    facts = {
        "EndpointName": name,
        "EndpointArn": arn_of(asked.region, ENDPOINT, name),
        "EndpointConfigName": config,
        "ProductionVariants": [_variant(one) for one in variants],
        "EndpointStatus": "Creating",
        _LEFT: world.becoming.after,
    }
    return {"EndpointArn": made(world, asked, world.endpoints, ENDPOINT, name, facts=facts)}


def describe_endpoint(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeEndpoint; each time, it may have come to something."""
    name = asked.request["EndpointName"]
    _moved_on(world, asked, world.endpoints, ENDPOINT, name)
    return _told(found(asked, world.endpoints, ENDPOINT, name))


def delete_endpoint(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteEndpoint, which is refused while it is being made, or has components."""
    name = asked.request["EndpointName"]
    one = found(asked, world.endpoints, ENDPOINT, name)
    if one["EndpointStatus"] in UNSETTLED:
        arn = arn_of(asked.region, ENDPOINT, name)
        raise Refusal("ValidationException", f'Cannot update in-progress endpoint "{arn}".')
    if any(region == asked.region and it["EndpointName"] == name for (region, _), it in world.components.items()):
        raise Refusal("ValidationException", "Cannot delete an endpoint that hosts inference components")
    return _deleting(world, asked, world.endpoints, ENDPOINT, name)


def list_endpoints(world: World, asked: Asked, _: Forward) -> Any:
    """ListEndpoints."""
    keys = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    return {"Endpoints": listed(asked, world.endpoints, name="EndpointName", keys=keys)}


def create_component(world: World, asked: Asked, _: Forward) -> Any:
    """CreateInferenceComponent, on an endpoint that serves."""
    request = asked.request
    name, endpoint = request["InferenceComponentName"], found(asked, world.endpoints, ENDPOINT, request["EndpointName"])
    if endpoint["EndpointStatus"] != "InService":
        raise Refusal("ValidationException", f"The endpoint {request['EndpointName']} is not InService")
    specification = dict(request.get("Specification", {}))
    copies = request.get("RuntimeConfig", {}).get("CopyCount", 1)
    if "Container" in specification:
        image = {"DeployedImage": {"SpecifiedImage": specification["Container"].get("Image", "")}}
        given = {key: value for key, value in specification["Container"].items() if key != "Image"}
        specification["Container"] = given | image
    facts = {
        "InferenceComponentName": name,
        "InferenceComponentArn": arn_of(asked.region, COMPONENT, name),
        "EndpointName": request["EndpointName"],
        "EndpointArn": endpoint["EndpointArn"],
        "VariantName": request.get("VariantName", "AllTraffic"),
        "Specification": specification,
        "RuntimeConfig": {"DesiredCopyCount": copies, "CurrentCopyCount": copies},
        "InferenceComponentStatus": "Creating",
        _LEFT: world.becoming.after,
    }
    return {"InferenceComponentArn": made(world, asked, world.components, COMPONENT, name, facts=facts)}


def describe_component(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeInferenceComponent."""
    name = asked.request["InferenceComponentName"]
    _moved_on(world, asked, world.components, COMPONENT, name)
    return _told(found(asked, world.components, COMPONENT, name))


def delete_component(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteInferenceComponent."""
    name = asked.request["InferenceComponentName"]
    if found(asked, world.components, COMPONENT, name)["InferenceComponentStatus"] in UNSETTLED:
        raise Refusal("ValidationException", f"The inference component {name} is in progress")
    return _deleting(world, asked, world.components, COMPONENT, name)


def list_components(world: World, asked: Asked, _: Forward) -> Any:
    """ListInferenceComponents, of an endpoint where one is named."""
    names = ("Name", "Arn", "Status")
    keys = ("CreationTime", "EndpointArn", "EndpointName", "VariantName", "LastModifiedTime")
    all_keys = (*keys, *(f"InferenceComponent{one}" for one in names))
    every = listed(asked, world.components, name="InferenceComponentName", keys=all_keys)
    wanted = asked.request.get("EndpointNameEquals")
    return {"InferenceComponents": [one for one in every if not wanted or one["EndpointName"] == wanted]}


def list_tags(world: World, asked: Asked, _: Forward) -> Any:
    """ListTags."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tags(world, asked).items()]}


def add_tags(world: World, asked: Asked, _: Forward) -> Any:
    """AddTags, which replaces those of the same key."""
    tags = _tags(world, asked)
    tags |= {tag["Key"]: tag["Value"] for tag in asked.request["Tags"]}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def delete_tags(world: World, asked: Asked, _: Forward) -> Any:
    """DeleteTags."""
    for key in asked.request["TagKeys"]:
        _tags(world, asked).pop(key, None)
    return {}


def _tags(world: World, asked: Asked) -> dict[str, str]:
    arn = asked.request["ResourceArn"]
    if arn not in world.tags:
        raise Refusal("ValidationException", f'Could not find "{arn}".')
    return world.tags[arn]


def _variant(one: dict[str, Any]) -> dict[str, Any]:
    count, weight = one.get("InitialInstanceCount", 1), one.get("InitialVariantWeight", 1.0)
    counts = {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
    return {"VariantName": one["VariantName"], **counts, "CurrentWeight": weight, "DesiredWeight": weight}


def _status_of(kind: str) -> str:
    return "EndpointStatus" if kind == ENDPOINT else "InferenceComponentStatus"


def _moved_on(world: World, asked: Asked, table: Table, kind: str, name: str) -> None:
    """What is being made, or deleted, is so for a while, and then it is done."""
    one, status = found(asked, table, kind, name), _status_of(kind)
    if one[status] not in UNSETTLED:
        return
    if one[_LEFT] > 0:
        one[_LEFT] -= 1
    elif one[status] == "Deleting":
        gone(world, asked, table, kind, name)
    else:
        one[status], one["LastModifiedTime"] = world.becoming.status, world.now()
        if world.becoming.status == "Failed":
            one["FailureReason"] = world.becoming.reason


def settle(world: World) -> None:
    """Whatever is being made, or deleted, is done."""
    for table, kind in ((world.endpoints, ENDPOINT), (world.components, COMPONENT)):
        for region, name in list(table):
            table[region, name][_LEFT] = 0
            _moved_on(world, Asked("sagemaker", "", region, {}), table, kind, name)


def _deleting(world: World, asked: Asked, table: Table, kind: str, name: str) -> Any:
    one = found(asked, table, kind, name)
    one[_status_of(kind)], one[_LEFT] = "Deleting", world.becoming.after
    if not world.becoming.after:
        gone(world, asked, table, kind, name)
    return {}


def _told(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != _LEFT}


OPERATIONS = {
    ("sagemaker", "CreateEndpoint"): create_endpoint,
    ("sagemaker", "DescribeEndpoint"): describe_endpoint,
    ("sagemaker", "DeleteEndpoint"): delete_endpoint,
    ("sagemaker", "ListEndpoints"): list_endpoints,
    ("sagemaker", "CreateInferenceComponent"): create_component,
    ("sagemaker", "DescribeInferenceComponent"): describe_component,
    ("sagemaker", "DeleteInferenceComponent"): delete_component,
    ("sagemaker", "ListInferenceComponents"): list_components,
    ("sagemaker", "ListTags"): list_tags,
    ("sagemaker", "AddTags"): add_tags,
    ("sagemaker", "DeleteTags"): delete_tags,
}
