"""Before anything is measured: the workload fitted to a server, and one request to see that it answers."""

from __future__ import annotations

from pytest_fmbench.model.workload import Fitted, Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.counting import Counter
from pytest_fmbench.runs.ready.preflight import Finding, preflight


def readied(server: Server, workload: Workload, how: Measuring, case: str) -> tuple[Workload, Finding]:
    """The workload as ``server`` is asked it, and what was found out by asking once.

    :param case: whose observer is told of it.
    """
    asked = _fitted(server, workload, how)
    if server.foreign:
        how.cap.check()
    finding = preflight(server.endpoint, how.dialects[server.endpoint.dialect](), asked, seed=0)
    for note in finding.notes:
        how.observer.say(f"{case}: {note}")
    return asked, finding


def _fitted(server: Server, workload: Workload, how: Measuring) -> Workload:
    if not isinstance(workload, Fitted):
        return workload
    return workload.fit(Counter(Asking(server.endpoint, how.dialects[server.endpoint.dialect]())))
