"""Deleting what a lease made, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import CloudFault, CredentialsFault, Gone
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import GROUP, Deadman
from pytest_fmbench.platforms.sagemaker.asking import COMPONENT, CONFIG, ENDPOINT, MODEL, Kind, ask, ours
from pytest_fmbench.platforms.sagemaker.making import sagemaker
from pytest_fmbench.platforms.sagemaker.waiting import Waiting, words

_STILL_S, _GONE_S = 5_400.0, 1_800.0
"""An endpoint that is being made can take an hour and more to fail, and only then may it be deleted."""


@dataclass(frozen=True)
class Releasing:
    """Deletes it. What is gone already, or is not ours, is passed over."""

    waiting: Waiting

    def release(self, lease: Lease) -> None:
        """Delete all of ``lease``, and return once it is gone.

        The dead-man is removed last: should we be lost meanwhile, it does the rest.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        region, profile = lease.place["region"], lease.place.get("profile", "")
        _see_that_it_is_the_account(lease)
        here = sagemaker(region, profile)
        for kind in (COMPONENT, ENDPOINT):
            self._end(here, kind, lease)
        for kind in (CONFIG, MODEL):
            if ours(here, kind, lease) is not None:
                _delete(here, kind, lease)
        if any(one.kind == GROUP for one in lease.resources) or lease.place.get("scheduler_role"):
            self._disarm(lease, Deadman(client("scheduler", region, profile), ""))

    def _disarm(self, lease: Lease, deadman: Deadman) -> None:
        """Where we may not schedule there is mostly none; what was surely made is to be removed by who may."""
        try:
            deadman.disarm(lease)
        except CredentialsFault as fault:
            if any(one.kind == GROUP and one.identity for one in lease.resources):
                raise
            self.waiting.progress(f"{lease.deployment}: whether it has a dead-man is not for us to know: {fault}")

    def _end(self, here: Any, kind: Kind, lease: Lease) -> None:  # noqa: ANN401  # boto3's
        """Delete what costs, once AWS lets us, and see it gone."""
        if ours(here, kind, lease) is None:
            return
        status = self.waiting.until_it_is_still(here, kind, lease, _STILL_S)
        if status not in ("", "Deleting"):
            self.waiting.progress(f"{lease.deployment}: deleting the {words(kind)} {lease.name}")
            _delete(here, kind, lease)
        left = self.waiting.until_it_is_gone(here, kind, lease, _GONE_S)
        if left:
            raise CloudFault(f"the {words(kind)} {lease.name} in {lease.place['region']} is still {left}")


def _delete(here: Any, kind: Kind, lease: Lease) -> None:  # noqa: ANN401  # boto3's
    try:
        ask(here, f"delete_{kind.word}", **{kind.key: lease.name})
    except Gone:
        return


def _see_that_it_is_the_account(lease: Lease) -> None:
    """In another account nothing of it would be found, and a lease that goes on costing would pass for released.

    :raises CloudFault: when it is another, or that cannot be known.
    """
    made_in = lease.place.get("account", "")
    if not made_in:
        return
    told = call(client("sts", lease.place["region"], lease.place.get("profile", "")), "get_caller_identity")
    if told.get("Account") != made_in:
        raise CloudFault(
            f"the lease {lease.name} is of the AWS account {made_in}, and the credentials are of "
            f"{told.get('Account')}: set AWS_PROFILE to one of its own"
        )
