"""Things that are each done, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fmbench.errors import CloudFault, FmbenchError


def all_done(*steps: Callable[[], None]) -> None:
    """Do each of ``steps``.

    :raises FmbenchError: of the only one that failed.
    :raises CloudFault: where several did; tells of all.
    """
    faults = list[FmbenchError]()
    for step in steps:
        try:
            step()
        except FmbenchError as fault:  # noqa: PERF203  # a handful
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise CloudFault("; ".join(map(str, faults)))
