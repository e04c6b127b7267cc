"""Instances that generate load beside what SageMaker and Bedrock serve, against the stand-in; ``ssh`` is one too."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fmbench.errors import (
    CloudFault,
    CredentialsFault,
    EnvironmentFault,
    Gone,
    LaunchError,
    NoCapacity,
    NotAllowed,
    UsageError,
)
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.base import Leasing, Surroundings
from pytest_fmbench.platforms.bedrock import Bedrock
from pytest_fmbench.platforms.ec2.loaded import LoadedServer
from pytest_fmbench.platforms.ec2.platform import Ec2
from pytest_fmbench.platforms.sagemaker.platform import SageMaker
from tests.support.ec2 import Book, never
from tests.support.fake_ssh import calls_of, make_ssh
from tests.support.policies import actions, called
from tests.support.sagemaker import DEADMAN, ROLE, planned

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Amazon Linux has no Python of this version"),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here"),
]

SETTINGS = {"role": ROLE, "scheduler_role": DEADMAN, "regions": "us-east-1", "source": "127.0.0.1/32"}
LOAD = "load=c7i.2xlarge&load_role=load-generator"
MODEL = "meta.llama3-8b-instruct-v1:0"
ON_BEDROCK = Deployment(MODEL, "bedrock", f"bedrock?{LOAD}")
OURS = Deployment("org/name", "djl", f"sagemaker:ml.g5.2xlarge?{LOAD}")
THEIRS = Deployment("org/name", "openai", f"sagemaker:?endpoint=chat&{LOAD}")
EACH = pytest.mark.parametrize("deployment", [ON_BEDROCK, OURS, THEIRS], ids=["bedrock", "ours", "theirs"])


@dataclass
class Trial:
    """Both platforms on one cloud."""

    cloud: Cloud
    folder: Path
    book: Book = field(default_factory=Book)
    said: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    prices: dict[str, float] = field(default_factory=lambda: {"c7i.2xlarge": 0.4, "ml.g5.2xlarge": 1.5})

    def platform(self, name: str, **changes: Any) -> Any:
        given: dict[str, Any] = {"book": self.book, "keys": self.folder / "keys", "settings": self.settings} | changes
        surroundings = Surroundings(never, price=self._price, **given)
        kinds: dict[str, Any] = {"bedrock": Bedrock, "sagemaker": SageMaker, "ec2": Ec2}
        return kinds[name](surroundings, lambda seconds: time.sleep(min(seconds, 0.02)))

    def _price(self, *of: str) -> Price | None:
        return Price(self.prices[of[1]], "a table") if of[1] in self.prices else None

    def start(self, deployment: Deployment, **changes: Any) -> Any:
        plan = planned(deployment) if deployment == OURS else None
        made = self.platform(deployment.platform, **changes)
        return made.start(deployment, plan, self.folder / "log", self.said.append)

    @property
    def lease(self) -> Lease:
        (lease,) = self.book.leases.values()
        return lease

    @property
    def nothing_is_left(self) -> bool:
        keys = self.folder / "keys"
        return self.cloud.left() == [] and not self.book.leases and not (keys.exists() and [*keys.iterdir()])


@pytest.fixture
def trial(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    monkeypatch.setenv("PATH", f"{make_ssh(tmp_path)}:{os.environ['PATH']}")
    cloud.instance_profile("load-generator")
    yield Trial(cloud, tmp_path)
    asked = called(cloud.calls) - actions("sagemaker")
    assert asked - actions("load") <= {"sts:GetCallerIdentity"}, "the documented policy does not allow this"


@EACH
def test_it_is_launched_entered_and_gone_with_its_lease(trial: Trial, deployment: Deployment) -> None:
    server = trial.start(deployment)
    assert isinstance(trial.platform(deployment.platform), Leasing)
    lease = trial.lease
    (asked,) = trial.cloud.calls_of("RunInstances")
    assert (asked["ClientToken"], asked["InstanceType"]) == (f"{lease.name}-1-load", "c7i.2xlarge")
    assert asked["IamInstanceProfile"] == {"Name": "load-generator"}
    (rule,) = trial.cloud.calls_of("AuthorizeSecurityGroupIngress")
    (let,) = rule["IpPermissions"]
    assert (let["FromPort"], let["ToPort"], let["IpRanges"][0]["CidrIp"]) == (22, 22, "127.0.0.1/32")
    assert lease.usd_per_hour == pytest.approx(1.9 if deployment == OURS else 0.4)
    assert trial.platform(deployment.platform).usd_per_hour(deployment) == lease.usd_per_hour
    assert server.facts["load_from"] == "c7i.2xlarge"
    assert server.endpoint.beside.base_url == server.endpoint.base_url
    assert server.foreign == (deployment != OURS)
    assert len(calls_of(trial.folder)) == 1, "our package was sent"
    assert server.failure() is server.failure_now() is None
    server.stop()
    server.stop()
    assert trial.nothing_is_left
    deleted = {call.operation for call in trial.cloud.calls if call.operation.startswith("Delete")}
    assert ("DeleteEndpoint" in deleted) == (deployment == OURS)


def test_its_user_data_arm_its_end_and_have_what_signs_and_no_secret(trial: Trial) -> None:
    server = trial.start(ON_BEDROCK)
    (resource,) = (one for one in trial.lease.resources if one.kind == "instance")
    text = trial.cloud.machine(resource.identity).script
    assert text.splitlines()[1].startswith("shutdown -h +30 ||")
    assert " botocore==" in text
    assert not any(secret in text for secret in ("PRIVATE", *_keys()))
    server.stop()


def _keys() -> list[str]:
    return [os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]


def test_it_comes_before_the_endpoint_and_both_ends_are_moved(trial: Trial) -> None:
    server = trial.start(OURS)
    made = [call.operation for call in trial.cloud.calls if call.operation in ("RunInstances", "CreateEndpoint")]
    assert made == ["RunInstances", "CreateEndpoint"]
    before = len(trial.cloud.calls)
    trial.platform("sagemaker").renew(trial.lease)
    assert {"CreateTags", "AddTags", "UpdateSchedule"} <= {call.operation for call in trial.cloud.calls[before:]}
    server.stop()
    assert trial.nothing_is_left


def test_one_that_nobody_knows_of_any_more_is_found_by_its_tags(trial: Trial) -> None:
    trial.start(OURS)
    found = [one for name in ("ec2", "sagemaker", "bedrock") for one in trial.platform(name).strays(["us-east-1"])]
    assert [(one.platform, one.name, one.usd_per_hour) for one in found] == [
        ("ec2", trial.lease.name, 0.4),
        ("sagemaker", trial.lease.name, 1.5),
    ]
    for one in found:
        trial.platform(one.platform).release(one, trial.said.append)
    assert trial.cloud.left() == []


def test_where_it_cannot_be_had_nothing_else_is_made(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", "InsufficientInstanceCapacity", times=None)
    with pytest.raises(NoCapacity, match=r"c7i\.2xlarge, which is to generate .*now:\n  us-east-1a: "):
        trial.start(OURS)
    assert trial.cloud.calls_of("CreateEndpoint") == []
    assert trial.nothing_is_left


def test_an_endpoint_that_fails_takes_it_along(trial: Trial) -> None:
    trial.cloud.endpoints_become("Failed", "no")
    with pytest.raises(LaunchError, match="does not serve: no"):
        trial.start(OURS)
    assert len(trial.cloud.calls_of("RunInstances")) == 1
    assert trial.nothing_is_left


@pytest.mark.parametrize(
    ("deployment", "operation", "when"),
    [
        (ON_BEDROCK, "CreateSecurityGroup", "before"),
        (ON_BEDROCK, "RunInstances", "lost"),
        (OURS, "RunInstances", "lost"),
        (THEIRS, "DescribeInstances", "before"),
    ],
    ids=["group", "lost", "lost with ours", "unseen"],
)
def test_a_call_that_keeps_failing_leaves_nothing(
    trial: Trial, deployment: Deployment, operation: str, when: str
) -> None:
    trial.cloud.fault(operation, "InternalError", status=500, when=when, times=6)
    with pytest.raises(CloudFault):
        trial.start(deployment)
    assert trial.nothing_is_left


def test_what_cannot_be_deleted_keeps_nothing_else(trial: Trial) -> None:
    server = trial.start(OURS)
    trial.cloud.fault("DeleteEndpoint", "AccessDeniedException", status=403)
    trial.cloud.fault("TerminateInstances", "UnauthorizedOperation", status=403)
    with pytest.raises(CloudFault, match=r"delete_endpoint: AccessDenied.*; terminate_instances: Unauthorized"):
        server.stop()
    trial.cloud.fault("DeleteEndpoint", "AccessDeniedException", status=403)
    with pytest.raises(CredentialsFault, match="delete_endpoint"):
        server.stop()
    assert trial.cloud.instances == []
    assert trial.lease.platform == "sagemaker", "it stays written down"
    server.stop()
    assert trial.nothing_is_left


@pytest.mark.parametrize("deployment", [ON_BEDROCK, OURS], ids=["bedrock", "ours"])
def test_it_is_adopted_and_gone_when_that_is_seen(
    trial: Trial, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    first = trial.start(deployment)
    first.lease = kept = replace(trial.lease, kept=True)
    first.stop()
    plan = planned(deployment) if deployment == OURS else None
    made = trial.platform(deployment.platform)
    again = made.adopt(kept, deployment, plan, trial.said.append)
    assert isinstance(again, LoadedServer)
    assert (again.endpoint, again.facts) == (first.endpoint, first.facts)
    other = replace(deployment, instance=deployment.instance.replace("c7i.2xlarge", "c7i.large"))
    with pytest.raises(LaunchError, match=r"is of another type: c7i\.2xlarge, not c7i\.large"):
        made.adopt(kept, other, plan, trial.said.append)
    (instance,) = trial.cloud.instances
    trial.cloud.interrupt(instance)
    assert instance in str(again.failure())
    assert instance in str(again.failure_now())
    assert again.log_tail()[-1] == "fmbench: ready"
    with pytest.raises(EnvironmentFault, match="has no instances in us-east-1, not 1"):
        made.adopt(kept, deployment, plan, trial.said.append)
    again.lease = replace(kept, kept=False)
    again.stop()
    assert trial.nothing_is_left


def test_what_it_cannot_be_without_is_told_before_anything_is_made(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = "load=c7i.2xlarge"
    for one in (ON_BEDROCK, OURS, THEIRS):
        with pytest.raises(UsageError, match=r"load=large is none; give a type of instance, such as c7i\.2xlarge"):
            trial.platform(one.platform).check(replace(one, instance=one.instance.replace(bare, "load=large")))
        with pytest.raises(UsageError, match=r"t2\.large is built on Xen"):
            trial.platform(one.platform).check(replace(one, instance=one.instance.replace(bare, "load=t2.large")))
        with pytest.raises(NotAllowed, match=r"with a role of its own: .*--fmbench-aws load_role=NAME"):
            _start_without_role(trial, one)
        with pytest.raises(NotAllowed, match="nobody to keep the key"):
            trial.start(one, keys=None)
        with pytest.raises(NotAllowed, match="--fmbench-budget"):
            trial.start(one, book=None)
    del trial.prices["c7i.2xlarge"]
    for one in (ON_BEDROCK, OURS, THEIRS):
        assert trial.platform(one.platform).usd_per_hour(one) is None
        with pytest.raises(NotAllowed, match=r"what c7i\.2xlarge, which is .*; --fmbench-price c7i\.2xlarge=USD says"):
            trial.start(one)
    monkeypatch.setenv("PATH", str(trial.folder))
    with pytest.raises(NotAllowed, match="load= needs OpenSSH on the path"):
        trial.start(ON_BEDROCK)
    assert trial.book.written == []
    assert trial.cloud.calls == []
    with pytest.raises(Gone, match="has no instance that generates load, and so no lease"):
        trial.platform("bedrock").adopt(_no_lease(), Deployment(MODEL, "bedrock", "bedrock"), None, print)


def _start_without_role(trial: Trial, one: Deployment) -> None:
    bare = replace(one, instance=one.instance.replace("&load_role=load-generator", ""))
    plan = planned(bare) if one == OURS else None
    trial.platform(one.platform).start(bare, plan, trial.folder / "log", trial.said.append)


def _no_lease() -> Lease:
    return Lease("fmbench-1", "bedrock", "d", "s", "s", "o", {"region": "us-east-1"}, 0.0, 1.0, None)
