"""A few of what ``python -m tests.chaos`` makes go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import troubles
from tests.chaos.lives import DEPLOYMENTS
from tests.chaos.troubles import Patient
from tests.support.aws.cloud import Cloud

pytestmark = pytest.mark.lasting


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("platform", DEPLOYMENTS)
def test_nothing_is_left_whatever_calls_fail(cloud: Cloud, platform: str, seed: int, tmp_path: Path) -> None:
    ending = troubles.many(Patient(cloud, platform, tmp_path), seed)
    assert ending.left == (), ending
    assert cloud.calls


@pytest.mark.parametrize(
    ("platform", "operation"), [("ec2", "RunInstances"), ("ec2", "TerminateInstances"), ("sagemaker", "CreateEndpoint")]
)
def test_nothing_is_left_when_a_session_is_killed(cloud: Cloud, platform: str, operation: str, tmp_path: Path) -> None:
    ending = troubles.killed(Patient(cloud, platform, tmp_path), operation, 0, "after")
    assert (ending.left, ending.by) == ((), "`fmbench reap`"), ending


@pytest.mark.parametrize(("platform", "operation"), [("ec2", "RunInstances"), ("sagemaker", "CreateEndpoint")])
def test_what_nobody_knows_of_any_more_ends_by_itself(
    cloud: Cloud, platform: str, operation: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ending = troubles.lost(Patient(cloud, platform, home), operation, 0)
    assert ending.left == (), ending
    assert ending.by == "`fmbench reap` by tags, once expired"
