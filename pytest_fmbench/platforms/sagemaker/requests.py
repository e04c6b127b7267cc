"""The requests that make an endpoint. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.hardware.accelerators import NVIDIA
from pytest_fmbench.hardware.instances import Instance, find_instance
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.aws.tags import as_list
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.settings import Wanted

VARIANT = "fmbench"
"""The only one that an endpoint of ours has."""

_SHARE = 0.75
"""Of a host's memory, for the copies of a component; the rest is the system's and SageMaker's."""
_LEAST_S, _MOST_S = 60, 3_600


def of_model(name: str, design: Design, tags: Mapping[str, str]) -> dict[str, Any]:
    """``CreateModel``."""
    contained, wanted = design.contained, design.wanted
    request: dict[str, Any] = {
        "ModelName": name,
        "PrimaryContainer": dict(contained.definition),
        "ExecutionRoleArn": wanted.role,
        "Tags": as_list(tags),
    }
    if wanted.subnets:
        request["VpcConfig"] = {"Subnets": [*wanted.subnets], "SecurityGroupIds": [*wanted.security_groups]}
    if contained.isolated:
        request["EnableNetworkIsolation"] = True
    return request


def of_config(name: str, design: Design, tags: Mapping[str, str]) -> dict[str, Any]:
    """``CreateEndpointConfig``; where a component holds the copies, the endpoint holds no model itself."""
    contained, wanted = design.contained, design.wanted
    variant: dict[str, Any] = {
        "VariantName": VARIANT,
        "InstanceType": wanted.type,
        "InitialInstanceCount": wanted.instances,
    }
    if contained.ami:
        variant["InferenceAmiVersion"] = contained.ami
    request: dict[str, Any] = {"EndpointConfigName": name, "ProductionVariants": [variant], "Tags": as_list(tags)}
    if design.copies > 1:
        variant["RoutingConfig"] = {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}
        request["ExecutionRoleArn"] = wanted.role
    else:
        variant |= {"ModelName": name, "InitialVariantWeight": 1.0, **_startup(design)}
    return request


def of_endpoint(name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """``CreateEndpoint``."""
    return {"EndpointName": name, "EndpointConfigName": name, "Tags": as_list(tags)}


def of_component(name: str, design: Design, tags: Mapping[str, str]) -> dict[str, Any]:
    """``CreateInferenceComponent``."""
    wanted, accelerators = design.wanted, design.plan.accelerators
    instance = find_instance(wanted.type)
    if instance is None:
        raise ValueError("only what can be copied has a component")
    needs: dict[str, Any] = {"MinMemoryRequiredInMb": _memory_mb(instance, -(-design.copies // wanted.instances))}
    if accelerators:
        needs["NumberOfAcceleratorDevicesRequired"] = accelerators
    return {
        "InferenceComponentName": name,
        "EndpointName": name,
        "VariantName": VARIANT,
        "Specification": {
            "ModelName": name,
            "ComputeResourceRequirements": needs,
            "StartupParameters": _startup(design),
        },
        "RuntimeConfig": {"CopyCount": design.copies},
        "Tags": as_list(tags),
    }


def copies_of(deployment: Deployment, plan: LaunchPlan, wanted: Wanted) -> int:
    """How many copies of the model the endpoint holds, over all instances.

    :raises UsageError: where that many have no room, or it cannot be known.
    """
    if deployment.replicas == 1:
        return 1
    instance, takes = find_instance(wanted.type), plan.accelerators
    known = instance is not None and (instance.accelerator is None or instance.accelerator.vendor == NVIDIA)
    if instance is None or not known:
        raise UsageError(f"{deployment.id}: how {wanted.type} is cut into replicas is not known; leave them out")
    each = instance.devices // takes if takes else 0
    if deployment.replicas == "max" and not each:
        raise UsageError(f"{deployment.id}: replicas='max' is as many as there are accelerators for, and it takes none")
    copies = each * wanted.instances if deployment.replicas == "max" else deployment.replicas
    if takes and copies > each * wanted.instances:
        raise UsageError(
            f"{deployment.id}: {copies} replicas take {copies * takes} accelerators, and {wanted.instances} x "
            f"{wanted.type} have {instance.devices * wanted.instances}"
        )
    return copies


def _startup(design: Design) -> dict[str, int]:
    limit = int(min(max(design.ready_s, _LEAST_S), _MOST_S))
    found = {"ContainerStartupHealthCheckTimeoutInSeconds": limit}
    if "ModelDataSource" in design.contained.definition:
        found["ModelDataDownloadTimeoutInSeconds"] = limit
    return found


def _memory_mb(instance: Instance, copies: int) -> int:
    return int(instance.memory_gib * 1_024 * _SHARE) // copies
