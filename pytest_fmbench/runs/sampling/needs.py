"""Objectives on telemetry: what they need, and whether it is there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from pytest_fmbench.errors import UsageError
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.sampled import Cost, Telemetry
from pytest_fmbench.runs.run import Run
from pytest_fmbench.telemetry.base import Source


def see_that_they_can_be_sampled(
    objectives: Sequence[Objective],
    metrics: Registry[Metric],
    sources: Mapping[str, Source],
    absent: Mapping[str, str],
) -> None:
    """See that some source may tell what each of ``objectives`` needs.

    :param absent: why each other source is not there.
    :raises UsageError: for the first that none can tell, with what is there and why the others are not.
    """
    told = {f"{source.family}.{word}" for source in sources.values() for word in source.words}
    for objective in objectives:
        needs = metrics[objective.metric].needs
        if needs and not told.intersection(needs):
            raise UsageError(
                f"{objective.text!r} cannot be measured: no source tells {' or '.join(needs)}. "
                f"There are: {', '.join(sorted(told)) or 'none'}. {_why_not(absent)}".rstrip()
            )


def see_that_anything_is_sampled(objectives: Sequence[Objective], metrics: Registry[Metric]) -> None:
    """See that no objective needs telemetry, where there is none.

    :raises UsageError: for the first that does.
    """
    for objective in objectives:
        if metrics[objective.metric].needs:
            raise UsageError(f"{objective.text!r} cannot be measured: nothing is sampled (--fmbench-telemetry off)")


def unmeasured(run: Run, objectives: Sequence[Objective]) -> Iterator[str]:
    """Why nothing can be said of an objective on telemetry, for each of which that is so: it is never a pass."""
    for objective in objectives:
        needs = run.figures.metrics[objective.metric].needs
        told = run.figures.measurement.telemetry
        if needs and math.isnan(run.figures.estimate(objective.metric, objective.statistic)):
            yield f"{objective.text}: not measured: {_missing(needs, told)}"
        elif needs and told is not None and (failed := _mostly_failed(needs, told)):
            yield f"{objective.text}: not measured: {failed}"


def gaps(run: Run) -> Iterator[str]:
    """Each source that failed in the middle of the run."""
    told = run.figures.measurement.telemetry
    for name, one in told.costs.items() if told is not None else ():
        if one.gaps:
            yield f"{run.name}: the source {_failed(name, one)}"


def _mostly_failed(needs: Sequence[str], told: Telemetry) -> str:
    """A source that tells it and failed more often than not, in words: what it did not tell may be the worst."""
    families = {name.partition(".")[0] for name in needs}
    bad = [_failed(name, one) for name, one in told.costs.items() if one.family in families and one.gaps > one.samples]
    return "; ".join(bad)


def _failed(name: str, one: Cost) -> str:
    return f"{name} failed {one.gaps} of {one.gaps + one.samples} times, at last: {one.fault}"


def _missing(needs: Sequence[str], telemetry: Telemetry | None) -> str:
    what = f"no sample of {' or '.join(needs)} for the window"
    if telemetry is None:
        return f"{what}, since nothing was sampled"
    faults = [_failed(name, one) for name, one in telemetry.costs.items() if one.gaps]
    return "; ".join([what, *faults, _why_not(telemetry.absent)]).rstrip("; ")


def _why_not(absent: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in absent.items())
