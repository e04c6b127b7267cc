"""User data that are really run, in namespaces; needs root on Linux."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws.cloud import Cloud
from tests.support.aws.really import impossible
from tests.support.processes import eventually
from tests.unit.support.aws.requests import described, launched
from tests.unit.support.aws.test_cloud_boots import answers, console, got

pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(bool(impossible()), reason=f"no instance can really boot here: {impossible()}"),
]

ROOT = Path(__file__).parents[4]
SERVE = r"""#!/bin/bash
shutdown -h +30
export FMBENCH_PORT=8000
imds=http://169.254.169.254/latest
curl -s -o /dev/null \
  -w 'fmbench: without a token %{http_code}\n' $imds/meta-data/instance-id > /dev/console
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $imds/api/token)
said() { curl -sf -H "X-aws-ec2-metadata-token: $token" "$imds/$1"; }
echo "fmbench: I am $(said meta-data/instance-id), of $(said meta-data/tags/instance/fmbench-lease)" > /dev/console
echo secret > /tmp/of-the-instance; ps -e | wc -l
docker pull org/image:1
serves=(--publish=0.0.0.0:8000:80 --env=A=b org/image:1 --served-model-name org/model)
docker run --rm --name=a "${serves[@]}" > /dev/null 2>&1 &
until curl -sf -o /dev/null http://127.0.0.1:8000/health; do sleep 0.1; done
echo 'fmbench: ready' > /dev/console
wait
"""


def test_user_data_are_run_and_serve_over_a_cable(cloud: Cloud, ec2: Any) -> None:
    cloud.boots = "really"
    instance = launched(UserData=SERVE)
    address = described(instance)["PrivateIpAddress"]
    assert eventually(lambda: "fmbench: ready" in console(ec2, instance)), console(ec2, instance)
    assert got(address, "/v1/models")["data"][0]["id"] == "org/model"
    told = console(ec2, instance)
    assert "fmbench: without a token 401" in told
    assert f"fmbench: I am {instance}, of fmbench-lease-1" in told
    assert not Path("/tmp/of-the-instance").exists()  # noqa: S108  # what it wrote is gone with it
    cloud.pass_time(1700)
    assert answers(address)
    cloud.pass_time(200)
    assert eventually(lambda: described(instance)["State"]["Name"] == "terminated")
    assert eventually(lambda: not answers(address))
    assert cloud.left() == []


def test_an_instance_ends_itself_and_hears_that_it_is_taken_back(cloud: Cloud, ec2: Any) -> None:
    cloud.boots = "really"
    ends = launched(UserData="#!/bin/sh\nshutdown -h now\nsleep 600\n")
    assert eventually(lambda: described(ends)["State"]["Name"] == "terminated")
    taken = launched(ClientToken="b", UserData=TAKEN, InstanceMarketOptions={"MarketType": "spot"})
    assert eventually(lambda: "fmbench: waiting" in console(ec2, taken))
    cloud.interrupt(taken, notice_s=2.0)
    assert eventually(lambda: 'fmbench: {"action": "terminate"' in console(ec2, taken))
    assert eventually(lambda: described(taken)["StateReason"]["Code"] == "Server.SpotInstanceTermination")


TAKEN = r"""#!/bin/bash
imds=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $imds/api/token)
echo 'fmbench: waiting' > /dev/console
until said=$(curl -sf -H "X-aws-ec2-metadata-token: $token" $imds/meta-data/spot/instance-action); do sleep 0.1; done
echo "fmbench: $said" > /dev/console
sleep 600
"""


def test_nothing_is_left_of_instances_when_their_process_is_killed() -> None:
    code = (
        "import sys, time; from tests.support.aws.serving import standing; from tests.support.aws.cloud import Cloud\n"
        "import os; cloud = Cloud(standing()); os.environ.update(cloud.environment); cloud.boots = 'really'\n"
        "from tests.unit.support.aws.requests import launched, described\n"
        "name = launched(UserData='#!/bin/sh\\necho up > /dev/console\\nsleep 4321\\n')\n"
        "while b'up' not in cloud.machine(name).console(): time.sleep(0.05)\n"
        "print(described(name)['PrivateIpAddress'], flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as session:
        assert session.stdout is not None
        address = session.stdout.readline().strip()
        assert _cables(address) == 1
        os.kill(session.pid, signal.SIGKILL)
        assert eventually(lambda: _cables(address) == 0 and not _sleepers())
        session.kill()


def _cables(address: str) -> int:
    prefix = address.rpartition(".")[0]
    listed = subprocess.check_output(["ip", "-o", "-4", "address"], text=True)
    return sum(f" {prefix}.{int(address.rpartition('.')[2]) - 1}/30 " in line for line in listed.splitlines())


def _sleepers() -> list[str]:
    listed = subprocess.check_output(["ps", "-e", "-o", "args"], text=True)
    return [line for line in listed.splitlines() if line == "sleep 4321"]


def test_a_tag_is_read_as_it_is_now(cloud: Cloud, ec2: Any) -> None:
    cloud.boots = "really"
    instance = launched(UserData=READS)
    assert eventually(lambda: "fmbench: expires" in console(ec2, instance))
    ec2.create_tags(Resources=[instance], Tags=[{"Key": "fmbench-expires", "Value": "4242"}])
    assert eventually(lambda: "fmbench: expires 4242" in console(ec2, instance))


READS = r"""#!/bin/bash
imds=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $imds/api/token)
while true; do
  said=$(curl -sf -H "X-aws-ec2-metadata-token: $token" $imds/meta-data/tags/instance/fmbench-expires)
  echo "fmbench: expires $said" > /dev/console
  sleep 0.2
done
"""
