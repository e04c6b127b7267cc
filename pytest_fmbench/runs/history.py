"""What earlier sessions measured of the same question: what a plan expects is read off their records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.phases import in_phases
from pytest_fmbench.runs.report import REQUESTS, SUMMARY
from pytest_fmbench.store.session import read_json
from pytest_fmbench.store.table import read_measurement

NEVER = "never measured"


@dataclass(frozen=True)
class Subject:
    """What two measurements have in common that are of the same question; as ``case.json`` writes it."""

    deployment: str
    workload: str
    load: str

    def fits(self, kept: dict[str, Any]) -> bool:
        """Whether a valid run of it was kept. An invalid one says more of the load generator than of the server."""
        same = all(kept.get(name) == value for name, value in vars(self).items())
        return same and not kept.get("invalid", True)


@dataclass(frozen=True)
class Past:
    """An earlier run.

    :param session: name of its session.
    :param measurement: its requests and its window.
    :param runs: how many measurements its case made then.
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
        """Requests that began in a second of its window."""
        return self.requests / self.measurement.window.seconds

    def first(self, requests: int) -> Window:
        """The part of its window in which so many requests began."""
        return in_phases(self.measurement.requests, self.measurement.window, requests)[1]

    @property
    def drain_s(self) -> float:
        """How long after its window the last of the window's requests ended, in seconds."""
        ends = self.measurement.window_requests["done_ns"].drop_null().to_numpy()
        return max(0.0, (int(ends.max(initial=0)) - self.measurement.window.end_ns) / 1e9)

    def first_replies_s(self, users: int) -> float:
        """How long it took from the first request until so many had ended, in seconds."""
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
    for cases in _newest_first(sessions):
        runs = sorted(one for one in cases.iterdir() if numbered.fullmatch(one.name))
        found = _newest(cases, runs, subject, len(runs), {"case": case})
        if found is not None:
            return found
    return Found(why=NEVER)


def of_any_case(sessions: Path, subject: Subject) -> Found:
    """The newest valid run of ``subject``, whichever case made it."""
    for cases in _newest_first(sessions):
        found = _newest(cases, sorted(cases.iterdir()), subject, 1, {})
        if found is not None:
            return found
    return Found(why=NEVER)


def _newest_first(sessions: Path) -> Iterable[Path]:
    return sorted(sessions.glob("*/cases"), reverse=True)  # their names sort by time


def _newest(cases: Path, folders: Iterable[Path], subject: Subject, runs: int, also: dict[str, str]) -> Found | None:
    """What the first folder holds that fits; None if none does."""
    try:
        for folder in folders:
            if not ((folder / SUMMARY).is_file() and (folder / REQUESTS).is_file()):
                continue
            kept = read_json(folder / SUMMARY)
            if subject.fits(kept) and also.items() <= kept.items():
                return Found(Past(cases.parent.name, read_measurement(folder / REQUESTS), runs))
    except StoreError as error:
        return Found(why=str(error))
    return None
