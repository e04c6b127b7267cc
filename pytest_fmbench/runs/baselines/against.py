"""Holding a run against a stored baseline: whether the conditions are alike, and whether anything is worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.model.certificate import certificate_in
from pytest_fmbench.model.comparison import AgainstStored, Compared
from pytest_fmbench.model.conditions import UNKNOWN, Conditions, differences
from pytest_fmbench.runs.comparing.judged import in_plain
from pytest_fmbench.runs.comparing.pair import Pair, doubt
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.stats.comparison import judge
from pytest_fmbench.store.packed import Stored
from pytest_fmbench.store.table import read_measurement_of
from pytest_fmbench.store.tasks import read_tasks_of
from pytest_fmbench.store.telemetry import read_telemetry_of

_LACKS = "it lacks this case; cases are known by their node ids, which begin at pytest's rootdir"


@dataclass(frozen=True)
class Reference:
    """What runs are held against.

    :param despite: groups of conditions that may differ.
    """

    baseline: Stored
    despite: frozenset[str] = frozenset()

    def against(self, run: Run, subject: Mapping[str, Any], strictness: Strictness, *, runs: int) -> AgainstStored:
        """What the baseline says of ``run``, which its folder's name finds again: of the same case, and in it the same.

        Both are computed from their records, by the same formulas and with the run's own promises.

        :param subject: of the run: its ``conditions``, and its ``workload`` in words.
        :param strictness: the risk of a false regression is 1 - its confidence, the margin its tolerance.
        :param runs: of the case, which share the risk.
        :raises StoreError: when the baseline cannot be read.
        """
        found, case = AgainstStored(self.baseline.name, runs), run.folder.name
        if case not in self.baseline.cases:
            return replace(found, lacking=_LACKS)
        kept = self.baseline.summary(case)
        told = _differences(kept, subject)
        refused = tuple(line for group in told if group not in self.despite for line in told[group])
        let = tuple(line for group in told if group in self.despite for line in told[group])
        found = replace(found, differences=refused, despite=let, notes=(*_notes(kept, run, subject["conditions"]),))
        if refused:
            return found
        pair = Pair(self._run(case, kept, run), run)
        found = replace(found, notes=(*found.notes, *pair.lacking()))

        def judged(names: Sequence[str], *, own_error: bool) -> tuple[Compared, ...]:
            contrasts = [pair.contrast(name, own_error=own_error) for name in names]
            return judge(contrasts, alpha=1.0 - strictness.confidence, margin=strictness.tolerance, cases=runs)

        names = [*pair.names()]
        statistics = judged(names, own_error=False)
        if problem := doubt(pair, statistics, judged(names, own_error=True)):
            return replace(found, doubt=problem)
        return replace(found, statistics=statistics)

    def _run(self, case: str, kept: Mapping[str, Any], like: Run) -> Run:
        """The baseline's own run, with the promises that ``like`` is judged by."""
        where = self.baseline.where(case)
        table = read_measurement_of(self.baseline.table(case), where)
        told = read_telemetry_of(self.baseline.telemetry(case), f"the telemetry beside {where}")
        tasks = read_tasks_of(self.baseline.tasks(case), f"the tasks beside {where}")
        measurement = replace(table, promises=like.figures.measurement.promises, telemetry=told, tasks=tasks)
        figures = Figures(measurement, like.figures.metrics)
        return Run(f"{kept.get('name')} in the baseline", figures, like.folder, certificate_in(kept, where))


def plain(found: AgainstStored, run: Run) -> dict[str, Any]:
    """As plain values."""
    return {
        "name": found.baseline,
        "runs": found.runs,
        "lacking": found.lacking,
        "differences": list(found.differences),
        "doubt": found.doubt,
        "despite": list(found.despite),
        "notes": list(found.notes),
        "statistics": in_plain(found.statistics, run.figures.metrics),
    }


def _notes(kept: Mapping[str, Any], run: Run, conditions: Conditions) -> Iterator[str]:
    if all(value == UNKNOWN for value in conditions["stack"].values()):
        yield "the server does not say which software it is: that it is the same is taken for granted"
    for whose, early in (("the baseline's", kept.get("decided")), ("this run's", run.decided)):
        if early:
            yield f"{whose} window ended with its SLA's verdict; --fmbench-sampling fixed measures for the whole time"


def _differences(kept: Mapping[str, Any], subject: Mapping[str, Any]) -> dict[str, list[str]]:
    """In words, by group; of prompts, whose hashes say nothing, also what the workloads call themselves."""
    before = kept.get("conditions")
    found = differences(before if isinstance(before, Mapping) else {}, subject["conditions"])
    named = f" ({kept.get('workload')!s:.80} -> {subject['workload']!s:.80})"
    return {
        group: [f"{group} {line}{named if group == 'workload' else ''}" for line in lines]
        for group, lines in found.items()
    }
