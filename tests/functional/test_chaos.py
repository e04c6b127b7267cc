"""A few of what ``python -m tests.chaos`` makes go wrong."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.chaos import befalls, hosts, outages, troubles
from tests.chaos.endings import BY_ITSELF, BY_REAP, BY_TAGS, Ending, Patient
from tests.chaos.lives import DEPLOYMENTS, LOAD_ROLE
from tests.chaos.sessions import Session
from tests.support.aws.cloud import Cloud
from tests.support.fake_ssh import make_ssh

pytestmark = pytest.mark.lasting

CAN_BE_ENTERED = sys.version_info >= (3, 11) and shutil.which("ssh-keygen") is not None
"""Whether an instance that generates load can be had from here."""
PLATFORMS = [name for name in DEPLOYMENTS if name != "bedrock" or CAN_BE_ENTERED]

MIDDLE = 14
"""A call of a life in which something is up."""
OUTAGES: dict[str, tuple[str, Callable[[Patient], Ending], set[str]]] = {
    "throttled": ("ec2", partial(outages.throttled, nth=MIDDLE, burst=60), {BY_ITSELF, BY_REAP}),
    "expired": ("ec2", partial(outages.expired, nth=MIDDLE), {BY_REAP}),
    "expired there": ("sagemaker", partial(outages.expired, nth=MIDDLE), {BY_REAP}),
    "cut for a while": ("sagemaker", partial(outages.cut, nth=MIDDLE), {BY_ITSELF, BY_REAP}),
    "cut for good": ("ec2", partial(outages.cut, nth=MIDDLE, back_s=None), {BY_REAP}),
    "boot fails": ("ec2", partial(outages.never_ready, how="dies"), {BY_ITSELF}),
    "never created": ("sagemaker", partial(outages.never_ready, how="Creating"), {BY_REAP}),
    "creation fails": ("sagemaker", partial(outages.never_ready, how="Failed"), {BY_ITSELF}),
    "no disk": ("ec2", hosts.disk_full_before, {BY_ITSELF}),
    "no disk there": ("sagemaker", hosts.disk_full_before, {BY_ITSELF}),
    "disk full": ("sagemaker", partial(hosts.disk_full, nth=MIDDLE), {BY_ITSELF, BY_REAP}),
    "clock ahead": ("ec2", partial(hosts.clock_steps, nth=MIDDLE, ahead_s=hosts.DAY_S), {BY_ITSELF}),
    "clock behind": ("sagemaker", partial(hosts.clock_steps, nth=MIDDLE, ahead_s=-hosts.DAY_S), {BY_ITSELF}),
    "reaped alive": ("ec2", partial(hosts.reaped_alive, nth=MIDDLE), {BY_ITSELF}),
    "reaped alive there": ("sagemaker", partial(hosts.reaped_alive, nth=MIDDLE), {BY_ITSELF}),
}
SESSIONS: dict[str, tuple[str, befalls.Befalls, set[str]]] = {
    "SIGKILL to the controller": (
        "ec2",
        befalls.signalled(signal.SIGKILL, Session.signal_controller),
        {BY_ITSELF, BY_REAP},
    ),
    "SIGTERM to all": ("sagemaker", befalls.signalled(signal.SIGTERM, Session.signal_all), {BY_ITSELF}),
    "taken back": ("ec2", befalls.interrupted, {BY_ITSELF}),
}


@pytest.fixture(autouse=True)
def _can_generate_load(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.instance_profile(LOAD_ROLE)
    monkeypatch.setenv("PATH", f"{make_ssh(tmp_path_factory.mktemp('ssh'))}:{os.environ['PATH']}")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_is_left_whatever_calls_fail(cloud: Cloud, platform: str, seed: int, tmp_path: Path) -> None:
    ending = troubles.many(Patient(cloud, platform, tmp_path), seed)
    assert ending.left == (), ending
    assert cloud.calls


@pytest.mark.parametrize(
    ("platform", "operation"), [("ec2", "RunInstances"), ("ec2", "TerminateInstances"), ("sagemaker", "CreateEndpoint")]
)
def test_nothing_is_left_when_a_session_is_killed(cloud: Cloud, platform: str, operation: str, tmp_path: Path) -> None:
    ending = troubles.killed(Patient(cloud, platform, tmp_path), operation, 0, "after")
    assert (ending.left, ending.by) == ((), BY_REAP), ending


@pytest.mark.parametrize(("platform", "operation"), [("ec2", "RunInstances"), ("sagemaker", "CreateEndpoint")])
def test_what_nobody_knows_of_any_more_ends_by_itself(
    cloud: Cloud, platform: str, operation: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ending = troubles.lost(Patient(cloud, platform, home), operation, 0)
    assert (ending.left, ending.by) == ((), BY_TAGS), ending


@pytest.mark.parametrize("trouble", OUTAGES)
def test_nothing_is_left_of_a_life_that_something_befalls(cloud: Cloud, trouble: str, tmp_path: Path) -> None:
    platform, befallen, by = OUTAGES[trouble]
    ending = befallen(Patient(cloud, platform, tmp_path))
    assert (ending.left, ending.by in by) == ((), True), ending


@pytest.mark.parametrize("count", [1, 2, None])
def test_where_there_is_no_room_the_next_zone_or_region_is_taken(
    cloud: Cloud, count: int | None, tmp_path: Path
) -> None:
    ending = outages.full_zones(Patient(cloud, "ec2", tmp_path), count)
    assert (ending.left, ending.by) == ((), BY_ITSELF), ending
    assert not [line for line in ending.told if line.startswith("error")], ending
    regions = {call.region for call in cloud.calls if call.operation == "RunInstances"}
    assert ("us-west-2" in regions) == (count is None)


@pytest.mark.parametrize("trouble", SESSIONS)
def test_nothing_is_left_of_a_session_and_what_it_measured_can_be_read(
    cloud: Cloud, trouble: str, tmp_path: Path
) -> None:
    platform, befallen, by = SESSIONS[trouble]
    ending = befalls.alone(Patient(cloud, platform, tmp_path), trouble, befallen)
    assert (ending.wrong, ending.by in by) == ((), True), ending
    assert ending.cases >= 1, ending
