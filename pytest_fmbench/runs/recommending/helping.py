"""What would help a deployment that holds the SLA at no rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.model.units import Unit, show

Plain = Mapping[str, Any]

_FASTER = "a faster deployment"


def what_helps(found: Plain) -> str:
    """A faster one, or a promise that it would keep, as far as its search knows one."""
    kept = next(_kept(found), "another SLA")
    return f"{_FASTER}, or {kept}"


def _kept(found: Plain) -> Iterator[str]:
    """The promise that was missed, with the worse end of what was measured at the lowest rate as its limit."""
    tried = sorted(found.get("probes", ()), key=lambda one: (not one["rate"], one["rate"]))
    for one in tried[:1]:
        for said in one["objectives"]:
            what, _, _ = said["objective"].rpartition(" ")
            end = said["high" if "<" in what else "low"]
            if said["objective"] == found.get("limiting") and what and end is not None:
                where = f"at {show(one['rate'], Unit.REQUEST_RATE)}" if one["rate"] else "one request at a time"
                yield f"a promise of {what} {show(end, Unit(said['unit']))}, which it keeps {where}"
