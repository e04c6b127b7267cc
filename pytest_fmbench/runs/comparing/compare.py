"""Two deployments, measured in turns: what ``fmbench.compare(...)`` does and returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_fmbench.errors import InvalidMeasurement, UnknownName, UsageError
from pytest_fmbench.metrics.base import Metric, named, of_requests, of_sessions
from pytest_fmbench.model.comparison import Compared
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.comparing.contrasted import COMPARABLE, Against, Contrasted, ContrastedFamily
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.certify import LEAST_S, SHARE_OF_LIMIT, own_error_s
from pytest_fmbench.sla import quantile_of
from pytest_fmbench.stats.comparison import judge
from pytest_fmbench.stats.contrast import Contrast, paired
from pytest_fmbench.stats.paired import MINIMUM_PAIRS
from pytest_fmbench.stats.pooled import Block, is_empty

SHOWN = ("ttft.p50", "ttft.p95", "e2e.p50", "e2e.p95", "output_token_rate", "error_rate")
"""Statistics that are told of every comparison, judged together."""

OF_TASKS = ("task.e2e.p50", "task.success", "tool_calls.valid")
"""Those of tasks, where both have any."""

SAMPLED = ("energy_per_1k_tokens",)
"""Those that are told where they were sampled in all blocks of both."""

PAIRS = 12
"""From eight on little is lost; an even number lets what changes steadily cancel."""

Measure = Callable[[str, int, int], Run]
"""Measures one block: whose it is, ``baseline`` or ``candidate``, the pair it belongs to, and its place among all."""


@dataclass
class Comparison:
    """Two deployments, measured in turns. Every metric is an attribute: ``comparison.ttft.p95.ratio.high < 1.05``.

    :param baseline: a run a block, in order of time; ``candidate`` likewise. Blocks of the same place are a pair.
    :param confidence: two-sided level of the ratios that are shown.
    """

    name: str
    metrics: Registry[Metric] = field(repr=False)
    confidence: float
    baseline: list[Run] = field(default_factory=list, repr=False)
    candidate: list[Run] = field(default_factory=list, repr=False)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # Contrasted, ContrastedFamily or Against, by the metric
        __tracebackhide__ = True
        if name.startswith("_") or "metrics" not in vars(self):  # not filled in yet, as while it is copied
            raise AttributeError(name)
        if any(one.startswith(f"{name}.") for one in self.metrics):
            return ContrastedFamily(self, name)
        return self.of_metric(name)

    def of_metric(self, metric: str) -> Contrasted | Against:
        """A metric of many values by its statistics, else the one number.

        :raises AttributeError: for a metric that there is not.
        """
        __tracebackhide__ = True
        try:
            declared = self.metrics[metric]
        except UnknownName as error:
            raise AttributeError(str(error)) from None
        return Contrasted(self, metric) if declared.kind.takes_statistic else self.against(metric)

    def against(self, name: str) -> Against:
        """One statistic by its name, such as ``ttft.p95`` or ``goodput``.

        :raises UnknownName: for a metric or statistic that there is not.
        :raises UsageError: for a largest value, whose ratio nothing bounds.
        """
        found = self._contrast(name)
        return Against(found.baseline, found.candidate, found.ratio(self.confidence))

    def judged(self, *names: str, alpha: float = 0.05, margin: float = 0.05) -> tuple[Compared, ...]:
        """Verdicts on several statistics at once; the risk of any false regression among them is ``alpha``.

        :param margin: share of the baseline that does not matter either way.
        :raises UnknownName: as :meth:`against`.
        :raises UsageError: as :meth:`against`, and as :func:`~pytest_fmbench.stats.comparison.judge`.
        """
        return judge([self._contrast(name) for name in names], alpha=alpha, margin=margin)

    def _contrast(self, name: str) -> Contrast:
        metric, statistic = named(name, self.metrics)
        declared = self.metrics[metric]
        if declared.kind.takes_statistic != bool(statistic):
            raise UnknownName("statistic", statistic, STATISTICS if declared.kind.takes_statistic else ())
        if statistic == "max":
            raise UsageError(
                f"{name}: one that comes later may be any larger, so no ratio of largest values is bounded"
            )
        q = None if statistic in {"", "mean"} else quantile_of(statistic)
        if q is None and statistic not in {"", "mean"}:
            raise UnknownName("statistic", statistic, STATISTICS)
        before, after = ([_block(run, metric) for run in arm] for arm in (self.baseline, self.candidate))
        return paired(name, before, after, q, unit=declared.unit, better=declared.better)


def see_that_they_suffice(pairs: int) -> None:
    """See that there are so many pairs that a ratio can be bounded.

    :raises UsageError: for fewer than four.
    """
    if not isinstance(pairs, int) or pairs < MINIMUM_PAIRS:
        raise UsageError(f"pairs={pairs!r}: a comparison takes a whole number of pairs, {MINIMUM_PAIRS} at least")


def in_turns(comparison: Comparison, pairs: int, measure: Measure) -> Comparison:
    """Fill ``comparison`` in ABBA order: baseline, candidate, candidate, baseline, and so on; returns it."""
    arms = {"baseline": comparison.baseline, "candidate": comparison.candidate}
    for pair in range(pairs):
        for turn, (arm, runs) in enumerate([*arms.items()][:: -1 if pair % 2 else 1]):
            runs.append(measure(arm, pair, 2 * pair + turn))
    return comparison


def see_that_it_was_in_time(run: Run) -> None:
    """See that our own error could not pass for a difference.

    :raises InvalidMeasurement: where it is more than 1 ms and more than 2 % of the mean time to the first token.
    """
    error_s = own_error_s(run, "ttft")
    if error_s > max(LEAST_S, SHARE_OF_LIMIT * float(run.ttft.mean)):
        raise InvalidMeasurement(
            f"{run.name}: our own error is up to {show(error_s, Unit.SECOND)} (p99); "
            "use more --fmbench-workers, a lower load or another host"
        )


def told(comparison: Comparison) -> dict[str, Any]:
    """A comparison as plain values: every statistic with its ratio."""
    names = [
        f"{metric}.{statistic}" if statistic else metric
        for metric in _listed(comparison)
        for statistic in (COMPARABLE if comparison.metrics[metric].kind.takes_statistic else ("",))
    ]
    return {"name": comparison.name, "pairs": len(comparison.baseline)} | {
        "statistics": {name: _plain(comparison.against(name)) for name in (*names, *_sampled(comparison))}
    }


def shown(comparison: Comparison) -> list[str]:
    """The statistics that are told of it."""
    of_tasks = [name for name in OF_TASKS if _has_tasks(comparison) and not _lacks(comparison, name)]
    return [*SHOWN, *of_tasks, *(name for name in SAMPLED if name in _sampled(comparison))]


def _listed(comparison: Comparison) -> list[str]:
    """Metrics that are made of requests, and of tasks where all blocks are of sessions."""
    of_tasks = of_sessions(comparison.metrics) if _has_tasks(comparison) else ()
    return [*of_requests(comparison.metrics), *of_tasks]


def _has_tasks(comparison: Comparison) -> bool:
    runs = (*comparison.baseline, *comparison.candidate)
    return bool(runs) and all(run.figures.measurement.tasks is not None for run in runs)


def _lacks(comparison: Comparison, figure: str) -> bool:
    """Whether no block has anything of it, as conversations have no calls of tools."""
    metric, _ = named(figure, comparison.metrics)
    return all(is_empty(_block(run, metric)) for run in (*comparison.baseline, *comparison.candidate))


def _sampled(comparison: Comparison) -> Iterator[str]:
    """What was sampled in every block of both: means, and what is one number."""
    runs = (*comparison.baseline, *comparison.candidate)
    for name, metric in ((name, comparison.metrics[name]) for name in comparison.metrics):
        if metric.needs and not any(is_empty(_block(run, name)) for run in runs):
            yield f"{name}.mean" if metric.kind.takes_statistic else name


def _plain(found: Against) -> dict[str, float | None]:
    values = {
        "baseline": found.baseline,
        "candidate": found.candidate,
        "ratio": float(found.ratio),
        "low": found.ratio.low,
        "high": found.ratio.high,
        "confidence": found.ratio.confidence,
    }
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _block(run: Run, metric: str) -> Block:
    samples = run.figures.samples(metric)
    if isinstance(samples, (Share, Rate)):
        return samples
    return samples[~np.isnan(samples)]
