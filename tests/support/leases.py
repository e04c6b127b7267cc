"""Leases as tests want them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease

PAID = Deployment("org/model", "vllm", "ec2:g6e.2xlarge")

_LEASE = Lease(
    name="fmbench-0",
    platform="ec2",
    deployment=PAID.id,
    specification="0" * 32,
    session="session",
    owner="me@here",
    place={"region": "us-east-1"},
    made_s=1000.0,
    expires_s=2800.0,
    usd_per_hour=3.6,
)


def a_lease(name: str = "fmbench-0", **changes: Any) -> Lease:
    """A lease of that name; 3.6 dollars an hour are a thousandth of a dollar a second."""
    return replace(_LEASE, name=name, **changes)
