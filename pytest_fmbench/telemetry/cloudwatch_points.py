"""Asking AWS for the points of CloudWatch's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.hardware.instances import Instance, find_instance

PERIOD_S = 60
"""How long a point is about."""

_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Variant:
    """A part of an endpoint that has instances of one type.

    :param instance: what one of them has; None where the table does not hold its type.
    """

    endpoint: str
    name: str
    instance: Instance | None


def variants_of(sagemaker: Any, endpoint: str) -> list[Variant]:  # noqa: ANN401  # boto3's
    """The variants of an endpoint.

    :raises TelemetryFault: when AWS does not say.
    """
    found = _told(sagemaker.describe_endpoint, EndpointName=endpoint)
    config = _told(sagemaker.describe_endpoint_config, EndpointConfigName=found["EndpointConfigName"])
    return [
        Variant(endpoint, str(one["VariantName"]), find_instance(str(one.get("InstanceType", ""))))
        for one in config["ProductionVariants"]
    ]


def points_of(
    cloudwatch: Any,  # noqa: ANN401  # boto3's
    asked: list[dict[str, Any]],
    begin_s: float,
    end_s: float,
) -> Iterator[tuple[str, float, float]]:
    """Each point of each query, in order of time: its id, the beginning of its minute, in epoch seconds, and its value.

    :raises TelemetryFault: when CloudWatch does not answer.
    """
    span = {"StartTime": _moment(begin_s), "EndTime": _moment(end_s), "ScanBy": "TimestampAscending"}
    more: dict[str, str] = {}
    while True:
        page = _told(cloudwatch.get_metric_data, MetricDataQueries=asked, **span, **more)
        for result in page.get("MetricDataResults", ()):
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                yield str(result["Id"]), at.timestamp(), float(value)
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, timezone.utc)


def _told(method: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:  # noqa: ANN401  # boto3's
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return method(**request)
    except (BotoCoreError, ClientError) as error:
        raise TelemetryFault(f"AWS does not say: {error}") from error


def client_of(service: str, region: str, profile: str) -> Any:  # noqa: ANN401  # boto3's
    """Made once a run, and waits only for a little: a sample that is late makes others impossible."""
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise TelemetryFault(f"there is no boto3: pip install 'pytest-fmbench[aws]' ({error})") from error
    how = Config(
        retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=_PATIENCE_S, read_timeout=_PATIENCE_S
    )
    try:
        return Session(profile_name=profile or None).client(service, region_name=region, config=how)
    except BotoCoreError as error:
        raise TelemetryFault(f"AWS cannot be asked: {error}") from error
