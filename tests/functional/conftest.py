from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS, PLATFORMS, PROMISED, STACKS, TRACES
from tests.support.mock_server import MockServer, chat_reply, serving

Case = Callable[..., pytest.RunResult]

CASE = """
import pytest
from pytest_fmbench import Deployment, Sla, chat, closed

@pytest.mark.sla({objectives})
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests={requests})
    {body}
"""


@pytest.fixture(autouse=True, scope="session")
def _members() -> None:
    """Load what the catalog names: an inner session in this process unloads what it was the first to load.

    A class that is loaded twice is two classes, which pickle refuses, and numpy and pyarrow load once only.
    """
    for registry in (DIALECTS, METRICS, PLATFORMS, PROMISED, STACKS, TRACES):
        for name in registry:
            registry[name]
    for name in ("store.table", "runs.bench", "runs.plans.bench"):
        importlib.import_module(f"pytest_fmbench.{name}")


@pytest.fixture(scope="session")
def _stand_in() -> None:
    """Load AWS's stand-in before there is a pytester, for the same reason."""
    pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")
    from tests.support.aws.serving import standing

    standing()


@pytest.fixture(autouse=True)
def _no_job_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions under test must not write into the summary of the job that runs the tests, nor annotate it."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


@pytest.fixture(autouse=True)
def _only_plugins_that_matter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions under test leave out those that they never need, whose import takes most of an empty session."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # forgets the variable, so it is set afterwards
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:anyio -p no:benchmark")


@pytest.fixture(autouse=True)
def _a_state_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions under test neither wait for their turn behind others, nor touch what the user keeps."""
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def mock() -> Iterator[MockServer]:
    """A server that answers every chat with four tokens, a millisecond apart."""
    with serving(lambda _: chat_reply(tokens=4, gap_s=0.001)) as server:
        yield server


@pytest.fixture
def run_case(pytester: pytest.Pytester, mock: MockServer) -> Case:
    """Run one case against the mock server, with an SLA, a body and further options."""

    def run(
        *options: str, sla: tuple[str, ...] = (), body: str = "", requests: int = 40, name: str = ""
    ) -> pytest.RunResult:
        objectives = ", ".join(map(repr, sla or ("error_rate <= 0%",)))
        objectives = f"Sla({objectives}, name={name!r})" if name else objectives
        pytester.makepyfile(CASE.format(objectives=objectives, body=body, requests=requests))
        target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
        engine = ("--fmbench-engine", "inprocess")  # the default starts two processes a case
        return pytester.runpytest_subprocess(*target, *engine, *options, "-p", "no:cacheprovider")

    return run
