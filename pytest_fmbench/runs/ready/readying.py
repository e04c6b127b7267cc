"""Before anything is measured: the workload fitted to a server, and one request to see that it answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from pytest_fmbench.client.dialects.base import Conversing, Dialect
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.session import Sessions
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
    see_that_it_can_converse(server, workload, how)
    asked = _fitted(server, workload, how)
    if server.foreign:
        how.cap.check()
    finding = preflight(server.endpoint, how.dialects[server.endpoint.dialect](), asked, seed=0)
    for note in finding.notes:
        how.observer.say(f"{case}: {note}")
    return asked, finding


def see_that_it_can_converse(server: Server, workload: Workload, how: Measuring) -> None:
    """See that a workload of sessions can go on by what ``server`` answers.

    :raises UsageError: where the dialect cannot tell what was said, naming those that can.
    """
    name = server.endpoint.dialect
    if isinstance(workload, Sessions) and not isinstance(how.dialects[name](), Conversing):
        known = ", ".join(one for one in how.dialects if _converses(how.dialects, one))
        raise UsageError(
            f"{workload!r} goes on by what is answered, which the dialect {name} does not tell. Those that do: {known}"
        )


def _converses(dialects: Registry[Callable[[], Dialect]], name: str) -> bool:
    with suppress(UsageError):  # one that needs a package which is not here
        return isinstance(dialects[name](), Conversing)
    return False


def _fitted(server: Server, workload: Workload, how: Measuring) -> Workload:
    if not isinstance(workload, Fitted):
        return workload
    return workload.fit(Counter(Asking(server.endpoint, how.dialects[server.endpoint.dialect]())))
