"""The comparisons of a case: carried out, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.checks import seconds_of, window_of
from pytest_fmbench.runs.comparing.blocks import Blocks
from pytest_fmbench.runs.comparing.compare import Comparison, in_turns, see_that_they_suffice, shown, told
from pytest_fmbench.runs.comparing.judged import in_plain
from pytest_fmbench.runs.comparing.turns import Turns
from pytest_fmbench.runs.given import see_deployments
from pytest_fmbench.runs.measure import Measuring, limits_of
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.replays.playing import played, see_that_it_can_be_read
from pytest_fmbench.store.session import beside, write_json

_KIND, _FILE = "comparisons", "comparison.json"


@dataclass(frozen=True)
class Pair:
    """What is held against each other.

    :raises UsageError: for what is no deployment.
    """

    baseline: Deployment
    candidate: Deployment

    def __post_init__(self) -> None:
        see_deployments(self.baseline, self.candidate)


@dataclass(frozen=True)
class Blocked:
    """How long and how often; see :meth:`pytest_fmbench.runs.bench.Bench.compare`.

    :raises UsageError: for pairs that cannot be measured with.
    """

    duration: float | str | None
    pairs: int
    warmup: float | str

    def __post_init__(self) -> None:
        see_that_they_suffice(self.pairs)


@dataclass
class Comparisons:
    """Those of one case.

    :param folder: of the case's own records.
    :param how: whatever is measured is.
    :param how_of: each deployment is.
    :param window_s: of a run of this session.
    """

    case: str
    folder: Path
    pool: Pool
    how: Measuring
    how_of: Callable[[Deployment], Measuring]
    window_s: float
    _made: int = 0

    def add(self, pair: Pair, workload: Workload, load: Load, blocked: Blocked, name: str | None) -> Comparison:
        """Measure in turns, and write down what is found."""
        play, pairs = played(load, workload), blocked.pairs
        length_s = window_of(play.load, blocked.duration, self.window_s, windows=pairs)
        limits = limits_of(length_s / pairs, None, play.warmup(seconds_of(blocked.warmup)))
        see_that_it_can_be_read(play.workload)
        title, folder = name or f"{self.case} comparison", beside(self.folder, _KIND, self._made)
        self._made += 1
        turns = Turns(self.pool, self.how, self.case, pair.baseline, pair.candidate)
        block = Blocks(title, pairs, turns, turns.readied(play.workload), play.load, limits, self.how_of, folder)
        found = in_turns(Comparison(title, self.how.metrics, self.how.confidence), pairs, block)
        subject = {"baseline": pair.baseline.id, "candidate": pair.candidate.id}
        subject |= {"workload": repr(workload), "load": str(load)}
        judged = found.judged(*shown(found))
        write_json(folder / _FILE, subject | told(found) | {"judged": in_plain(judged, self.how.metrics)})
        for one in judged:
            self.how.observer.say(f"{title}: {one}")
        return found
