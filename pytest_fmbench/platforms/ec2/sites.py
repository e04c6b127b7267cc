"""Where in a region an instance can be launched, in the order in which it is tried."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.errors import CloudFault, NoCapacity, UsageError
from pytest_fmbench.platforms.ec2.account import Account
from pytest_fmbench.platforms.ec2.settings import BLOCK, Wanted


@dataclass(frozen=True)
class Site:
    """A subnet, which lies in one zone."""

    zone: str
    subnet: str
    network: str

    def __str__(self) -> str:
        return self.zone


def sites_of(account: Account, wanted: Wanted) -> list[Site]:
    """Those of the region; each lies in the network of the first, as one lease has one security group.

    :raises NoCapacity: where there is none.
    :raises UsageError: for a reservation of another type, or of the other kind.
    """
    if wanted.reservation:
        return _of(account, wanted, (_zone_of_reservation(account, wanted),))
    return _of(account, wanted, wanted.zones)


def _of(account: Account, wanted: Wanted, zones: tuple[str, ...]) -> list[Site]:
    offered = _offering(account, wanted.kind)
    found = _subnets(account, wanted)
    fit = [one for one in found if one.zone in offered and (not zones or one.zone in zones)]
    if not fit:
        where = f"zones {', '.join(zones)}" if zones else "zones"
        raise NoCapacity(
            f"{account.region} has {wanted.kind} in {', '.join(sorted(offered)) or 'no zone'}, and of its {where} "
            f"there are subnets in {', '.join(sorted({one.zone for one in found})) or 'none'}"
        )
    order = {zone: nth for nth, zone in enumerate(zones)}
    fit.sort(key=lambda one: order.get(one.zone, 0))
    return [one for one in fit if one.network == fit[0].network]


def _offering(account: Account, kind: str) -> set[str]:
    """Zones that have instances of a type at all."""
    told = account.each(
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": [kind]}],
    )
    return {str(one["Location"]) for one in told}


def _subnets(account: Account, wanted: Wanted) -> list[Site]:
    """Those that are wanted, in that order, as far as they are in this region; else the default ones, by zone."""
    which = {"Name": "subnet-id", "Values": [*wanted.subnets]} if wanted.subnets else _DEFAULT
    told = account.each("describe_subnets", "Subnets", Filters=[which])
    sites = sorted((Site(one["AvailabilityZone"], one["SubnetId"], one["VpcId"]) for one in told), key=str)
    return sorted(sites, key=lambda one: wanted.subnets.index(one.subnet) if wanted.subnets else 0)


def _zone_of_reservation(account: Account, wanted: Wanted) -> str:
    asked = [wanted.reservation]
    filters = [{"Name": "capacity-reservation-id", "Values": asked}]
    told = [*account.each("describe_capacity_reservations", "CapacityReservations", Filters=filters)]
    if not told:
        raise NoCapacity(f"there is no capacity reservation {wanted.reservation} in {account.region}")
    found = told[0]
    if found["InstanceType"] != wanted.kind:
        raise UsageError(f"{wanted.reservation} holds {found['InstanceType']}, and {wanted.kind} is wanted")
    is_block = found.get("ReservationType") == "capacity-block"
    if is_block != (wanted.market == BLOCK):
        raise UsageError(
            f"{wanted.reservation} is a {'capacity block' if is_block else 'reservation'}: name its market so"
        )
    if found.get("State") != "active":
        raise NoCapacity(f"{wanted.reservation} is {found.get('State')}, not active")
    free = found.get("AvailableInstanceCount", wanted.hosts)
    if free < wanted.hosts:
        raise NoCapacity(f"{free} instances of {wanted.reservation} are free, and {wanted.hosts} are wanted")
    zone = found.get("AvailabilityZone")
    if not zone:
        raise CloudFault(f"EC2 does not say in which zone {wanted.reservation} lies")
    return str(zone)


_DEFAULT = {"Name": "default-for-az", "Values": ["true"]}
