"""What goes wrong, against the stand-in: whatever it is, nothing is left, or it is told and can be released later."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NoReturn

import pytest

from pytest_fmbench.errors import CloudFault, CredentialsFault, EnvironmentFault, LaunchError, NoCapacity, StoreError
from pytest_fmbench.model.lease import Lease, Resource
from tests.support.ec2 import HERE, Trial

pytestmark = pytest.mark.lasting

FULL = "InsufficientInstanceCapacity"
CREATING = ("CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreatePlacementGroup", "RunInstances")
DELETING = ("TerminateInstances", "DeleteSecurityGroup", "DeletePlacementGroup")
LOOKING = ("DescribeInstances", "DescribeSubnets", "GetParameter", "DescribeImages", "DescribeSecurityGroups")


def zones_asked(trial: Trial) -> list[str]:
    """Subnets of the launches that were asked for, in order, as zones."""
    told = [line.rpartition(" in ")[2] for line in trial.said if line.startswith("launching ")]
    assert len(told) == len({call["ClientToken"] for call in trial.cloud.calls_of("RunInstances")})
    return told


def nothing_is_left(trial: Trial) -> bool:
    return trial.cloud.left() == [] and trial.book.leases == {}


def test_the_next_zone_is_tried_in_the_order_that_was_stated(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", FULL, times=None, zone="us-east-1b")
    server = trial.start(f"zones=us-east-1b,us-east-1a&{HERE}")
    assert zones_asked(trial) == ["us-east-1b", "us-east-1a"]
    assert server.facts["zone"] == "us-east-1a"
    assert "no room in us-east-1b" in trial.said
    server.stop()
    assert nothing_is_left(trial)


@pytest.mark.lasting
def test_the_next_region_is_tried_once_all_zones_of_one_are_full(trial: Trial) -> None:
    for zone in "abcdef":
        trial.cloud.fault("RunInstances", FULL, times=None, zone=f"us-west-2{zone}")
    server = trial.start(f"regions=us-west-2,us-east-1&{HERE}")
    assert server.facts["region"] == "us-east-1"
    asked = zones_asked(trial)
    assert len(asked) >= 3
    assert {zone[:-1] for zone in asked[:-1]} == {"us-west-2"}
    server.stop()
    assert nothing_is_left(trial)


@pytest.mark.lasting
def test_where_there_is_room_nowhere_each_try_is_told_and_nothing_left(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", FULL, times=None)
    with pytest.raises(NoCapacity) as caught:
        trial.start(f"regions=us-west-2,us-east-1&{HERE}")
    text = str(caught.value)
    assert text.startswith("m+vllm+ec2_g6.xlarge")
    assert "g6.xlarge (on-demand) cannot be had now:\n" in text
    assert [zone for zone in zones_asked(trial) if f"  {zone}: run_instances: {FULL}" not in text] == []
    assert nothing_is_left(trial)


def test_a_quota_is_the_whole_region_s(trial: Trial) -> None:
    trial.cloud.fault("RunInstances", "VcpuLimitExceeded", times=1, status=400)
    server = trial.start(f"regions=us-west-2,us-east-1&{HERE}")
    assert [zone[:-1] for zone in zones_asked(trial)] == ["us-west-2", "us-east-1"]
    server.stop()
    assert nothing_is_left(trial)


def test_a_quota_that_is_too_small_is_known_before_anything_is_made(trial: Trial) -> None:
    trial.cloud.quota("ec2", "L-DB2E81BA", 2.0)
    with pytest.raises(
        NoCapacity, match=r"g6\.xlarge has 4 vCPUs, and the quota L-DB2E81BA \(.*\) allows 2 in us-east-1"
    ):
        trial.start()
    assert trial.cloud.calls_of("RunInstances") == trial.cloud.calls_of("CreateSecurityGroup") == []
    assert trial.book.written == []


def test_a_quota_that_cannot_be_read_is_left_to_the_launch(trial: Trial) -> None:
    trial.cloud.fault("GetServiceQuota", "AccessDeniedException", status=400)
    trial.start().stop()
    assert any("the quota L-DB2E81BA of us-east-1 cannot be read" in line for line in trial.said)
    assert nothing_is_left(trial)


@pytest.mark.parametrize("when", ["before", "after", "lost"])
def test_every_call_that_fails_once_does_no_harm(trial: Trial, when: str) -> None:
    for operation in (*CREATING, *DELETING, *LOOKING):
        trial.cloud.fault(operation, when=when)
    trial.start(f"placement=cluster&{HERE}").stop()
    assert nothing_is_left(trial)
    assert len({call["ClientToken"] for call in trial.cloud.calls_of("RunInstances")}) == 1


@pytest.mark.lasting
@pytest.mark.parametrize("operation", [*CREATING, *DELETING, *LOOKING])
@pytest.mark.parametrize("when", ["before", "after", "lost"])
def test_a_call_that_fails_once_or_whose_answer_is_lost_does_no_harm(trial: Trial, operation: str, when: str) -> None:
    trial.cloud.fault(operation, when=when)
    trial.start(f"placement=cluster&{HERE}").stop()
    assert nothing_is_left(trial)
    assert len({call["ClientToken"] for call in trial.cloud.calls_of("RunInstances")}) == 1


@pytest.mark.lasting
@pytest.mark.parametrize("operation", CREATING)
@pytest.mark.parametrize("when", ["before", "after", "lost"])
def test_a_call_that_keeps_failing_leaves_nothing(trial: Trial, operation: str, when: str) -> None:
    trial.cloud.fault(operation, when=when, times=None)
    # what has a name is found where it was made, and it goes on
    goes_on = when != "before" and operation in ("CreateSecurityGroup", "CreatePlacementGroup")
    with nullcontext() if goes_on else pytest.raises(CloudFault):
        trial.start(f"placement=cluster&{HERE}").stop()
    assert nothing_is_left(trial)


@pytest.mark.lasting
@pytest.mark.parametrize("operation", CREATING)
def test_who_may_not_is_told_so_and_leaves_nothing(trial: Trial, operation: str) -> None:
    trial.cloud.fault(operation, "UnauthorizedOperation", status=403, times=None)
    with pytest.raises(CredentialsFault, match="UnauthorizedOperation"):
        trial.start(f"placement=cluster&{HERE}")
    assert nothing_is_left(trial)


def test_throttling_is_waited_out(trial: Trial) -> None:
    for operation in ("RunInstances", "DescribeInstances", "TerminateInstances"):
        trial.cloud.fault(operation, "RequestLimitExceeded", times=3, status=503)
    trial.start().stop()
    assert nothing_is_left(trial)


@pytest.mark.parametrize("boots", ["never", "dies"])
def test_a_boot_that_comes_to_nothing_is_told_with_its_console_and_released(trial: Trial, boots: str) -> None:
    trial.cloud.boots = boots
    with pytest.raises(LaunchError) as caught:
        trial.start(f"boot_timeout=1s&{HERE}", ready_timeout_s=0.5)
    expected = {"never": "/health did not answer within 1.5 s: not ready", "dies": "no such image before it was ready"}
    assert expected[boots] in caught.value.problem
    assert "running the user data of i-" in str(caught.value)
    assert "running the user data of i-" in (trial.folder / "log").read_text()
    assert nothing_is_left(trial)


def test_a_book_that_cannot_be_written_stops_what_would_be_made(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    write = trial.book.note

    def full(lease: Lease, resource: Resource) -> Lease:
        if resource.kind == "instance":
            raise StoreError("no space is left")
        return write(lease, resource)

    monkeypatch.setattr(trial.book, "note", full)
    with pytest.raises(StoreError, match="no space is left"):
        trial.start()
    assert trial.cloud.calls_of("RunInstances") == []
    assert nothing_is_left(trial)


def test_an_interrupt_while_it_waits_leaves_nothing(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytest_fmbench.platforms.ec2.starting.wait_until_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trial.start()
    assert nothing_is_left(trial)


def test_what_cannot_be_released_stays_written_down_and_is_told(trial: Trial) -> None:
    server = trial.start()
    trial.cloud.expire_credentials()
    with pytest.raises(CloudFault):
        server.stop()
    assert len(trial.book.leases) == 1
    trial.cloud.behave()
    server.stop()
    assert nothing_is_left(trial)


def test_credentials_that_expire_while_it_boots_are_told_and_it_stays_written_down(trial: Trial) -> None:
    trial.cloud.boots = "never"
    original = trial.book.note

    def note(lease: Lease, resource: Resource) -> Lease:
        if resource.identity.startswith("i-"):
            trial.cloud.expire_credentials()
        return original(lease, resource)

    trial.book.note = note  # type: ignore[method-assign]  # so that they expire right after the launch
    with pytest.raises(CredentialsFault):
        trial.start()
    (lease,) = trial.book.leases.values()
    assert any(line.startswith("not released: ") and "`fmbench reap`" in line for line in trial.said)
    trial.cloud.behave()
    trial.ec2.release(lease, trial.said.append)
    assert trial.cloud.left() == []


def test_a_spot_instance_that_aws_takes_back_is_told_from_a_server_that_died(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    server = trial.start(f"market=spot&{HERE}")
    (identity,) = [one.identity for one in next(iter(trial.book.leases.values())).resources if one.kind == "instance"]
    assert server.failure() is None
    for name in ("_STALE_NS", "_EVERY_NS"):
        monkeypatch.setattr(f"pytest_fmbench.platforms.ec2.watching.{name}", 10**18)
    trial.cloud.interrupt(identity)
    assert server.failure() is None, "nobody has looked yet"
    assert server.failure_now() == server.failure() == f"AWS took the spot instance {identity} back"
    server.stop()
    assert nothing_is_left(trial)


def test_an_instance_that_shut_itself_down_is_seen(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    server = trial.start()
    trial.cloud.pass_time(2_000)
    assert "shut itself down, as it does when its server ends or its lease expires" in str(server.failure())
    server.stop()
    assert nothing_is_left(trial)


def test_where_it_cannot_be_seen_nothing_is_said_of_the_server(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.watching._STALE_NS", 0)
    server = trial.start()
    trial.cloud.expire_credentials()
    assert (server.failure(), server.failure()) == (None, None)
    told = [line for line in trial.said if line.startswith("it cannot be seen whether the server is still there: ")]
    assert len(told) == 1
    trial.cloud.behave()
    server.stop()


def test_a_full_disk_keeps_nothing_running(trial: Trial) -> None:
    server = trial.start()
    (trial.folder / "log").unlink(missing_ok=True)
    (trial.folder / "log").mkdir()  # so that it cannot be written
    with pytest.raises(StoreError, match="cannot write"):
        server.stop()
    server.stop()
    assert nothing_is_left(trial)


@pytest.mark.parametrize("boots", ["mock", "never"])
def test_a_disk_that_is_full_after_the_launch_ends_all_that_aws_holds_and_is_told(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, boots: str
) -> None:
    def full(*_: Any) -> NoReturn:
        raise StoreError("no space is left")

    write, trial.cloud.boots = trial.book.note, boots

    def note(lease: Lease, resource: Resource) -> Lease:
        return full() if boots == "mock" and resource.identity.startswith("i-") else write(lease, resource)

    monkeypatch.setattr(trial.book, "note", note)
    monkeypatch.setattr(trial.book, "close", full)
    monkeypatch.setattr("pytest_fmbench.platforms.ec2.starting.keep_consoles", full)
    with pytest.raises(StoreError if boots == "mock" else LaunchError, match=r"no space is left|not ready"):
        trial.start(f"boot_timeout=1s&{HERE}", ready_timeout_s=0.5)
    assert trial.cloud.left() == []
    ((name, lease),) = trial.book.leases.items()
    assert f"{name} is gone, and stays written down: no space is left; `fmbench reap` closes it" in trial.said
    trial.ec2.release(lease, trial.said.append)


@pytest.mark.lasting
@pytest.mark.parametrize("seed", range(20))
def test_whatever_goes_wrong_nothing_is_left_that_is_not_written_down(trial: Trial, seed: int) -> None:
    trial.cloud.misbehave(seed, rate=0.25)
    try:
        settings = f"hosts={seed % 3 + 1}&market=spot&placement=cluster&zones=us-east-1a,us-east-1b&{HERE}"
        trial.start(settings, ready_timeout_s=5.0).stop()
    except EnvironmentFault:
        trial.said.append("it failed")
    trial.cloud.behave()
    for lease in list(trial.book.leases.values()):
        trial.ec2.release(lease, trial.said.append)
        trial.book.close(lease)
    assert nothing_is_left(trial)
