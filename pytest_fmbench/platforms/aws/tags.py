"""The tags that everything of ours carries from the moment it is made.

Keys hold letters, digits and ``-`` only: an instance reads its own through the metadata service, which takes no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.model.lease import Lease

LEASE, SPECIFICATION, SESSION, DEPLOYMENT, OWNER, EXPIRES = (
    "fmbench-lease",
    "fmbench-specification",
    "fmbench-session",
    "fmbench-deployment",
    "fmbench-owner",
    "fmbench-expires",
)
_LONGEST = 256


def tags_of(lease: Lease) -> dict[str, str]:
    """What everything that belongs to ``lease`` carries; the expiry is in whole seconds since the epoch."""
    return {
        LEASE: lease.name,
        SPECIFICATION: lease.specification,
        SESSION: lease.session,
        DEPLOYMENT: lease.deployment[:_LONGEST],
        OWNER: lease.owner[:_LONGEST],
        EXPIRES: str(int(lease.expires_s)),
        "Name": lease.name,
    }


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the APIs take them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_mapping(tags: Any) -> dict[str, str]:  # noqa: ANN401  # boto3's
    """Tags as the APIs give them; none where there are none."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or ()}


def is_of(lease: Lease, tags: Mapping[str, str]) -> bool:
    """Whether what carries ``tags`` is ours and of this lease: nothing else is ever changed or deleted."""
    return tags.get(LEASE) == lease.name and tags.get(SESSION) == lease.session
