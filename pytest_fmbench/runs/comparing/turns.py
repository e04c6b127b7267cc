"""The servers of a comparison, one of which is measured while the other must not disturb it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.ready.preflight import Finding, preflight
from pytest_fmbench.runs.ready.readying import readied


@dataclass
class Turns:
    """Both servers. Where both need this machine, the idle one is held still, or else stopped and started anew.

    :param case: whose observer is told of what is found out.
    """

    pool: Pool
    how: Measuring
    case: str
    baseline: Deployment
    candidate: Deployment
    _asked: dict[Deployment, Workload] = field(default_factory=dict)

    def readied(self, workload: Workload) -> dict[Deployment, tuple[Workload, Finding]]:
        """The workload as each server is asked it, and what was found out by asking once."""
        both = (self.baseline, self.candidate)
        found = {one: readied(self._acquired(one), workload, self.how, self.case) for one in both}
        self._asked = {one: asked for one, (asked, _) in found.items()}
        return found

    def server_of(self, deployment: Deployment) -> Server:
        """The server of one of them, for a block; one of ours is asked once before, as it may just have gone on.

        :raises EnvironmentFault: when it cannot be had, or does not answer.
        """
        server = self._acquired(deployment)
        if not server.foreign:
            dialect = self.how.dialects[server.endpoint.dialect]()
            preflight(server.endpoint, dialect, self._asked[deployment], seed=0)
        return server

    def _acquired(self, deployment: Deployment) -> Server:
        other = self.candidate if deployment == self.baseline else self.baseline
        return self.pool.acquire(deployment, beside=other)
