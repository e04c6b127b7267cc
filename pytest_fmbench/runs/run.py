"""What ``fmbench(...)`` returns: numbers that compare like numbers, and the records behind them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.comparison import AgainstStored
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.objective import Objective, Verdict
from pytest_fmbench.model.units import show
from pytest_fmbench.runs.figures import STATISTICS, Figures
from pytest_fmbench.runs.groups import figures_by_group
from pytest_fmbench.runs.verdicts.sequential import Looked

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Statistics:
    """A metric of many values: ``.mean``, ``.max``, ``.p50`` and any other percentile, each an estimate in SI units."""

    _figures: Figures
    _metric: str

    def __getattr__(self, statistic: str) -> Estimate:
        __tracebackhide__ = True  # a mistake stands in the case
        if statistic.startswith("_"):
            raise AttributeError(statistic)
        try:
            # a dot cannot stand in an attribute: p99_9 is the 99.9th percentile
            return self._figures.estimate(self._metric, statistic.replace("_", "."))
        except UnknownName as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *STATISTICS]

    def __str__(self) -> str:
        return "\n".join(repr(getattr(self, statistic)) for statistic in STATISTICS)

    def __repr__(self) -> str:
        # on a line: pytest shows it beside an assertion that fails
        told = ((name, getattr(self, name)) for name in STATISTICS)
        return f"<{self._metric}: {', '.join(f'{name} {show(one, one.unit)}' for name, one in told)}>"


@dataclass(frozen=True)
class Family:
    """Metrics whose names begin alike, as those of ``gpu``: ``run.gpu.power.mean``; or of ``task``."""

    _figures: Figures
    _name: str

    def __getattr__(self, word: str) -> Statistics | Estimate:
        __tracebackhide__ = True
        if word.startswith("_"):
            raise AttributeError(word)
        return _told(self._figures, f"{self._name}.{word}")

    def __dir__(self) -> list[str]:
        names = (name.partition(".") for name in self._figures.metrics)
        return [*super().__dir__(), *(word for family, _, word in names if word and family == self._name)]


def _told(figures: Figures, metric: str) -> Statistics | Estimate:
    """Of many values their statistics; else the one number."""
    __tracebackhide__ = True
    try:
        declared = figures.metrics[metric]
    except UnknownName as error:
        raise AttributeError(str(error)) from None
    return Statistics(figures, metric) if declared.kind.takes_statistic else figures.estimate(metric)


@dataclass(repr=False)
class Run:
    """One measurement. Every metric is an attribute: ``run.ttft.p95``, ``run.error_rate``.

    :param name: what reports call it.
    :param folder: where its records are.
    :param open_loop: requests began by the clock, so objectives on latency are judged from the schedule.
    :param certificate: what the run says of its own error.
    :param objectives: what it is judged by.
    :param shape_s: how long the shape of its load lasts, in seconds; 0 where that is always alike.
    :param looked: the looks that were made while it ran.
    :param cut: what was left out of its window because it was not steady yet, in words; empty where nothing was.
    :param decided: it ended when its objectives were decided, before its time.
    :param invalid: why it cannot be judged; filled in with the verdicts, empty where it can.
    :param verdicts: filled in when the case is judged, after the test function.
    :param stored: what a stored baseline says of it, filled in with the verdicts; None where there is none.
    :param usd: what it cost, tokens and its share of the hour, in dollars; None where nobody pays for it.
    :param unpaid: that the budget was spent before its time, in words; empty where it was not.
    """

    name: str
    figures: Figures
    folder: Path
    certificate: Certificate
    open_loop: bool = False
    objectives: tuple[Objective, ...] = ()
    looked: tuple[Looked, ...] = ()
    decided: bool = False
    cut: str = ""
    shape_s: float = 0.0
    invalid: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    stored: AgainstStored | None = None
    usd: float | None = None
    unpaid: str = ""

    def __repr__(self) -> str:
        return f"<run {self.name}>"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # Statistics, Family or Estimate, by the metric
        __tracebackhide__ = True
        if name.startswith("_") or "figures" not in vars(self):  # not filled in yet, as while it is copied
            raise AttributeError(name)
        if any(one.startswith(f"{name}.") for one in self.figures.metrics):
            return Family(self.figures, name)
        return _told(self.figures, name)

    def __dir__(self) -> list[str]:
        metrics = self.figures.metrics
        families = {name.partition(".")[0] for name in metrics if "." in name}
        return [*super().__dir__(), *sorted(families), *metrics]

    @property
    def valid(self) -> bool:
        """Whether its numbers can carry a verdict; known once the case is judged."""
        return not self.invalid

    @property
    def requests(self) -> pa.Table:
        """All requests of all phases, one a row, in order of sending."""
        return self.figures.measurement.requests

    @property
    def tasks(self) -> pa.Table | None:
        """All sessions of all phases, one a row, in order of their begin; None of a workload of single requests."""
        return self.figures.measurement.tasks

    @property
    def telemetry(self) -> pa.Table | None:
        """All that was sampled, one row a value, in order of time; None where nothing was."""
        found = self.figures.measurement.telemetry
        return None if found is None else found.rows

    @property
    def window(self) -> Window:
        """The steady part that the numbers are of; of several rounds, from the first one's begin to the last's end."""
        return self.figures.measurement.window

    @property
    def groups(self) -> dict[str, Run]:
        """The parts of a mix, each as a run of its own that nobody judges: ``run.groups["sql-lora"].ttft.p95``."""
        return {
            name: replace(
                self,
                name=f"{self.name} {name}",
                figures=one,
                objectives=(),
                looked=(),
                invalid=[],
                verdicts=[],
                stored=None,
            )
            for name, one in figures_by_group(self.figures).items()
        }
