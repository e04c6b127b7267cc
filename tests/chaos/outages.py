"""What goes wrong with the cloud for a while, or for good: no room, nothing that becomes ready, nobody who answers."""

from __future__ import annotations

from itertools import islice

from pytest_fmbench.runs.tenancy.renewing import Renewal
from tests.chaos.endings import Ending, Patient, at_home, passing, reaped
from tests.chaos.lives import REGIONS, live
from tests.chaos.troubles import each_of, lived, operations
from tests.support.aws.zones import offered

THROTTLED = {"ec2": ("RequestLimitExceeded", 503), "sagemaker": ("ThrottlingException", 400)}
"""What each platform's API says to who asks too often."""
BURSTS = (10, 60)
"""How many calls in a row are throttled: fewer than one that is tried again bears, and more."""

_KIND = "g6e.2xlarge"
_FULL = "InsufficientInstanceCapacity"
_NO_ROOM = f"Unable to provision requested ML compute capacity due to {_FULL} error."
_NOT_HEALTHY = "The primary container for production variant AllTraffic did not pass the ping health check."
_BACK_S = 30.0


def throttled(one: Patient, nth: int, burst: int) -> Ending:
    """So many calls from one on are throttled, whichever they are."""
    code, status = THROTTLED[one.platform]
    one.cloud.fault("*", code, times=burst, status=status, skip=nth)
    return lived(one, f"{burst} calls are throttled from call {nth + 1} on", midway=renewing)


def expired(one: Patient, nth: int) -> Ending:
    """Credentials expire after a call, and are never renewed in this life."""
    one.cloud.meanwhile("*", nth, one.cloud.expire_credentials)
    return lived(one, f"credentials expire at call {nth + 1}", midway=renewing)


def cut(one: Patient, nth: int, back_s: float | None = _BACK_S) -> Ending:
    """The network is cut after a call.

    :param back_s: how long our retries last until it is back; None is longer than the session lives.
    """
    one.cloud.meanwhile("*", nth, one.cloud.cut)
    waited_s, pass_on = 0.0, passing(one.cloud)

    def pause(seconds: float) -> None:
        nonlocal waited_s
        waited_s += seconds if one.cloud.is_cut else 0.0
        if back_s is not None and waited_s >= back_s:
            one.cloud.behave()
        pass_on(seconds)

    how = "for good" if back_s is None else f"for {back_s:g} s"
    return lived(one, f"the network is cut {how} at call {nth + 1}", pause, renewing)


def full_zones(one: Patient, count: int | None) -> Ending:
    """The first zones of the first region have no room.

    :param count: of them; None is all there are.
    """
    there = offered(REGIONS[0], _KIND)
    for zone in islice(there, count):
        one.cloud.fault("RunInstances", _FULL, times=None, zone=zone)
    return lived(one, f"no room in {count or 'all'} zones of {REGIONS[0]}")


def full(one: Patient) -> Ending:
    """There is no room anywhere."""
    one.cloud.fault("RunInstances", _FULL, times=None)
    one.cloud.endpoints_become("Failed", _NO_ROOM)
    return lived(one, "no room anywhere")


def full_region(one: Patient) -> Ending:
    """SageMaker has no room in the first region, as it finds while it makes the endpoint."""
    one.cloud.endpoints_become("Failed", _NO_ROOM)
    one.cloud.meanwhile("CreateEndpoint", 1, lambda: one.cloud.endpoints_become("InService"))
    return lived(one, f"no room in {REGIONS[0]}")


def never_ready(one: Patient, how: str) -> Ending:
    """What was made never becomes ready.

    :param how: instances boot (``never`` or ``dies``); endpoints come to that status.
    """
    if one.platform == "ec2":
        one.cloud.boots = how
    else:
        one.cloud.endpoints_become(how, _NOT_HEALTHY)
    with at_home(one.state):
        told = live(one.platform, "troubled", passing(one.cloud))
    if how == "Creating":  # AWS deletes none that is being made; it comes to nothing in the end
        one.cloud.endpoints_become("Failed", _NOT_HEALTHY)
    return reaped(one, f"not ready: {how}", told)


def renewal_fails(one: Patient, operation: str, nth: int, when: str) -> Ending:
    """A call goes wrong, in a life whose leases are renewed."""
    one.cloud.fault(operation, when=when, skip=nth)
    return lived(one, f"{operation} {nth + 1} fails, {when}, with a renewal", midway=renewing)


def calls_of_renewal(one: Patient) -> tuple[int, list[tuple[str, int]]]:
    """How many calls a life has whose leases are renewed; and those of the renewal, as operations and their places."""
    marks = list[int]()

    def midway(renewal: Renewal) -> None:
        marks.append(len(one.cloud.calls))
        renewing(renewal)
        marks.append(len(one.cloud.calls))

    called = operations(one, midway)
    return len(called), [*each_of(called)][slice(*marks)]


def renewing(renewal: Renewal) -> None:
    """What a session does that lasts for longer."""
    renewal.renew_all()
