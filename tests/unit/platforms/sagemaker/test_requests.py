from __future__ import annotations

from typing import Any, Literal

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.sagemaker import requests
from pytest_fmbench.platforms.sagemaker.container import Contained
from pytest_fmbench.platforms.sagemaker.design import Design
from pytest_fmbench.platforms.sagemaker.settings import Wanted, wanted_of

ROLE = "arn:aws:iam::123456789012:role/Serving"
TAGS = {"fmbench-lease": "n"}
CONTAINED = Contained({"Image": "i:1"}, ami="an-ami")


def plan(accelerators: int = 1, ready_s: float = 600.0) -> LaunchPlan:
    return LaunchPlan((), "m", None, "m", "openai-chat", accelerators=accelerators, ready_timeout_s=ready_s)


def wanted(more: str = "", type_: str = "ml.g5.12xlarge") -> Wanted:
    return wanted_of(Deployment("org/m", "djl", f"sagemaker:{type_}?role={ROLE}{more}"), {})


def design(more: str = "", contained: Contained = CONTAINED, ready_s: float = 600.0, copies: int = 1) -> Design:
    return Design(Deployment("org/m", "djl"), plan(ready_s=ready_s), wanted(more), contained, copies)


def copies(replicas: int | Literal["max"], more: str = "", type_: str = "ml.g5.12xlarge", accelerators: int = 1) -> int:
    deployment = Deployment("org/m", "djl", f"sagemaker:{type_}", replicas=replicas)
    return requests.copies_of(deployment, plan(accelerators), wanted(more, type_))


def test_everything_that_is_made_carries_tags_from_the_call_that_makes_it() -> None:
    made = (
        requests.of_model("n", design(), TAGS),
        requests.of_config("n", design(), TAGS),
        requests.of_endpoint("n", TAGS),
        requests.of_component("n", design(copies=4), TAGS),
    )
    assert all(one["Tags"] == [{"Key": "fmbench-lease", "Value": "n"}] for one in made)


def test_a_model_runs_in_the_network_that_was_named() -> None:
    found = requests.of_model("n", design("&subnets=s-1&security_groups=g-1", Contained({}, isolated=True)), TAGS)
    assert found["VpcConfig"] == {"Subnets": ["s-1"], "SecurityGroupIds": ["g-1"]}
    assert (found["EnableNetworkIsolation"], found["ExecutionRoleArn"]) == (True, ROLE)


def test_one_copy_is_the_endpoints_own_model() -> None:
    variant = requests.of_config("n", design("&instances=3"), TAGS)["ProductionVariants"][0]
    assert (variant["ModelName"], variant["InitialInstanceCount"], variant["InferenceAmiVersion"]) == ("n", 3, "an-ami")
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 600
    assert "ModelDataDownloadTimeoutInSeconds" not in variant


@pytest.mark.parametrize(("ready_s", "expected"), [(5.0, 60), (9_999.0, 3_600)])
def test_a_container_has_as_long_as_sagemaker_lets_it(ready_s: float, expected: int) -> None:
    one = design(contained=Contained({"ModelDataSource": {}}), ready_s=ready_s)
    variant = requests.of_config("n", one, TAGS)["ProductionVariants"][0]
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == expected
    assert variant["ModelDataDownloadTimeoutInSeconds"] == expected
    assert "InferenceAmiVersion" not in variant


def test_several_copies_are_a_components() -> None:
    config = requests.of_config("n", design(copies=4), TAGS)
    assert "ModelName" not in config["ProductionVariants"][0]
    assert config["ExecutionRoleArn"] == ROLE
    component = requests.of_component("n", design(copies=4), TAGS)
    needs: dict[str, Any] = component["Specification"]["ComputeResourceRequirements"]
    assert needs == {"MinMemoryRequiredInMb": 192 * 1_024 * 3 // 4 // 4, "NumberOfAcceleratorDevicesRequired": 1}
    assert component["RuntimeConfig"] == {"CopyCount": 4}


def test_copies_are_counted_over_all_instances() -> None:
    assert copies(1) == 1
    assert copies(3) == 3
    assert copies("max") == 4
    assert copies("max", "&instances=2", accelerators=2) == 4
    assert copies(2, type_="ml.c7i.4xlarge", accelerators=0) == 2


@pytest.mark.parametrize(
    ("replicas", "type_", "accelerators", "said"),
    [
        (5, "ml.g5.12xlarge", 1, "5 replicas take 5 accelerators, and 1 x ml.g5.12xlarge have 4"),
        ("max", "ml.g5.12xlarge", 0, "as many as there are accelerators for, and it takes none"),
        (2, "ml.zz9.48xlarge", 1, "how ml.zz9.48xlarge is cut into replicas is not known"),
        (2, "ml.inf2.24xlarge", 2, "how ml.inf2.24xlarge is cut into replicas is not known"),
    ],
)
def test_replicas_without_room_are_refused(
    replicas: int | Literal["max"], type_: str, accelerators: int, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        copies(replicas, type_=type_, accelerators=accelerators)
