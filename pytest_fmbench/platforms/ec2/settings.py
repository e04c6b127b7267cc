"""What a deployment says of the instance that it wants. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.place import place_of
from pytest_fmbench.platforms.ec2.reading import counted, each, matching, seconds
from pytest_fmbench.platforms.ec2.source import checked_source, is_inside

SETTINGS = (
    *("regions", "zones", "market", "subnet", "source", "access", "ami", "disk_gb", "instance_role"),
    *("hosts", "load", "placement", "efa", "token_parameter", "weights", "boot_timeout", "profile"),
)
"""What may stand after the ``?`` of an instance, or be given to the whole session."""

ON_DEMAND, SPOT, RESERVATION, BLOCK = "on-demand", "spot", "reservation", "block"
DIRECT, SSM = "direct", "ssm"

TYPE = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_MARKET = re.compile(rf"{ON_DEMAND}|{SPOT}|(?:{RESERVATION}|{BLOCK}):cr-[0-9a-f]+")
_AMI = re.compile(r"ami-[0-9a-f]+|/[\w./-]+")
_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]?(?:-[a-z]+-\d[a-z])?")
SUBNET = re.compile(r"subnet-[0-9a-f]+")
_WEIGHTS = re.compile(r"/.+|s3://[^/]+/.+|https://[^/]+/.+")
_OLDEST_PYTHON = (3, 11)
"""Of Amazon Linux 2023, beside its system's own: https://docs.aws.amazon.com/linux/al2023/ug/python.html."""
_ON_XEN = re.compile(r"(?:[cm]1|[cmr][34]|d2|f1|g[23]|g3s|h1|i[23]|m2|p[23]|t[12]|x1e?)\.")
"""https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html has all others."""
_OVER_HOSTS = ("--nnodes", "--node-rank", "--master-addr", "--dist-init-addr", "--data-parallel-address", "--headless")
"""Flags by which servers of vLLM and SGLang are told that they are one of several machines that make one."""
_DISK_GB, _BOOT_TIMEOUT_S, _MOST_HOSTS = 200, 1_200.0, 64
_EXAMPLE = "such as 'ec2:g6e.2xlarge?regions=us-west-2,us-east-1&market=spot'"


@dataclass(frozen=True)
class Wanted:
    """An instance, or several alike, as they are asked for.

    :param kind: its type.
    :param regions: to try, in their order; empty is the one of AWS's own settings.
    :param zones: to try there; empty are all that have the type.
    :param market: on-demand, spot, reservation or block; reservations and blocks are used, never bought.
    :param reservation: its id; empty for the first two.
    :param subnets: to launch in; empty are the default ones of each zone.
    :param source: from where it may be asked, as a CIDR; empty is the caller's own address.
    :param access: ``"direct"``, or ``"ssm"``, which lets nobody in and forwards a port.
    :param ami: id, or a parameter that holds it; empty is the usual one for the hardware.
    :param role: instance profile, by name or ARN; empty is none.
    :param hosts: how many of it the deployment has, each with all of its replicas.
    :param load: type of an instance beside them that generates load; empty leaves that to the caller's machine.
    :param cluster: they are placed close to each other.
    :param efa: interfaces of the Elastic Fabric Adapter.
    :param token_parameter: where the instance finds the token for Hugging Face.
    :param weights: what ``{weights}`` stands for: a path of the instance, or a URL that it fetches.
    :param boot_timeout_s: how long it may take until the server begins to load, in seconds.
    """

    kind: str
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    market: str = ON_DEMAND
    reservation: str = ""
    subnets: tuple[str, ...] = ()
    source: str = ""
    access: str = DIRECT
    ami: str = ""
    disk_gb: int = _DISK_GB
    role: str = ""
    hosts: int = 1
    load: str = ""
    cluster: bool = False
    efa: int = 0
    token_parameter: str = ""
    weights: str = ""
    boot_timeout_s: float = _BOOT_TIMEOUT_S
    profile: str = ""

    @property
    def what(self) -> str:
        """What is launched, in words."""
        return self.kind if self.hosts == 1 else f"{self.hosts} x {self.kind}"

    @property
    def paid_as(self) -> str:
        """Its market, with the id of what it is had from."""
        return f"{self.market}:{self.reservation}" if self.reservation else self.market

    @property
    def public(self) -> bool:
        """Whether it is asked at its public address."""
        return self.access == DIRECT and not (self.source and is_inside(self.source))


def wanted_of(deployment: Deployment, session: Mapping[str, str]) -> Wanted:
    """What ``deployment`` asks for.

    :param session: settings of the whole session.
    :raises UsageError: for what can never be had.
    """
    place = place_of(deployment, SETTINGS, session)
    given, where = place.settings, f"instance {deployment.instance!r}"
    if not TYPE.fullmatch(place.what):
        raise UsageError(f"{where} names no type of instance, {_EXAMPLE}")
    see_that_they_see_their_tags(where, place.what, given.get("load", ""))
    market, _, reservation = matching(where, place, "market", _MARKET, ON_DEMAND).partition(":")
    source = given.get("source", "")
    found = Wanted(
        kind=place.what,
        regions=each(where, place, "regions", _ZONE),
        zones=each(where, place, "zones", _ZONE),
        market=market,
        reservation=reservation,
        subnets=each(where, place, "subnet", SUBNET),
        source=checked_source(where, source) if source else "",
        access=matching(where, place, "access", re.compile(f"{DIRECT}|{SSM}"), DIRECT),
        ami=matching(where, place, "ami", _AMI, ""),
        disk_gb=counted(where, place, "disk_gb", _DISK_GB, most=65_536),
        role=given.get("instance_role", ""),
        hosts=counted(where, place, "hosts", 1, least=1, most=_MOST_HOSTS),
        load=matching(where, place, "load", TYPE, ""),
        cluster=bool(matching(where, place, "placement", re.compile("cluster"), "")),
        efa=counted(where, place, "efa", 0, most=32),
        token_parameter=given.get("token_parameter", ""),
        weights=matching(where, place, "weights", _WEIGHTS, ""),
        boot_timeout_s=seconds(where, place, "boot_timeout", _BOOT_TIMEOUT_S),
        profile=given.get("profile", ""),
    )
    _see_that_they_go_together(where, found)
    _see_that_a_server_is_whole(deployment)
    return found


def see_that_they_see_their_tags(where: str, *kinds: str) -> None:
    """See that instances of these types learn that their end was moved.

    :raises UsageError: for the first that does not.
    """
    on_xen = next(filter(_ON_XEN.match, kinds), None)
    if on_xen:
        raise UsageError(
            f"{where}: {on_xen} is built on Xen, where an instance does not see its tags change, so that the end "
            "it comes to by itself could not be moved; g4dn and all later ones are built on Nitro"
        )


def see_that_it_has_our_python(where: str) -> None:
    """See that an instance that generates load can have a Python of this one's version.

    :raises UsageError: where it cannot.
    """
    if sys.version_info[:2] < _OLDEST_PYTHON:
        raise UsageError(
            f"{where}: load= takes a Python of this one's version, and Amazon Linux has 3.11 and later ones"
        )


def _see_that_a_server_is_whole(deployment: Deployment) -> None:
    for name in deployment.options:
        if name.replace("_", "-") in _OVER_HOSTS:
            raise UsageError(
                f"{deployment.id}: {name} cuts one server over several instances, and none is started so: each fits "
                "one instance, and hosts= launches several of those; take a type with more accelerators, or measure "
                "one that runs (url:)"
            )


def _see_that_they_go_together(where: str, found: Wanted) -> None:
    needs_role = [
        name
        for name, needed in {
            "token_parameter": bool(found.token_parameter),
            "weights=s3://": found.weights.startswith("s3://"),
        }.items()
        if needed and not found.role
    ]
    if needs_role:
        raise UsageError(
            f"{where}: {needs_role[0]} is read by the instance itself, which needs an instance_role= for it"
        )
    if found.zones and found.subnets:
        raise UsageError(f"{where}: a subnet lies in one zone, so give subnet= or zones=")
    if found.efa > 1 and found.public:
        raise UsageError(
            f"{where}: an instance with several interfaces gets no public address: give access=ssm, or the source= "
            "inside its network that asks it"
        )
    if found.load and found.access == SSM:
        raise UsageError(f"{where}: the instance of load= is entered by ssh, and access=ssm lets nobody in")
    if found.load:
        see_that_it_has_our_python(where)
    if found.access == SSM and found.source:
        raise UsageError(f"{where}: with access=ssm nobody is let in, so source= says nothing")
