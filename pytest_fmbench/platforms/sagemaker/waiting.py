"""Waiting for SageMaker: for what is made to serve, and for what is deleted to be gone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import Gone, LaunchError, NoCapacity
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.base import Progress
from pytest_fmbench.platforms.sagemaker.asking import Kind, described
from pytest_fmbench.platforms.sagemaker.logs import tail

BUSY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
"""In these AWS refuses to delete: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EndpointSummary.html"""

_NO_ROOM = ("InsufficientInstanceCapacity", "InsufficientCapacity", "CapacityError", "ML compute capacity")
"""In reasons: https://repost.aws/knowledge-center/sagemaker-endpoint-creation-fail"""
_FIRST_S, _LONGEST_S, _TOLD_S = 1.0, 15.0, 60.0


@dataclass(frozen=True)
class Waiting:
    """Looks again and again, less and less often.

    :param sleep: waits so many seconds.
    """

    progress: Progress
    sleep: Callable[[float], None]

    def until_it_serves(self, client: Any, kind: Kind, lease: Lease, limit_s: float) -> dict[str, Any]:  # noqa: ANN401  # boto3's
        """What AWS says of it then.

        :raises NoCapacity: when there are no instances for it.
        :raises LaunchError: when it failed for another reason, is gone, or does not serve in time; with what it wrote.
        """
        status, found = self._while(client, kind, lease, BUSY, limit_s)
        if status == "InService":
            return found
        reason = str(found.get("FailureReason", "")) or f"it is {status or 'gone'}"
        if any(part in reason for part in _NO_ROOM):
            raise NoCapacity(f"{lease.place['region']}: {reason}")
        if status in BUSY:
            reason = f"it is {status} after {limit_s:g} s (boot_timeout=)"
        raise LaunchError(f"{lease.deployment}: the {words(kind)} {lease.name} does not serve: {reason}", tail(lease))

    def until_it_is_still(self, client: Any, kind: Kind, lease: Lease, limit_s: float) -> str:  # noqa: ANN401  # boto3's
        """Its status, once nothing is done to it any more; empty where it is gone."""
        return self._while(client, kind, lease, BUSY, limit_s)[0]

    def until_it_is_gone(self, client: Any, kind: Kind, lease: Lease, limit_s: float) -> str:  # noqa: ANN401  # boto3's
        """Empty; else the status that it still has."""
        return self._while(client, kind, lease, {"Deleting"}, limit_s)[0]

    def _while(
        self,
        client: Any,  # noqa: ANN401  # boto3's
        kind: Kind,
        lease: Lease,
        passing: Collection[str],
        limit_s: float,
    ) -> tuple[str, dict[str, Any]]:
        """The first status that is not one of ``passing``, or the last within the limit, and all that was said then."""
        waited_s, pause_s, told_s, told = 0.0, _FIRST_S, 0.0, ""
        while True:
            try:
                found = described(client, kind, lease.name)
            except Gone:
                return "", {}
            status = str(found.get(f"{kind.key.removesuffix('Name')}Status", ""))
            if status not in passing or waited_s >= limit_s:
                return status, found
            if status != told or waited_s - told_s >= _TOLD_S:
                told, told_s = status, waited_s
                self.progress(f"{lease.deployment}: the {words(kind)} {lease.name} is {status} ({waited_s:.0f} s)")
            self.sleep(pause_s)
            waited_s, pause_s = waited_s + pause_s, min(_LONGEST_S, pause_s * 1.5)


def words(kind: Kind) -> str:
    """What it is called in messages."""
    return kind.word.replace("_", " ")
