"""Pytest hooks and core fixtures: they tell the rooms below what pytest wants, and pytest what came of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_fmbench import hookspecs
from pytest_fmbench.assembly import baseline_of, bench_of, pool_of
from pytest_fmbench.collecting import (
    deployments_of,
    is_right,
    mistakes_of,
    parametrizes,
    promises_of,
    see_that_promises_are_kept_by_somebody,
)
from pytest_fmbench.errors import FmbenchError, Inconclusive, NotAllowed, StoreError, UsageError
from pytest_fmbench.items import deployment_of
from pytest_fmbench.judging import judge, settled, told
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.options import add_options, read_settings, recorded_options
from pytest_fmbench.planning import end_at_endpoint, planned_bench
from pytest_fmbench.progress import observer_of
from pytest_fmbench.registering import register_others
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.scheduling import make_scheduler
from pytest_fmbench.stash import (
    BASELINE,
    BENCH,
    DEPLOYMENTS,
    FOLDER,
    MISTAKEN,
    OBJECTIVES,
    POOL,
    PROMISES,
    RESUMED,
    SETTINGS,
)
from pytest_fmbench.store.session import new_session_name, provenance, write_json

if TYPE_CHECKING:
    from pytest_fmbench.model.endpoint import Endpoint
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.cap import TokenCap
    from pytest_fmbench.runs.plans.bench import PlanningBench
    from pytest_fmbench.runs.pool import Pool

_MARKERS = (
    'sla(*objectives): what the case promises, such as sla("ttft.p95 < 500ms", "error_rate <= 0%")',
    "deployments(*deployments): what the case is run against",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ``--fmbench-*`` options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks of :mod:`pytest_fmbench.hookspecs`."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and declare the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    try:
        config.stash[SETTINGS] = read_settings(config)
        config.stash[BASELINE] = baseline_of(config)
        config.stash[PROMISES] = promises_of(config)
    except (UsageError, StoreError) as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[DEPLOYMENTS] = {}
    config.stash[FOLDER] = config.stash[SETTINGS].output / _session_name(config)
    register_others(config)


def _session_name(config: pytest.Config) -> str:
    """The controller's, in every xdist worker."""
    worker = getattr(config, "workerinput", None)
    resumed = config.stash[SETTINGS].resume
    if worker:
        return str(worker["fmbench_session"])
    return new_session_name() if resumed is None else resumed.name


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401  # xdist's WorkerController; xdist may be absent
    """Tell an xdist worker which session it belongs to."""
    node.workerinput["fmbench_session"] = node.config.stash[FOLDER].name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401  # xdist's
    """Keep the cases of one deployment, and all that run on this machine, on one worker."""
    return make_scheduler(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a case that takes ``deployment`` one item a deployment; first, so that its id leads the brackets."""
    if "deployment" not in metafunc.fixturenames or parametrizes(metafunc, "deployment"):
        return
    deployments = deployments_of(metafunc)
    if not deployments:
        return  # the fixture says where they come from
    identities = [deployment.id for deployment in deployments]
    doubles = sorted({name for name in identities if identities.count(name) > 1})
    if doubles:
        told = f"{metafunc.definition.nodeid}: deployments occur twice: {', '.join(doubles)}"
        raise pytest.Collector.CollectError(told)  # which is shown without our frames
    metafunc.parametrize("deployment", deployments, ids=identities, indirect=True, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, object, object]:
    """Find mistakes in SLAs and deployments while collecting, before anything is provisioned."""
    made = yield
    return [item for item in made if is_right(collector, item)] if isinstance(made, list) else made


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Hand what was found to be wrong to the report, which stays passed for now, so that classes are looked into."""
    report = yield
    report.fmbench_mistakes = mistakes_of(collector)  # type: ignore[attr-defined]  # a plain value, which xdist carries
    return report


@pytest.hookimpl(wrapper=True)
def pytest_collectreport(report: pytest.CollectReport) -> Generator[None, None, None]:
    """Fail the collection of what has mistakes, all told at once: the session ends before anything is started."""
    mistakes = getattr(report, "fmbench_mistakes", "")
    if mistakes and report.passed:
        report.outcome, report.longrepr = "failed", mistakes
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave an xdist worker nothing to run after a mistake: xdist itself goes on after errors of collection."""
    worker = hasattr(config, "workerinput")
    if worker and not config.getoption("continue_on_collection_errors") and config.stash.get(MISTAKEN, False):
        items.clear()
    if session.testsfailed:
        return  # what could not be collected is the first thing to tell, and may be what an SLA is about
    try:
        see_that_promises_are_kept_by_somebody(config)
    except UsageError as mistake:
        if not worker:
            raise pytest.UsageError(str(mistake)) from None
        items.clear()  # xdist would take the error for a crash
        config.workeroutput["fmbench_mistake"] = str(mistake)  # type: ignore[attr-defined]  # xdist's, for its controller


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """What is measured: one of the case's deployments, as a frozen spec; see ``endpoint`` for the live server."""
    if not hasattr(request, "param"):
        raise UsageError(
            "there is no deployment: mark the case with deployments(...), implement pytest_fmbench_deployments in "
            "a conftest, or name a running endpoint with --fmbench-url and --fmbench-model"
        )
    return cast("Deployment", request.param)


@pytest.fixture
def endpoint(request: pytest.FixtureRequest, deployment: Deployment, _fmbench_pool: Pool) -> Endpoint:
    """The live server of ``deployment``: where it is and how to talk to it."""
    if request.config.stash[SETTINGS].plan:
        end_at_endpoint(request.node)
    try:
        return _fmbench_pool.acquire(deployment).endpoint
    except NotAllowed as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def _fmbench_pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    config = request.config
    session = config.stash[FOLDER] / "session.json"
    if not (session.exists() or config.stash[SETTINGS].plan):
        write_json(session, provenance(recorded_options(config)))
    pool = config.stash[POOL] = pool_of(config, request.session.items)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def _fmbench_cap(pytestconfig: pytest.Config) -> TokenCap:
    from pytest_fmbench.runs.cap import TokenCap

    return TokenCap(pytestconfig.stash[SETTINGS].max_tokens)


@pytest.fixture
def fmbench(request: pytest.FixtureRequest, _fmbench_pool: Pool, _fmbench_cap: TokenCap) -> Bench | PlanningBench:
    """What a case measures with; its SLA is judged after the test function.

    ::

        run = fmbench(deployment, chat(output_tokens=64), closed(4))
    """
    item = request.node
    if request.config.stash[SETTINGS].plan:
        return planned_bench(item, _fmbench_pool)
    if "deployment" in request.fixturenames:
        wanted, observer = request.getfixturevalue("deployment"), observer_of(request.config)
        observer.enter(Stage.PROVISION)
        # here, so that a server that cannot be had is an error of the set-up
        try:
            _fmbench_pool.acquire(wanted)
        except NotAllowed as error:
            observer.leave()
            pytest.skip(str(error))
        observer.leave()
    bench = bench_of(item, _fmbench_pool, _fmbench_cap)
    item.stash[BENCH] = bench
    return bench


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge the case's SLA when its function has ended, together with its plain assertions."""
    __tracebackhide__ = True
    if RESUMED in pyfuncitem.stash:
        return (yield)  # it was judged before
    plain: AssertionError | None = None
    result: object = None
    try:
        result = yield
    except NotAllowed as error:
        pytest.skip(str(error))
    except AssertionError as error:
        plain = error
    bench = pyfuncitem.stash.get(BENCH, None)
    if plain is not None and (bench is None or not (bench.runs or bench.qualities.found)):
        plain = settled(pyfuncitem, plain)
        if plain is None:
            return result
        raise plain  # nothing was measured yet that could be judged
    missed = judge(pyfuncitem)
    if missed is not None:
        raise missed from plain
    plain = settled(pyfuncitem, plain)  # only now, so that what is not decided hides nothing that is
    if plain is not None:
        raise plain
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Release what is paid by the hour once the next case is about something else; the last one closes the pool."""
    try:
        return (yield)
    finally:
        done, pool = deployment_of(item), item.config.stash.get(POOL, None)
        if pool is not None and nextitem is not None and done is not None and deployment_of(nextitem) != done:
            pool.let_go(done)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report faults that show in the call as the errors that they are, and hand the figures to the reports."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    bench = item.stash.get(BENCH, None)
    report.fmbench_case = OBJECTIVES in item.stash  # type: ignore[attr-defined]  # a plain value, which xdist carries
    if call.when == "call" and bench is not None:
        from pytest_fmbench.sinks.junit import properties_of_case

        summaries, qualities = bench.summaries(), bench.qualities.told()
        report.fmbench = summaries  # type: ignore[attr-defined]  # plain values, which xdist carries over
        report.fmbench_capacities = bench.capacities  # type: ignore[attr-defined]  # likewise
        report.fmbench_qualities = qualities  # type: ignore[attr-defined]  # likewise
        # JUnit reads those of the teardown's report
        item.user_properties.extend(properties_of_case(summaries, bench.capacities, qualities))
    if isinstance(error, FmbenchError) and OBJECTIVES in item.stash:
        if not isinstance(error, Inconclusive):  # whose frames show the assertion
            report.longrepr = told(item, error)
        if report.when == "call" and not isinstance(error, AssertionError):
            report.when = "setup"  # which makes it an error, not a failure, in terminal, JUnit and Allure
    return report
