"""What CloudWatch tells of a SageMaker endpoint: one value a minute, which is there a minute or more later.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html for names, units and dimensions:
latencies are in microseconds, and what GPUs and cores are used in per cent of one, so that four of them come to 400. It
is asked once a minute (``GetMetricData``, which AWS bills by the metric).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.clock import NS_PER_S, monotonic_ns, wall_s
from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.model.telemetry import ENDPOINT
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.cloudwatch_points import PERIOD_S, Variant, client_of, points_of, variants_of

_INVOKED, _INSTANCES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
_NAMED = re.compile(r"/endpoints/([^/]+)$")

Factor = Callable[[Instance | None], float | None]
"""How much of our unit one of CloudWatch's is; None where that takes knowing the instance, and it is not known."""


@dataclass(frozen=True)
class Figure:
    """One of CloudWatch's, of each minute.

    :param statistic: over its minute.
    """

    namespace: str
    metric: str
    statistic: str
    factor: Factor


@dataclass(frozen=True)
class Query:
    """What is asked for: one figure of one variant."""

    word: str
    figure: Figure
    variant: Variant

    def asked(self, key: str) -> dict[str, Any]:
        """As ``GetMetricData`` takes it."""
        dimensions = {"EndpointName": self.variant.endpoint, "VariantName": self.variant.name}
        metric = {
            "Namespace": self.figure.namespace,
            "MetricName": self.figure.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        }
        return {"Id": key, "MetricStat": {"Metric": metric, "Period": PERIOD_S, "Stat": self.figure.statistic}}


def _always(factor: float) -> Factor:
    return lambda _: factor


def _of_all_gpus(instance: Instance | None) -> float | None:
    return 1e-2 / instance.devices if instance is not None and instance.devices else None


def _of_gpu_memory(instance: Instance | None) -> float | None:
    return 1e-2 * instance.device_bytes if instance is not None and instance.devices else None


def _of_all_cores(instance: Instance | None) -> float | None:
    return 1e-2 / instance.vcpus if instance is not None else None


FIGURES: Mapping[str, Figure] = {
    "model_latency": Figure(_INVOKED, "ModelLatency", "Average", _always(1e-6)),
    "overhead_latency": Figure(_INVOKED, "OverheadLatency", "Average", _always(1e-6)),
    "invocations": Figure(_INVOKED, "Invocations", "Sum", _always(1 / PERIOD_S)),
    "errors_4xx": Figure(_INVOKED, "Invocation4XXErrors", "Sum", _always(1 / PERIOD_S)),
    "errors_5xx": Figure(_INVOKED, "Invocation5XXErrors", "Sum", _always(1 / PERIOD_S)),
    "cpu": Figure(_INSTANCES, "CPUUtilization", "Average", _of_all_cores),
    "memory": Figure(_INSTANCES, "MemoryUtilization", "Average", _always(1e-2)),
}
"""Of an endpoint, by our words."""

GPU_FIGURES: Mapping[str, Figure] = {
    "utilization": Figure(_INSTANCES, "GPUUtilization", "Average", _of_all_gpus),
    "memory": Figure(_INSTANCES, "GPUMemoryUtilization", "Average", _of_gpu_memory),
}
"""Of the GPUs of one of its instances, together."""


class Endpoints:
    """The endpoint, and the hosts behind it.

    :raises TelemetryFault: for a server that is not on SageMaker, or where AWS does not let us ask.
    """

    family = "endpoint"
    words: Collection[str] = [*ENDPOINT]
    figures = FIGURES

    def __init__(self, subject: Subject) -> None:
        signing, named = subject.endpoint.signing, _NAMED.search(subject.endpoint.base_url)
        if signing is None or signing.service != "sagemaker" or named is None:
            raise TelemetryFault("the server is no endpoint of SageMaker")
        self._cloudwatch = client_of("cloudwatch", signing.region, signing.profile)
        self.variants = variants_of(client_of("sagemaker", signing.region, signing.profile), named[1])
        each = [Query(word, figure, variant) for variant in self.variants for word, figure in self.figures.items()]
        self._queries = {f"q{nth}": query for nth, query in enumerate(each)}
        self._until_s = dict.fromkeys(self._queries, wall_s())
        self._asked_ns = monotonic_ns()

    def sample(self) -> Sequence[Reading]:
        """The minutes that have come since it was last asked; each is told once, with its age.

        :raises TelemetryFault: when CloudWatch does not answer.
        """
        if monotonic_ns() - self._asked_ns < PERIOD_S * NS_PER_S:
            return []
        self._asked_ns = monotonic_ns()
        return list(self._fresh(wall_s()))

    def close(self) -> None:
        """There is nothing to let go of."""

    def _fresh(self, now_s: float) -> Iterator[Reading]:
        asked = [query.asked(key) for key, query in self._queries.items()]
        begin_s = min(self._until_s.values()) // PERIOD_S * PERIOD_S
        for key, at_s, value in points_of(self._cloudwatch, asked, begin_s, now_s):
            query = self._queries[key]
            factor = query.figure.factor(query.variant.instance)
            if at_s + PERIOD_S <= self._until_s[key] or factor is None:
                continue
            self._until_s[key] = at_s + PERIOD_S
            age_s = max(0.0, now_s - at_s - PERIOD_S / 2)  # the middle of its minute
            yield Reading(query.word, factor * value, query.variant.name, age_s=age_s)


class Gpus(Endpoints):
    """The GPUs behind the endpoint.

    :raises TelemetryFault: as of the endpoint, and where they are not known.
    """

    family = "gpu"
    words: Collection[str] = [*GPU_FIGURES]
    figures = GPU_FIGURES

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        if not any(one.instance is not None and one.instance.devices for one in self.variants):
            raise TelemetryFault("its instances have no GPU, or the table of instances does not hold their type")
