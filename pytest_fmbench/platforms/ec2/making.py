"""A lease in the making: each thing is noted before it is made, and found again where the answer was lost."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.errors import CloudFault, CredentialsFault, FmbenchError, NoCapacity
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.platforms.aws.tags import as_list, tags_of
from pytest_fmbench.platforms.base import LeaseBook, Progress
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.looking import CLUSTER, GROUP, INSTANCE, KINDS, others_of
from pytest_fmbench.platforms.ec2.releasing import end_instances, release

NOT_MADE = "none"
"""Instead of the id of what EC2 has surely not made."""

_KINDS = {kind.name: kind for kind in KINDS}


class Making:
    """What is made for a lease.

    :ivar lease: with all that was noted so far.
    """

    def __init__(self, account: Account, book: LeaseBook, lease: Lease, progress: Progress) -> None:
        self.account, self.lease, self.progress = account, lease, progress
        self._book = book

    def note(self, kind: str, name: str, identity: str = "") -> None:
        """Write it down, and only then return.

        :raises StoreError: when that cannot be done.
        """
        self.lease = self._book.note(self.lease, Resource(kind, name, identity))

    def group(
        self, network: str, source: str, ports: Sequence[int], *, beside: Sequence[int] = (), fabric: bool = False
    ) -> str:
        """A security group that lets ``source`` in, at ``ports``, and nobody else; its id.

        :param source: as a CIDR; empty lets nobody in.
        :param beside: ports, one after the other, at which its members ask each other.
        :param fabric: its members also talk to each other in all ways, as EFA asks.
        """
        identity = self._made(
            GROUP,
            "create_security_group",
            GroupName=self.lease.name,
            Description="one deployment of pytest-fmbench; deleted with it",
            VpcId=network,
        )
        if source:
            ranges = [{"CidrIp": source, "Description": "who measures"}]
            for port in ports:
                self._let(identity, {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges})
        members = {"UserIdGroupPairs": [{"GroupId": identity}]}
        if fabric:
            self._let(identity, {"IpProtocol": "-1", **members})
        elif beside:
            self._let(identity, {"IpProtocol": "tcp", "FromPort": beside[0], "ToPort": beside[-1], **members})
        return identity

    def cluster(self) -> str:
        """A placement group of instances that are close together; its name."""
        self._made(CLUSTER, "create_placement_group", GroupName=self.lease.name, Strategy="cluster")
        return self.lease.name

    def instance(self, token: str, request: dict[str, object]) -> str:
        """Launch one; its id.

        :param token: of ``request``, by which asking twice is asking once.
        :raises NoCapacity: when it cannot be had there; then it is surely not made.
        """
        self.note(INSTANCE, token)
        try:
            answer = self.account.ask("ec2", "run_instances", **request)
        except NoCapacity:  # never the answer to a token by which something was made
            self.note(INSTANCE, token, NOT_MADE)
            raise
        identity = str(answer["Instances"][0]["InstanceId"])
        self.note(INSTANCE, token, identity)
        return identity

    def end_instances(self) -> None:
        """End all that were launched, and return once they are seen to be gone.

        :raises CloudFault: when that cannot be seen.
        """
        end_instances(self.account, self.lease, self.progress)

    def undo(self) -> None:
        """Release what was made, whatever can be written. What is left then stays written down: it raises nothing.

        That is told, and the end of the session tries again, which fails the session where it cannot either.
        """
        try:
            release(self.account, self.lease, self.progress)
        except FmbenchError as error:
            self.progress(f"not released: {error}; `fmbench reap` does it, and else it ends by itself")
            return
        try:
            self._book.close(self.lease)
        except FmbenchError as error:
            self.progress(f"{self.lease.name} is gone, and stays written down: {error}; `fmbench reap` closes it")

    def _made(self, kind: str, operation: str, **request: object) -> str:
        """Make what has a name: there is only one of it, also where the answer is lost and it is asked for again."""
        self.note(kind, self.lease.name)
        tags = [{"ResourceType": kind, "Tags": as_list(tags_of(self.lease))}]
        try:
            self.account.ask("ec2", operation, **request, TagSpecifications=tags)
        except CredentialsFault:
            raise
        except CloudFault:
            if not others_of(self.account, _KINDS[kind], self.lease):
                raise  # it is not that it had been made before its answer was lost
        found = self._found(kind)
        self.note(kind, self.lease.name, found)
        return found

    def _found(self, kind: str) -> str:
        for _ in range(10):
            there = others_of(self.account, _KINDS[kind], self.lease)
            if there:
                return str(there[0][_KINDS[kind].identity])
            self.account.pause(1.0)
        raise CloudFault(f"lease {self.lease.name}: its {kind} was made, and is not seen")

    def _let(self, group: str, rule: dict[str, object]) -> None:
        try:
            self.account.ask("ec2", "authorize_security_group_ingress", GroupId=group, IpPermissions=[rule])
        except CloudFault as error:
            if "InvalidPermission.Duplicate" not in str(error):  # so it was done before its answer was lost
                raise
