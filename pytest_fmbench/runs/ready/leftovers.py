"""What a run leaves to its server: requests that were cut off, which it may go on working at in the next run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.model.exchange import End
from pytest_fmbench.model.record import RequestRecord, Status
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.platforms.base import Progress, Server

if TYPE_CHECKING:
    from pytest_fmbench.client.dialects.base import Dialect
    from pytest_fmbench.model.measurement import Measurement
    from pytest_fmbench.model.workload import Workload
    from pytest_fmbench.runs.ready.asking import Asking

_PATIENCE_S, _REFUSED_S = 600.0, 120.0
"""For an answer, and for one that is neither a refusal nor a connection that nobody takes."""
_PAUSE_S = 0.5
_REFUSALS = (429, 503)
"""How servers that bound their queues answer while these are full."""
_WORTH_TELLING_S = 1.0


class Leftovers:
    """Servers that may still be busy with what the run before left them.

    Some servers, as llama.cpp's, read a request only when its turn comes, and work at it although nobody waits for it
    any more. Whoever comes next then waits too, for seconds or minutes after a load beyond capacity.
    """

    def __init__(self) -> None:
        self._left: dict[int, tuple[Server, str]] = {}

    def begins(self, server: Server) -> None:
        """A run begins; unless :meth:`note` follows it broke off, and nobody knows what it left."""
        self._left[id(server)] = server, "what the run before left when it broke off"

    def note(self, server: Server, measurement: Measurement) -> None:
        """A run has ended, and what had not been answered was cut off."""
        from pytest_fmbench.metrics.columns import has_status

        self._left.pop(id(server), None)
        cut = int(has_status(measurement.requests, Status.CENSORED).sum())
        if cut:  # the server is kept too, so that no other has its id
            self._left[id(server)] = server, f"{cut} requests that the run before cut off"

    def wait_out(self, server: Server, dialect: Dialect, workload: Workload, say: Progress) -> None:
        """Ask once more, if something was left: servers that go on with it answer in turn, so that it is over then.

        One whose queue is full, and that refuses, is asked again.

        :raises EnvironmentFault: when nothing comes back for ten minutes, or nothing but refusals for two.
        """
        from pytest_fmbench.runs.ready.asking import Asking

        _, left = self._left.pop(id(server), (server, ""))
        if not left:
            return
        begun_ns = monotonic_ns()
        answer = _answer(Asking(server.endpoint, dialect, _PATIENCE_S), workload)
        took_s = (monotonic_ns() - begun_ns) / 1e9
        if _is_busy(answer):
            raise EnvironmentFault(
                f"{server.endpoint.base_url} is still busy after {show(took_s, Unit.SECOND)}, maybe with {left} "
                f"({answer.error}): measure less load, or start what is beyond capacity last"
            )
        if took_s > _WORTH_TELLING_S:
            say(f"waited {show(took_s, Unit.SECOND)} for the server, which may have been busy with {left}")


def _answer(asking: Asking, workload: Workload) -> RequestRecord:
    """What comes of one short request, which is asked again while the server's queue is full."""
    from pytest_fmbench.runs.ready.preflight import short_prompt

    until_ns = monotonic_ns() + round(_REFUSED_S * 1e9)
    while True:
        record = asking.ask(short_prompt(workload, seed=0))
        if not _is_busy(record) or monotonic_ns() > until_ns:
            return record
        time.sleep(_PAUSE_S)


def _is_busy(record: RequestRecord) -> bool:
    return record.http_status in _REFUSALS or (record.error or "").partition(":")[0] == End.TIMEOUT.value
