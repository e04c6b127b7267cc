"""The engine that generates load on the host that a server has beside it, where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from pytest_fmbench.load.elsewhere import Elsewhere
from pytest_fmbench.load.engine import Crew, Engine, Job
from pytest_fmbench.model.endpoint import Beside, Endpoint


@dataclass(frozen=True)
class BesideServers:
    """Runs jobs that generate load where their endpoint says, and asks the server at the address that it has there.

    :param usual: for endpoints that say nothing.
    """

    usual: Engine

    def start(self, jobs: Sequence[Job]) -> AbstractContextManager[Crew]:
        """Run ``jobs``, all at once; see :class:`~pytest_fmbench.load.engine.Engine`."""
        beside = next(filter(None, map(_beside, jobs)), None)
        if beside is None:
            return self.usual.start(jobs)
        return Elsewhere(beside.command).start([_asked_there(job) for job in jobs])


def _beside(job: Job) -> Beside | None:
    """The host beside the server that a job asks; None where it asks none."""
    endpoint = getattr(job.plan, "endpoint", None) if job.spools else None
    return endpoint.beside if isinstance(endpoint, Endpoint) else None


def _asked_there(job: Job) -> Job:
    """The job, with the server at the address that the host beside it knows."""
    beside = _beside(job)
    if beside is None:
        return job
    endpoint: Endpoint = replace(job.plan.endpoint, base_url=beside.base_url, beside=None)
    if endpoint.signing is not None:  # by credentials of that host, to which no profile of ours means anything
        endpoint = replace(endpoint, signing=replace(endpoint.signing, profile=""))
    return replace(job, plan=replace(job.plan, endpoint=endpoint))
