"""Answers as they go over the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from tests.support.aws.asked import Asked, Refusal

REQUEST_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def answered(asked: Asked, result: Any) -> Answer:
    """``result``, a mapping by the names of the output shape or an object of moto's, in the call's protocol."""
    from moto.core.serialize import XFormedAttributePicker, get_serializer_class

    serializer = get_serializer_class(asked.service, asked.protocol)
    made = serializer(operation_model=asked.model, value_picker=XFormedAttributePicker()).serialize(result)
    body = made["body"]
    headers = {name: str(value) for name, value in made["headers"].items()}
    return Answer(made["status_code"], body.encode() if isinstance(body, str) else body, headers)


def refused(protocol: str, refusal: Refusal) -> Answer:
    """An error in the form of the protocol."""
    code, message = escape(refusal.code), escape(refusal.message)
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "ec2":
        text = f"<Response><Errors>{error}</Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    elif protocol == "query":
        text = f"<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    elif protocol == "rest-xml":
        text = error
    else:
        body = json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": refusal.code}
        return Answer(refusal.status, body, headers)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Answer(refusal.status, (head + text).encode(), {"Content-Type": "text/xml"})
