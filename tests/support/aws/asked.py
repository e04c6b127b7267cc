"""A request as AWS's own models read it: which service and operation it is, and its parameters.

The shapes are botocore's, the parsers moto's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

ACCOUNT = "123456789012"
"""Whom everything belongs to: moto's."""

_SERVICES = {
    "api.pricing": "pricing",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
"""Where a service is signed for by another name than botocore's."""

_DATA_PLANES = {("bedrock", "/model/"): "bedrock-runtime", ("sagemaker", "/endpoints/"): "sagemaker-runtime"}


class Refusal(Exception):
    """AWS's answer that it will not.

    :param code: as ``Error.Code`` of botocore's ``ClientError``.
    :param status: of HTTP.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Received:
    """An HTTP request."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Its body as a form; empty where it is none."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Asked:
    """A call.

    :param service: botocore's name, such as ``resourcegroupstaggingapi``.
    :param operation: as the service's model spells it.
    :param protocol: how it came, and is answered.
    :param model: botocore's, of the operation.
    """

    service: str
    operation: str
    region: str
    request: dict[str, Any]
    protocol: str = ""
    model: Any = field(default=None, repr=False, compare=False)


def read(received: Received) -> Asked:
    """Which call it is.

    :raises Refusal: where it is none of AWS.
    """
    service, region = _signed_for(received)
    model = model_of(service)
    name, parts = _operation(model, received)
    if name not in model.operation_names:
        raise Refusal("InvalidAction", f"{service} has no operation {name or received.path!r}")
    operation = model.operation_model(name)
    protocol = _protocol(model, received)
    return Asked(service, name, region, _parameters(operation, protocol, received, parts), protocol, operation)


@cache
def model_of(service: str) -> Any:
    """Botocore's model of a service, in moto's classes.

    :raises Refusal: for what is none.
    """
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    try:
        return get_service_model(service)
    except UnknownServiceError:
        raise Refusal("UnknownService", f"AWS has no service {service!r}", 404) from None


def _signed_for(received: Received) -> tuple[str, str]:
    scope = re.search(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request", received.headers.get("authorization", ""))
    if scope is None:
        raise Refusal("MissingAuthenticationToken", "the request carries no signature of version 4", 403)
    region, signed = scope.groups()
    for (service, prefix), other in _DATA_PLANES.items():
        if signed == service and received.path.startswith(prefix):
            return other, region
    return _SERVICES.get(signed, signed), region


def _operation(model: Any, received: Received) -> tuple[str, dict[str, str]]:
    """Its name, and what the path says."""
    if action := received.form.get("Action"):
        return action, {}
    if target := received.headers.get("x-amz-target"):
        return target.rpartition(".")[2], {}
    for pattern, names, operation in _routes(model.service_name, received.method):
        if found := pattern.fullmatch(received.path):
            return operation, dict(zip(names, map(unquote, found.groups()), strict=True))
    return "", {}


@cache
def _routes(service: str, method: str) -> list[tuple[re.Pattern[str], list[str], str]]:
    """Paths of a REST API, the longest first, as the more special of two is longer."""
    model, found = model_of(service), []
    for name in model.operation_names:
        http = model.operation_model(name).http
        if http["method"] == method:
            template = http["requestUri"].partition("?")[0]
            pieces = re.split(r"\{([\w.-]+\+?)\}", template)
            texts, names = pieces[::2], pieces[1::2]
            groups = ["(.+)" if one.endswith("+") else "([^/]+)" for one in names]
            text = "".join(re.escape(piece) + group for piece, group in zip(texts, [*groups, ""], strict=True))
            found.append((len(template), re.compile(text), [one.rstrip("+") for one in names], name))
    return [(pattern, names, name) for _, pattern, names, name in sorted(found, key=lambda one: -one[0])]


def _protocol(model: Any, received: Received) -> str:
    kind = received.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return "ec2" if model.protocol == "ec2" else "query"
    if kind.startswith("application/x-amz-json"):
        return "json"
    return str(model.protocol)


def _parameters(operation: Any, protocol: str, received: Received, parts: Mapping[str, str]) -> dict[str, Any]:
    from moto.core.parse import PROTOCOL_PARSERS
    from werkzeug.datastructures import Headers, MultiDict

    pairs = [*parse_qsl(received.query, keep_blank_values=True), *received.form.items()]
    parser = PROTOCOL_PARSERS[protocol](operation)
    try:
        found = parser.parse(
            {
                "method": received.method,
                "values": MultiDict(pairs),
                "headers": Headers(list(received.headers.items())),
                "body": received.body,
                "url_path": received.path,
                "url_params": dict(parts),
            }
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise Refusal("SerializationException", f"{operation.name} cannot be read: {error!r}") from error
    return dict(found or {})


def raw_json(received: Received) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return json.loads(received.body)
    except ValueError:
        return None
