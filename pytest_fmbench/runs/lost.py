"""Whether requests failed because their server was lost, which is no measurement of it."""

from __future__ import annotations

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.metrics.columns import has_status, window
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.platforms.base import SeenFromAfar, Server


def see_that_it_was_not_lost(server: Server, measurement: Measurement) -> None:
    """Ask once more, before a run is judged, whether its server is there, where requests of its window did not succeed.

    A fast load comes to its end, or to its verdict, sooner than anybody sees that an instance was taken back.

    :raises LaunchError: when it is not.
    """
    if has_status(window(measurement, "status"), Status.OK).all():
        return
    failure = server.failure_now() if isinstance(server, SeenFromAfar) else server.failure()
    if failure:
        raise LaunchError(f"{failure} in the middle of the run", server.log_tail())
