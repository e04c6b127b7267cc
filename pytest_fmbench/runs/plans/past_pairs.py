"""What an earlier session measured of the same comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.errors import StoreError
from pytest_fmbench.runs.plans.past import NEVER, Past
from pytest_fmbench.store.session import read_json
from pytest_fmbench.store.table import read_measurement

_SUMMARY, _REQUESTS = "comparison.json", "requests.parquet"


@dataclass(frozen=True)
class PairsSubject:
    """What two comparisons have in common that are of the same question; as ``comparison.json`` writes it."""

    baseline: str
    candidate: str
    workload: str
    load: str


@dataclass(frozen=True)
class PastPairs:
    """An earlier comparison, a :class:`~pytest_fmbench.runs.plans.past.Pace` over all of its blocks.

    :param session: name of its session.
    :param baseline: its blocks, block k beside block k of the ``candidate``.
    """

    session: str
    baseline: tuple[Past, ...]
    candidate: tuple[Past, ...]

    @property
    def blocks(self) -> tuple[Past, ...]:
        """Of both arms."""
        return (*self.baseline, *self.candidate)

    @property
    def block_s(self) -> float:
        """How long a block was, in seconds."""
        return _mean([one.measurement.window.seconds for one in self.blocks])

    @property
    def requests(self) -> int:
        """Of all blocks."""
        return sum(one.requests for one in self.blocks)

    @property
    def rate(self) -> float:
        """Of all blocks together."""
        return self.requests / sum(one.measurement.window.seconds for one in self.blocks)

    @property
    def drain_s(self) -> float:
        """Of a block on average."""
        return _mean([one.drain_s for one in self.blocks])

    def first_replies_s(self, users: int) -> float:
        """Of a block on average."""
        return _mean([one.first_replies_s(users) for one in self.blocks])


@dataclass(frozen=True)
class FoundPairs:
    """What was found of a comparison.

    :param past: the newest one; None where there is none.
    :param why: there is none; empty where there is one.
    """

    past: PastPairs | None = None
    why: str = NEVER


def of_comparison(sessions: Path, subject: PairsSubject) -> FoundPairs:
    """The newest comparison of ``subject``, whichever case made it.

    :param sessions: the folder that holds them.
    """
    try:
        for comparisons in sorted(sessions.glob("*/comparisons"), reverse=True):  # names of sessions sort by time
            for folder in sorted(one for one in comparisons.iterdir() if (one / _SUMMARY).is_file()):
                kept = read_json(folder / _SUMMARY)
                if vars(subject).items() <= kept.items():
                    arms = (_arm(folder, comparisons.parent.name, arm) for arm in ("baseline", "candidate"))
                    return FoundPairs(PastPairs(comparisons.parent.name, *arms), "")
    except StoreError as error:
        return FoundPairs(why=str(error))
    return FoundPairs()


def _arm(folder: Path, session: str, arm: str) -> tuple[Past, ...]:
    """Its blocks, in order of pairs: their folders are named by their places among all."""
    return tuple(Past(session, read_measurement(block / _REQUESTS)) for block in sorted(folder.glob(f"*-{arm}")))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
