"""Against clients that answer as AWS's documents say."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.telemetry import cloudwatch
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.cloudwatch import Endpoints, Gpus

BEGIN_S = 1_790_000_040.0
"""The begin of a minute."""

SUBJECT = Subject(
    Endpoint("https://r/endpoints/mine", "m", "sagemaker-messages", signing=Signing("sagemaker", "us-east-1")),
    here=False,
)


class Aws:
    """Both services that are asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, type_: str = "ml.g5.12xlarge") -> None:
        self.type, self.now_s, self.monotonic_s = type_, BEGIN_S, 0.0
        self.points: dict[str, list[tuple[float, float]]] = {}
        self.asked: list[dict[str, Any]] = []
        monkeypatch.setattr(cloudwatch, "client_of", lambda *_: self)
        monkeypatch.setattr(cloudwatch, "wall_s", lambda: self.now_s)
        monkeypatch.setattr(cloudwatch, "monotonic_ns", lambda: round(self.monotonic_s * 1e9))

    def describe_endpoint(self, **_: str) -> dict[str, Any]:
        return {"EndpointConfigName": "c"}

    def describe_endpoint_config(self, **_: str) -> dict[str, Any]:
        return {"ProductionVariants": [{"VariantName": "v", "InstanceType": self.type}]}

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        results = []
        for query in request["MetricDataQueries"]:
            found = self.points.get(query["MetricStat"]["Metric"]["MetricName"], ())
            moments = [datetime.fromtimestamp(at, timezone.utc) for at, _ in found]
            results.append({"Id": query["Id"], "Timestamps": moments, "Values": [value for _, value in found]})
        return {"MetricDataResults": results}

    def after(self, seconds: float) -> None:
        self.now_s, self.monotonic_s = self.now_s + seconds, self.monotonic_s + seconds


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


def test_what_a_minute_was_like_is_told_in_our_units_with_its_age(aws: Aws) -> None:
    source = Endpoints(SUBJECT)
    aws.points = {
        "ModelLatency": [(BEGIN_S, 250_000.0)],
        "OverheadLatency": [(BEGIN_S, 5_000.0)],
        "Invocations": [(BEGIN_S, 120.0)],
        "Invocation5XXErrors": [(BEGIN_S, 3.0)],
        "CPUUtilization": [(BEGIN_S, 2_400.0)],
        "MemoryUtilization": [(BEGIN_S, 40.0)],
    }
    aws.after(120.0)
    assert source.sample() == [
        Reading("model_latency", 0.25, "v", age_s=90.0),
        Reading("overhead_latency", 0.005, "v", age_s=90.0),
        Reading("invocations", 2.0, "v", age_s=90.0),
        Reading("errors_5xx", 0.05, "v", age_s=90.0),
        Reading("cpu", 0.5, "v", age_s=90.0),
        Reading("memory", 0.4, "v", age_s=90.0),
    ]
    source.close()


def test_gpus_are_those_of_one_instance_together(aws: Aws) -> None:
    source = Gpus(SUBJECT)
    aws.points = {"GPUUtilization": [(BEGIN_S, 200.0)], "GPUMemoryUtilization": [(BEGIN_S, 100.0)]}
    aws.after(120.0)
    utilization, memory = source.sample()
    assert (utilization.name, utilization.value) == ("utilization", 0.5), "of four, two computed"
    assert memory.value == 22_888 << 20, "as much as one of the four has"


def test_each_minute_is_told_once_and_asked_for_once(aws: Aws) -> None:
    source = Endpoints(SUBJECT)
    assert source.sample() == []
    aws.after(59.0)
    assert source.sample() == []
    assert aws.asked == []
    aws.points = {"Invocations": [(BEGIN_S - 60, 7.0), (BEGIN_S, 60.0)]}
    aws.after(61.0)
    assert [one.value for one in source.sample()] == [1.0], "what was over when it began is not told"
    aws.points = {"Invocations": [(BEGIN_S, 60.0), (BEGIN_S + 60, 120.0)]}
    aws.after(60.0)
    assert [one.value for one in source.sample()] == [2.0]
    assert len(aws.asked) == 2
    assert aws.asked[0]["StartTime"].timestamp() == BEGIN_S


def test_it_is_asked_about_the_variant_by_the_minute(aws: Aws) -> None:
    source = Endpoints(SUBJECT)
    aws.after(60.0)
    source.sample()
    stat = aws.asked[0]["MetricDataQueries"][0]["MetricStat"]
    dimensions = {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]}
    assert (dimensions, stat["Period"]) == ({"EndpointName": "mine", "VariantName": "v"}, 60)


def test_what_takes_knowing_the_instance_is_left_out_where_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(monkeypatch, "ml.zz9.48xlarge")
    source = Endpoints(SUBJECT)
    aws.points = {"CPUUtilization": [(BEGIN_S, 50.0)], "MemoryUtilization": [(BEGIN_S, 50.0)]}
    aws.after(120.0)
    assert [one.name for one in source.sample()] == ["memory"]
    with pytest.raises(TelemetryFault, match="have no GPU, or the table of instances does not hold their type"):
        Gpus(SUBJECT)


def test_elsewhere_there_is_none() -> None:
    for endpoint in (
        Endpoint("http://h/v1", "m", "d"),
        Endpoint("http://h", "m", "d", signing=Signing("bedrock", "r")),
    ):
        with pytest.raises(TelemetryFault, match="the server is no endpoint of SageMaker"):
            Endpoints(Subject(endpoint, here=False))


def test_that_aws_does_not_say_is_a_fault_of_the_source(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    def refused(**_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")

    source = Endpoints(SUBJECT)
    aws.after(60.0)
    monkeypatch.setattr(aws, "get_metric_data", refused)
    with pytest.raises(TelemetryFault, match=r"AWS does not say: .*AccessDenied"):
        source.sample()
    monkeypatch.setattr(aws, "describe_endpoint", refused)
    with pytest.raises(TelemetryFault, match="AWS does not say"):
        Endpoints(SUBJECT)
