"""Several instances for one deployment, against the stand-in: all of them, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.errors import Gone, LaunchError, NoCapacity, UsageError
from pytest_fmbench.model.launch import Container
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.ec2.hosts import fleet_of, token_of
from tests.support.ec2 import HERE, LEASE, Trial, deployment, plan, platform

PRICE = Price(0.8, "a table")

pytestmark = pytest.mark.lasting

THREE = f"hosts=3&{HERE}"
FULL = "InsufficientInstanceCapacity"


def the_lease(trial: Trial) -> Lease:
    (lease,) = trial.book.leases.values()
    return lease


def instances(trial: Trial) -> dict[str, str]:
    """Ids by client token."""
    return {one.name: one.identity for one in the_lease(trial).resources if one.kind == "instance"}


def test_all_are_launched_the_first_last_and_knows_where_the_others_are(trial: Trial) -> None:
    trial.ec2 = platform(trial.book, price=lambda *_: PRICE)
    server = trial.start(THREE, replicas=2, kind="g6.12xlarge")
    lease = the_lease(trial)
    tokens = [f"{lease.name}-1-2", f"{lease.name}-1-3", f"{lease.name}-1"]
    assert [call["ClientToken"] for call in trial.cloud.calls_of("RunInstances")] == tokens
    assert lease.usd_per_hour == pytest.approx(2.4)
    machines = [trial.cloud.machine(instances(trial)[token]) for token in tokens]
    for other in machines[:2]:
        assert "nginx" not in other.script
        assert "--publish=0.0.0.0:8001:8000" in other.script
        assert "--publish=0.0.0.0:8002:8000" in other.script
    first = machines[2]
    beside = [f"{one.address}:{port}" for one in machines[:2] for port in (8001, 8002)]
    assert f"for one in {' '.join(['127.0.0.1:8001', '127.0.0.1:8002', *beside])}; do" in first.script
    assert "--publish=127.0.0.1:8001:8000" in first.script
    assert server.endpoint.base_url == f"http://{first.address}:8000/v1"
    assert (server.facts["hosts"], server.endpoint.shared) == (3, True)
    server.stop()
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


def test_each_is_written_down_before_it_is_asked_for(trial: Trial) -> None:
    trial.start(THREE).stop()
    asked = [(nth, call) for nth, call in enumerate(trial.cloud.calls) if call.operation == "RunInstances"]
    assert len(asked) == 3
    for nth, call in asked:
        before = [lease for calls, lease in trial.book.written if calls <= nth]
        assert ("instance", call.request["ClientToken"]) in {(one.kind, one.name) for one in before[-1].resources}


def test_they_ask_each_other_at_the_ports_of_replicas_alone(trial: Trial) -> None:
    trial.start(THREE).stop()
    rules = [call["IpPermissions"][0] for call in trial.cloud.calls_of("AuthorizeSecurityGroupIngress")]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(8000, 8000), (8001, 8001)]
    assert "IpRanges" not in rules[1]
    assert rules[1]["UserIdGroupPairs"][0]["GroupId"].startswith("sg-")


def test_where_one_cannot_be_had_the_others_are_ended_before_the_next_zone(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", FULL, times=None, skip=2, zone="us-east-1b")
    server = trial.start(f"zones=us-east-1b,us-east-1a&placement=cluster&{THREE}")
    assert server.facts["zone"] == "us-east-1a"
    asked = [call.operation for call in trial.cloud.calls if call.operation in ("RunInstances", "TerminateInstances")]
    assert asked == [*["RunInstances"] * 3, "TerminateInstances", *["RunInstances"] * 3]
    (ended,) = trial.cloud.calls_of("TerminateInstances")
    assert len(ended["InstanceIds"]) == 2
    assert sum("running" in one for one in trial.cloud.left()) == 3
    server.stop()
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


def test_where_not_all_can_be_had_anywhere_none_is_left(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", FULL, times=None, skip=1)
    with pytest.raises(NoCapacity, match=r"3 x g6\.xlarge \(on-demand\) cannot be had now:\n"):
        trial.start(f"zones=us-east-1b,us-east-1a&{THREE}")
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


def test_their_quota_is_that_of_all(trial: Trial) -> None:
    trial.cloud.quota("ec2", "L-DB2E81BA", 8.0)
    with pytest.raises(NoCapacity, match=r"3 x g6\.xlarge has 12 vCPUs, and the quota L-DB2E81BA \(.*\) allows 8"):
        trial.start(THREE)
    assert trial.book.written == []


def test_a_reservation_has_to_hold_all_of_them(trial: Trial) -> None:
    held = trial.cloud.reserve("g6.xlarge", "us-east-1b", 2)
    with pytest.raises(NoCapacity, match=f"2 instances of {held} are free, and 3 are wanted"):
        trial.start(f"market=reservation:{held}&{THREE}")


def test_one_that_ends_is_seen_whichever_it_is(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    server = trial.start(f"market=spot&{THREE}")
    assert server.failure() is None
    other = instances(trial)[f"{the_lease(trial).name}-1-3"]
    trial.cloud.interrupt(other)
    assert server.failure() == f"AWS took the spot instance {other} back"
    assert {line.partition(": ")[0] for line in server.log_tail()} == {*instances(trial).values()}
    server.stop()
    assert trial.cloud.left() == []


def test_a_boot_that_fails_is_told_and_all_consoles_are_kept(trial: Trial) -> None:
    trial.cloud.boots = "dies"
    with pytest.raises(LaunchError, match="no such image before it was ready"):
        trial.start(f"boot_timeout=1s&{THREE}", ready_timeout_s=0.5)
    text = (trial.folder / "log").read_text()
    assert text.count("running the user data of i-") == 3
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


def test_they_are_adopted_together_or_not_at_all(trial: Trial) -> None:
    server = trial.start(THREE)
    server.lease = kept = replace(the_lease(trial), kept=True)
    server.stop()
    wanted = deployment(THREE)
    again = trial.ec2.adopt(kept, wanted, plan(), trial.said.append)
    assert (again.endpoint, again.facts["hosts"]) == (server.endpoint, 3)
    with pytest.raises(Gone, match=f"lease {kept.name} has 3 instances in us-east-1, not 2"):
        trial.ec2.adopt(kept, deployment(f"hosts=2&{HERE}"), plan(), trial.said.append)
    again.lease = replace(kept, kept=False)
    again.stop()
    with pytest.raises(Gone, match="has no instances in us-east-1, not 3"):
        trial.ec2.adopt(kept, wanted, plan(), trial.said.append)
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


def test_renewing_and_strays_are_of_all(trial: Trial) -> None:
    trial.ec2 = platform(trial.book, price=lambda *_: PRICE)
    server = trial.start(THREE)
    trial.ec2.renew(replace(the_lease(trial), expires_s=the_lease(trial).expires_s + 900))
    trial.cloud.pass_time(1_900)
    assert sum("running" in one for one in trial.cloud.left()) == 3
    (stray,) = trial.ec2.strays(["us-east-1"])
    assert stray.usd_per_hour == pytest.approx(2.4)
    server.stop()
    assert trial.cloud.left() == []


def test_without_the_one_that_is_asked_there_is_nothing_to_adopt() -> None:
    found: list[dict[str, Any]] = [{"ClientToken": token_of(LEASE, 2, host)} for host in ("3", "2")]
    assert fleet_of(LEASE, found) is None
    fleet = fleet_of(LEASE, [*found, {"ClientToken": token_of(LEASE, 2)}])
    assert fleet is not None
    assert [fleet.first["ClientToken"], *(one["ClientToken"] for one in fleet.others)] == [
        "fmbench-0123-2",
        "fmbench-0123-2-2",
        "fmbench-0123-2-3",
    ]


@pytest.mark.parametrize("hosts", ["0", "65", "two"])
def test_hosts_are_counted_from_one(hosts: str) -> None:
    with pytest.raises(UsageError, match=f"hosts={hosts} is no whole number from 1 to 64"):
        platform(None).check(deployment(f"hosts={hosts}"))


def test_paths_of_this_machine_are_refused_and_those_of_the_instance_are_mounted(trial: Trial) -> None:
    container = Container("org/image:1", ("--lora-modules", "a=/adapters/a"))
    server = trial.start(container=container, paths=("/adapters/a",))
    (asked,) = trial.cloud.calls_of("RunInstances")
    script = trial.cloud.machine(next(iter(instances(trial).values()))).script
    assert asked["ClientToken"].startswith("fmbench-")
    assert "--mount=type=bind,source=/adapters/a,target=/fmbench/paths/0/a,readonly" in script
    assert "a=/fmbench/paths/0/a" in script
    server.stop()
    with pytest.raises(UsageError, match=r"\./adapters/a is a path of this machine, which an instance does not see"):
        trial.start(container=Container("org/image:1"), paths=("./adapters/a",))
