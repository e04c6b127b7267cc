"""What a load process is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.share import Share
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.workload import Workload


@dataclass(frozen=True)
class LoadPlan:
    """One run, as a load process needs to know it.

    :param limits: of the whole run.
    :param spool: file that finished exchanges are appended to.
    :param share: which part of the load is this worker's.
    :param seed: of the schedule and of the workload's content.
    :param round: number of the round that it is, from 0.
    :param connect_timeout_s: longest wait for a connection, in seconds.
    :param idle_timeout_s: longest silence of a response, before its first byte too, in seconds.
    :param whole_timeout_s: longest that a whole response may take, in seconds.
    """

    endpoint: Endpoint
    dialect: Dialect
    workload: Workload
    load: Load
    limits: Limits
    spool: Path
    share: Share = field(default_factory=Share)
    seed: int = 0
    round: int = 0
    connect_timeout_s: float = 10.0
    idle_timeout_s: float = 60.0
    whole_timeout_s: float = 600.0
