"""The instance beside a server that generates its load, against the stand-in; ``ssh`` is a stand-in too."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.errors import CloudFault, EnvironmentFault, LaunchError, NoCapacity, NotAllowed, UsageError
from pytest_fmbench.load.elsewhere import Elsewhere
from pytest_fmbench.load.engine import QUIT, Job
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from tests.support import jobs
from tests.support.aws.boots import HOST_KEY
from tests.support.ec2 import HERE, Trial, deployment, plan, platform
from tests.support.fake_ssh import calls_of, make_ssh
from tests.support.jobs import Spooling

PRICE, OF_LOAD = Price(0.8, "a table"), Price(0.4, "a table")

pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Amazon Linux has no Python of this version"),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here"),
]

LOADED = f"load=c7i.2xlarge&{HERE}"


@pytest.fixture
def beside(trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setenv("PATH", f"{make_ssh(tmp_path)}:{os.environ['PATH']}")
    trial.ec2 = platform(
        trial.book, keys=tmp_path / "keys", price=lambda *what: {"g6.xlarge": PRICE}.get(what[1], OF_LOAD)
    )
    return trial


def the_lease(trial: Trial) -> Lease:
    (lease,) = trial.book.leases.values()
    return lease


def scripts(trial: Trial) -> dict[str, str]:
    """User data, by type."""
    kinds = {call["ClientToken"]: call["InstanceType"] for call in trial.cloud.calls_of("RunInstances")}
    made = [one for one in the_lease(trial).resources if one.kind == "instance"]
    return {kinds[one.name]: trial.cloud.machine(one.identity).script for one in made}


def test_it_is_launched_entered_and_gone_with_its_server(beside: Trial, tmp_path: Path) -> None:
    server = beside.start(LOADED)
    lease = the_lease(beside)
    assert [call["ClientToken"] for call in beside.cloud.calls_of("RunInstances")] == [
        f"{lease.name}-1",
        f"{lease.name}-1-load",
    ]
    assert lease.usd_per_hour == pytest.approx(1.2)
    assert (server.facts["load_from"], server.endpoint.shared) == ("c7i.2xlarge", False)
    inside = server.endpoint.beside
    assert inside is not None
    assert inside.base_url.endswith(":8000/v1")
    key, hosts = (tmp_path / "keys" / f"{lease.name}{suffix}" for suffix in ("", ".host"))
    assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert all(line.endswith(HOST_KEY) for line in hosts.read_text().splitlines())
    (sent,) = calls_of(tmp_path)
    assert f"-i {key} " in sent
    assert "StrictHostKeyChecking=yes" in sent
    assert f'UserKnownHostsFile="{hosts}"' in sent
    server.stop()
    assert (beside.cloud.left(), beside.book.leases, [*key.parent.iterdir()]) == ([], {}, [])


def test_its_command_leads_to_a_python_that_has_our_package_as_it_is_here(beside: Trial, tmp_path: Path) -> None:
    server = beside.start(LOADED)
    assert server.endpoint.beside is not None
    spool = tmp_path / "spool"
    spool.touch()
    with Elsewhere(server.endpoint.beside.command).start(
        [Job(jobs.spool, Spooling(spool, (b"a", b"b")), spools=True)]
    ) as crew:
        for nth, message in crew.heard():
            if message.get("event") == "ready":
                crew.say(nth, {"event": QUIT})
    assert spool.read_bytes() == b"ab"
    assert (tmp_path / "package/pytest_fmbench/load/errand.py").exists()
    server.stop()


def test_only_who_measures_enters_it_and_it_asks_the_server_within(beside: Trial) -> None:
    beside.start(LOADED).stop()
    rules = [call["IpPermissions"][0] for call in beside.cloud.calls_of("AuthorizeSecurityGroupIngress")]
    assert [(rule["FromPort"], rule["ToPort"], "IpRanges" in rule) for rule in rules] == [
        (8000, 8000, True),
        (22, 22, True),
        (8000, 8000, False),
    ]
    assert all(rule["IpRanges"][0]["CidrIp"] == "127.0.0.1/32" for rule in rules[:2])


def test_with_several_hosts_the_ports_of_replicas_are_open_within_too(beside: Trial) -> None:
    beside.start(f"hosts=2&{LOADED}", kind="g6.12xlarge", replicas=2).stop()
    last = beside.cloud.calls_of("AuthorizeSecurityGroupIngress")[-1]["IpPermissions"][0]
    assert (last["FromPort"], last["ToPort"]) == (8000, 8002)


def test_no_secret_is_in_its_user_data_and_its_end_is_armed_first(beside: Trial, tmp_path: Path) -> None:
    server = beside.start(LOADED)
    text = scripts(beside)["c7i.2xlarge"]
    key = tmp_path / "keys" / the_lease(beside).name
    public = key.with_name(f"{key.name}.pub").read_text().strip()
    assert f"'restrict {public}'" in text
    assert "PRIVATE" not in text
    assert not any(line in text for line in key.read_text().splitlines()[1:-1])
    assert text.splitlines()[1].startswith("shutdown -h +30 ||")
    assert "docker" not in text
    server.stop()


def test_where_it_cannot_be_had_nothing_is_left(beside: Trial, tmp_path: Path) -> None:
    beside.cloud.fault("RunInstances", "InsufficientInstanceCapacity", times=None, instance_type="c7i.2xlarge")
    with pytest.raises(NoCapacity, match="cannot be had now"):
        beside.start(f"zones=us-east-1a,us-east-1b&{LOADED}")
    assert (beside.cloud.left(), beside.book.leases, [*(tmp_path / "keys").iterdir()]) == ([], {}, [])


def test_one_that_lets_nobody_in_is_told_and_nothing_left(beside: Trial, tmp_path: Path) -> None:
    (tmp_path / "refuse").touch()
    with pytest.raises(CloudFault, match=r"tar on 127\.77\.\d+\.\d+ ended with status 255: Permission denied"):
        beside.start(LOADED)
    assert (beside.cloud.left(), beside.book.leases, [*(tmp_path / "keys").iterdir()]) == ([], {}, [])


def test_one_that_does_not_boot_is_told_with_its_console(beside: Trial) -> None:
    beside.cloud.boots = "never"
    with pytest.raises(LaunchError, match="did not answer within"):
        beside.start(f"boot_timeout=1s&{LOADED}", ready_timeout_s=0.5)
    assert (beside.folder / "log").read_text().count("running the user data of i-") == 2
    assert beside.cloud.left() == []


def test_it_is_adopted_with_its_server_and_gone_when_that_is_seen(
    beside: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    server = beside.start(LOADED)
    server.lease = kept = replace(the_lease(beside), kept=True)
    server.stop()
    again = beside.ec2.adopt(kept, deployment(LOADED), plan(), beside.said.append)
    assert again.endpoint == server.endpoint
    for settings in (HERE, f"load=c7i.large&{HERE}", f"hosts=2&{HERE}"):
        with pytest.raises(EnvironmentFault, match=r"not 1$|is of another type|are not those that are wanted"):
            beside.ec2.adopt(kept, deployment(settings), plan(), beside.said.append)
    loader = next(one.identity for one in kept.resources if one.name.endswith("-load"))
    beside.cloud.interrupt(loader)
    assert loader in str(again.failure())
    again.lease = replace(kept, kept=False)
    again.stop()
    assert (beside.cloud.left(), beside.book.leases) == ([], {})


def test_what_it_cannot_be_without_is_told_before_anything_is_made(
    beside: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"load=large is none; give a type of instance, such as c7i\.2xlarge"):
        platform(None).check(deployment("load=large"))
    with pytest.raises(UsageError, match=r"t2\.large is built on Xen"):
        platform(None).check(deployment("load=t2.large"))
    with pytest.raises(UsageError, match="is entered by ssh, and access=ssm lets nobody in"):
        platform(None).check(deployment("load=c7i.large&access=ssm"))
    with pytest.raises(NotAllowed, match="nobody to keep the key"):
        platform(beside.book).start(deployment(LOADED), plan(), beside.folder / "log", beside.said.append)
    unpriced = platform(beside.book, keys=beside.folder, price=lambda *what: {"g6.xlarge": PRICE}.get(what[1]))
    with pytest.raises(NotAllowed, match=r"what c7i\.2xlarge, which is .*; --fmbench-price c7i\.2xlarge=USD says it"):
        unpriced.start(deployment(LOADED), plan(), beside.folder / "log", beside.said.append)
    monkeypatch.setenv("PATH", str(beside.folder))
    with pytest.raises(NotAllowed, match="load= needs OpenSSH on the path, and ssh and ssh-keygen is not there"):
        beside.start(LOADED)
    assert beside.book.written == []
