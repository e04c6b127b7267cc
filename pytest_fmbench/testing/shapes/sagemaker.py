"""SageMaker: ``POST /endpoints/NAME/invocations-response-stream``, whose container speaks OpenAI's chat form.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
Each piece of the container's own stream comes as the payload of a ``PayloadPart``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import streamed
from pytest_fmbench.testing.shapes.base import Shape
from pytest_fmbench.testing.shapes.event_stream import CONTENT_TYPE, event
from pytest_fmbench.testing.shapes.openai_chat import events, limit
from pytest_fmbench.testing.steps import Step

_FIELDS = {
    "x-Amzn-Invoked-Production-Variant": "AllTraffic",
    "X-Amzn-SageMaker-Content-Type": "text/event-stream",
}


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    return streamed(plan, events(asked, plan).wrapped(_part), CONTENT_TYPE, **_FIELDS)


def _part(data: bytes) -> bytes:
    return event("PayloadPart", data, "application/octet-stream")


SHAPE = Shape(re.compile("/endpoints/[^/]+/invocations-response-stream"), limit, _answer)
