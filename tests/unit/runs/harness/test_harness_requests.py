from __future__ import annotations

import json

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message
from pytest_fmbench.runs.harness.requests import (
    Request,
    count_of,
    cut,
    echo_of,
    likelihood_in,
    question_of,
    stops_of,
)

OPENAI = "openai-completions-whole"


def test_a_question_is_text_with_the_settings_of_its_task() -> None:
    settings = {"until": ["\n", "Q:"], "do_sample": False, "temperature": 0.0, "max_gen_toks": 12, "top_p": 0.9}
    prompt = question_of(Request("t/0", "Q: 1 + 1?\nA:", settings=settings), OPENAI, {}, chat=False)
    assert (prompt.messages, prompt.max_tokens) == ((Message("user", "Q: 1 + 1?\nA:"),), 12)
    assert prompt.fields == {"temperature": 0.0, "top_p": 0.9, "stop": ["\n", "Q:"]}


def test_what_a_case_asks_for_wins_and_lengths_have_several_names() -> None:
    asked = Request("t/0", "a", settings={"temperature": 0.7, "max_new_tokens": "3"})
    prompt = question_of(asked, OPENAI, {"temperature": 0, "seed": 1}, chat=False)
    assert (prompt.fields, prompt.max_tokens) == ({"temperature": 0, "seed": 1}, 3)
    assert question_of(Request("t/0", "a"), OPENAI, {}, chat=False).max_tokens == 256


def test_a_chat_is_messages() -> None:
    talk = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    prompt = question_of(Request("t/0", json.dumps(talk)), "bedrock-converse", {"x": 1}, chat=True)
    assert prompt.messages == (Message("system", "Be brief."), Message("user", "Hi"))
    assert prompt.fields == {"x": 1}


def test_settings_that_another_dialect_may_call_otherwise_are_refused() -> None:
    greedy = Request("t/3", "[]", settings={"temperature": 0.0, "until": ["\n"], "max_gen_toks": 4})
    assert question_of(greedy, "bedrock-converse", {}, chat=True).fields == {}
    with pytest.raises(UsageError, match=r"t/3 wants \{'top_p': 0.5\} of a model.*bedrock-converse"):
        question_of(Request("t/3", "[]", settings={"top_p": 0.5}), "bedrock-converse", {}, chat=True)


@pytest.mark.parametrize(
    ("until", "stops", "kept"),
    [
        (None, [], "a\n\nb Q: c"),
        ("\n\n", ["\n\n"], "a"),
        (["Q:", "", "b"], ["Q:", "b"], "a\n\n"),
        ([], [], "a\n\nb Q: c"),
    ],
)
def test_a_reply_ends_at_the_first_stop(until: object, stops: list[str], kept: str) -> None:
    found = stops_of(Request("t/0", "", settings={"until": until} if until is not None else {}))
    assert (found, cut("a\n\nb Q: c", found)) == (stops, kept)


def test_blanks_between_context_and_continuation_belong_to_what_follows() -> None:
    request = Request("t/0", "The answer: \n", "Oslo")
    assert request.parts == ("The answer:", " \nOslo")
    echo, count = echo_of(request), count_of(request.parts[0])
    assert (echo.messages[0].content, count.messages[0].content) == ("The answer: \nOslo", "The answer:")
    assert echo.fields == {"echo": True, "logprobs": 1, "temperature": 0}
    assert {echo.max_tokens, count.max_tokens} == {1}


def echoed(*logs: float | None, tops: tuple[float, ...] = (), prompt: int, written: int = 1) -> bytes:
    """A reply of OpenAI's completions: each token's logarithm, and that of the likeliest in its place."""
    most = tops or tuple(log or 0.0 for log in logs)
    told = {"token_logprobs": logs, "top_logprobs": [{"x": one, "y": one - 1} for one in most]}
    usage = {"prompt_tokens": prompt, "completion_tokens": written}
    return json.dumps({"choices": [{"text": "...", "logprobs": told}], "usage": usage}).encode()


def test_a_likelihood_is_that_of_the_tokens_behind_the_context() -> None:
    body = echoed(None, -1.0, -0.25, -0.5, -9.0, tops=(0.0, -0.5, -0.25, -0.5, -0.1), prompt=4)
    assert likelihood_in(body, 2) == (-0.75, True)
    assert likelihood_in(body, 1) == (-1.75, False)


def test_a_begin_token_that_is_counted_and_not_shown_shifts_nothing() -> None:
    assert likelihood_in(echoed(-1.0, -0.25, -0.5, -9.0, prompt=4), 2) == (-0.75, True)


def test_without_a_token_of_reply_the_last_one_counts() -> None:
    assert likelihood_in(echoed(None, -1.0, -0.25, prompt=3, written=0), 2) == (-0.25, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"text": "x"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}',
        b'{"choices": [{"text": "x", "logprobs": null}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}',
        b'{"choices": [{"logprobs": {"content": []}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}',
        echoed(None, -1.0, prompt=2),
        echoed(-1.0, prompt=9),
        echoed(None, None, -1.0, prompt=2),
    ],
)
def test_a_reply_that_does_not_tell_is_no_likelihood(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of the JSON, or our own
        likelihood_in(body, 1 if b"null, null" in body else 2)
