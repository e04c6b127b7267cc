"""How tokens are counted: by a route of the server's where it tells the same as replies do, else by these."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from pytest_fmbench.client.dialects.anthropic_messages import AnthropicMessages
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.errors import PromptRefused, UsageError
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.counting import Counter
from tests.support.dialects import SPOKEN
from tests.support.mock_server import END, HEAD, Asked, MockServer, Step, delta, plain, serving, sse, usage
from tests.support.recordings import framed

PROMPT = Prompt((Message("user", "one two three"),), max_tokens=9)


def template(body: dict[str, object]) -> str:
    messages = body["messages"]
    assert isinstance(messages, list)
    return "".join(f"<{message['role']}>{message['content']}" for message in messages)


def replied(asked: Asked, shift: int = 0, words: str | None = "a") -> Sequence[Step]:
    """A token is a character of the template, in usage."""
    told = usage(len(template(json.loads(asked.body))) + shift, 1)
    return [HEAD, *([sse(delta(words))] if words else []), sse(delta(finish="length"), told, b"[DONE]"), END]


def vllm(asked: Asked, shift: int = 0) -> Sequence[Step]:
    if asked.head.startswith("POST /tokenize"):
        return plain(200, json.dumps({"count": len(template(json.loads(asked.body))), "tokens": []}))
    return replied(asked, shift)


def llamacpp(asked: Asked) -> Sequence[Step]:
    body = json.loads(asked.body)
    if asked.head.startswith("POST /apply-template"):
        return plain(200, json.dumps({"prompt": template(body)}))
    if asked.head.startswith("POST /tokenize"):
        return plain(200, json.dumps({"tokens": [*body["content"]]}) if "content" in body else '{"tokens": []}')
    return replied(asked)


def counted(mock: MockServer, prompt: Prompt = PROMPT) -> tuple[int, int]:
    """Tokens, and how many replies that took beyond those that the routes are tried with."""
    count = Counter(Asking(Endpoint(f"{mock.url}/v1", "m", "openai-chat"), OpenAIChat()))
    assert count(prompt) == count(prompt)
    return count(prompt), sum(asked.head.startswith("POST /v1/chat") for asked in mock.asked) - 2


@pytest.mark.parametrize(("script", "replies"), [(vllm, 0), (llamacpp, 0), (replied, 3)])
def test_a_route_that_tells_the_same_as_replies_is_used(script: object, replies: int) -> None:
    with serving(script) as mock:  # type: ignore[arg-type]  # each takes what a script is given
        assert counted(mock) == (len("<user>one two three"), replies)


def test_a_route_that_tells_otherwise_is_not() -> None:
    with serving(lambda asked: vllm(asked, shift=1)) as mock:
        assert counted(mock) == (len("<user>one two three") + 1, 3)


@pytest.mark.parametrize("answer", ["[1]", "{}", '{"count": "9"}', '{"tokens": null}', "oops", ""])
def test_a_route_that_answers_anything_is_not(answer: str) -> None:
    with serving(lambda asked: replied(asked) if b"stream" in asked.body else plain(200, answer)) as mock:
        assert counted(mock) == (19, 3)


def test_a_server_that_takes_no_conversations_is_asked_what_it_takes() -> None:
    with serving(lambda asked: plain(400, "{}") if b"assistant" in asked.body else vllm(asked)) as mock:
        assert counted(mock) == (19, 3)


def test_images_are_counted_by_replies() -> None:
    shown = Prompt((Message("user", "a", ("data:image/png;base64,AA==",)),), max_tokens=1)

    def script(asked: Asked) -> Sequence[Step]:
        return (
            [HEAD, sse(delta("a", finish="length"), usage(700, 1), b"[DONE]"), END]
            if b"image" in asked.body
            else vllm(asked)
        )

    with serving(script) as mock:
        assert counted(mock, shown) == (700, 3)


def test_a_token_that_becomes_no_character_tells_no_less() -> None:
    with serving(lambda asked: replied(asked, words=None)) as mock:
        assert counted(mock)[0] == 19


@pytest.mark.parametrize(("status", "refused"), [(400, True), (413, True), (422, True), (429, False), (500, False)])
def test_a_prompt_that_is_too_long_is_told_from_a_server_that_is_busy(status: int, refused: bool) -> None:
    with serving(lambda _: plain(status, "{}")) as mock, pytest.raises(UsageError) as found:
        counted(mock)
    assert isinstance(found.value, PromptRefused) == refused


def test_a_server_that_does_not_tell() -> None:
    silent = [HEAD, sse(delta("a", finish="length"), b"[DONE]"), END]
    with (
        serving(lambda _: silent) as mock,
        pytest.raises(UsageError, match="does not tell how many tokens a prompt is"),
    ):
        counted(mock)


def test_what_stands_beside_the_messages_is_counted_by_replies() -> None:
    said = SPOKEN["anthropic-messages"].replies["content"]

    def script(asked: Asked) -> Sequence[Step]:
        tokenized = asked.head.startswith("POST /tokenize")
        return plain(200, json.dumps({"count": said.input_tokens})) if tokenized else [framed(said.body, [])]

    def asked_of(mock: MockServer, *messages: Message) -> int:
        before = len(mock.asked)
        assert count(Prompt(messages, max_tokens=9)) == said.input_tokens
        return sum(asked.head.startswith("POST /v1/messages") for asked in mock.asked[before:])

    with serving(script) as mock:
        count = Counter(Asking(Endpoint(f"{mock.url}/v1", "m", "anthropic-messages"), AnthropicMessages()))
        user = Message("user", "one")
        assert asked_of(mock, user) == 2, "which find out whether the route tells the same"
        assert asked_of(mock, user) == 0
        assert asked_of(mock, Message("system", "two"), user) == 1
