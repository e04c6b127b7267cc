"""How far a session is: which of its cases runs, and about how long the rest still takes."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from statistics import fmean

import pytest

from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.stash import OBJECTIVES

REMAINING = "fmbench-remaining"
"""Name of the plugin."""

_MEASURED = ("fmbench", "fmbench_capacities", "fmbench_qualities")
"""Of a report, what a case that measured something has."""


class Remaining:
    """Counts cases, and times those that measured something.

    A case that is still to come takes as long as those of its function took on average; as long as none did, a window
    of the session and its warm-up.

    :param window_s: of the session, in seconds.
    """

    def __init__(self, window_s: float) -> None:
        self._each_s = window_s + min(window_s / 6, 5.0)
        self._ahead: dict[str, None] = {}
        self._of, self._begun_ns, self._now, self._measured = 0, 0, "", False
        self._took: dict[str, list[float]] = defaultdict(list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn which cases there are."""
        self._ahead = dict.fromkeys(item.nodeid for item in session.items if OBJECTIVES in item.stash)
        self._of = len(self._ahead)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins, with its set-up."""
        self._begun_ns, self._now, self._measured = monotonic_ns(), nodeid, False
        self._ahead.pop(nodeid, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See whether it measured something itself."""
        resumed = getattr(report, "fmbench_resumed", False)
        if not resumed and any(getattr(report, name, None) for name in _MEASURED):
            self._measured = True

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """It ends, with its teardown."""
        if self._measured:
            self._took[_function(nodeid)].append(self._elapsed_s())

    def told(self, stage_s: float | None) -> str:
        """``case 3/12: ~6 min left``, in all; empty in a session of one case.

        It is ``at least`` that once a case takes longer than was expected, which says nothing of when it ends.

        :param stage_s: that the stage of the case which runs still takes, if that is known.
        """
        if self._of < 2:
            return ""
        now_s = self._expected_s(self._now) - self._elapsed_s()
        left_s = max(now_s, stage_s or 0.0) + sum(map(self._expected_s, self._ahead))
        which = f"case {self._of - len(self._ahead)}/{self._of}"
        if now_s >= 0.0:
            return f"{which}: ~{_spell(left_s)} left"
        return f"{which}: at least {_spell(left_s)} left" if left_s else which

    def _expected_s(self, nodeid: str) -> float:
        took = self._took.get(_function(nodeid))
        return fmean(took) if took else self._each_s

    def _elapsed_s(self) -> float:
        return (monotonic_ns() - self._begun_ns) / NS_PER_S


def _function(nodeid: str) -> str:
    return nodeid.partition("[")[0]


def _spell(seconds: float) -> str:
    """``40 s``, ``6 min``, ``2 h 10 min``: rounded up."""
    minutes = ceil(seconds / 60)
    if seconds <= 60:
        return f"{ceil(seconds)} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
