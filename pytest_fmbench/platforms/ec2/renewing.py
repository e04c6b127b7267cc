"""The end that a lease's resources come to by themselves, moved."""

from __future__ import annotations

from pytest_fmbench.errors import Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.tags import EXPIRES, as_list
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.looking import GONE_STATES, KINDS, instances_of, others_of, state_of


def renew(account: Account, lease: Lease) -> None:
    """Have all of ``lease`` carry its new expiry, which its instance looks up every minute.

    :raises Gone: when there is no instance of it any more.
    :raises CloudFault: when it cannot be done.
    """
    running = [one["InstanceId"] for one in instances_of(account, lease) if state_of(one) not in GONE_STATES]
    if not running:
        raise Gone(f"lease {lease.name} has no instance any more in {account.region}")
    tags = as_list({EXPIRES: str(int(lease.expires_s))})
    account.ask("ec2", "create_tags", Resources=running, Tags=tags)
    beside = [str(one[kind.identity]) for kind in KINDS for one in others_of(account, kind, lease)]
    account.ask("ec2", "create_tags", Resources=beside, Tags=tags)
