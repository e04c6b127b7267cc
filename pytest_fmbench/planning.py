"""``--fmbench-plan``: cases are told apart instead of run, and what they would take is told."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_fmbench.assembly import planning_bench_of
from pytest_fmbench.errors import StoreError
from pytest_fmbench.options import recorded_options
from pytest_fmbench.stash import FOLDER, SETTINGS

if TYPE_CHECKING:
    from pytest_fmbench.runs.plans.bench import PlanningBench
    from pytest_fmbench.runs.pool import Pool

PLAN = pytest.StashKey[dict[str, Any]]()
"""Of a case that was planned: plain values, which xdist carries."""
FILE = "plan.json"

_PLANNED = "planned (--fmbench-plan)"


def planned_bench(item: pytest.Item, pool: Pool) -> PlanningBench:
    """The ``fmbench`` of a case that is planned."""

    def tell(plan: dict[str, Any]) -> NoReturn:
        end_as_planned(item, plan)

    return planning_bench_of(item, pool, tell)


def end_as_planned(item: pytest.Item, plan: dict[str, Any]) -> NoReturn:
    """Keep a case's plan, the first that it has, and end it there: skipped, which no ``except Exception`` stops."""
    item.stash.setdefault(PLAN, plan)
    pytest.skip(_PLANNED)


def end_at_endpoint(item: pytest.Item) -> NoReturn:
    """End a case that needs its live server before it measures."""
    from pytest_fmbench.runs.plans.bench import unknown

    end_as_planned(item, unknown("it asks for its live endpoint first"))


class Planning:
    """Skips what is no benchmark, carries the plans of cases to the controller, prints and keeps them there."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: Path = config.stash[FOLDER]
        self._plans: dict[str, dict[str, Any]] = {}
        self._told: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Leave out other tests: a plan runs nothing."""
        if not {"fmbench", "endpoint"} & {*getattr(item, "fixturenames", ())}:
            pytest.skip("no benchmark (--fmbench-plan)")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach the plan to the report of the phase that it ended, or, where a case caught that, of the call."""
        report = yield
        if report.when != "teardown":
            report.fmbench_plan = item.stash.get(PLAN, None)  # type: ignore[attr-defined]  # plain values, for xdist
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a case's plan."""
        plan = getattr(report, "fmbench_plan", None)
        if plan is not None:
            self._plans[report.nodeid] = plan

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write ``plan.json``; a session without it fails."""
        if not self._plans or hasattr(self._config, "workerinput"):
            return
        from pytest_fmbench.runs.plans.totals import created_of, total_of
        from pytest_fmbench.sinks.plan_table import render_plan
        from pytest_fmbench.store.session import provenance, write_json

        total = total_of([*self._plans.values()], in_parallel=self._config.getoption("dist", "no") != "no")
        total["created"] = created_of([*self._plans.values()], self._config.stash[SETTINGS].duration_s)
        self._told = render_plan(self._plans, total)
        path = self._folder / FILE
        kept = {
            "session": provenance(recorded_options(self._config)),
            "cases": [{"case": case, **plan} for case, plan in self._plans.items()],
            "total": total,
        }
        try:
            write_json(path, kept)
            self._told.append(f"plan: {path}")
        except StoreError as error:
            self._told.append(f"the plan is missing: {error}")
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the plan."""
        terminalreporter.section("fmbench plan: nothing was run")
        for line in self._told or ["no case was planned"]:
            terminalreporter.write_line(line)
