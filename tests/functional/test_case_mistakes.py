"""Mistakes that end a session before anything is started or sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.mock_server import MockServer

Case = Callable[..., pytest.RunResult]
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])


@pytest.mark.parametrize(
    ("sla", "message"),
    [
        ("ttfft.p95 < 1s", "*unknown metric 'ttfft', did you mean 'ttft'?*"),
        ("ttft.p95 < 1 parsec", "*parsec*"),
        ("ttft.p101 < 1s", "*p101*"),
        (
            "task.usd < 1 USD",
            "*'task.usd < 1 USD' counts dollars, and nobody says what *: --fmbench-price url:http*=USD*",
        ),
    ],
)
def test_a_mistake_in_an_sla_stops_the_session_before_anything_is_sent(
    run_case: Case, mock: MockServer, sla: str, message: str
) -> None:
    result = run_case(sla=(sla,))
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([message])
    assert mock.asked == []


def test_a_mistake_in_an_sla_reads_the_same_under_xdist(run_case: Case, mock: MockServer) -> None:
    result = run_case("-n", "2", sla=("ttfft.p95 < 1s",))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*unknown metric 'ttfft', did you mean 'ttft'?*"])
    assert mock.asked == []


@pytest.mark.parametrize(
    ("deployment", "message"),
    [
        ('Deployment("m", "llamacp")', "*unknown stack 'llamacp', did you mean 'llamacpp'? Known: *llamacpp*"),
        ('Deployment("m", "llamacpp", options={"thread": 2})', "*'thread', did you mean 'threads'?*"),
        (
            'Deployment("m", "llamacpp", "moon:base")',
            "*unknown platform 'moon'*Known: *local, *url*",
        ),
    ],
)
def test_a_mistake_in_a_deployment_stops_the_session(pytester: pytest.Pytester, deployment: str, message: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest
        from pytest_fmbench import Deployment

        @pytest.mark.deployments({deployment})
        def test_chat(fmbench, deployment):
            pass
        """
    )
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([message])


ONE = 'Deployment("m", "llamacpp")'


@pytest.mark.parametrize(
    ("marker", "returned", "told"),
    [
        ("@pytest.mark.deployments('m')", "()", "the marker deployments takes one Deployment or more, *, not 'm'"),
        (f"@pytest.mark.deployments([{ONE}])", "()", "the marker deployments takes *, not [[]Deployment(model='m'*"),
        (f"@pytest.mark.deployments({ONE}, {ONE})", "()", "*test_it: deployments occur twice: m+llamacpp+local"),
        ("", ONE, "the hook pytest_fmbench_deployments returns a list of Deployment, *, not Deployment(model='m'*"),
        ("", "['m']", "the hook pytest_fmbench_deployments returns a list of Deployment, *, not 'm'"),
        ("", "'m'", "the hook pytest_fmbench_deployments returns a list of Deployment, *, not 'm'"),
        (f"@pytest.mark.deployments({ONE})\n@pytest.mark.sla(ttft='4s')", "()", "*the sla marker takes *, not {*'4s'}"),
        (f"@pytest.mark.deployments({ONE})\n@pytest.mark.sla()", "()", "*the sla marker promises nothing: give *"),
    ],
)
def test_what_is_no_deployment_or_objective_is_told_without_our_frames(
    pytester: pytest.Pytester, marker: str, returned: str, told: str
) -> None:
    pytester.makeconftest(
        f"from pytest_fmbench import Deployment\ndef pytest_fmbench_deployments(config): return {returned}"
    )
    case = "def test_it(fmbench, deployment): pass"
    pytester.makepyfile(f"import pytest\nfrom pytest_fmbench import Deployment\n{marker}\n{case}")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([told])
    assert "plugin.py" not in result.stdout.str()


def test_a_case_without_any_deployment_is_told_where_they_come_from(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_chat(fmbench, deployment): pass")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["there is no deployment: mark the case with deployments(...), *--fmbench-url*"])
    assert "def deployment(" not in result.stdout.str(), "our own frames say nothing to whoever wrote the case"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("fmbench(deployment, chat(), 4)", "the load is 4, which is none: give one such as closed(4)*"),
        ("fmbench(deployment, closed(1), chat())", "the workload is Closed(*, which is none: *"),
        ("fmbench('llama', chat(), closed(1))", "the deployment is 'llama', which is none: *"),
        ("fmbench.compare(deployment, 'llama', chat(), closed(1))", "the deployment is 'llama', *"),
        ("fmbench.capacity(deployment, closed(1), 'e2e.mean < 1s')", "the workload is Closed(*"),
        ("fmbench.quality('llama', basics())", "the deployment is 'llama', *"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--fmbench-plan",)], ids=["run", "plan"])
def test_what_is_given_in_the_wrong_place_is_told(
    pytester: pytest.Pytester, mock: MockServer, call: str, told: str, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        f"""
        from pytest_fmbench import basics, chat, closed

        def test_it(fmbench, deployment):
            {call}
        """
    )
    result = pytester.runpytest("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", *options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert mock.asked == []


def test_an_output_folder_that_cannot_be_written_is_an_error(run_case: Case, pytester: pytest.Pytester) -> None:
    (pytester.path / "taken").write_text("a file, not a folder")
    result = run_case("--fmbench-output", "taken")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot write*taken*"])


def test_two_deployments_of_one_id_are_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_fmbench import Deployment

        @pytest.mark.deployments(Deployment("/a/m.gguf", "llamacpp"))
        def test_one(fmbench, deployment): pass

        @pytest.mark.deployments(Deployment("/b/m.gguf", "llamacpp"))
        def test_other(fmbench, deployment): pass
        """
    )
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*have one id, m+llamacpp+local: give one an option or another name*"])


def test_an_sla_that_judges_nothing_is_refused(run_case: Case, mock: MockServer) -> None:
    result = run_case(sla=("ttft < 500ms",))
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*'ttft < 500ms' is about each request and defines goodput*'goodput >= 95%'*"])
    assert mock.asked == []


def test_an_sla_that_so_few_requests_can_never_meet_is_refused_before_the_run(run_case: Case, mock: MockServer) -> None:
    result = run_case(sla=("ttft.p99 < 10s",), requests=5)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'ttft.p99 < 10s' cannot pass with 5 samples: *takes 299 or more"])
    assert mock.asked == []
