"""SageMaker Data Capture: what an endpoint of one's own was asked, and what it replied, as Amazon SageMaker keeps it.

JSON lines of ``captureData`` (``endpointInput`` and ``endpointOutput``, each with ``data`` and its ``encoding``: JSON,
CSV or BASE64) and ``eventMetadata`` with ``inferenceTime``, such as ``2022-02-14T17:25:49Z``, to the second. Lengths
are taken from the reply's ``usage`` (``prompt_tokens``, ``completion_tokens``), or that of the last event of a stream.
Captured texts are not asked again: they are somebody's. A request is asked in other words, as long as it was.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pytest_fmbench.workloads.traces.base import Format, Layout, Row, Unusable, input_length, output_length
from pytest_fmbench.workloads.traces.wall import wall_ns

_NO_USAGE = "no usage in its reply"


def read(row: Mapping[str, Any]) -> Row:
    """The request of a row."""
    when = wall_ns(row["eventMetadata"]["inferenceTime"])
    usage = _usage(_text(row["captureData"].get("endpointOutput")))
    return Row(when, input_length(usage["prompt_tokens"]), output_length(usage["completion_tokens"]))


def _text(captured: object) -> str:
    """What was captured of one side.

    :raises Unusable: when nothing was, as where only requests are captured.
    """
    if not isinstance(captured, dict) or not isinstance(captured.get("data"), str):
        raise Unusable("no reply was captured")
    data: str = captured["data"]
    if captured.get("encoding") != "BASE64":
        return data
    try:
        return b64decode(data, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        raise Unusable("a reply that is not BASE64, as it says that it is") from None


def _usage(reply: str) -> Mapping[str, object]:
    """Of a reply in JSON, or of the last event of a stream that has one.

    :raises Unusable: when there is none.
    """
    for text in _bodies(reply):
        try:
            body = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            continue
        usage = body.get("usage") if isinstance(body, dict) else None
        if isinstance(usage, dict) and {"prompt_tokens", "completion_tokens"} <= usage.keys():
            return usage
    raise Unusable(_NO_USAGE)


def _bodies(reply: str) -> Iterator[str]:
    if reply.lstrip().startswith("{"):
        yield reply
    for line in reversed(reply.splitlines()):
        if line.startswith("data:"):
            yield line[5:]


FORMAT = Format(Layout.JSONL, ("captureData", "eventMetadata"), read)
