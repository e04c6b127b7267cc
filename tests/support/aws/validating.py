"""What AWS's own models say against a request, or against an answer of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from tests.support.aws.asked import Asked, Received, raw_json

_GROWING = re.compile(r".*InstanceType|InferenceComponent\w*")
"""Enumerations that AWS makes longer before botocore knows."""


def wrong_in(asked: Asked, received: Received) -> list[str]:
    """What is wrong with a request; empty where AWS would take it as well formed."""
    shape = asked.model.input_shape
    if shape is None:
        return []
    found = [*_reported(asked.request, shape), *_beyond(asked.request, shape, "input"), *_unknown(asked, received)]
    return [f"{asked.service} {asked.operation}: {one}" for one in found]


def wrong_answer(asked: Asked, answer: dict[str, Any]) -> list[str]:
    """What is wrong with an answer of ours."""
    shape = asked.model.output_shape
    found = _reported(answer, shape) if shape is not None else ["answered, although it has no answer"] if answer else []
    return [f"the stand-in's answer to {asked.service} {asked.operation}: {one}" for one in found]


def _reported(value: dict[str, Any], shape: Any) -> list[str]:
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(value, shape)
    return [report.generate_report()] if report.has_errors() else []


def _beyond(value: Any, shape: Any, path: str) -> Iterator[str]:
    """What botocore leaves to AWS: enumerations, patterns, and how long something may be."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, inner in shape.members.items():
            if name in value:
                yield from _beyond(value[name], inner, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for nth, one in enumerate(value):
            yield from _beyond(one, shape.member, f"{path}[{nth}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for name, one in value.items():
            yield from _beyond(one, shape.value, f"{path}[{name}]")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _beyond_text(value, shape, path)
    longest = shape.metadata.get("max")
    if longest is not None and isinstance(value, str | list | dict) and len(value) > longest:
        yield f"{path} is {len(value)} long, and may be {longest}"


def _beyond_text(value: str, shape: Any, path: str) -> Iterator[str]:
    known, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
    if known and value not in known and not _GROWING.fullmatch(shape.name):
        yield f"{path} {value!r} is none of {', '.join(known)}"
    with suppress(re.error):  # some are written in a dialect that Python does not read
        if pattern and not re.fullmatch(pattern, value, re.DOTALL):
            yield f"{path} {value!r} does not match {pattern}"


def _unknown(asked: Asked, received: Received) -> Iterator[str]:
    """Parameters that the operation does not have; the parsers leave them out."""
    if asked.protocol in ("query", "ec2"):
        from botocore.serialize import create_serializer

        again = create_serializer(asked.protocol, include_validation=False).serialize_to_request(
            asked.request, asked.model
        )["body"]
        for name in received.form.keys() - again.keys() - {"Action", "Version"}:
            if received.form[name]:  # an empty list is sent as an empty text
                yield f"unknown parameter {name}"
    elif asked.protocol in ("json", "rest-json"):
        yield from _unknown_keys(raw_json(received), asked.model.input_shape, "input")


def _unknown_keys(raw: Any, shape: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(raw, dict) and not getattr(shape, "is_document_type", False):
        payload = shape.serialization.get("payload")
        if payload:
            yield from _unknown_keys(raw, shape.members[payload], path)
            return
        known = {inner.serialization.get("name", name): inner for name, inner in shape.members.items()}
        for name, one in raw.items():
            if name in known:
                yield from _unknown_keys(one, known[name], f"{path}.{name}")
            else:
                yield f"unknown parameter {path}.{name}"
    elif shape.type_name == "list" and isinstance(raw, list):
        for one in raw:
            yield from _unknown_keys(one, shape.member, path)
