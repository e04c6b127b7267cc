"""How a load and a workload go together: whose times a replay takes, and how it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.load.replay import Replay
from pytest_fmbench.model.finite import Finite
from pytest_fmbench.model.recorded import Recorded
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.given import see_load, see_workload

_DIGITS = 16


@dataclass(frozen=True)
class _Schedule:
    requests: int
    digest: str


def see_that_it_can_be_read(workload: Workload) -> None:
    """See, before a server is there, that a workload which lies in a file can be read.

    :raises UsageError: when it cannot.
    """
    if isinstance(workload, Finite):
        workload.check()


@dataclass(frozen=True)
class Played:
    """A load and a workload, as they are measured.

    :param workload: what is asked: of a replay, the part that is in its window.
    """

    load: Load
    workload: Workload

    def warmup(self, given: float | None) -> float | None:
        """Seconds before the window: of a replay none, unless some are given, since every request of it counts."""
        return 0.0 if given is None and isinstance(self.load, Replay) else given

    def told(self, asked: Workload) -> dict[str, Any]:
        """What the records say of a workload that is finite, and of a replay: how many requests it has, and what of.

        :param asked: the workload, fitted to the model.
        """
        rows = {"rows": asked.facts()} if isinstance(asked, Finite) and not isinstance(asked, Recorded) else {}
        if not isinstance(self.load, Replay):
            return {"trace": asked.facts()} if isinstance(asked, Recorded) else rows
        source = asked if isinstance(asked, Recorded) else self.load.trace
        return rows | {"trace": cast(Recorded, source).facts(), "replayed": self._schedule.requests}

    def conditions(self) -> dict[str, str]:
        """A hash of when requests begin, which the words of a replay do not say."""
        return {"times": self._schedule.digest} if isinstance(self.load, Replay) else {}

    @cached_property
    def _schedule(self) -> _Schedule:
        """Of a replay, in one pass."""
        requests, digest = 0, sha256()
        for offset_ns in cast(Replay, self.load).offsets(seed=0):
            requests += 1
            digest.update(b"%d," % offset_ns)
        return _Schedule(requests, digest.hexdigest()[:_DIGITS])


def played(load: Load, workload: Workload) -> Played:
    """``load`` with ``workload``.

    :raises UsageError: when one of them is none, when it takes times from a workload that has none, or never begins a
        request.
    """
    see_workload(workload)
    see_load(load)
    found = Played(load, workload)
    if isinstance(load, Replay):
        found = Played(*load.of(workload))
    if not isinstance(found.load, Closed) and next(iter(found.load.offsets(seed=0)), None) is None:
        raise UsageError(f"{load}: not one request would begin")
    return found
