"""Models of JumpStart, by their ids: what SageMaker's public hub says that they are run with.

``DescribeHubContent`` of the hub ``SageMakerPublicHub`` gives a document whose entries are those of
https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-curated-hubs-admin-guide-add-models.html and of
``HubModelDocument`` in https://github.com/aws/sagemaker-python-sdk (``jumpstart/hub/interfaces.py``). No SDK is needed
for it. What it leaves to the SDK cannot be had so: models with a script beside their data, and the marketplace's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.errors import CloudFault, Gone, NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.platforms.sagemaker.asking import ask
from pytest_fmbench.platforms.sagemaker.container import Contained, usual_ami
from pytest_fmbench.platforms.sagemaker.settings import Wanted

HUB = "SageMakerPublicHub"
_SDK = "run it with the SDK, and give endpoint="


def see_that_it_takes(deployment: Deployment, wanted: Wanted) -> None:
    """See that nothing is asked of a model whose settings JumpStart makes, but variables.

    :raises UsageError: for what would be lost.
    """
    lost = [name for name in deployment.options if not name.isupper() and name != "dialect"]
    if deployment.tensor_parallel != 1:
        lost.append("tensor_parallel")
    if deployment.quantization is not None:
        lost.append("quantization")
    if lost:
        raise UsageError(
            f"{deployment.id}: JumpStart makes the settings of {wanted.jumpstart!r}, so {', '.join(lost)} would be "
            "lost; give variables of its container instead, in capitals, or leave jumpstart= out"
        )


def contained_of(client: Any, deployment: Deployment, wanted: Wanted) -> Contained:  # noqa: ANN401  # boto3's
    """What serves the model, as the hub of the client's region says.

    :raises UsageError: for a model that there is not, or that takes the SDK.
    :raises NotAllowed: where its terms are not accepted.
    :raises CloudFault: when the hub does not answer, or not as it should.
    """
    try:
        content = ask(
            client, "describe_hub_content", HubName=HUB, HubContentType="Model", HubContentName=wanted.jumpstart
        )
    except Gone:
        raise UsageError(f"{deployment.id}: JumpStart has no model {wanted.jumpstart!r} in that region") from None
    try:
        document = dict(json.loads(content["HubContentDocument"]))
    except (KeyError, ValueError, TypeError) as error:
        raise CloudFault(f"what JumpStart says of {wanted.jumpstart!r} cannot be read: {error}") from error
    return read(document, str(content.get("HubContentArn", "")), wanted, deployment.options)


def read(document: Mapping[str, Any], arn: str, wanted: Wanted, options: Mapping[str, Option]) -> Contained:
    """What ``document`` says. Pure.

    :param arn: of the document, by which gated data is had.
    :param options: variables of these win.
    :raises UsageError: as :func:`contained_of`.
    :raises NotAllowed: likewise.
    """
    name, image = wanted.jumpstart, _image(document, wanted.type)
    data = document.get("HostingPrepackedArtifactUri") or document.get("HostingArtifactUri")
    scripted = document.get("HostingUseScriptUri", bool(document.get("HostingScriptUri")))
    if document.get("HostingModelPackageArn") or not image or not data:
        raise UsageError(f"JumpStart's {name!r} is no image with data of its own: {_SDK}")
    if scripted and not document.get("HostingPrepackedArtifactUri"):
        raise UsageError(f"JumpStart's {name!r} takes a script beside its data: {_SDK}")
    terms = document.get("HostingEulaUri")
    if terms and not wanted.eula:
        raise NotAllowed(f"JumpStart's {name!r} has terms ({terms}); eula=accepted accepts them")
    source: dict[str, Any] = {
        "S3Uri": data,
        "S3DataType": document.get("HostingArtifactS3DataType") or "S3Object",
        "CompressionType": document.get("HostingArtifactCompressionType") or "Gzip",
    }
    if terms:
        source["ModelAccessConfig"] = {"AcceptEula": True}
    if document.get("GatedBucket"):
        source["HubAccessConfig"] = {"HubContentArn": arn}
    variables = dict(_variables(document, wanted.type)) | {
        name: str(value) for name, value in options.items() if name.isupper()
    }
    definition = {"Image": image, "Environment": variables, "ModelDataSource": {"S3DataSource": source}}
    return Contained(definition, usual_ami(wanted), bool(document.get("InferenceEnableNetworkIsolation")))


def _image(document: Mapping[str, Any], type_: str) -> str:
    aliases = _either(document.get("HostingInstanceTypeVariants") or {}, "Aliases") or {}
    image = str(document.get("HostingEcrUri") or "")
    for properties in _properties(document, type_):
        named = str(_either(properties, "ImageUri", "image_uri") or "")
        image = (str(aliases.get(named.removeprefix("$"), "")) if named.startswith("$") else named) or image
    return image


def _variables(document: Mapping[str, Any], type_: str) -> Iterator[tuple[str, str]]:
    for one in document.get("InferenceEnvironmentVariables") or ():
        value = one.get("Default", one.get("DefaultValue"))
        if value not in (None, ""):
            yield str(one["Name"]), str(value)
    for properties in _properties(document, type_):
        own = _either(properties, "EnvironmentVariables", "environment_variables") or {}
        yield from ((str(name), str(value)) for name, value in own.items())


def _properties(document: Mapping[str, Any], type_: str) -> Iterator[Mapping[str, Any]]:
    """What is special of the type's family, then of itself."""
    variants = _either(document.get("HostingInstanceTypeVariants") or {}, "Variants") or {}
    family = type_.rpartition(".")[0]
    for name in (family.removeprefix("ml."), family, type_):
        found = _either(variants.get(name) or {}, "Properties")
        if found:
            yield found


def _either(held: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401  # whatever JSON holds
    """What is there under one of these names, or under it without its capital: documents differ."""
    for name in (*names, *(name[:1].lower() + name[1:] for name in names)):
        if name in held:
            return held[name]
    return None
