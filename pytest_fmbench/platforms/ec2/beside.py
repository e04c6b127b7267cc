"""What a deployment says of an instance that is to generate its load, where what serves it is none of EC2. Pure."""

from __future__ import annotations

from pytest_fmbench.model.place import Place
from pytest_fmbench.platforms.ec2.loader import DISK_GB
from pytest_fmbench.platforms.ec2.reading import each, matching
from pytest_fmbench.platforms.ec2.settings import (
    SUBNET,
    TYPE,
    Wanted,
    see_that_it_has_our_python,
    see_that_they_see_their_tags,
)
from pytest_fmbench.platforms.ec2.source import checked_source

BESIDE = ("load", "load_role", "source", "subnet")
"""Settings of it, of a deployment's instance or of the whole session: its type, its role, who enters it, and where."""


def beside_of(where: str, place: Place) -> Wanted | None:
    """The instance that is wanted; None where none is.

    :param where: what messages call the place that it is said in.
    :raises UsageError: for what can never be had.
    """
    given, kind = place.settings, matching(where, place, "load", TYPE, "")
    if not kind:
        return None
    see_that_they_see_their_tags(where, kind)
    see_that_it_has_our_python(where)
    source = given.get("source", "")
    return Wanted(
        kind=kind,
        subnets=each(where, place, "subnet", SUBNET),
        source=checked_source(where, source) if source else "",
        disk_gb=DISK_GB,
        role=given.get("load_role", ""),
        profile=given.get("profile", ""),
    )
