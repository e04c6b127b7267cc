"""Clients of AWS services, as boto3 makes them: made once, and never trying anything again by themselves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONNECT_S, _READ_S = 5.0, 60.0
_EXTRA = "pip install 'pytest-fmbench[aws]'"


@cache
def client(service: str, region: str, profile: str = "") -> Any:  # noqa: ANN401  # boto3 makes its clients at run time
    """A client of ``service`` in ``region``.

    What failed is tried again by :func:`~pytest_fmbench.platforms.aws.calls.call`, which tells capacity from trouble:
    EC2 sends both as HTTP 500, and boto3 would ask the same zone again and again.

    :raises NotAllowed: where boto3 is not installed, or there are no credentials.
    """
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import ProfileNotFound
    except ImportError:
        raise NotAllowed(f"AWS needs a package that is not installed: {_EXTRA}") from None
    try:
        session = Session(profile_name=profile or None)
    except ProfileNotFound as error:
        raise NotAllowed(f"{error}; AWS_PROFILE, or profile= of the instance, names one that there is") from None
    if session.get_credentials() is None:
        raise NotAllowed("there are no AWS credentials: set AWS_PROFILE, or what `aws configure` sets")
    once = Config(
        retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=_CONNECT_S, read_timeout=_READ_S
    )
    return session.client(service, region_name=region, config=once)


def first_region_of(wanted: Sequence[str], profile: str = "") -> str | None:
    """The one that is tried first; None where nobody names one, which is told by who starts something there."""
    try:
        return regions_of(wanted, profile)[0]
    except NotAllowed:
        return None


def regions_of(wanted: Sequence[str], profile: str = "") -> tuple[str, ...]:
    """The regions to try, in their order: those that are wanted, else the one that AWS's own settings name.

    :raises NotAllowed: when nobody names one.
    """
    if wanted:
        return tuple(wanted)
    try:
        from boto3.session import Session
        from botocore.exceptions import ProfileNotFound
    except ImportError:
        raise NotAllowed(f"AWS needs a package that is not installed: {_EXTRA}") from None
    try:
        region = Session(profile_name=profile or None).region_name
    except ProfileNotFound as error:
        raise NotAllowed(f"{error}; AWS_PROFILE, or profile= of the instance, names one that there is") from None
    if not region:
        raise NotAllowed("no AWS region is named: set AWS_REGION, or give regions= with the instance")
    return (region,)
