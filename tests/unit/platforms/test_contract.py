"""What is asked of every platform of the catalog, and of each on which what is up costs."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_fmbench.catalog import PLATFORMS, STACKS
from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.base import Leasing, ServedAlready, Surroundings
from tests.support.ec2 import HERE, Book, never
from tests.support.fake_ssh import make_ssh
from tests.support.sagemaker import DEADMAN, ROLE

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

ENTERED = pytest.mark.skipif(
    sys.version_info < (3, 11) or shutil.which("ssh-keygen") is None, reason="no instance can be entered from here"
)
ON_AWS = {
    "ec2": Deployment("org/name", "vllm", f"ec2:g6.xlarge?{HERE}"),
    "sagemaker": Deployment("org/name", "djl", f"sagemaker:ml.g5.2xlarge?role={ROLE}&scheduler_role={DEADMAN}"),
    "bedrock": Deployment(
        "amazon.nova-lite-v1:0", "bedrock", f"bedrock?load=c7i.large&load_role=load-generator&{HERE}"
    ),
}
DEPLOYMENTS = {
    "local": Deployment("org/name", "llamacpp"),
    "url": Deployment("m", "openai", "url:http://127.0.0.1:9/v1"),
    **ON_AWS,
}
EACH = pytest.mark.parametrize("name", [*DEPLOYMENTS])
EACH_PAID = pytest.mark.parametrize("name", ["ec2", "sagemaker", pytest.param("bedrock", marks=ENTERED)])


def platform(name: str, **given: Any) -> Any:
    made: Any = PLATFORMS[name]
    surroundings = Surroundings(never, price=lambda *_: Price(1.5, "a table"), **given)
    return made(surroundings, lambda seconds: time.sleep(min(seconds, 0.02))) if name in ON_AWS else made(surroundings)


def plan_of(made: Any, deployment: Deployment) -> LaunchPlan | None:
    return None if isinstance(made, ServedAlready) else STACKS[deployment.stack]().plan(deployment)


def test_all_are_here() -> None:
    assert {*DEPLOYMENTS} == {*PLATFORMS}
    assert {name for name in PLATFORMS if isinstance(platform(name), Leasing)} == {*ON_AWS}


@EACH
def test_what_can_be_is_told_without_asking_anybody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object) -> NoReturn:
        raise AssertionError("somebody is asked")

    monkeypatch.setattr("socket.socket.connect", ask)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made, deployment = platform(name), DEPLOYMENTS[name]
    assert (made.name, made.shares_this_machine) == (name, name == "local")
    if name != "bedrock" or sys.version_info >= (3, 11):
        made.check(deployment)
        assert made.usd_per_hour(deployment) == {"local": 0.0, "url": None}.get(name, 1.5)
    with pytest.raises(UsageError):
        made.check(Deployment(deployment.model, deployment.stack, f"{name}:?no_such=setting"))


@EACH_PAID
def test_what_costs_is_written_down_before_it_is_made_and_gone_with_its_server(
    name: str, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{make_ssh(tmp_path)}:{os.environ['PATH']}")
    cloud.instance_profile("load-generator")
    deployment, book = ON_AWS[name], Book(calls=cloud.calls)
    with pytest.raises(NotAllowed):
        _started(platform(name, keys=tmp_path / "keys"), deployment, tmp_path)
    assert not [call for call in cloud.calls if call.operation.startswith(("Create", "Run"))]
    made = platform(name, book=book, keys=tmp_path / "keys")
    server = _started(made, deployment, tmp_path)
    made_at = [nth for nth, call in enumerate(cloud.calls) if call.operation.startswith(("Create", "Run"))]
    assert made_at
    assert all(_is_noted(book, nth) for nth in made_at)
    (lease,) = book.leases.values()
    assert (lease.platform, lease.usd_per_hour) == (name, 1.5)
    assert all(one.identity for one in lease.resources)
    assert server.failure() is None
    made.renew(lease)
    server.stop()
    server.stop()
    assert (cloud.left(), book.leases) == ([], {})
    made.release(lease, print)
    assert [*made.strays(["us-east-1"])] == []


def _is_noted(book: Book, call: int) -> bool:
    """Whether something was written down last, when that call came, of which nobody knew yet whether it is made."""
    last = [lease for calls, lease in book.written if calls <= call][-1]
    return any(not one.identity for one in last.resources)


def _started(made: Any, deployment: Deployment, folder: Path) -> Any:
    return made.start(deployment, plan_of(made, deployment), folder / "log", lambda _: None)
