"""A wrong set-up fails before any load, with the way out."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence

import pytest

from tests.support.mock_server import Asked, MockServer, Step, chat_reply, plain, serving

Case = Callable[..., pytest.RunResult]


def error_of(result: pytest.RunResult, *lines: str) -> None:
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(list(lines))


def with_models(chat: Sequence[Step], *models: dict[str, object]) -> Callable[[Asked], Sequence[Step]]:
    """A server that says what it serves."""
    said = plain(200, json.dumps({"data": list(models)}))
    return lambda asked: said if asked.head.startswith("GET /v1/models") else chat


def test_an_address_that_refuses(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_fmbench import chat, closed

        def test_chat(fmbench, deployment):
            fmbench(deployment, chat(), closed(1))
        """
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        result = pytester.runpytest_subprocess("--fmbench-url", url, "--fmbench-model", "m")
    error_of(result, "connect: *", "*from http*, asked once before any load", "*Is it running*")


def test_a_model_that_is_not_served(run_case: Case, mock: MockServer) -> None:
    mock.script = with_models(plain(404, '{"error": {"message": "no such model"}}'), {"id": "llama"}, {"id": "qwen"})
    error_of(run_case(), "*status: 404: no such model", "*It serves no model 'm', but: llama, qwen")
    assert len(mock.asked) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_missing(run_case: Case, mock: MockServer, status: int) -> None:
    mock.script = lambda _: plain(status, '{"error": "who are you"}')
    error_of(run_case(), f"*status: {status}: who are you", "*--fmbench-api-key-env*")


@pytest.mark.parametrize("where", [{"max_model_len": 12}, {"meta": {"n_ctx": 12}}])
def test_a_prompt_that_does_not_fit_the_context(run_case: Case, mock: MockServer, where: dict[str, object]) -> None:
    mock.script = with_models(chat_reply(), {"id": "m", **where})
    error_of(run_case(), "*takes 9 input and 4 output tokens, but m is served with a context of 12*")


def test_a_server_that_says_nothing_of_its_models_will_do(run_case: Case, mock: MockServer) -> None:
    mock.script = lambda asked: plain(500, "oops}") if asked.head.startswith("GET") else chat_reply()
    run_case().assert_outcomes(passed=1)


def test_a_server_without_usage_is_noted() -> None:
    from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
    from pytest_fmbench.model.endpoint import Endpoint
    from pytest_fmbench.runs.ready.preflight import preflight
    from pytest_fmbench.workloads.chat import chat
    from tests.support.mock_server import END, HEAD, delta, sse

    steps = [HEAD, sse(delta("a")), sse(delta("b", finish="length")), END]
    with serving(lambda _: steps) as mock:
        finding = preflight(Endpoint(f"{mock.url}/v1", "m", "openai-chat"), OpenAIChat(), chat(), seed=0)
    assert finding.notes == ("the server gives no usage: tokens are counted by us, one a chunk",)


def test_a_server_that_does_not_know_ignore_eos(pytester: pytest.Pytester, mock: MockServer) -> None:
    mock.script = lambda _: chat_reply(tokens=2)
    pytester.makepyfile(
        """
        from dataclasses import dataclass, replace
        from pytest_fmbench import chat, closed

        @dataclass(frozen=True)
        class Fixed:
            def prompt(self, index, seed):
                return replace(chat(8).prompt(index, seed), ignore_eos=True)

        def test_chat(fmbench, deployment):
            fmbench(deployment, Fixed(), closed(1))
        """
    )
    result = pytester.runpytest_subprocess("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    error_of(result, "*ended after 2 tokens although asked to ignore its end token*")
    assert json.loads(mock.asked[0].body)["ignore_eos"] is True
