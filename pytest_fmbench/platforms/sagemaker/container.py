"""What runs on the instances: image, variables and model data, as ``CreateModel`` takes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.sagemaker.images import GPU_AMI, HOSTINGS, NEURON_AMI, Hosting, image_of
from pytest_fmbench.platforms.sagemaker.payloads import TRITONS
from pytest_fmbench.platforms.sagemaker.settings import Wanted
from pytest_fmbench.platforms.sagemaker.variables import MODEL_FOLDER, variables_of

_OF_HERE = re.compile(r"[./~\\]|[A-Za-z]:\\")
_NEURON = re.compile(r"ml\.(inf|trn)\d")


@dataclass(frozen=True)
class Contained:
    """A container to run.

    :param definition: as ``PrimaryContainer`` has it.
    :param ami: of the instances; empty is SageMaker's own choice.
    :param isolated: it has no network.
    """

    definition: Mapping[str, Any]
    ami: str = ""
    isolated: bool = False


def contained_of(deployment: Deployment, plan: LaunchPlan, wanted: Wanted, region: str) -> Contained:
    """What serves ``deployment`` in ``region``.

    :raises UsageError: for a stack that does not run there, a model that is not to be had from there, and what its
        image cannot be told.
    """
    hosting = _hosting_of(deployment)
    definition: dict[str, Any] = {
        "Image": _image(deployment, wanted, hosting, region),
        "Environment": told(deployment, plan, wanted),
    }
    if wanted.model_data:
        definition["ModelDataSource"] = {"S3DataSource": _data(_there(wanted.model_data, region))}
    return Contained(definition, hosting.ami if wanted.ami is None else wanted.ami)


def told(deployment: Deployment, plan: LaunchPlan, wanted: Wanted) -> dict[str, str]:
    """The variables by which an image is told what ``plan`` says; alike in all regions.

    :raises UsageError: for what it cannot be told.
    """
    container, hosting = plan.container, _hosting_of(deployment)
    if container is None:
        raise UsageError(f"{deployment.id}: {deployment.stack} has no container, and SageMaker runs nothing else")
    load = _loaded(deployment, wanted)
    if hosting.triton:
        container = replace(container, environment={**_of_triton(wanted), **container.environment})
        load = container.environment.get(hosting.model, plan.served_model)
    return variables_of(hosting, container, load, deployment.id)


def see_that_it_can_run(deployment: Deployment, wanted: Wanted) -> None:
    """See that its stack runs there, from an image in each region, and that its model is to be had from there.

    :raises UsageError: where it does not.
    """
    hosting = _hosting_of(deployment)
    for region in wanted.regions:
        _image(deployment, wanted, hosting, region)
    _loaded(deployment, wanted)


def usual_ami(wanted: Wanted) -> str:
    """What an image needs of which nothing else is known."""
    if wanted.ami is not None:
        return wanted.ami
    if _NEURON.match(wanted.type):
        return NEURON_AMI
    return GPU_AMI if re.match(r"ml\.[gp]\d", wanted.type) else ""


def _hosting_of(deployment: Deployment) -> Hosting:
    if deployment.stack not in HOSTINGS:
        raise UnknownName(
            "stack of SageMaker's (any other is measured where it runs already, by endpoint=):",
            deployment.stack,
            HOSTINGS,
        )
    return HOSTINGS[deployment.stack]


def _image(deployment: Deployment, wanted: Wanted, hosting: Hosting, region: str) -> str:
    named = str(deployment.options.get("image", wanted.image))
    return _there(named, region) if named else image_of(hosting, region)


def _of_triton(wanted: Wanted) -> dict[str, str]:
    """By itself, its image has it write down every request, which takes time of what is measured."""
    return {"SAGEMAKER_TRITON_INFERENCE_TYPE": TRITONS[wanted.payload], "SAGEMAKER_TRITON_LOG_VERBOSE": "false"}


def _there(text: str, region: str) -> str:
    return text.replace("{region}", region)


def _loaded(deployment: Deployment, wanted: Wanted) -> str:
    if wanted.model_data:
        return MODEL_FOLDER
    if _hosting_of(deployment).triton:
        raise UsageError(
            f"{deployment.id}: Triton serves a repository of models, in which each has a folder of its name: give its "
            "place in S3 with model_data="
        )
    if "/" not in deployment.model or _OF_HERE.match(deployment.model):
        raise UsageError(
            f"{deployment.id}: SageMaker cannot fetch the model {deployment.model!r}: give a Hugging Face id, such as "
            "'org/name', or its place in S3 with model_data="
        )
    return deployment.model


def _data(uri: str) -> dict[str, str]:
    if uri.endswith((".tar.gz", ".tgz")):
        return {"S3Uri": uri, "S3DataType": "S3Object", "CompressionType": "Gzip"}
    return {"S3Uri": f"{uri.rstrip('/')}/", "S3DataType": "S3Prefix", "CompressionType": "None"}
