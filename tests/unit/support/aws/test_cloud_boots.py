"""What instances do once they run."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from pytest_fmbench.testing import constant, healthy
from tests.support.aws.boots import Boots
from tests.support.aws.cloud import Cloud
from tests.support.processes import eventually
from tests.unit.support.aws.requests import described, launched

pytestmark = pytest.mark.lasting

SERVE = "#!/bin/bash\nexport FMBENCH_PORT=8000\ndocker run image --served-model-name org/model\n"


def got(address: str, path: str) -> Any:
    with urllib.request.urlopen(f"http://{address}:8000{path}", timeout=5) as answer:
        return json.loads(answer.read())


def answers(address: str) -> bool:
    try:
        return bool(got(address, "/health"))
    except OSError:  # not there, or gone in the middle of it
        return False


def console(ec2: Any, instance: str) -> str:
    return str(ec2.get_console_output(InstanceId=instance, Latest=True)["Output"])


def test_each_instance_answers_at_its_own_address(cloud: Cloud, ec2: Any) -> None:
    cloud.script = healthy(ttft=constant(0.0))
    names = [launched(ClientToken=token, UserData=SERVE) for token in ("a", "b")]
    addresses = [described(one)["PublicIpAddress"] for one in names]
    assert addresses == [described(one)["PrivateIpAddress"] for one in names]
    assert len({*addresses}) == 2
    assert all(one.startswith("127.77.") for one in addresses)
    assert eventually(lambda: all(map(answers, addresses)))
    assert [one["id"] for one in got(addresses[0], "/v1/models")["data"]] == ["org/model", "mock"]
    assert console(ec2, names[0]).endswith("fmbench: ready\n")
    ec2.terminate_instances(InstanceIds=names[:1])
    assert [answers(one) for one in addresses] == [False, True]


def test_an_instance_is_cut_off_and_runs_on_and_is_reached_again(cloud: Cloud) -> None:
    instance = launched(UserData=SERVE)
    address = described(instance)["PublicIpAddress"]
    assert eventually(lambda: answers(address))
    assert cloud.instances == [instance]
    cloud.cut_off(instance)
    assert not answers(address)
    assert described(instance)["State"]["Name"] == "running"
    assert cloud.instances == [instance]
    cloud.reach(instance)
    assert eventually(lambda: answers(address))


@pytest.mark.parametrize(("how", "says"), [("never", "running the user data"), ("dies", "fmbench: failed: ")])
def test_some_never_answer(cloud: Cloud, ec2: Any, how: str, says: str) -> None:
    cloud.boots = how
    instance = launched()
    assert says in console(ec2, instance)
    assert not answers(described(instance)["PublicIpAddress"])
    assert described(instance)["State"]["Name"] == "running"


def test_only_known_ways_to_boot(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="they are mock, never, dies, really"):
        cloud.boots = "slowly"


def test_no_two_processes_share_an_address() -> None:
    two = [Boots(print, print, float) for _ in range(2)]
    assert two[0].address() != two[1].address()  # as they begin at the same place
    for one in two:
        one.end_all()
