"""Under which conditions a run was made, and in what two of them differ.

Plain values, so that ``case.json`` can hold them. They name no host and hold no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_fmbench.errors import UnknownName

Plain = str | int | float | bool | None
Conditions = Mapping[str, Mapping[str, Plain]]
"""What there is to say, by group and name."""

GROUPS = ("machine", "stack", "deployment", "workload", "load", "client")
"""What must be alike for figures to be compared: the machine, its software, what it serves, is asked, when, how."""

UNKNOWN = "unknown"
"""What nobody says; two of them pass for alike, since nothing shows that they are not."""


def differences(before: Mapping[str, Any], after: Conditions) -> dict[str, list[str]]:
    """What differs, by group: ``cores: 8 -> 2``.

    :param before: as a file has it, so that any of it may be missing.
    """
    return {group: found for group in GROUPS if (found := [*_changed(before.get(group), after.get(group))])}


def allowed(text: str) -> frozenset[str]:
    """The groups that ``text`` names, with commas between them; none if it is empty.

    :raises UnknownName: for one that there is not.
    """
    names = [part.strip() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in GROUPS:
            raise UnknownName("condition", name, GROUPS)
    return frozenset(names)


def _changed(before: Any, after: Mapping[str, Plain] | None) -> list[str]:  # noqa: ANN401  # whatever a file holds
    old, new = (one if isinstance(one, Mapping) else {} for one in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    return [
        f"{name}: {_shown(old, name)} -> {_shown(new, name)}"
        for name in names
        if name not in old or name not in new or old[name] != new[name]
    ]


def _shown(conditions: Mapping[str, Any], name: str) -> str:
    return str(conditions[name]) if name in conditions else "not recorded"
