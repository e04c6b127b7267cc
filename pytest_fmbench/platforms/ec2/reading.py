"""Settings of an instance, read from their text. Pure.

:param where: in all of them, what messages call the instance.
"""

from __future__ import annotations

import re

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.place import Place
from pytest_fmbench.model.units import seconds_in


def matching(where: str, place: Place, name: str, pattern: re.Pattern[str], default: str) -> str:
    """The value of a setting that has a form.

    :raises UsageError: for one of another form.
    """
    value = place.settings.get(name, default)
    if value != default and not pattern.fullmatch(value):
        raise UsageError(f"{where}: {name}={value} is none; {_ALLOWED[name]}")
    return value


def each(where: str, place: Place, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The values of a setting that takes several, likewise."""
    wrong = next((one for one in place.listed(name) if not pattern.fullmatch(one)), None)
    if wrong is not None:
        raise UsageError(f"{where}: {name}={wrong} is none; {_ALLOWED[name]}")
    return place.listed(name)


def counted(where: str, place: Place, name: str, default: int, *, least: int = 0, most: int) -> int:
    """The value of a setting that is a whole number.

    :raises UsageError: for none, or one out of bounds.
    """
    value = place.settings.get(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise UsageError(f"{where}: {name}={value} is no whole number from {least} to {most}")
    return int(value)


def seconds(where: str, place: Place, name: str, default: float) -> float:
    """The value of a setting that is a length of time, in seconds.

    :raises UsageError: for none.
    """
    value = place.settings.get(name, f"{default:g}")
    found = seconds_in(value)
    if found is None:
        raise UsageError(f"{where}: {name}={value} is no length of time, such as 20min or 90s")
    return found


_ALLOWED = {
    "regions": "regions are such as us-west-2",
    "zones": "zones are such as us-west-2a",
    "market": "markets are on-demand, spot, reservation:cr-... and block:cr-..., of a capacity block",
    "subnet": "subnets are such as subnet-0123abcd",
    "access": "direct lets the caller's address in, ssm nobody",
    "ami": "give an id (ami-...), or the public parameter that holds it (/aws/service/...)",
    "load": "give a type of instance, such as c7i.2xlarge",
    "placement": "the only one is cluster",
    "weights": "give a path of the instance, an s3:// or an https:// URL",
}
