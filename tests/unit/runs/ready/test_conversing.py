"""Sessions need a server whose dialect tells what was said; seen before anything is asked."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.runs.baselines.conditions import asked
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.checks import see_that_it_can_be_judged
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.ready.readying import readied
from pytest_fmbench.sla import parse
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.conversations.multiturn import multiturn
from tests.support.conversing import healthy, messages_in, remembering
from tests.support.mock_server import serving
from tests.unit.runs.test_measure import Somebodys

HOW = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None), Processes())


def test_a_dialect_that_does_not_tell_is_refused_with_those_that_do() -> None:
    server = Somebodys(Endpoint("http://127.0.0.1:9/v1", "m", "openai-embeddings"))
    with pytest.raises(UsageError, match=r"the dialect openai-embeddings does not tell\. Those that do: .*openai-chat"):
        readied(server, multiturn(), HOW, "a case")


def test_the_preflight_asks_what_a_session_asks_first() -> None:
    with serving(remembering(breaks=healthy)) as mock:
        readied(Somebodys(Endpoint(f"{mock.url}/v1", "m", "openai-chat")), multiturn(3), HOW, "a case")
        (request,) = [one for one in mock.asked if one.body]
    assert [message["role"] for message in messages_in(request)] == ["user"]


@pytest.mark.parametrize("objective", ["task.e2e.p90 < 60s", "task.success >= 90%", "tool_calls.valid >= 50%"])
def test_single_requests_have_no_tasks_to_promise_anything_of(objective: str) -> None:
    with pytest.raises(UsageError, match=r"is about tasks, and Chat\(output_tokens=4\) asks single requests"):
        see_that_it_can_be_judged(chat(4), None, [parse(objective, METRICS)], METRICS, 0.95)
    see_that_it_can_be_judged(multiturn(), None, [parse(objective, METRICS)], METRICS, 0.95)


def test_conditions_tell_conversations_apart() -> None:
    assert asked(multiturn(3), 0) == asked(multiturn(3), 0)
    assert asked(multiturn(3), 0) != asked(multiturn(4), 0), "what is asked first is alike"
