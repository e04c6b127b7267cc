"""SageMaker's own way of saying that something is not there, or there already: in words.

Source: the messages that https://github.com/aws-controllers-k8s/sagemaker-controller goes by; all have the code
``ValidationException``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import CloudFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.tags import as_mapping, is_of

_GONE = re.compile(r"Could not find|does not exist|not found", re.IGNORECASE)
_THERE = re.compile(r"already exist", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """A kind of thing that SageMaker keeps.

    :param word: of the operations: ``create_<word>``.
    :param key: of its name in requests; its ARN is ``<key without Name>Arn``.
    :param listed: in answers to ``list_<word>s``.
    """

    word: str
    key: str
    listed: str

    @property
    def arn(self) -> str:
        """Of its ARN in answers."""
        return f"{self.key.removesuffix('Name')}Arn"


MODEL = Kind("model", "ModelName", "Models")
CONFIG = Kind("endpoint_config", "EndpointConfigName", "EndpointConfigs")
ENDPOINT = Kind("endpoint", "EndpointName", "Endpoints")
COMPONENT = Kind("inference_component", "InferenceComponentName", "InferenceComponents")
KINDS = (MODEL, CONFIG, ENDPOINT, COMPONENT)
"""In the order in which they are made."""


def ask(client: Any, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3's
    """As :func:`~pytest_fmbench.platforms.aws.calls.call`, which see; what is not there is ``Gone``."""
    try:
        return call(client, operation, **request)
    except CloudFault as fault:
        if _said(fault, _GONE):
            raise Gone(str(fault)) from None
        raise


def is_there(fault: CloudFault) -> bool:
    """Whether something could not be made as there is one of that name."""
    return _said(fault, _THERE)


def described(client: Any, kind: Kind, name: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3's
    """What AWS says of it.

    :param how: as `call` has it, such as ``tries``.
    :raises Gone: when it is not there.
    """
    return ask(client, f"describe_{kind.word}", **{kind.key: name}, **how)


def tags_at(client: Any, arn: str) -> dict[str, str]:  # noqa: ANN401  # boto3's
    """The tags of what has that ARN.

    :raises Gone: when it is not there.
    """
    found: list[dict[str, str]] = []
    more: dict[str, str] = {}
    while True:
        page = ask(client, "list_tags", ResourceArn=arn, **more)
        found += page.get("Tags", ())
        if not page.get("NextToken"):
            return as_mapping(found)
        more = {"NextToken": page["NextToken"]}


def ours(client: Any, kind: Kind, lease: Lease) -> dict[str, Any] | None:  # noqa: ANN401  # boto3's
    """What AWS says of the one that ``lease`` made; None where there is none, or one of somebody else's."""
    try:
        found = described(client, kind, lease.name)
        return found if is_of(lease, tags_at(client, str(found[kind.arn]))) else None
    except Gone:
        return None


def listed(client: Any, kind: Kind, prefix: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # boto3's
    """All in a region whose names hold ``prefix``."""
    more: dict[str, str] = {}
    while True:
        page = ask(client, f"list_{kind.word}s", NameContains=prefix, **more)
        yield from page.get(kind.listed, ())
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _said(fault: CloudFault, pattern: re.Pattern[str]) -> bool:
    return type(fault) is CloudFault and bool(pattern.search(str(fault)))
