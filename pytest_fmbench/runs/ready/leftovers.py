"""What a run leaves to its server: requests that were cut off, which it may go on working at in the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import EnvironmentFault
from pytest_fmbench.model.exchange import End
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.platforms.base import Progress, Server

if TYPE_CHECKING:
    from pytest_fmbench.client.dialects.base import Dialect
    from pytest_fmbench.model.measurement import Measurement
    from pytest_fmbench.model.workload import Workload

_PATIENCE_S = 600.0
_WORTH_TELLING_S = 1.0


class Leftovers:
    """Servers that may still be busy with what the run before left them.

    Some servers, as llama.cpp's, read a request only when its turn comes, and work at it although nobody waits for it
    any more. Whoever comes next then waits too, for seconds or minutes after a load beyond capacity.
    """

    def __init__(self) -> None:
        self._cut: dict[int, tuple[Server, int]] = {}

    def note(self, server: Server, measurement: Measurement) -> None:
        """A run has ended, and what had not been answered was cut off."""
        from pytest_fmbench.metrics.columns import has_status

        cut = int(has_status(measurement.requests, Status.CENSORED).sum())
        if cut:
            self._cut[id(server)] = server, cut  # the server too, so that no other has its id

    def wait_out(self, server: Server, dialect: Dialect, workload: Workload, say: Progress) -> None:
        """Ask once more, if something was cut off: servers that go on with it answer in turn, so that it is over then.

        :raises EnvironmentFault: when nothing comes back for ten minutes.
        """
        from pytest_fmbench.runs.ready.asking import Asking
        from pytest_fmbench.runs.ready.preflight import short_prompt

        _, cut = self._cut.pop(id(server), (server, 0))
        if not cut:
            return
        asking, begun_ns = Asking(server.endpoint, dialect, _PATIENCE_S), monotonic_ns()
        recording = asking.exchange(short_prompt(workload, seed=0)).recording
        took_s, of = (monotonic_ns() - begun_ns) / 1e9, f"{cut} requests that the run before cut off"
        if recording.end is End.TIMEOUT:
            raise EnvironmentFault(
                f"{server.endpoint.base_url} is still busy after {show(took_s, Unit.SECOND)}, maybe with {of}: measure "
                "less load, or start what is beyond capacity last"
            )
        if took_s > _WORTH_TELLING_S:
            say(f"waited {show(took_s, Unit.SECOND)} for the server, which may have been busy with {of}")
