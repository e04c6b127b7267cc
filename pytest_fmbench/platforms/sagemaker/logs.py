"""The last lines that a container wrote, from CloudWatch.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""

from __future__ import annotations

from pytest_fmbench.errors import CloudFault, NotAllowed
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.sagemaker.asking import COMPONENT

_LINES = 50


def tail(lease: Lease) -> tuple[str, ...]:
    """Its last lines, oldest first; where we may not read them, or there are none, why."""
    of_component = any(one.kind == COMPONENT.word for one in lease.resources)
    group = f"/aws/sagemaker/{'InferenceComponents' if of_component else 'Endpoints'}/{lease.name}"
    try:
        logs = client("logs", lease.place["region"], lease.place.get("profile", ""))
        streams = call(
            logs, "describe_log_streams", logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
        ).get("logStreams", ())
        if not streams:
            return ()
        name = streams[0]["logStreamName"]
        told = call(logs, "get_log_events", logGroupName=group, logStreamName=name, limit=_LINES, startFromHead=False)
    except (CloudFault, NotAllowed) as fault:
        return (f"({group} in CloudWatch cannot be read: {fault})",)
    return tuple(str(event["message"]).rstrip("\n") for event in told.get("events", ()))
