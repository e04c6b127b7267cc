"""Whether instances that are there already are what their lease claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fmbench.errors import Gone, LaunchError
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import SPECIFICATION, as_mapping
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.console import Console
from pytest_fmbench.platforms.ec2.hosts import Fleet, fleet_of
from pytest_fmbench.platforms.ec2.loader import as_wanted
from pytest_fmbench.platforms.ec2.looking import GONE_STATES, instances_of, state_of
from pytest_fmbench.platforms.ec2.releasing import see_that_it_is_the_account
from pytest_fmbench.platforms.ec2.settings import Wanted
from pytest_fmbench.platforms.ec2.waiting import wait_until_ready, wait_until_running
from pytest_fmbench.platforms.ec2.ways import Way
from pytest_fmbench.platforms.facts import said

_SERVED_BEFORE_S = 30.0
"""How long a server that was ready once is asked."""


def the_fleet_of(account: Account, lease: Lease, wanted: Wanted) -> Fleet:
    """The instances of ``lease``, as EC2 describes them, once they run.

    :raises CloudFault: when there are none, or they are not what ``lease`` and ``wanted`` say.
    """
    see_that_it_is_the_account(account, lease)
    there = [one for one in instances_of(account, lease) if state_of(one) not in GONE_STATES]
    count = wanted.hosts + bool(wanted.load)
    if len(there) != count:
        raise Gone(f"lease {lease.name} has {len(there) or 'no'} instances in {account.region}, not {count}")
    found = fleet_of(lease, [wait_until_running(account, one["InstanceId"]) for one in there])
    if found is None or (found.load is None) == bool(wanted.load):
        raise Gone(f"the instances of lease {lease.name} are not those that are wanted")
    for one in (found.first, *found.others):
        see_that_it_is_what_it_claims(lease, wanted, one)
    if found.load is not None:
        see_that_it_is_what_it_claims(lease, as_wanted(wanted), found.load)
    return found


def see_that_it_is_what_it_claims(lease: Lease, wanted: Wanted, found: dict[str, Any]) -> None:
    """See that one instance is.

    :raises LaunchError: when it is not; says what is another.
    """
    claimed = {
        "type": (wanted.kind, found["InstanceType"]),
        "image": (wanted.ami if wanted.ami.startswith("ami-") else found["ImageId"], found["ImageId"]),
        "deployment": (lease.specification, as_mapping(found.get("Tags")).get(SPECIFICATION)),
    }
    for what, (claim, truth) in claimed.items():
        if claim != truth:
            raise LaunchError(f"{found['InstanceId']} of lease {lease.name} is of another {what}: {truth}, not {claim}")


def see_that_it_serves(
    consoles: Sequence[Console], way: Way, plan: LaunchPlan, boot_timeout_s: float
) -> tuple[str, int]:
    """See that its server is ready, or becomes so in the time that a new one has, and serves the plan's model.

    Returns the host and port where it is asked.

    :raises LaunchError: when it is not so.
    """
    whole_s = boot_timeout_s + plan.ready_timeout_s
    timeout_s = min(whole_s, _SERVED_BEFORE_S) if consoles[0].says_ready() else whole_s
    host, port = wait_until_ready(consoles, way, plan.ready_path, timeout_s)
    told = said(host, port, f"{plan.base_path}/models")
    listed = told.get("data") if isinstance(told, dict) else None
    names = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if names and "{" not in plan.served_model and plan.served_model not in names:
        raise LaunchError(f"{consoles[0].identity} serves {', '.join(map(str, names))}, not {plan.served_model}")
    return host, port
