"""What Bedrock and SageMaker have in common: exceptions in an event stream."""

from __future__ import annotations

from pytest_fmbench.testing.shapes.event_stream import frame
from tests.support.dialects.base import Piece, compact


def exception(name: str, message: str, spelled: str = "message") -> Piece:
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return Piece(frame(headers, compact({spelled: message})))


BROKEN = (exception("modelStreamErrorException", "the model broke"), "modelStreamErrorException: the model broke")
"""How a model of Bedrock breaks off, and what that says."""
