"""Whether deployments were measured alike, so that they can be held against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.errors import UsageError

Plain = Mapping[str, Any]


def sla_of(measured: Plain) -> tuple[str, ...]:
    """The objectives, however they were spaced and in whatever order they stood."""
    return tuple(sorted(" ".join(text.split()) for text in measured["sla"]))


def of_one_sla(measured: Sequence[Plain], wanted: Sequence[str]) -> list[Plain]:
    """Those of one SLA.

    :param wanted: its objectives; empty where all have the same.
    :raises UsageError: where none has it, or several are there to choose from.
    """
    known = {sla_of(one): None for one in measured}
    asked = tuple(sorted(" ".join(text.split()) for text in wanted))
    if asked and asked not in known:
        raise UsageError(f"nothing was measured by the SLA {', '.join(asked)}; there is {_listed(known)}")
    if not asked and len(known) > 1:
        raise UsageError(f"deployments were measured by several SLAs, choose one with --sla: {_listed(known)}")
    return [one for one in measured if not asked or sla_of(one) == asked]


def of_one_workload(measured: Sequence[Plain], wanted: str) -> list[Plain]:
    """Those of one workload.

    :param wanted: a part of its text; empty where all have the same.
    :raises UsageError: as :func:`of_one_sla`.
    """
    found = [one for one in measured if wanted in one["workload"]]
    known = dict.fromkeys(one["workload"] for one in found)
    if not found:
        there = "; ".join(dict.fromkeys(one["workload"] for one in measured))
        raise UsageError(f"nothing was asked with {wanted!r} in its workload; there is {there}")
    if len(known) > 1:
        raise UsageError(f"deployments were asked different things, choose with --workload TEXT: {'; '.join(known)}")
    return found


def see_that_arrivals_are_alike(measured: Sequence[Plain]) -> None:
    """See that rates mean the same.

    :raises UsageError: where some arrived at constant gaps and some by chance, say.
    """
    known = {text: one["deployment"] for one in measured if (text := _condition(one, "load").get("arrivals"))}
    if len(known) > 1:
        told = "; ".join(f"{text} of {name}" for text, name in known.items())
        raise UsageError(f"rates of different arrivals do not compare: {told}; measure all with the same arrivals=")


def differences(measured: Sequence[Plain]) -> Iterator[str]:
    """What else was not alike, as warnings: this machine, for servers that ran on it; and how requests were sent."""
    local = [one for one in measured if _condition(one, "deployment").get("platform") == "local"]
    yield from _several(local, "machine", "servers ran on machines that differ")
    yield from _several(measured, "client", "requests were sent in different ways")
    silent = [one["deployment"] for one in measured if not one.get("conditions")]
    if silent:
        yield f"under which conditions it was measured is not recorded: {', '.join(silent)}"


def _several(measured: Sequence[Plain], group: str, what: str) -> Iterator[str]:
    told = [_condition(one, group) for one in measured if _condition(one, group)]
    names = dict.fromkeys(name for one in told for name in one)
    apart = [name for name in names if len({repr(one.get(name)) for one in told}) > 1]
    if apart:
        values = (f"{name}: {', '.join(dict.fromkeys(str(one.get(name)) for one in told))}" for name in apart)
        yield f"{what}: {'; '.join(values)}"


def _condition(measured: Plain, group: str) -> Plain:
    found = (measured.get("conditions") or {}).get(group)
    return found if isinstance(found, Mapping) else {}


def _listed(known: Iterable[tuple[str, ...]]) -> str:
    return " | ".join(" ".join(f"--sla '{text}'" for text in one) for one in known)
