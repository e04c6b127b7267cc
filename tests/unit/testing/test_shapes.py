from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.testing import constant, healthy, serving
from pytest_fmbench.testing.shapes import SHAPES
from tests.unit.testing.talk import Said, get, post

CHAT = '{"id":"chatcmpl-0","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":'
TEXT = '{"id":"cmpl-0","object":"text_completion","created":1700000000,"model":"m","choices":'
TOKEN = '"logprob":-0.5,"special":false}'
TRITON = 'data: {"model_name":"m","model_version":"1","text_output":'
OLLAMA = '{"model":"m","created_at":"2023-11-14T22:13:20Z",'
COUNTED = '"prompt_eval_count":2,"prompt_eval_duration":2000000,"eval_count":2,"eval_duration":1000000'
ENDED = f'"done":true,"done_reason":"length","total_duration":3000000,"load_duration":0,{COUNTED}'
MESSAGES = [{"role": "user", "content": "hello there"}]


def say(shape: str, path: str, **body: Any) -> Said:
    with serving(healthy(shape, ttft=constant(0.002), itl=constant(0.001))) as mock:
        return post(mock.port, path, model="m", **body)


def test_a_chat_stream() -> None:
    said = say("openai-chat", "/v1/chat/completions", stream=True, max_tokens=2, messages=MESSAGES)
    assert said.headers["content-type"] == "text/event-stream"
    assert said.headers["transfer-encoding"] == "chunked"
    assert said.body.decode() == (
        f'data: {CHAT}[{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}]}}\n\n'
        f'data: {CHAT}[{{"index":0,"delta":{{"content":" the"}},"finish_reason":null}}]}}\n\n'
        f'data: {CHAT}[{{"index":0,"delta":{{"content":" quick"}},"finish_reason":null}}]}}\n\n'
        f'data: {CHAT}[{{"index":0,"delta":{{}},"finish_reason":"length"}}]}}\n\n'
        "data: [DONE]\n\n"
    )


def test_a_chat_stream_with_usage() -> None:
    said = say(
        "openai-chat",
        "/v1/chat/completions",
        stream=True,
        max_completion_tokens=1,
        max_tokens=9,
        messages=MESSAGES,
        stream_options={"include_usage": True},
    )
    *events, last, done, nothing = said.body.decode().split("\n\n")
    assert [json.loads(event.removeprefix("data: "))["usage"] for event in events] == [None] * 3
    usage = '{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3}'
    assert (last, done, nothing) == (f'data: {CHAT}[],"usage":{usage}}}', "data: [DONE]", "")


def test_a_chat_reply_in_one() -> None:
    said = say("openai-chat", "/v1/chat/completions", max_tokens=2, messages=MESSAGES)
    assert said.headers["content-type"] == "application/json"
    assert json.loads(said.body) == {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": " the quick"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4},
    }


def test_a_completions_stream() -> None:
    said = say("openai-completions", "/v1/completions", stream=True, max_tokens=1, prompt="a b")
    assert said.body.decode() == (
        f'data: {TEXT}[{{"index":0,"text":" the","logprobs":null,"finish_reason":null}}]}}\n\n'
        f'data: {TEXT}[{{"index":0,"text":"","logprobs":null,"finish_reason":"length"}}]}}\n\n'
        "data: [DONE]\n\n"
    )


def test_a_completion_in_one() -> None:
    said = json.loads(say("openai-completions", "/v1/completions", max_tokens=2, prompt="a b").body)
    assert said["choices"] == [{"index": 0, "text": " the quick", "logprobs": None, "finish_reason": "length"}]
    assert said["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}


def test_a_tgi_stream() -> None:
    said = say("tgi", "/generate_stream", inputs="a b", parameters={"max_new_tokens": 2, "details": True})
    details = '{"finish_reason":"length","generated_tokens":2,"seed":null,"input_length":2}'
    assert said.headers["content-type"] == "text/event-stream"
    assert said.body.decode() == (
        f'data:{{"index":1,"token":{{"id":100,"text":" the",{TOKEN},"generated_text":null,"details":null}}\n\n'
        f'data:{{"index":2,"token":{{"id":101,"text":" quick",{TOKEN},"generated_text":" the quick",'
        f'"details":{details}}}\n\n'
    )


def test_tgi_gives_details_to_those_who_ask() -> None:
    said = say("tgi", "/generate_stream", inputs="a b", parameters={"max_new_tokens": 1})
    assert said.body.endswith(b'"generated_text":" the","details":null}\n\n')


@pytest.mark.parametrize("path", ["/v2/models/m/generate_stream", "/v2/models/m/versions/1/generate_stream"])
@pytest.mark.parametrize("body", [{"max_tokens": 2}, {"parameters": {"max_tokens": 2}}])
def test_a_triton_stream(path: str, body: dict[str, Any]) -> None:
    said = say("triton", path, text_input="a b", **body)
    assert said.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert said.body.decode() == f'{TRITON}" the"}}\n\n{TRITON}" quick"}}\n\n'


def test_a_triton_reply_in_one() -> None:
    said = say("triton", "/v2/models/m/generate", text_input="a b", max_tokens=2)
    assert said.body == b'{"model_name":"m","model_version":"1","text_output":" the quick"}'


def test_an_ollama_chat() -> None:
    said = say("ollama", "/api/chat", messages=MESSAGES, options={"num_predict": 2})
    message = '"message":{"role":"assistant","content":'
    assert said.headers["content-type"] == "application/x-ndjson"
    assert said.body.decode() == (
        f'{OLLAMA}{message}" the"}},"done":false}}\n'
        f'{OLLAMA}{message}" quick"}},"done":false}}\n'
        f'{OLLAMA}{message}""}},{ENDED}}}\n'
    )


def test_an_ollama_completion() -> None:
    said = say("ollama", "/api/generate", prompt="a b", options={"num_predict": 2})
    lines = f'{OLLAMA}"response":" the","done":false}}\n{OLLAMA}"response":" quick","done":false}}\n'
    assert said.body.decode() == f'{lines}{OLLAMA}"response":"",{ENDED}}}\n'


def test_an_ollama_reply_in_one() -> None:
    said = say("ollama", "/api/generate", prompt="a b", stream=False, options={"num_predict": 2})
    assert said.body.decode() == f'{OLLAMA}"response":" the quick",{ENDED}}}'


def test_ollamas_word_for_no_limit() -> None:
    said = say("ollama", "/api/generate", prompt="a b", options={"num_predict": -1})
    assert json.loads(said.body.splitlines()[-1])["done_reason"] == "stop"


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/v1/models", 200), ("/v1/nothing", 404)])
def test_it_can_be_seen_to_be_ready(path: str, status: int) -> None:
    with serving(healthy("tgi")) as mock:
        said = get(mock.port, path)
    assert said.status == status
    assert json.loads(said.body)


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        ("/generate_stream", {"a": 1}, 404, "no route POST /generate_stream in the shape openai-chat"),
        ("/v1/chat/completions", {}, 400, "the body is no JSON object"),
        ("/v1/chat/completions", {"max_tokens": 0}, 400, "0 is no number of output tokens"),
        ("/v1/chat/completions", {"max_tokens": "9"}, 400, "'9' is no number of output tokens"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(path: str, body: dict[str, Any], status: int, told: str) -> None:
    with serving(healthy()) as mock:
        said = post(mock.port, path, **body)
    assert said.status == status
    assert told in json.loads(said.body)["error"]["message"]


def test_an_unknown_shape_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="unknown shape 'openai', did you mean") as caught:
        healthy("openai")
    assert str(caught.value).endswith(", ".join(sorted(SHAPES)))
