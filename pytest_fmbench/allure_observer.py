"""Allure's report, where allure-pytest makes one: parameters, steps and attachments of each benchmark case.

Cases are reported by the process that runs them, under xdist a worker, since allure-pytest listens there. What a
session has once is written by the controller.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_fmbench.missing import Missing
from pytest_fmbench.model.deployment import Deployment

if TYPE_CHECKING:
    from pytest_fmbench.runs.bench import Bench

ALLURE = "fmbench-allure"
"""Name of the plugin."""


class AllureCases:
    """Reports every case that takes ``fmbench``.

    :param config: of a session with ``--alluredir``.
    """

    def __init__(self, config: pytest.Config) -> None:
        from pytest_fmbench.sinks.allure import AllureSteps

        self.steps = AllureSteps()
        self._results = Path(config.getoption("allure_report_dir")).absolute()
        self._controls = not hasattr(config, "workerinput")
        self._deployments: set[str] | None = None
        self._missing = Missing()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Write parameters of our types as ids do: before anything can fail, since they tell whose history it is."""
        from pytest_fmbench.sinks.allure import parameter

        self.steps.restart()
        for name, value in _params(item).items():
            if type(value).__module__.startswith("pytest_fmbench."):
                parameter(name, str(value))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        """End a stage that an exception left open; last, so that it ends within allure-pytest's step of the fixture."""
        try:
            return (yield)
        except BaseException as error:
            self.steps.leave(error)
            raise

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Report a case once it has been judged; first, since the plugin judges in a hook of the same name."""
        __tracebackhide__ = True
        self.steps.restart()
        try:
            return (yield)
        except BaseException as error:
            self.steps.leave(error)
            raise
        finally:
            if "fmbench" in pyfuncitem.funcargs:
                self._report(pyfuncitem, cast("Bench", pyfuncitem.funcargs["fmbench"]))

    def _report(self, item: pytest.Function, bench: Bench) -> None:
        from pytest_fmbench.sinks.allure import attach_capacity, attach_log, attach_quality, attach_run, parameter
        from pytest_fmbench.sinks.allure_files import write_performance

        summaries = bench.summaries()
        subjects = {name: [summary[name] for summary in summaries] for name in ("deployment", "workload", "load")}
        subjects["sla"] = [", ".join(objective.text for objective in (*bench.objectives, *bench.promised))]
        for name, texts in subjects.items():
            if any(texts) and name not in _params(item):
                parameter(name, " | ".join(dict.fromkeys(texts)), identifies=False)
        for run, summary in zip(bench.runs, summaries, strict=True):
            apart = run.name if len(summaries) > 1 else ""
            attach_run(run, summary, apart)
            write_performance(self._results, f"{item.nodeid} {apart}".strip(), run, summary)
        for capacity in bench.capacities:
            attach_capacity(capacity)
        qualities = bench.qualities.found
        for found, told in zip(qualities, bench.qualities.told(), strict=True):
            attach_quality(found, told, found.name if len(qualities) > 1 else "")
        asked = (one for found in qualities for one in (found.deployment, found.baseline) if one)
        for deployment in dict.fromkeys([*_deployments(item), *subjects["deployment"], *asked]):
            attach_log(f"Server log of {deployment}", bench.pool.log(deployment))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell the controller of the deployments of a case, also of one that was not measured."""
        report = yield
        if "fmbench" in getattr(item, "fixturenames", ()):
            report.fmbench_deployments = _deployments(item)  # type: ignore[attr-defined]  # plain values, which xdist carries over
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the names of deployments."""
        named = getattr(report, "fmbench_deployments", None)
        if named is not None:
            measured = [summary["deployment"] for summary in getattr(report, "fmbench", None) or ()]
            self._deployments = {*(self._deployments or ()), *named, *measured}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what the session has once; a session without its report fails."""
        if self._controls and self._deployments is not None:
            with self._missing.noted():
                self._write_session(sorted(self._deployments))
            self._missing.fail(session)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what could not be written."""
        self._missing.tell(terminalreporter)

    def _write_session(self, deployments: list[str]) -> None:
        from pytest_fmbench.sinks.allure_executor import write_executor
        from pytest_fmbench.sinks.allure_files import write_categories, write_environment
        from pytest_fmbench.store.session import provenance

        write_categories(self._results)
        write_executor(self._results, os.environ)
        write_environment(self._results, provenance({}), deployments)


def _params(item: pytest.Item) -> Mapping[str, object]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec else {}


def _deployments(item: pytest.Item) -> list[str]:
    """Ids of those that the case is parametrized with."""
    return [value.id for value in _params(item).values() if isinstance(value, Deployment)]
