"""A platform whose AWS is the stand-in, and the policy that all its calls have to be allowed by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.ec2 import Trial

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

POLICY = Path(__file__).parents[4] / "docs/iam/ec2.json"
_PREFIXES = {"service-quotas": "servicequotas"}
_NEEDS_NO_PERMISSION = {"sts:GetCallerIdentity"}


def allowed() -> set[str]:
    """Actions of the policy."""
    actions = [one["Action"] for one in json.loads(POLICY.read_text())["Statement"]]
    return {action for some in actions for action in ([some] if isinstance(some, str) else some)}


@pytest.fixture
def trial(cloud: Cloud, tmp_path: Path) -> Iterator[Trial]:
    made = Trial(cloud, tmp_path)
    ours = len(cloud.calls)
    yield made
    asked = {f"{_PREFIXES.get(call.service, call.service)}:{call.operation}" for call in cloud.calls[ours:]}
    asked -= made.asked_by_the_test
    assert asked - allowed() - _NEEDS_NO_PERMISSION == set(), "the documented policy does not allow this"
