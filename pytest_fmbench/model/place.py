"""What an instance's text says beside its platform: what is wanted there, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment


@dataclass(frozen=True)
class Place:
    """``ec2:g6e.2xlarge?market=spot&regions=us-west-2,us-east-1``, taken apart.

    :param what: is wanted, such as an instance type; empty where the platform needs no word of it.
    :param settings: how, by name.
    """

    what: str
    settings: Mapping[str, str]

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of a setting that takes several, which commas join; empty where it is not given."""
        return tuple(filter(None, (value.strip() for value in self.settings.get(name, "").split(","))))


def what_of(deployment: Deployment) -> str:
    """What is wanted there, such as an instance type, without how."""
    return deployment.place.partition("?")[0]


def place_of(deployment: Deployment, known: Iterable[str], session: Mapping[str, str]) -> Place:
    """What ``deployment`` says of its place.

    :param known: names of the settings that its platform has.
    :param session: settings of the whole session; those of the deployment win, and those of other platforms are left
        out.
    :raises UnknownName: for a setting that the platform does not have.
    :raises UsageError: for one that has no value, or several.
    """
    names = frozenset(known)
    _, mark, text = deployment.place.partition("?")
    given: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in names:
            raise UnknownName(f"setting of {deployment.platform}", name, names)
        if not value or name in given:
            raise UsageError(f"instance {deployment.instance!r}: give {name}= one value; commas join several")
        given[name] = value
    if mark and not given:
        raise UsageError(f"instance {deployment.instance!r}: after the ? stand settings, as in ?region=us-west-2")
    return Place(what_of(deployment), {name: value for name, value in session.items() if name in names} | given)
