"""What earlier sessions measured of the same question: what a plan expects is read off their records."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pytest_fmbench.errors import StoreError
from pytest_fmbench.metrics import input_tokens, output_tokens
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.crew.phases import in_phases
from pytest_fmbench.runs.report import REQUESTS, SUMMARY
from pytest_fmbench.store.session import read_json
from pytest_fmbench.store.table import read_measurement

NEVER = "never measured"
INVALID = "only invalid runs, which say more of the load generator than of the server"


@dataclass(frozen=True)
class Subject:
    """What two measurements have in common that are of the same question; as ``case.json`` writes it."""

    deployment: str
    workload: str
    load: str

    def fits(self, kept: dict[str, Any]) -> bool:
        """Whether a run of it was kept."""
        return all(kept.get(name) == value for name, value in vars(self).items())


class Pace(Protocol):
    """How fast a server was."""

    @property
    def rate(self) -> float:
        """Requests that began in a second of the window."""
        ...

    @property
    def drain_s(self) -> float:
        """How long after the window the last of its requests ended, in seconds."""
        ...

    def first_replies_s(self, users: int) -> float:
        """How long it took from the first request until so many had ended, in seconds."""
        ...


@dataclass(frozen=True)
class Past:
    """An earlier run; a :class:`Pace`.

    :param session: name of its session.
    :param measurement: its requests and its window.
    :param runs: how many there were then to choose from: of its case, the measurements that it made.
    """

    session: str
    measurement: Measurement
    runs: int = 1

    @property
    def requests(self) -> int:
        """Of its window; one at least, or there would be no record."""
        return int(self.measurement.window_requests.num_rows)

    @property
    def rate(self) -> float:
        """Of its window."""
        return self.requests / self.measurement.window.seconds

    @property
    def tokens_each(self) -> float:
        """Input and output tokens of a request, on average; 0 where none were counted."""
        counts = (input_tokens.compute(self.measurement), output_tokens.compute(self.measurement))
        return sum(float(np.nanmean(one)) for one in counts if not np.isnan(one).all())

    def first(self, requests: int) -> Window:
        """The part of its window in which so many requests began."""
        return in_phases(self.measurement.requests, self.measurement.window, requests)[1]

    @property
    def drain_s(self) -> float:
        """Of those that have an end."""
        ends = self.measurement.window_requests["done_ns"].drop_null().to_numpy()
        return max(0.0, (int(ends.max(initial=0)) - self.measurement.window.end_ns) / 1e9)

    def first_replies_s(self, users: int) -> float:
        """Of all phases; until all had ended where there are fewer."""
        table = self.measurement.requests
        ends = np.sort(table["done_ns"].drop_null().to_numpy())
        if ends.size == 0:
            return 0.0
        return max(0.0, float(ends[min(users, ends.size) - 1] - table["begun_ns"].to_numpy().min()) / 1e9)


@dataclass(frozen=True)
class Found:
    """What was found of a question.

    :param past: the newest run of it; None where there is none.
    :param why: there is none; empty where there is one.
    """

    past: Past | None = None
    why: str = ""


def of_case(sessions: Path, folder: str, case: str, subject: Subject) -> Found:
    """The newest valid run of ``subject`` by a case.

    :param sessions: the folder that holds them.
    :param folder: name of the case's folder in a session; a second run of the case is beside it, as ``folder.2``.
    :param case: what reports call it.
    """
    numbered = re.compile(rf"{re.escape(folder)}(\.\d+)?")

    def runs_of(cases: Path) -> list[Path]:
        return [one for one in cases.iterdir() if numbered.fullmatch(one.name)]

    return _newest(sessions, runs_of, lambda kept: subject.fits(kept) and kept.get("case") == case)


def of_any_case(sessions: Path, subject: Subject) -> Found:
    """The newest valid run of ``subject``, whichever case made it."""
    return _newest(sessions, lambda cases: [*cases.iterdir()], subject.fits)


def _newest(sessions: Path, runs_of: Callable[[Path], list[Path]], fits: Callable[[dict[str, Any]], bool]) -> Found:
    """The newest valid run that ``fits``, of several in a session the longest.

    :param runs_of: folders of runs to look at, given those of a session's cases.
    """
    why = NEVER
    for cases in sorted(sessions.glob("*/cases"), reverse=True):  # names of sessions sort by time
        runs = sorted(one for one in runs_of(cases) if (one / SUMMARY).is_file() and (one / REQUESTS).is_file())
        try:
            alike = {run: kept for run in runs if fits(kept := read_json(run / SUMMARY))}
            valid = [run for run, kept in alike.items() if kept.get("invalid") == []]
            if valid:
                longest = max(valid, key=lambda run: float(alike[run].get("window_s", 0.0)))
                return Found(Past(cases.parent.name, read_measurement(longest / REQUESTS), len(runs)))
        except StoreError as error:
            return Found(why=str(error))
        why = INVALID if alike else why
    return Found(why=why)
