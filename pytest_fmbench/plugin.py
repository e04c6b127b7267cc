"""Pytest hooks and core fixtures: they tell the rooms below what pytest wants, and pytest what came of it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_fmbench import hookspecs
from pytest_fmbench.errors import FmbenchError, SlaInconclusive, SlaMissed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective, Sla
from pytest_fmbench.options import Settings, add_options, read_settings, recorded_options
from pytest_fmbench.progress import observer_of
from pytest_fmbench.reporting import Reporting
from pytest_fmbench.scheduling import make_scheduler
from pytest_fmbench.store.session import new_session_name, provenance, write_json

if TYPE_CHECKING:
    from pytest_fmbench.model.endpoint import Endpoint
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.cap import TokenCap
    from pytest_fmbench.runs.pool import Pool

SETTINGS = pytest.StashKey[Settings]()
FOLDER = pytest.StashKey[Path]()
OBJECTIVES = pytest.StashKey[list[Objective]]()
DEPLOYMENTS = pytest.StashKey[dict[str, Deployment]]()
BENCH = pytest.StashKey["Bench"]()

_MARKERS = (
    'sla(*objectives): what the case promises, such as sla("ttft.p95 < 500ms", "error_rate <= 0%")',
    "deployments(*deployments): what the case is run against",
)


_WAY_OUT = "Lower the load, give the load generator a core of its own, or run it from another machine."


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
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[DEPLOYMENTS] = {}
    config.stash[FOLDER] = config.stash[SETTINGS].output / _session_name(config)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(
            Reporting(config.stash[FOLDER], config.stash[SETTINGS].require), "fmbench-reporting"
        )


def _session_name(config: pytest.Config) -> str:
    """The controller's, in every xdist worker."""
    worker = getattr(config, "workerinput", None)
    return str(worker["fmbench_session"]) if worker else new_session_name()


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
    if "deployment" not in metafunc.fixturenames or _parametrizes(metafunc, "deployment"):
        return
    deployments = _deployments_of(metafunc)
    if not deployments:
        return  # the fixture says where they come from
    identities = [deployment.id for deployment in deployments]
    doubles = sorted({name for name in identities if identities.count(name) > 1})
    if doubles:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: deployments occur twice: {', '.join(doubles)}")
    metafunc.parametrize("deployment", deployments, ids=identities, indirect=True, scope="session")


def _parametrizes(metafunc: pytest.Metafunc, name: str) -> bool:
    """Whether the case does so itself."""
    named = (mark.args[0] for mark in metafunc.definition.iter_markers("parametrize") if mark.args)
    return any(
        name in ([part.strip() for part in names.split(",")] if isinstance(names, str) else names) for names in named
    )


def _deployments_of(metafunc: pytest.Metafunc) -> list[Deployment]:
    marker = metafunc.definition.get_closest_marker("deployments")
    if marker is not None:
        return list(marker.args)
    target = metafunc.config.stash[SETTINGS].target
    if target is not None:
        return [target]
    return list(metafunc.config.hook.pytest_fmbench_deployments(config=metafunc.config) or ())


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, object, object]:
    """Find mistakes in SLAs and deployments while collecting, before anything is provisioned."""
    made = yield
    for item in made if isinstance(made, list) else ():
        if "fmbench" in getattr(item, "fixturenames", ()):
            try:
                _check(item)
            except UsageError as error:
                raise collector.CollectError(f"{item.nodeid}: {error}") from None
    return made


def _check(item: pytest.Item) -> None:
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.sla import parse

    objectives = item.stash[OBJECTIVES] = [parse(text, METRICS) for text in _promised(item)]
    if objectives and all(one.per_request for one in objectives):
        raise UsageError(
            f"{objectives[0].text!r} is about each request and defines goodput, so say how much of it is needed, "
            "such as 'goodput >= 95%', or give it a statistic, such as p95"
        )
    deployment = _deployment_of(item)
    if isinstance(deployment, Deployment):
        known = item.config.stash[DEPLOYMENTS].setdefault(deployment.id, deployment)
        if known != deployment:
            raise UsageError(
                f"{known!r} and {deployment!r} have one id, {known.id}: give one an option or another name"
            )
        DIALECTS[deployment.dialect]
        _make_pool(item.config).check(deployment)


def _promised(item: pytest.Item) -> Iterator[str]:
    marker = item.get_closest_marker("sla")
    for promise in marker.args if marker else ():
        if not isinstance(promise, (str, Sla)):
            raise UsageError(f"the sla marker takes objectives as text and Sla objects, not {promise!r}")
        yield from (promise.objectives if isinstance(promise, Sla) else [promise])


def _deployment_of(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("deployment") if callspec else None


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """What is measured: one of the case's deployments, as a frozen spec; see ``endpoint`` for the live server."""
    if not hasattr(request, "param"):
        raise pytest.UsageError(
            "there is no deployment: mark the case with deployments(...), implement pytest_fmbench_deployments in "
            "a conftest, or name a running endpoint with --fmbench-url and --fmbench-model"
        )
    return cast("Deployment", request.param)


@pytest.fixture
def endpoint(deployment: Deployment, _fmbench_pool: Pool) -> Endpoint:
    """The live server of ``deployment``: where it is and how to talk to it."""
    return _fmbench_pool.acquire(deployment).endpoint


@pytest.fixture(scope="session")
def _fmbench_pool(pytestconfig: pytest.Config) -> Iterator[Pool]:
    session = pytestconfig.stash[FOLDER] / "session.json"
    if not session.exists():
        write_json(session, provenance(recorded_options(pytestconfig)))
    pool = _make_pool(pytestconfig)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def _fmbench_cap(pytestconfig: pytest.Config) -> TokenCap:
    from pytest_fmbench.runs.cap import TokenCap

    return TokenCap(pytestconfig.stash[SETTINGS].max_tokens)


def _make_pool(config: pytest.Config) -> Pool:
    from pytest_fmbench.catalog import PLATFORMS, STACKS
    from pytest_fmbench.platforms.base import Progress, Surroundings
    from pytest_fmbench.runs.pool import Pool
    from pytest_fmbench.weights.fetch import locate

    def find(model: str, quantization: str | None, progress: Progress) -> Path:
        return locate(model, quantization, progress=progress)

    settings = config.stash[SETTINGS]
    surroundings = Surroundings(find, settings.target, settings.headers, settings.ca_bundle)
    return Pool(PLATFORMS, STACKS, surroundings, config.stash[FOLDER] / "servers", observer_of(config).say)


@pytest.fixture
def fmbench(request: pytest.FixtureRequest, _fmbench_pool: Pool, _fmbench_cap: TokenCap) -> Bench:
    """What a case measures with; its SLA is judged after the test function.

    ::

        run = fmbench(deployment, chat(output_tokens=64), closed(4))
    """
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.measure import Measuring
    from pytest_fmbench.runs.verdicts import Strictness
    from pytest_fmbench.store.session import file_name

    item, settings = request.node, request.config.stash[SETTINGS]
    if "deployment" in request.fixturenames:
        # here, so that a server that cannot be had is an error of the set-up
        _fmbench_pool.acquire(request.getfixturevalue("deployment"))
    bench = Bench(
        case=item.name,
        folder=request.config.stash[FOLDER] / "cases" / file_name(item.nodeid),
        objectives=item.stash[OBJECTIVES],
        pool=_fmbench_pool,
        how=Measuring(DIALECTS, METRICS, settings.confidence, observer_of(request.config), _fmbench_cap),
        strictness=Strictness(settings.confidence, settings.tolerance),
        duration_s=settings.duration_s,
    )
    item.stash[BENCH] = bench
    return bench


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge the case's SLA when its function has ended, together with its plain assertions."""
    __tracebackhide__ = True
    plain: AssertionError | None = None
    result: object = None
    try:
        result = yield
    except AssertionError as error:
        plain = error
    missed = _judge(pyfuncitem)
    if missed is not None:
        raise missed from plain
    if plain is not None:
        raise plain
    return result


def _judge(item: pytest.Item) -> SlaMissed | None:
    from pytest_fmbench.errors import InvalidMeasurement
    from pytest_fmbench.model.objective import Outcome
    from pytest_fmbench.sla import describe

    bench = item.stash.get(BENCH, None)
    runs = bench.judge() if bench is not None else []
    if item.stash.get(OBJECTIVES, None) and not any(run.objectives for run in runs):
        raise InvalidMeasurement(f"{item.nodeid} has an SLA but measured nothing: call fmbench(...) in it")
    invalid = [f"{run.name}: {problem}" for run in runs for problem in run.invalid]
    if invalid:
        raise InvalidMeasurement(
            "\n".join(("invalid measurement: the load generator was too slow", *invalid, _WAY_OUT))
        )
    outcomes = {verdict.outcome for run in runs for verdict in run.verdicts}
    text = "\n".join(f"{run.name}:\n{describe(run.verdicts)}" for run in runs if run.verdicts)
    if Outcome.FAIL in outcomes:
        return SlaMissed(f"SLA missed\n{text}")
    if Outcome.INCONCLUSIVE in outcomes:
        return _undecided(item.config.stash[SETTINGS].inconclusive, text)
    return None


def _undecided(wanted: str, text: str) -> SlaInconclusive | None:
    if wanted == "skip":
        pytest.skip(f"inconclusive (--fmbench-inconclusive skip)\n{text}")
    return SlaInconclusive(f"SLA inconclusive\n{text}") if wanted == "fail" else None


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
        from pytest_fmbench.sinks.junit import properties

        summaries = bench.summaries()
        report.fmbench = summaries  # type: ignore[attr-defined]  # plain values, which xdist carries over
        item.user_properties.extend(properties(summaries))  # JUnit reads those of the teardown's report
    if isinstance(error, FmbenchError) and OBJECTIVES in item.stash:
        report.longrepr = _told(item, error)
        if report.when == "call" and not isinstance(error, SlaMissed):
            report.when = "setup"  # which makes it an error, not a failure, in terminal, JUnit and Allure
    return report


def _told(item: pytest.Item, error: FmbenchError) -> str:
    """The error as text, without our own frames, and the plain assertion that failed beside it."""
    plain = error.__cause__
    if not isinstance(plain, AssertionError):
        return str(error)
    return f"{error}\n\n{item.repr_failure(pytest.ExceptionInfo.from_exception(plain))}"
